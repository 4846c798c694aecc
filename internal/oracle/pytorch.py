#!/usr/bin/env python3
"""Tests of the model in PyTorch, gpt/pytorch, against numbers that waveletgpt computed.

    python pytorch.py operators FILE    the operators alone
    python pytorch.py models DIR        the model folders in DIR
    python pytorch.py train DIR         training of the folders in DIR by transformers' Trainer
    python pytorch.py page FOLDER       the Python of docs/pytorch.md, with FOLDER as its model

Several of these can follow each other: importing transformers takes seconds.

operators reads cases from a safetensors file, whose metadata `cases` lists spec, channels and
context of each: N/x, N/dy [positions, channels], N/params, and what they give, N/y, N/dx,
N/dparams. It requires the same in float64 from the defining sums, from the fast path, from
both by autograd, and from the fast path token by token.

models opens each folder and requires of its expected.safetensors
    tokens [T], logits [T, V] after each token, loss of tokens 1 to T-1, grad/NAME
    continuation [N], the next tokens of greedy decoding, and margin [N], by how much the
    best logit of each leads
and that padding changes nothing, that transformers refuses the folder without
trust_remote_code, and writes it again as FOLDER/saved. It prints a line for each folder.

The exit status is 1 if something fails.
"""

import contextlib
import io
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

# Folders with code are copied into a cache, which is thrown away.
os.environ["HF_MODULES_CACHE"] = tempfile.mkdtemp()
os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from safetensors import safe_open
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "gpt" / "pytorch"))
import wavelet_operator

# Relative to the largest value. Both sides round in float32, in different orders.
LOGITS = 1e-5
# Those of waveletgpt in float32 against float64, relative to the largest of a tensor, or to a
# hundredth of the largest of all: the gradient of a gate is a sum in which much cancels.
GRADIENTS = 1e-4
# Of the operators: waveletgpt's float32 against float64; both in float64.
OPERATOR = 5e-6
EXACT = 1e-11

# Two tokens whose logits are nearer than this may change places.
MARGIN = 1e-4

# Short names and what they stand for.
SHORT = {"past": "haar:delay=1:share=halving", "past:min=2:at=kv": "haar:min=2:delay=1:share=halving:at=kv"}

# What names no operator.
NO_SPECS = ["", "haarr", "haar:min=3", "haar:dela=1", "window", "window:0", "windows:2", "windows:0x1", "conv:x", "ema", "ema:slow",
            "haar:gate=0", "haar:gate=0.3:mix=add", "haar:detail=on:prefix=count", "haar:at=here", "haar:at=", "haar:layers=x",
            "haar:layers=-1", "none:min=1", "haar:fraction=2", "haar:fraction=0", "haar:delay=-1", "scale:mix=add"]


def off(got, want, least=1e-30):
    """The largest error relative to the largest value, or to `least`."""
    if got.shape != want.shape:
        return float("inf")
    if want.numel() == 0:
        return 0.0
    error = ((got.double() - want.double()).abs().max() / want.double().abs().max().clamp(min=least)).item()
    return error if error == error else float("inf")


def check_operator(case, tensors):
    """Errors of one case: against waveletgpt, and of the fast path against the sums."""
    x, dy = (tensors[key].double() for key in ("x", "dy"))
    op = wavelet_operator.WaveletOperator(case["spec"], case["channels"], case["context"]).double()
    parameters = list(op.parameters())
    assert [p.numel() for p in parameters] == [n for n in [tensors["params"].numel()] if n], [p.shape for p in parameters]
    for p in parameters:
        p.data.copy_(tensors["params"].view_as(p))
    results = []
    for compute in (op.by_definition, op):
        given = x.clone().requires_grad_()
        y = compute(given)
        gradients = torch.autograd.grad(y, [given, *parameters], dy, materialize_grads=True)
        results.append([y.detach(), gradients[0], *(g.flatten() for g in gradients[1:])])
    want = [tensors["y"], tensors["dx"]] + [tensors["dparams"]] * len(parameters)
    native = max(off(got, w) for got, w in zip(results[1], want))
    exact = max(off(got, w) for got, w in zip(results[1], results[0]))
    acting = op.channels - op.acting
    for step in (1, 3):
        parts = [op(x[t : t + step], x[:t, acting:]) for t in range(0, len(x), step)]
        exact = max(exact, off(torch.cat(parts), results[1][0]))
    return native, exact


