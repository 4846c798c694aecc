#!/usr/bin/env python3
"""Tests that waveletgpt and transformers can load each other's models.

    python folders.py check FOLDER...       loads folders that waveletgpt wrote
    python folders.py write DIR [--small]   writes folders for waveletgpt to load

check requires that AutoModelForCausalLM loads a plain model with every tensor in
its place and, if the folder has an expected.safetensors, that logits and
generate() match it. Any other model must be refused, because it needs the code in its
folder: pytorch.py tests that. GPT2LMHeadModel, named by its class, takes such a folder, but
must warn. It prints a line per folder; the exit status is 1 if one fails.

write creates gpt2, nanochat and llama folders with random weights in the formats found in
practice, each with an expected.safetensors; --small adds one with the shape of GPT-2
small.

expected.safetensors: tokens [T], logits [T, V] after each token, and continuation
[N], the next N tokens of greedy decoding.
"""

import argparse
import contextlib
import copy
import io
import json
import logging as logging_of_python
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import (AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, NanoChatConfig,
                          NanoChatForCausalLM)
from transformers.utils import logging

EXPECTED = "expected.safetensors"

# Relative to the largest logit. Both sides round in float32, in different orders.
TOLERANCE = 1e-5

TINY = dict(vocab_size=31, n_positions=24, n_embd=24, n_layer=2, n_head=3)
TINY_CHAT = dict(vocab_size=31, max_position_embeddings=24, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
                 num_attention_heads=6, num_key_value_heads=2)


def continuation(model, tokens, n):
    out = model.generate(tokens.unsqueeze(0), attention_mask=torch.ones_like(tokens).unsqueeze(0),
                         max_new_tokens=n, do_sample=False, pad_token_id=0, eos_token_id=None)
    return out[0, len(tokens):]


@contextlib.contextmanager
def warnings_of_transformers():
    text, before = io.StringIO(), logging.get_verbosity()
    logger = logging.get_logger("transformers")
    handlers, logger.handlers = logger.handlers, [logging_of_python.StreamHandler(text)]
    logging.set_verbosity_warning()
    try:
        yield text
    finally:
        logging.set_verbosity(before)
        logger.handlers = handlers


def check(folder):
    """Returns a description of the result and whether the folder passes."""
    kind = json.loads((folder / "config.json").read_text())["model_type"]
    if kind not in ("gpt2", "nanochat", "llama"):
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # a question on a terminal
                AutoModelForCausalLM.from_pretrained(folder)
        except ValueError as e:
            refused = "trust_remote_code" in str(e)
        else:
            return f"opened, though its type is {kind}", False
        with warnings_of_transformers() as warnings:
            try:
                GPT2LMHeadModel.from_pretrained(folder)
                by_name = "opened with a warning" if f"`{kind}`" in warnings.getvalue() else "OPENED WITHOUT A WARNING"
            except Exception as e:  # of any kind: a refusal
                by_name = f"refused ({type(e).__name__})"
        return f"refused without its code; by the name of GPT-2's class {by_name}", refused and "WITHOUT" not in by_name
    model, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    model.eval()
    wrong = {key: value for key, value in info.items() if value}
    if wrong:
        return f"opened, but {wrong}", False
    if not (folder / EXPECTED).exists():
        n = min(8, model.config.max_position_embeddings - 1)
        return f"opened as {type(model).__name__}; generate() gives {continuation(model, torch.tensor([0]), n).tolist()}", True
    expected = load_file(folder / EXPECTED)
    tokens, want = expected["tokens"].long(), expected["continuation"].long()
    with torch.no_grad():
        logits = model(tokens.unsqueeze(0)).logits[0]
    off = ((logits - expected["logits"]).abs().max() / expected["logits"].abs().max()).item()
    same = torch.equal(continuation(model, tokens, len(want)), want)
    return (f"opened as {type(model).__name__}; logits are off by {off:.1e} of the largest; "
            f"generate() gives {'the same' if same else 'different'} {len(want)} tokens"), off <= TOLERANCE and same


def gpt2(**settings):
    return GPT2LMHeadModel(GPT2Config(**settings, resid_pdrop=0.1))


def nanochat(**settings):
    return NanoChatForCausalLM(NanoChatConfig(**TINY_CHAT | settings))


