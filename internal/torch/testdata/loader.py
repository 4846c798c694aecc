"""Tests of waveletgpt_torch.data and .curves against what waveletgpt itself reads.

    python loader.py PACKAGES EXPECTED OUT PAGE

EXPECTED is a file in JSON with, for each set: its directory, context, seed, batch, and the tokens of
training windows by step, of fixed windows by split, and the names and lengths of documents. OUT gets
the curves. The Python of PAGE that uses the package runs too.
"""

import json
import os
import re
import sys

packages, expected, out, page = sys.argv[1:]
sys.path.insert(0, packages)

import torch
from waveletgpt_torch import data
from waveletgpt_torch.curves import Callback, Curve, due
from waveletgpt_torch.modeling_waveletgpt import WaveletGPTConfig, WaveletGPTLMHeadModel

for case in json.load(open(expected)):
    prepared = data.PreparedSet(case["directory"])
    context, seed, batch = case["context"], case["seed"], case["batch"]
    for step, rows in case["training"].items():
        got = [list(map(int, w)) for w in prepared.training(int(step), batch, context, seed)]
        assert got == rows, f"{case['directory']}: step {step}"
    for split, rows in case["fixed"].items():
        got = [list(map(int, w)) for w in prepared.windows(split, context, case["count"])]
        assert got == rows, f"{case['directory']}: {split}"
    got = [[name, len(tokens)] for split in data.SPLITS for name, tokens in prepared.documents(split)]
    assert sorted(got) == sorted(map(list, case["documents"])), f"{case['directory']}: documents"
    try:
        prepared.split("holdout")
        raise AssertionError("a hold-out is read")
    except ValueError:
        pass
    stream = iter(data.TrainingWindows(prepared, batch, context, seed))
    first = [next(stream) for _ in range(2 * batch)]
    for step in (1, 2):
        for row, window in zip(first[(step - 1) * batch :], prepared.training(step, batch, context, seed)):
            assert row["input_ids"].tolist() == window[:-1].tolist() and row["labels"].tolist() == window[1:].tolist()
    print(f"ok  {case['what']}: {len(case['training'])} steps of {batch} windows, {sum(map(len, case['fixed'].values()))} fixed windows")

# A model trained by transformers' Trainer on these windows.
case = json.load(open(expected))[0]
prepared, context = data.PreparedSet(case["directory"]), case["context"]
torch.manual_seed(1)
model = WaveletGPTLMHeadModel(WaveletGPTConfig(vocab_size=prepared.vocabulary, n_positions=context, n_embd=16, n_layer=2, n_head=2, mixer="haar"))
windows = prepared.windows("validation", context, 16)
rows = data.stack(windows)
whole = data.next_token_loss(model(rows["input_ids"]), rows["labels"]).item()
assert abs(data.evaluate(model, windows, batch=5) - whole) < 1e-5
assert [s for s in range(0, 131) if due(s, 50)] == [0, 1, 2, 4, 8, 16, 32, 50, 100]
curve = Curve(os.path.join(out, "mine.csv"), "my, loop", seed=3, horizon=20)
curve.add(0, 3.25, tokens=0, seconds=0.0)
curve.add(10, 2.5, tokens=640, seconds=1.5)
try:
    import accelerate  # noqa: F401
except ImportError:
    print("skipped: the Trainer needs accelerate")
    sys.exit()
from transformers import Trainer, TrainingArguments

arguments = TrainingArguments(os.path.join(out, "trainer"), max_steps=12, per_device_train_batch_size=8, learning_rate=1e-2, report_to=[],
                              use_cpu=True, save_strategy="no", disable_tqdm=True, logging_strategy="no")
trainer = Trainer(model=model, args=arguments, train_dataset=data.TrainingWindows(prepared, 8, context, seed=1), compute_loss_func=data.next_token_loss,
                  callbacks=[Callback(os.path.join(out, "trainer.csv"), prepared, context, "by the Trainer", windows=16, every=5, tokens_per_step=8 * context)])
trainer.train()
last = data.evaluate(model, windows)
assert last < whole - 0.1, (whole, last)
print(json.dumps({"last": last}))

# The page, on a run's data.
blocks = [b for b in re.findall(r"```python\n(.*?)```", open(page, encoding="utf-8").read(), re.DOTALL) if "waveletgpt_torch" in b]
os.makedirs(os.path.join(out, "page", "runs", "book"))
os.chdir(os.path.join(out, "page"))
os.symlink(case["directory"], "runs/book/data")
names = {"torch": torch, "model": model}
for block in blocks:
    exec(block, names)
print(f"{len(blocks)} pieces of the page ran; the last loss is {names['loss'].item():.2f}")
assert len(blocks) == 2
