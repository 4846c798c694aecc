"""The model and the optimizers of one run, on one device."""

import platform

import numpy
import torch
import torch.nn.functional as F

from .dropout import Dropout
from .modeling_waveletgpt import WaveletGPTConfig, WaveletGPTLMHeadModel, WaveletRotaryConfig, WaveletRotaryForCausalLM
from .muon import Matrix, Muon
from .worker import Refused

AUTOMATIC = ("cuda", "mps", "xpu", "cpu")


def available(kind):
    if kind == "mps":
        return torch.backends.mps.is_available()
    return kind == "cpu" or hasattr(torch, kind) and getattr(torch, kind).is_available()


def device_of(name):
    """The device of a name as in torch.device; of "", the first kind that is there."""
    name = name or next(kind for kind in AUTOMATIC if available(kind))
    try:
        device = torch.device(name)
    except RuntimeError:
        raise Refused("device", f"PyTorch knows no device {name!r}") from None
    if not available(device.type):
        raise Refused("device", f"PyTorch {torch.__version__} finds no device of type {device.type}")
    if device.index is not None and device.type in ("cuda", "xpu"):
        count = getattr(torch, device.type).device_count()
        if device.index >= count:
            raise Refused("device", f"there is no device {name}: {count} of type {device.type} are there")
    return device


def build(config):
    """The model of a config.json, without values. Plain models are built from the same code."""
    plain = {} if config["model_type"] == "waveletgpt" else {"mixer": "none"}
    if "n_embd" not in config:
        plain["family"] = config["model_type"]
    config = plain | {key: value for key, value in config.items() if key not in ("auto_map", "architectures", "model_type", "dtype")}
    for key in config:
        if key.endswith("_pdrop"):
            config[key] = 0.0  # masks are drawn here
    if "n_embd" in config:
        of, form = WaveletGPTLMHeadModel, WaveletGPTConfig
    else:
        of, form = WaveletRotaryForCausalLM, WaveletRotaryConfig
    with torch.device("meta"):
        return of(form(**config))