def llama(**settings):
    return LlamaForCausalLM(LlamaConfig(**TINY_CHAT | settings))


def randomize(model, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            p.copy_(1 + 0.2 * noise if p.ndim == 1 and name.endswith("weight") else 0.2 * noise)
    return model.eval()


def expect(folder, model, generator, length, n):
    tokens = torch.randint(model.config.vocab_size, (length,), generator=generator)
    with torch.no_grad():
        logits = model(tokens.unsqueeze(0)).logits[0]
    save_file({"tokens": tokens, "logits": logits.contiguous(), "continuation": continuation(model, tokens, n)},
              folder / EXPECTED)
    print(f"{folder.name}: {sum(p.numel() for p in model.parameters())} parameters")


def save_old(model, folder):
    """Like the oldest files on the hub: no prefix, with attention masks, and only
    non-default values in config.json."""
    folder.mkdir()
    tensors = {n.removeprefix("transformer."): p.detach().clone() for n, p in model.named_parameters()}
    for i in range(TINY["n_layer"]):
        ones = torch.ones(TINY["n_positions"], TINY["n_positions"])
        tensors[f"h.{i}.attn.bias"] = ones.tril()[None, None]
        tensors[f"h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2", "n_ctx": 24} | TINY))


def save_old_rope(model, folder):
    """The base of the positions outside of rope_parameters, as before version 5."""
    model.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    (folder / "config.json").write_text(json.dumps(config))


def save_half(model, folder):
    """In bfloat16; the expected values use the rounded weights in float32."""
    copy.deepcopy(model).bfloat16().save_pretrained(folder)
    with torch.no_grad():
        for p in model.parameters():  # not the frequencies of rotary positions
            p.copy_(p.bfloat16())


def save(model, folder):
    model.save_pretrained(folder)


FORMS = {
    # As save_pretrained writes it: tied head, n_inner null.
    "tied": (gpt2, TINY, save),
    "untied": (gpt2, TINY | dict(n_inner=40, tie_word_embeddings=False), save),
    # Without the head: names lack the prefix.
    "base": (gpt2, TINY, lambda model, folder: model.transformer.save_pretrained(folder)),
    "old": (gpt2, TINY, save_old),
    "bfloat16": (gpt2, TINY, save_half),
    "sharded": (gpt2, TINY, lambda model, folder: model.save_pretrained(folder, max_shard_size="30KB")),
    # The same of the other families, whose head is its own unless it is tied.
    "nanochat": (nanochat, {}, save),
    "nanochat-heads": (nanochat, dict(num_key_value_heads=None), save),
    "nanochat-tied": (nanochat, dict(tie_word_embeddings=True), save),
    "nanochat-base": (nanochat, dict(tie_word_embeddings=True), lambda model, folder: model.model.save_pretrained(folder)),
    "nanochat-old": (nanochat, {}, save_old_rope),
    "nanochat-bfloat16": (nanochat, {}, save_half),
    "nanochat-sharded": (nanochat, {}, lambda model, folder: model.save_pretrained(folder, max_shard_size="20KB")),
    "llama": (llama, {}, save),
    "llama-heads": (llama, dict(num_key_value_heads=None), save),
    "llama-tied": (llama, dict(tie_word_embeddings=True), save),
    "llama-old": (llama, {}, save_old_rope),
}


def write(root, small):
    generator = torch.Generator().manual_seed(6)
    for name, (build, settings, save) in FORMS.items():
        model = randomize(build(**settings), generator)
        save(model, root / name)
        expect(root / name, model, generator, length=9, n=12)
    if small:
        torch.manual_seed(6)
        model = GPT2LMHeadModel(GPT2Config()).eval()
        model.save_pretrained(root / "small")
        expect(root / "small", model, generator, length=4, n=4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check").add_argument("folder", nargs="+", type=pathlib.Path)
    writing = commands.add_parser("write")
    writing.add_argument("dir", type=pathlib.Path)
    writing.add_argument("--small", action="store_true", help="add a model with the shape of GPT-2 small (500 MB)")
    args = parser.parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    if args.command == "write":
        args.dir.mkdir(exist_ok=True)
        write(args.dir, args.small)
        return 0
    failed = 0
    for folder in args.folder:
        says, good = check(folder)
        failed += not good
        print(f"{'ok ' if good else 'BAD'} {folder.name}: {says}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
