#!/usr/bin/env python3
"""Writes the fixtures that the Go tests compare with: a tiny GPT-2, nanochat and Llama, with
and without the operators, computed by PyTorch in float32 on the CPU.

    python -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python oracle.py           # writes testdata/ and ../../safetensors/testdata/
    venv/bin/python oracle.py --check   # recomputes and compares; exit status 1 on a difference

The baseline is transformers.GPT2LMHeadModel itself. Every other variant is that
model with a forward hook after each block, which applies the operator as a causal
convolution with one kernel per channel, derived from its defining sum.
model.norm=post is transformers.OpenAIGPTLMHeadModel; rotary and sinusoidal
positions are those of Llama and XLM in the same library. The other families are
transformers.NanoChatForCausalLM and LlamaForCausalLM. doc.go describes the files.
"""

import argparse
import copy
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import (GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, NanoChatConfig, NanoChatForCausalLM, OpenAIGPTConfig,
                          OpenAIGPTLMHeadModel)
from transformers.activations import NewGELUActivation
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb
from transformers.models.openai import modeling_openai
from transformers.models.xlm.modeling_xlm import create_sinusoidal_embeddings

HERE = pathlib.Path(__file__).resolve().parent

# Awkward but legal: nothing is a power of two, and hidden is not 4 * width.
MODEL = dict(vocabulary=29, layers=2, width=24, heads=3, hidden=80, context=20, batch=3)

SPECS = ["none", "haar", "haar:min=2", "haar:prefix=count", "haar:fraction=0.25",
         "haar:last=off", "window:3", "window:16", "shift"]

# Variants of the model: all specs, learned kernels and other settings.
VARIANTS = SPECS + ["learned", "conv:3:last=off", "none model.norm=post", "haar model.norm=post",
                    "none model.position=rope", "none model.position=sinusoidal"]

# Variants that are trained, and variants whose every gradient is saved.
TRAINED = ["none", "haar"]
WHOLE = TRAINED + ["none model.norm=post"]

# Gradients saved for the other variants, besides those of learned kernels.
SOME = ["transformer.wte.weight", "transformer.wpe.weight", "transformer.h.0.ln_1.weight",
        "transformer.h.0.attn.c_attn.weight", "transformer.h.0.mlp.c_proj.bias",
        "transformer.h.1.attn.c_proj.bias", "transformer.h.1.mlp.c_fc.bias",
        "transformer.ln_f.weight", "lm_head.weight"]

# clip lies between the gradient norms of different steps: clipping acts in some
# steps and not in others, which train() asserts.
OPTIMIZER = dict(steps=10, lr=1e-2, beta1=0.9, beta2=0.95, eps=1e-8, weight_decay=0.1, clip=1.0)

# Muon for the matrices of the blocks, the optimizer above for the rest. Its rate is high,
# so that ten steps move every matrix far.
MUON = dict(muon_lr=0.05, muon_momentum=0.95, clip=1.25)

# The other families. In groups of three, heads share keys and values in one variant, which
# has those of the first heads. Every gradient is saved of the variants without operator.
OTHER = MODEL | dict(heads=6, hidden=40)
OTHER_VARIANTS = {"nanochat": ["none", "none model.kv_heads=2", "haar"], "llama": ["none model.kv_heads=2"]}
NANOCHAT_CLIP = 25.0

# The operator alone: (channels, context, length of the sequence) and variants.
OPERATOR = [
    (24, 20, 20, [s for s in SPECS if s not in ("none", "haar:last=off")]
     + ["ema:linear", "ema:matched", "learned", "conv:3", "haar:delay=1"]),
    (16, 100, 70, ["haar", "haar:min=2", "haar:prefix=count", "haar:min=2:prefix=count",
                   "haar:fraction=0.75", "haar:fraction=1", "window:1", "window:100", "shift"]),
    (7, 33, 33, ["haar", "haar:min=2:prefix=count", "window:5", "shift",
                 "ema:linear:fraction=1", "ema:matched:min=2", "learned:min=2:fraction=0.75", "conv:7"]),
    (12, 64, 5, ["haar", "haar:min=2", "haar:prefix=count", "window:16", "shift",
                 "ema:linear", "ema:matched", "learned", "conv:9"]),
    (8, 16, 1, ["haar", "haar:min=2", "haar:min=2:prefix=count", "window:3", "shift",
                "ema:linear", "learned:min=2", "conv:3"]),
    (4, 1, 1, ["haar", "haar:min=2"]),
    (128, 512, 40, ["haar", "haar:min=2:prefix=count"]),
    (16, 32, 12, ["haar:share=halving", "haar:delay=1:share=halving", "haar:prefix=count:delay=2",
                  "taps", "taps:share=halving", "window:3:delay=4"]),
]