def operators(path):
    with safe_open(path, "pt") as f:
        cases = json.loads(f.metadata()["cases"])
        tensors = {name: f.get_tensor(name) for name in f.keys()}
    failed, worst = 0, [0.0, 0.0]
    for spec in NO_SPECS:
        try:
            wavelet_operator.parse(spec)
            print(f"BAD {spec!r} is taken for a spec")
            failed += 1
        except ValueError:
            pass
    for name, spec in SHORT.items():
        if wavelet_operator.parse(name) != wavelet_operator.parse(spec):
            print(f"BAD {name} is not {spec}")
            failed += 1
    for i, case in enumerate(cases):
        of = {name.split("/")[1]: t for name, t in tensors.items() if name.startswith(f"{i}/")}
        errors = check_operator(case, of)
        worst = [max(pair) for pair in zip(worst, errors)]
        if errors[0] > OPERATOR or errors[1] > EXACT:
            failed += 1
            print(f"BAD {case}: {of['x'].shape[0]} positions: off by {errors[0]:.1e}; the fast path by {errors[1]:.1e}")
    print(f"{len(cases)} operators, {failed} wrong; off by at most {worst[0]:.1e}; the fast path is off its sums by at most {worst[1]:.1e} in float64")
    return failed == 0


def cache_name(out):
    return "cache" if "cache" in out else "past_key_values"  # before transformers 5.24


def check_model(folder):
    """What is wrong with a folder, and a description."""
    from transformers import AutoModelForCausalLM

    wrong = []

    def require(what, error, tolerance):
        if not error <= tolerance:
            wrong.append(f"{what} off by {error:.1e}")
        return error

    try:
        with contextlib.redirect_stdout(io.StringIO()):  # a question on a terminal
            AutoModelForCausalLM.from_pretrained(folder)
        wrong.append("opened without trust_remote_code")
    except ValueError as e:
        if "trust_remote_code" not in str(e):
            wrong.append(f"refused by {e}")
    model, info = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=True, output_loading_info=True)
    wrong += [f"{key}: {value}" for key, value in info.items() if value]
    expected = load_file(folder / "expected.safetensors")
    tokens, want = expected["tokens"].long()[None], expected["logits"][None]
    model.eval()
    with torch.no_grad():
        logits = require("logits", off(model(tokens).logits, want), LOGITS)
        # In pieces, with a cache.
        cache, parts, at = None, [], 0
        for n in (1, 4, 1, 2, 1, 99):
            out = model(tokens[:, at : at + n], past_key_values=cache, use_cache=True)
            cache, at = out[cache_name(out)], at + n
            parts.append(out.logits)
            if at >= tokens.shape[1]:
                break
        require("logits with a cache", off(torch.cat(parts, dim=1), want), LOGITS)
        # Beside a longer sequence, with padding before or behind, whose tokens are arbitrary.
        short = tokens[:, :-4]
        for side, pad in (("left", (4, 0)), ("right", (0, 4))):
            batch = torch.cat([tokens, torch.nn.functional.pad(short, pad, value=1)])
            mask = torch.cat([torch.ones_like(tokens), torch.nn.functional.pad(torch.ones_like(short), pad)])
            both = model(batch, attention_mask=mask).logits
            require(f"padding on the {side}", off(both[1][mask[1].bool()], want[0, :-4]), LOGITS)
    n = len(expected["continuation"])
    near = (expected["margin"] < MARGIN).nonzero()
    sure = int(near[0]) if len(near) else n
    for use_cache in (True, False):
        given = model.generate(tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=n, do_sample=False,
                               use_cache=use_cache, pad_token_id=0, eos_token_id=None)[0, tokens.shape[1] :]
        if not torch.equal(given[:sure], expected["continuation"].long()[:sure]):
            wrong.append(f"generate, use_cache={use_cache}: {given.tolist()}, want {expected['continuation'].tolist()}")
    model.save_pretrained(folder / "saved")
    model.double()
    loss = model(tokens, labels=tokens).loss
    loss.backward()
    require("loss", off(loss.detach()[None], expected["loss"]), LOGITS)
    given = {f"grad/{name}": p.grad for name, p in model.named_parameters()}
    wanted = {name: t for name, t in expected.items() if name.startswith("grad/")}
    if given.keys() != wanted.keys():
        wrong.append(f"parameters {sorted(given.keys() ^ wanted.keys())}")
    least = 1e-2 * max(g.abs().max().item() for g in given.values())
    gradients = max(require(name, off(t, given[name], least), GRADIENTS) for name, t in wanted.items() if name in given)
    return wrong, f"logits {logits:.1e}, gradients {gradients:.1e}, {sure} tokens"