class Engine:
    def __init__(self, plan):
        self.device = device_of(plan["device"])
        if plan["threads"] > 0:
            torch.set_num_threads(plan["threads"])
        self.exact = plan["precision"] != "tf32"
        if not self.exact and self.device.type != "cuda":
            raise Refused("device", f"train.precision = tf32 is for cuda, and {self.device} has no TensorFloat-32")
        torch.set_float32_matmul_precision("highest" if self.exact else "high")
        torch.backends.cudnn.allow_tf32 = not self.exact
        self.half = plan["precision"] == "bfloat16"
        self.rows, self.context, self.clip = plan["rows"], plan["context"], plan["clip"]

        self.model = build(plan["model"]).to_empty(device=self.device).train()
        self.parameters = dict(self.model.named_parameters())
        for name, parameter in self.parameters.items():
            parameter.data = torch.zeros_like(parameter.data, dtype=torch.float32)
        shapes = {t["name"]: tuple(t["shape"]) for t in plan["tensors"]}
        if shapes != {name: tuple(p.shape) for name, p in self.parameters.items()}:
            raise Refused("failed", "the program and the model in PyTorch have other parameters")
        self.order = [self.parameters[t["name"]] for t in plan["tensors"]]
        self.optimizers(plan)

        self.dropout = Dropout(plan["dropout"], plan["seed"], plan["layers"], self.context, plan["width"], self.device)
        if plan["dropout"] > 0:
            self.drop()
        self.fixed = plan["compile"] != "off"  # shapes
        self.losses = self._losses
        if self.fixed:
            mode = None if plan["compile"] == "default" else plan["compile"]
            self.losses = torch.compile(self._losses, mode=mode, dynamic=False)

    def optimizers(self, plan):
        """AdamW, and Muon for the tensors that have columns. states are the arrays of both, in the
        order of a checkpoint."""
        by_adamw, first, second, momenta, matrices = {True: [], False: []}, [], [], [], []
        state = {}
        for tensor, p in zip(plan["tensors"], self.order):
            if tensor["columns"]:
                momenta.append(torch.zeros_like(p.data))
                column = 0
                for n in tensor["columns"]:
                    matrices.append(Matrix(p, momenta[-1], column, column + n, tensor["transposed"], tensor["decay"]))
                    column += n
                continue
            by_adamw[tensor["decay"]].append(p)
            first.append(torch.zeros_like(p.data))
            second.append(torch.zeros_like(p.data))
            state[p] = {"step": torch.zeros((), device=self.device), "exp_avg": first[-1], "exp_avg_sq": second[-1]}
        groups = [{"params": ps, "weight_decay": plan["weight_decay"] if decay else 0.0} for decay, ps in by_adamw.items() if ps]
        self.adamw = torch.optim.AdamW(groups, lr=0.0, betas=(plan["beta1"], plan["beta2"]), eps=plan["eps"], fused=True)
        self.adamw.state.update(state)
        self.counters = [s["step"] for s in state.values()]
        self.muon = Muon(matrices, plan["muon_momentum"], plan["weight_decay"]) if matrices else None
        self.states, self.counted = (self.order, first, second, momenta), 0

    def drop(self):
        """Puts the masks where F.dropout of the model would drop."""
        embed = self.model.embed

        def embedded(x, positions):
            x, rotation = embed(x, positions)
            return self.dropout(x, 0), rotation

        self.model.embed = embedded
        for i, block in enumerate(self.model.blocks()):
            attention = block.attn if hasattr(block, "attn") else block.self_attn
            for part, site in ((attention, 2 * i + 1), (block.mlp, 2 * i + 2)):
                part.register_forward_hook(lambda module, inputs, y, site=site: self.dropout(y, site))

    def place(self):
        """What computes, for people."""
        name = platform.processor() or platform.machine()
        if self.device.type in ("cuda", "xpu"):
            name = getattr(torch, self.device.type).get_device_name(self.device)
        return {"device": str(self.device), "device_name": name, "build": torch.__version__}

    @torch.no_grad()
    def load(self, array, steps):
        values = torch.frombuffer(array, dtype=torch.float32)
        for tensors in self.states:
            for t in tensors:
                t.copy_(values[: t.numel()].view(t.shape))
                values = values[t.numel() :]
        if len(values):
            raise Refused("failed", f"{len(values)} values are too many")
        self.count(steps)

    def count(self, steps):
        """Sets the number of steps of AdamW's bias correction."""
        torch._foreach_zero_(self.counters)
        torch._foreach_add_(self.counters, float(steps))
        self.counted = steps

    def state(self):
        tensors = [t.detach().reshape(-1) for group in self.states for t in group]
        return torch.cat(tensors).cpu().numpy().tobytes()

    def windows(self, request, array):
        """Windows in groups of a pass: the number of the first, inputs and targets [rows, positions].
        A short window ends in targets that do not count."""
        tokens, lengths = numpy.frombuffer(array, dtype="<u2"), request["lengths"]
        ends = numpy.cumsum(lengths)
        for first in range(0, len(lengths), self.rows):
            part = range(first, min(first + self.rows, len(lengths)))
            shape = (self.rows if self.fixed else len(part), (self.context + 1 if self.fixed else max(lengths[i] for i in part)))
            rows = numpy.full(shape, -100, dtype=numpy.int64)
            for row, i in enumerate(part):
                rows[row, : lengths[i]] = tokens[ends[i] - lengths[i] : ends[i]]
            rows = torch.from_numpy(rows).to(self.device)
            yield first, rows[:, :-1].clamp(min=0), rows[:, 1:]

    def _losses(self, inputs, targets):
        """The sum of the losses of each row."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            logits = self.model(inputs, use_cache=False).logits
        each = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="none")
        return each.view(targets.shape).sum(1)

    def step(self, request, array):
        t, count = request["step"], len(request["lengths"])
        tokens = sum(request["lengths"]) - count
        sums = []
        for first, inputs, targets in self.windows(request, array):
            if self.dropout.threshold > 0:
                self.dropout.begin(t, first, len(inputs))
            losses = self.losses(inputs, targets)
            (losses.sum() / tokens).backward()
            sums.append(losses.detach().clone())
        self.dropout.active = False
        grads = [p.grad for p in self.order if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(grads)
        result = torch.cat([s.float() for s in sums])[:count].cpu().double().numpy()
        norm = float(norm)
        if numpy.isfinite(result.sum()) and numpy.isfinite(norm):
            scale = min(1.0, self.clip / (norm + 1e-6)) if self.clip > 0 else 1.0
            if scale < 1:
                torch._foreach_mul_(grads, scale)
            if self.counted != t - 1:  # after a step without an update
                self.count(t - 1)
            for group in self.adamw.param_groups:
                group["lr"] = request["rate"]
            self.adamw.step()
            self.counted = t
            if self.muon:
                torch.set_float32_matmul_precision("highest")
                self.muon.step(request["muon_rate"])
                torch.set_float32_matmul_precision("highest" if self.exact else "high")
        self.model.zero_grad()
        return numpy.append(result, norm).astype("<f8").tobytes()

    @torch.no_grad()
    def evaluate(self, request, array):
        sums = [self.losses(inputs, targets).clone() for _, inputs, targets in self.windows(request, array)]
        result = torch.cat([s.float() for s in sums])[: len(request["lengths"])]
        return result.cpu().double().numpy().astype("<f8").tobytes()