class Operator(torch.nn.Module):
    """The operator of one spec on the output of a block, [..., T, channels], T at
    most the context. Learned kernels are random."""

    def __init__(self, spec, channels, context, generator):
        super().__init__()
        name, *options = spec.split(":")
        self.last, self.count = True, False
        fraction, smallest = 0.5, 1
        size, rule, delay, halving = None, None, 0, False
        if name in ("window", "conv"):
            size = int(options.pop(0))
        if name == "ema":
            rule = options.pop(0)
        for option in options:
            key, value = option.split("=")
            if key == "min":
                smallest = int(value)
            elif key == "prefix":
                self.count = value == "count"
            elif key == "delay":
                delay = int(value)
            elif key == "share":
                halving = value == "halving"
            elif key == "fraction":
                fraction = float(value)
            elif key == "last":
                self.last = value == "on"
            else:
                raise ValueError(spec)

        n = math.floor(fraction * channels + 0.5)
        start = channels - n
        log2 = context.bit_length() - 1  # floor(log2 context)
        # Channel i averages over means[i] positions and looks back on windows[i].
        means = [1] * channels
        self.windows = [1] * channels
        for i in range(start, channels):
            if name in ("haar", "learned", "taps") or rule == "matched":
                levels = max(1, log2) if name == "taps" else log2 + (smallest == 1)
                level = levels * (i - start) // n
                if halving:
                    level = min(levels - 1, sum(channels - i <= n / 2 ** k for k in range(1, 64)))
                means[i] = 2 ** (level + (smallest == 2))
            elif size is not None:
                means[i] = size
            self.windows[i] = means[i] + (delay or name == "taps")
        # kernels[i, j] is the weight of x[t-j] in y[t].
        kernels = torch.zeros(channels, max(context, 2, *self.windows), dtype=torch.float64)
        for i, f in enumerate(means):
            late = delay if i >= start else 0
            kernels[i, late:late + f] = 1.0 if self.count else 1.0 / f
            if name in ("shift", "taps") and i >= start:
                kernels[i] = 0.0
                kernels[i, f] = 1.0
            if name == "ema" and i >= start:
                a = (i - start) / n if rule == "linear" else (f - 1) / (f + 1)
                kernels[i] = (1 - a) * a ** torch.arange(kernels.shape[1], dtype=torch.float64)
        self.kernels, self.means = kernels, means
        # Learned weights in the order of the files: by delay, then by channel.
        self.weight = None
        if name in ("learned", "conv"):
            self.places = [(i, j) for j in range(max(self.windows)) for i in range(start, channels) if self.windows[i] > j]
            weight = torch.randn(len(self.places), generator=generator)
            self.weight = torch.nn.Parameter(weight.reshape(size, n) if name == "conv" else weight)

    def forward(self, x):
        kernels = self.kernels.to(x.dtype)
        if self.weight is not None:
            channel, delay = torch.tensor(self.places).T
            kernels = kernels.index_put((channel, delay), self.weight.flatten())
        # conv1d is a correlation: its last tap meets the present position.
        past = F.pad(x.transpose(-1, -2), (kernels.shape[-1] - 1, 0))
        y = F.conv1d(past, kernels.flip(1).unsqueeze(1), groups=x.shape[-1]).transpose(-1, -2)
        if self.count:
            late = torch.tensor([w - m for w, m in zip(self.windows, self.means)])
            seen = torch.arange(1, x.shape[-2] + 1).unsqueeze(1) - late
            y = y / torch.minimum(seen.clamp(min=1), torch.tensor(self.means)).to(x.dtype)
        return y

    def hook(self, block, inputs, output):
        if isinstance(output, list):  # of OpenAIGPTModel's blocks: output, attentions
            return [self(output[0]).contiguous(), *output[1:]]
        return self(output)