def check_uses(folder):
    """What is wrong with other uses of a folder: ways to generate, to train and to save, and
    what must be refused."""
    from transformers import AutoModelForCausalLM, StaticCache

    wrong = []
    model = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=True).eval()
    tokens = load_file(folder / "expected.safetensors")["tokens"].long()[:8].view(2, 4)

    def generate(tokens, mask=None, **how):
        mask = torch.ones(tokens.shape[:2], dtype=torch.long) if mask is None else mask
        out = model.generate(tokens if tokens.ndim == 2 else None, attention_mask=mask, max_new_tokens=8, do_sample=False,
                             pad_token_id=0, eos_token_id=None, **how)
        return out[:, tokens.shape[1] if tokens.ndim == 2 else 0 :]

    plain, last = generate(tokens), generate(tokens[1:, 1:])
    for name, got, want in [
        ("beams", generate(tokens, num_beams=3), generate(tokens, num_beams=3, use_cache=False)),
        ("assisted generation", generate(tokens[:1], prompt_lookup_num_tokens=2), plain[:1]),
        ("generation after padding", generate(tokens, torch.tensor([[1, 1, 1, 1], [0, 1, 1, 1]]))[1:], last),
    ]:
        if not torch.equal(got, want):
            wrong.append(f"{name}: {got.tolist()}, want {want.tolist()}")
    embedded = model.get_input_embeddings()(tokens)
    if not torch.equal(generate(embedded.detach(), inputs_embeds=embedded), plain):
        wrong.append("generation from embeddings")
    for name, arguments in {
        "more tokens than the context": dict(input_ids=torch.zeros(1, model.config.max_position_embeddings + 1, dtype=torch.long)),
        "a static cache": dict(input_ids=tokens, past_key_values=StaticCache(config=model.config, max_cache_len=9)),
        "a mask of another length": dict(input_ids=tokens, attention_mask=torch.ones(2, 3)),
    }.items():
        try:
            model(**arguments)
            wrong.append(f"{name} is not refused")
        except ValueError:
            pass
    with torch.no_grad():
        out = model(tokens, output_attentions=True, output_hidden_states=True)
        if off(out.logits, model(tokens).logits) > LOGITS or len(out.hidden_states) != len(out.attentions) + 1:
            wrong.append("attentions and hidden states")
    gradients = []
    for checkpointing in (False, True):
        model.train().zero_grad()
        if checkpointing:
            model.gradient_checkpointing_enable()
        model(tokens, labels=tokens).loss.backward()
        gradients.append([p.grad.clone() for p in model.parameters()])
    if max(off(a, b) for a, b in zip(*gradients)) > GRADIENTS:
        wrong.append("gradient checkpointing")
    model.bfloat16().save_pretrained(folder / "half")
    return wrong


