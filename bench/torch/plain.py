#!/usr/bin/env python3
"""A training loop in plain PyTorch, as people write it, to measure ours beside.

    python plain.py CONFIG BATCH [DEVICE PRECISION COMPILE]

CONFIG is the config.json of a plain GPT-2, for transformers' GPT2LMHeadModel; with the environment
variable WAVELETGPT_PACKAGE, a directory with the package waveletgpt_torch, the model is that of the
package. Each line `N` on standard input asks for N steps on random tokens; the answer is a line of
the seconds of each. Without standard input (a terminal or /dev/null) it takes 20 steps and prints their
median and the tokens of a second.
"""

import contextlib
import json
import os
import statistics
import sys
import time

import torch

path, batch, device, precision, compiled = (sys.argv[1:] + ["cpu", "float32", "off"][len(sys.argv) - 3 :])[:5]
batch = int(batch)
config = json.load(open(path))
torch.manual_seed(1)
torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
if os.environ.get("TORCH_THREADS"):
    torch.set_num_threads(int(os.environ["TORCH_THREADS"]))
if os.environ.get("WAVELETGPT_PACKAGE"):
    sys.path.insert(0, os.environ["WAVELETGPT_PACKAGE"])
    from waveletgpt_torch.engine import build

    model = build(config).to_empty(device=device)
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.02)
else:
    from transformers import GPT2Config, GPT2LMHeadModel

    model = GPT2LMHeadModel(GPT2Config(**config)).to(device)
context, vocabulary = config["n_positions"], config["vocab_size"]
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
half = torch.autocast(torch.device(device).type, torch.bfloat16) if precision == "bfloat16" else contextlib.nullcontext()
forward = model if compiled == "off" else torch.compile(model, mode=None if compiled == "default" else compiled)


def step():
    began = time.perf_counter()
    tokens = torch.randint(vocabulary, (batch, context + 1))
    inputs, targets = tokens[:, :-1].to(device), tokens[:, 1:].to(device)
    with half:
        logits = forward(inputs, use_cache=False).logits
    loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    loss.item()  # which loops print
    return time.perf_counter() - began


asked = False
if not sys.stdin.isatty():
    for line in sys.stdin:
        asked = True
        print(*(step() for _ in range(int(line))), flush=True)
if not asked:
    for _ in range(5):
        step()
    seconds = statistics.median(step() for _ in range(20))
    print(json.dumps({"plain": os.path.basename(path), "batch": batch, "device": device, "precision": precision, "compile": compiled,
                      "step_seconds": round(seconds, 6), "tokens_per_second": round(batch * context / seconds)}))