def initial_model():
    """The baseline. Every tensor is random, biases and LayerNorm gains too, and
    large enough that no gradient is tiny: a swapped or forgotten one shows."""
    model = GPT2LMHeadModel(GPT2Config(
        vocab_size=MODEL["vocabulary"], n_positions=MODEL["context"], n_embd=MODEL["width"],
        n_layer=MODEL["layers"], n_head=MODEL["heads"], n_inner=MODEL["hidden"],
        activation_function="gelu_new", layer_norm_epsilon=1e-5,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        tie_word_embeddings=False, bos_token_id=None, eos_token_id=None,
        use_cache=False, attn_implementation="eager"))
    model.train()
    generator = torch.Generator().manual_seed(2409_12924)
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            noise = torch.randn(p.shape, generator=generator)
            if name.endswith(".bias"):
                p.copy_(0.2 * noise)
            elif ".ln_" in name:
                p.copy_(1 + 0.2 * noise)
            elif name in ("transformer.wte.weight", "transformer.wpe.weight"):
                # Small, so that the variance under the first LayerNorm is small
                # enough to show its epsilon.
                p.copy_(0.1 * noise)
            else:
                p.copy_(0.15 * noise)
    return model


def post_norm(model):
    """The first GPT with the weights of the model. Its blocks fix hidden at 4 *
    width and its GELU is called "gelu", but is gelu_new."""
    assert isinstance(modeling_openai.ACT_FNS["gelu"], NewGELUActivation)
    config = OpenAIGPTConfig(
        vocab_size=MODEL["vocabulary"], n_positions=MODEL["context"], n_embd=MODEL["width"],
        n_layer=MODEL["layers"], n_head=MODEL["heads"], afn="gelu", layer_norm_epsilon=1e-5,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, tie_word_embeddings=False)
    post = OpenAIGPTLMHeadModel(config)
    for block in post.transformer.h:
        block.mlp = modeling_openai.MLP(MODEL["hidden"], config)
    weights = {n: p for n, p in model.state_dict().items() if ".ln_f." not in n}
    weights["transformer.tokens_embed.weight"] = weights.pop("transformer.wte.weight")
    weights["transformer.positions_embed.weight"] = weights.pop("transformer.wpe.weight")
    post.load_state_dict(weights)
    return post.to(model.dtype).train()


def rotate(model):
    """Llama's rotary positions, on what c_attn gives to queries and keys."""
    heads, size = MODEL["heads"], MODEL["width"] // MODEL["heads"]
    rope = LlamaRotaryEmbedding(LlamaConfig(
        hidden_size=MODEL["width"], num_attention_heads=heads, max_position_embeddings=MODEL["context"],
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}))

    def hook(module, inputs, qkv):
        q, k, v = (x.unflatten(-1, (heads, size)).transpose(1, 2) for x in qkv.chunk(3, dim=-1))
        q, k = apply_rotary_pos_emb(q, k, *rope(qkv, torch.arange(qkv.shape[1]).unsqueeze(0)))
        return torch.cat([x.transpose(1, 2).flatten(-2) for x in (q, k, v)], dim=-1)

    for block in model.transformer.h:
        block.attn.c_attn.register_forward_hook(hook)


def variant(model, label):
    """A copy of the model with the settings of a label, "SPEC KEY=VALUE ...", and
    with the operator."""
    spec, *settings = label.split()
    model = copy.deepcopy(model)
    for setting in settings:
        if setting == "model.norm=post":
            model = post_norm(model)
            continue
        # Positions that are not learned: the table of learned ones holds others.
        table = model.transformer.wpe.weight.requires_grad_(False)
        if setting == "model.position=sinusoidal":
            create_sinusoidal_embeddings(*table.shape, out=table.detach())
        elif setting == "model.position=rope":
            table.zero_()
            rotate(model)
        else:
            raise ValueError(label)
    return with_operator(model, model.transformer.h, spec)