def models(root):
    import transformers

    quiet(transformers)
    failed, count, families = 0, 0, {}
    for folder in sorted(root.iterdir()):
        config = json.loads((folder / "config.json").read_text())
        mixer, family = config["mixer"], config.get("family")
        wrong, says = check_model(folder)
        families[family] = families.get(family, 0) + 1
        if families[family] % 20 == 1:
            wrong += check_uses(folder)
        print(f"{'BAD' if wrong else 'ok '} {folder.name} {mixer}: {'; '.join(wrong[:5]) or says}")
        failed, count = failed + bool(wrong), count + 1
    print(f"torch {torch.__version__}, transformers {transformers.__version__}: {count} models, {failed} wrong")
    return failed == 0


def has_trainer():
    try:
        import accelerate  # the Trainer needs it
    except ImportError:
        print("skipped: accelerate, which the Trainer needs, is not installed")
        return False
    return True


def train(root):
    return not has_trainer() or all([train_model(folder) for folder in sorted(root.iterdir())])


def train_model(folder):
    """Trains on a text of repeated words: the loss must fall, and the folder that is saved
    must give what the trained model gives."""
    import transformers
    from transformers import AutoModelForCausalLM

    quiet(transformers)
    model = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=True)
    c = model.config
    generator = torch.Generator().manual_seed(1)
    words = [torch.randint(c.vocab_size, (3,), generator=generator) for _ in range(4)]
    text = torch.cat([words[i] for i in torch.randint(4, (400,), generator=generator)])
    rows = [dict(input_ids=row, labels=row) for row in text.split(c.max_position_embeddings) if len(row) == c.max_position_embeddings]
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    out = folder / "trained"
    arguments = transformers.TrainingArguments(
        output_dir=str(out), max_steps=30, per_device_train_batch_size=4, gradient_accumulation_steps=2, learning_rate=1e-2, lr_scheduler_type="constant",
        logging_steps=1, save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True, gradient_checkpointing=True)
    trainer = transformers.Trainer(model=model, args=arguments, train_dataset=rows)
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    still = [name for name, p in model.named_parameters() if torch.equal(p, before[name])]
    trainer.save_model(out)
    again = AutoModelForCausalLM.from_pretrained(out, trust_remote_code=True)
    tokens = text[None, : c.max_position_embeddings]
    with torch.no_grad():
        same = torch.equal(again.eval()(tokens).logits, model.eval()(tokens).logits)
    print(f"{folder.name}: {len(losses)} steps of the Trainer, loss {losses[0]:.3f} to {losses[-1]:.3f}; unchanged: {still}; saved and opened again: {same}")
    return len(losses) == 30 and losses[-1] < 0.7 * losses[0] and not still and same


def page(folder):
    """Runs the code of the page, in order, in a directory that has the model."""
    text = (HERE.parent.parent / "docs" / "pytorch.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    blocks = [block for block in blocks if "waveletgpt_torch" not in block]  # internal/torch tests these
    if not has_trainer():
        blocks = [block for block in blocks if "Trainer" not in block]
    folder = folder.resolve()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        os.symlink(folder, "model")
        names = {}
        for block in blocks:
            exec(block, names)
        assert names["y"].shape == (2, 8, 128), names["y"].shape
        assert off(names["y"], names["op"](names["x"])[:, :8]) < 1e-6
        os.chdir(HERE)
    print(f"{len(blocks)} pieces of code ran")
    return len(blocks) >= 6


def quiet(transformers):
    transformers.utils.logging.set_verbosity(transformers.utils.logging.CRITICAL)
    transformers.utils.logging.disable_progress_bar()


def main():
    commands = {"operators": operators, "models": models, "train": train, "page": page}
    words = sys.argv[1:]
    if not words or len(words) % 2 or not set(words[::2]) <= set(commands):
        sys.exit(__doc__)
    torch.set_num_threads(1)
    good = [commands[name](pathlib.Path(path)) for name, path in zip(words[::2], words[1::2])]
    shutil.rmtree(os.environ["HF_MODULES_CACHE"], ignore_errors=True)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