def with_operator(model, blocks, spec):
    """The model with the operator behind its blocks as modules mixer.N."""
    model.mixer = torch.nn.ModuleDict()
    generator = torch.Generator().manual_seed(4)
    for i, block in enumerate(blocks):
        operator = Operator(spec, MODEL["width"], MODEL["context"], generator).to(model.dtype)
        if spec != "none" and (operator.last or i + 1 < MODEL["layers"]):
            model.mixer[str(i)] = operator
            block.register_forward_hook(operator.hook)
    return model


def parameters(model):
    """The trained parameters under the names of the files."""
    names = {"transformer.tokens_embed.weight": "transformer.wte.weight",
             "transformer.positions_embed.weight": "transformer.wpe.weight"}
    return {names.get(n, n): p for n, p in model.named_parameters() if p.requires_grad}


def loss_of(model, tokens):
    """Logits [B, L, V] and the mean cross-entropy of all B*L predictions."""
    logits = model(input_ids=tokens[:, :-1]).logits
    return logits, F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


def gradients(model, tokens):
    model.zero_grad()
    logits, loss = loss_of(model, tokens)
    loss.backward()
    return logits.detach(), loss.detach(), {n: p.grad.clone() for n, p in parameters(model).items()}


def adamw_of(model, without=()):
    """AdamW for the parameters of a model, but those whose id is in without."""
    o = OPTIMIZER
    decayed, plain = [], []
    for name, p in model.named_parameters():
        matrix = p.ndim == 2 and name not in ("transformer.wte.weight", "transformer.wpe.weight", "model.embed_tokens.weight")
        if id(p) not in without:
            (decayed if matrix else plain).append(p)
    return torch.optim.AdamW(
        [dict(params=decayed, weight_decay=o["weight_decay"]), dict(params=plain, weight_decay=0.0)],
        lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"], foreach=False)


def train(model, batches, optimizers, clip):
    """Ten steps, each on its own batch; returns what doc.go lists."""
    losses, norms = [], []
    for tokens in batches:
        model.zero_grad()
        _, loss = loss_of(model, tokens)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), clip).detach())
        for optimizer in optimizers:
            optimizer.step()
        losses.append(loss.detach())
    norms = torch.stack(norms)
    clipped = int((norms > clip).sum())
    assert 2 <= clipped <= len(batches) - 2, f"clipping acts in {clipped} steps: norms {norms.tolist()}"
    assert (norms / clip - 1).abs().min() > 0.01, f"a norm too near to the clip: {norms.tolist()}"
    return torch.stack(losses), norms, {n: p.detach() for n, p in model.named_parameters()}


def newton_schulz(x, dtype):
    """The iteration of torch.optim.Muon, which computes in bfloat16, in another type."""
    y = x.to(dtype)
    if x.shape[0] > x.shape[1]:
        y = y.T
    y = y / y.norm().clamp(min=1e-7)
    for _ in range(5):
        gram = y @ y.T
        gram = torch.addmm(gram, gram, gram, beta=-4.7750, alpha=2.0315)
        y = torch.addmm(y, gram, y, beta=3.4445)
    return y.T if x.shape[0] > x.shape[1] else y


class Muon:
    """torch.optim.Muon with its defaults, but with Newton-Schulz in another type."""

    def __init__(self, parameters, lr, momentum, weight_decay, dtype):
        self.parameters, self.lr, self.momentum, self.decay, self.dtype = parameters, lr, momentum, weight_decay, dtype
        self.buffers = [torch.zeros_like(p) for p in parameters]

    @torch.no_grad()
    def step(self):
        for p, buffer in zip(self.parameters, self.buffers):
            buffer.lerp_(p.grad, 1 - self.momentum)
            update = newton_schulz(p.grad.lerp(buffer, self.momentum), self.dtype)
            p.mul_(1 - self.lr * self.decay)
            p.add_(update, alpha=-self.lr * math.sqrt(max(1, p.shape[0] / p.shape[1])))


def matrices(model):
    """The weight matrices of the blocks, [out, in] as in torch.nn.Linear: views of the
    weights, which GPT-2 stores [in, out], with queries, keys and values apart."""
    all = []
    for block in model.transformer.h:
        width = MODEL["width"]
        weight = block.attn.c_attn.weight
        all += [(weight, slice(i * width, (i + 1) * width)) for i in range(3)]
        all += [(layer.weight, slice(None)) for layer in (block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj)]
    return all


class Both:
    """Muon for the matrices of the blocks and AdamW for the rest. make returns the former
    for a list of parameters."""

    def __init__(self, model, make):
        self.views = matrices(model)
        self.copies = [w.detach()[:, columns].T.clone() for w, columns in self.views]
        self.muon = make(self.copies)
        self.adamw = adamw_of(model, without={id(w) for w, _ in self.views})

    @torch.no_grad()
    def step(self):
        for p, (w, columns) in zip(self.copies, self.views):
            p.grad = w.grad[:, columns].T.clone()
        self.muon.step()
        self.adamw.step()
        for p, (w, columns) in zip(self.copies, self.views):
            w[:, columns] = p.T


def muon(dtype):
    """Newton-Schulz in the type of the weights; and torch.optim.Muon itself."""
    settings = dict(lr=MUON["muon_lr"], momentum=MUON["muon_momentum"], weight_decay=OPTIMIZER["weight_decay"])
    tokens = batches()

    def trained(make):
        model = initial_model().to(dtype)
        return train(model, tokens, [Both(model, make)], MUON["clip"])

    out = {"tokens": tokens}
    out["loss"], out["norm"], weights = trained(lambda parameters: Muon(parameters, dtype=dtype, **settings))
    out |= {"weights/" + name: p for name, p in weights.items()}
    out["torch/loss"], out["torch/norm"], weights = trained(lambda parameters: torch.optim.Muon(parameters, **settings))
    # In bfloat16 the class above is torch.optim.Muon, to the bit.
    *_, same = trained(lambda parameters: Muon(parameters, dtype=torch.bfloat16, **settings))
    for name, p in weights.items():
        assert torch.equal(p, same[name]), f"{name}: not what torch.optim.Muon computes"
        if ".h." in name and p.ndim == 2:
            out["torch/weights/" + name] = p.half()
    return out


def gpt2(dtype):
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(MODEL["vocabulary"], (MODEL["batch"], MODEL["context"] + 1), generator=generator)
    model = initial_model().to(dtype)
    out = {"tokens": tokens}
    for name, p in model.named_parameters():
        out["weights/" + name] = p.detach()
    for label in VARIANTS:
        changed = variant(model, label)
        for name, p in parameters(changed).items():
            if name.startswith("mixer."):
                out[f"{label}/weights/{name}"] = p.detach()
        out[label + "/logits"], out[label + "/loss"], grads = gradients(changed, tokens)
        for name, grad in grads.items():
            if label in WHOLE or name in SOME or name.startswith("mixer."):
                out[f"{label}/grad/{name}"] = grad
    return out


def other_model(family, kv_heads):
    """A model of another family, every tensor random. Weights of the head are large enough
    that the soft cap of nanochat bends the logits, those of the embedding small enough to
    show the epsilon."""
    kinds = {"nanochat": (NanoChatConfig, NanoChatForCausalLM), "llama": (LlamaConfig, LlamaForCausalLM)}

    def build(kv_heads):
        config, model = kinds[family]
        return model(config(
            vocab_size=OTHER["vocabulary"], hidden_size=OTHER["width"], intermediate_size=OTHER["hidden"],
            num_hidden_layers=OTHER["layers"], num_attention_heads=OTHER["heads"], num_key_value_heads=kv_heads,
            max_position_embeddings=OTHER["context"], use_cache=False, attn_implementation="eager",
            bos_token_id=None, eos_token_id=None, pad_token_id=None)).train()  # a pad would have no gradient

    model = build(OTHER["heads"])
    generator = torch.Generator().manual_seed(2510_13)
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            scale = {"model.embed_tokens.weight": 0.02, "lm_head.weight": 1.5}.get(name, 0.3)
            noise = torch.randn(p.shape, generator=generator)
            p.copy_(1 + 0.2 * noise if p.ndim == 1 else scale * noise)
    if kv_heads == OTHER["heads"]:
        return model
    grouped = build(kv_heads)
    grouped.load_state_dict({name: p[:grouped.state_dict()[name].shape[0]] for name, p in model.state_dict().items()})
    return grouped


def other(family, dtype):
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(OTHER["vocabulary"], (OTHER["batch"], OTHER["context"] + 1), generator=generator)
    out = {"tokens": tokens}
    for name, p in other_model(family, OTHER["heads"]).to(dtype).named_parameters():
        out["weights/" + name] = p.detach()
    for label in OTHER_VARIANTS[family]:
        spec, *settings = label.split()
        model = other_model(family, int(settings[0].split("=")[1]) if settings else OTHER["heads"]).to(dtype)
        model = with_operator(model, model.model.layers, spec)
        out[label + "/logits"], out[label + "/loss"], grads = gradients(model, tokens)
        for name, grad in grads.items():
            if spec == "none" or ".0." in name or "embed" in name:
                out[f"{label}/grad/{name}"] = grad
    return out


def nanochat(dtype):
    out = other("nanochat", dtype)
    # Ten steps with Muon for the weights of the blocks, [out, in] as they are.
    model = other_model("nanochat", 2).to(dtype)
    blocks = list(model.model.layers.parameters())
    optimizers = [Muon(blocks, MUON["muon_lr"], MUON["muon_momentum"], OPTIMIZER["weight_decay"], dtype),
                  adamw_of(model, without={id(p) for p in blocks})]
    out["muon/loss"], out["muon/norm"], weights = train(model, batches(), optimizers, NANOCHAT_CLIP)
    for name, p in weights.items():
        if ".1." in name or "embed" in name:
            out["muon/weights/" + name] = p
    return out


def llama(dtype):
    return other("llama", dtype)


def batches():
    # Skewed tokens, so that there is something to learn and losses fall.
    rng = np.random.Generator(np.random.PCG64(2))
    odds = 1 / np.arange(1, MODEL["vocabulary"] + 1)
    shape = (OPTIMIZER["steps"], MODEL["batch"], MODEL["context"] + 1)
    tokens = torch.from_numpy(rng.choice(MODEL["vocabulary"], shape, p=odds / odds.sum()))
    # A batch of rare tokens in the middle: clipping acts, rests, and acts again.
    tokens[6] = MODEL["vocabulary"] - 1 - tokens[6]
    return tokens


def adamw(dtype):
    tokens = batches()
    out = {"tokens": tokens}
    for spec in TRAINED:
        model = variant(initial_model().to(dtype), spec)
        out[spec + "/loss"], out[spec + "/norm"], weights = train(model, tokens, [adamw_of(model)], OPTIMIZER["clip"])
        for name, p in weights.items():
            out[f"{spec}/weights/{name}"] = p
    return out


def operator(dtype):
    generator = torch.Generator().manual_seed(3)
    out = {}
    for channels, context, length, specs in OPERATOR:
        case = f"E={channels},L={context},T={length}"
        # Rounded to float32 first: both precisions get the same input.
        x = torch.randn(length, channels, generator=generator).to(dtype).requires_grad_()
        dy = torch.randn(length, channels, generator=generator).to(dtype)
        out[case + "/x"], out[case + "/dy"] = x.detach(), dy
        for spec in specs:
            # A separate generator: inputs do not depend on the list of specs.
            op = Operator(spec, channels, context, torch.Generator().manual_seed(5)).to(dtype)
            y = op(x)
            out[f"{case}/{spec}/y"] = y.detach()
            out[f"{case}/{spec}/dx"], *dweight = torch.autograd.grad(y, [x, *op.parameters()], dy)
            if dweight:
                out[f"{case}/{spec}/weight"], out[f"{case}/{spec}/dweight"] = op.weight.detach(), dweight[0]
            if spec != "shift" and not spec.startswith("ema:"):
                out[f"{case}/{spec}/windows"] = torch.tensor(op.windows, dtype=torch.int32)
    return out


def python_file(dtype):
    """A file of many types, for the reader of package safetensors."""
    numbers = [0.0, -0.0, 1.0, -2.5, 6e-8, 65504.0, math.inf, -math.inf]
    out = {name: torch.tensor(numbers).to(t).reshape(2, 4) for name, t in
           dict(f64=torch.float64, f32=torch.float32, f16=torch.float16, bf16=torch.bfloat16).items()}
    out["f16 subnormal"] = torch.tensor([1e-7, -5e-5, 6.1e-5], dtype=torch.float16)
    out["i64"] = torch.tensor([-(2**63), -1, 2**63 - 1])
    out["i32"] = torch.tensor([[-(2**31)], [2**31 - 1]], dtype=torch.int32)
    out["u8"] = torch.tensor([0, 255, 7], dtype=torch.uint8)
    out["bool"] = torch.tensor([True, False, True])
    out["scalar"] = torch.tensor(1.5)
    out["empty"] = torch.zeros(3, 0)
    out['naïve "name" \n 音'] = torch.ones(1)
    return out


FILES = {
    HERE / "testdata/gpt2.safetensors": (gpt2, MODEL),
    HERE / "testdata/adamw.safetensors": (adamw, MODEL | OPTIMIZER),
    HERE / "testdata/muon.safetensors": (muon, MODEL | OPTIMIZER | MUON),
    HERE / "testdata/nanochat.safetensors": (nanochat, OTHER | OPTIMIZER | MUON | dict(clip=NANOCHAT_CLIP, family="nanochat")),
    HERE / "testdata/llama.safetensors": (llama, OTHER | dict(family="llama")),
    HERE / "testdata/operator.safetensors": (operator, {}),
    HERE / "../../safetensors/testdata/python.safetensors": (python_file, {"format": "pt"}),
}


def differences(path, want):
    """Yields a line for each difference between the file and the computation.
    Processors add in different orders, so equal means within a tolerance."""
    with safe_open(path, "pt") as file:
        got = {name: file.get_tensor(name) for name in file.keys()}
    for name in sorted(got.keys() ^ want.keys()):
        yield f"{name}: only in the file or only in the computation"
    for name in sorted(got.keys() & want.keys()):
        a, b = got[name], want[name]
        if a.shape != b.shape or a.dtype != b.dtype:
            yield f"{name}: {a.dtype} {tuple(a.shape)}, computed {b.dtype} {tuple(b.shape)}"
        elif path.name == "python.safetensors" or not a.is_floating_point():
            if not torch.equal(a, b):
                yield f"{name}: not equal"
        else:
            d = (a - b).abs()
            relative = 2e-5
            if "weights/" in name and (path.name in ("adamw.safetensors", "muon.safetensors") or name.startswith("muon/")):
                relative = 2e-4
                if name.endswith("attn.c_attn.bias"):
                    # The gradient of the keys' bias is only rounding error,
                    # which Adam divides by itself.
                    d = torch.cat([d[:MODEL["width"]], d[2 * MODEL["width"]:]])
            if name.startswith("torch/"):
                relative = 0.05  # processors round products of bfloat16 in their own ways
            if d.numel() and not d.max() <= 1e-7 + relative * b.abs().max():
                yield f"{name}: differs by {d.max():.2g}, largest value {b.abs().max():.2g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed files instead of writing them")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    found = 0
    for path, (build, settings) in FILES.items():
        tensors = {name: t.contiguous() for name, t in build(torch.float32).items()}
        if check:
            for line in differences(path, tensors):
                print(f"{path.name}: {line}", file=sys.stderr)
                found += 1
        else:
            # One key, because the package writes several in no fixed order.
            metadata = settings if "format" in settings else {"config": json.dumps(settings)}
            save_file(tensors, path, metadata=metadata)
            print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
