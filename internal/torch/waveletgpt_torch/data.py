"""The windows of a prepared set, in any training loop: those that waveletgpt itself would take.

    data = PreparedSet("runs/book/data")            # or what `waveletgpt data prepare` has made
    for step in range(1, 1501):
        rows = stack(data.training(step, batch=8, context=512, seed=1))
        loss = next_token_loss(model(rows["input_ids"]), rows["labels"])
    rows = stack(data.windows("validation", context=512, count=128))

It needs NumPy and PyTorch. Windows are token ids [context + 1]: the inputs, and one more, the last
target. In a set whose windows keep to documents (music), they may be shorter. The docs of the rules:
dataset/windows.go of github.com/waveletgpt/waveletgpt. Music is not transposed (train.transpose = 0).
"""

import json
import os

import numpy
import torch
import torch.nn.functional as F

from .dropout import WORD, philox

WINDOWS = 2  # the purpose of random numbers
SPLITS = ("train", "validation", "test")


def uniform(seed, step, index, n):
    """A random number below n, that of package rng: Philox4x32-10 by seed, step and index."""
    w0, w1 = philox(index & WORD, index >> 32, step, WINDOWS, seed & WORD, seed >> 32)
    return (w1 << 32 | w0) * n >> 64


class PreparedSet:
    """A prepared set: dataset.json and tokens.bin, which stays on the disk (numpy.memmap)."""

    def __init__(self, directory):
        with open(os.path.join(directory, "dataset.json"), encoding="utf-8") as f:
            self.header = json.load(f)
        version = self.header["format_version"]
        if version != 1:
            raise ValueError(f"{directory} has format_version {version}; this module reads 1")
        path = os.path.join(directory, "tokens.bin")
        if os.path.getsize(path) != 2 * self.header["tokens"]:
            raise ValueError(f"{path} has {os.path.getsize(path)} bytes, but dataset.json says {2 * self.header['tokens']}")
        self.tokens = numpy.memmap(path, dtype="<u2", mode="r")
        self.vocabulary, self.hash = self.header["vocabulary"], self.header["hash"]
        self.in_documents = self.header.get("windows") == "document"

    def split(self, name):
        """The tokens of a split."""
        if name not in SPLITS:
            raise ValueError(f"there is no split {name!r}, or it is not for training: {', '.join(SPLITS)}")
        r = self.header["splits"][name]
        if r["length"] == 0:
            raise ValueError(f"the set has no {name} split")
        return self.tokens[r["start"] : r["start"] + r["length"]]

    def documents(self, name):
        """The name and the tokens of each document of a split."""
        self.split(name)
        for d in self.header["documents"]:
            if d["split"] == name:
                yield d["name"], self.tokens[d["start"] : d["start"] + d["length"]]

    def pieces(self, name, length):
        """The ranges of a split in which windows lie: start and length."""
        split, first = self.split(name), self.header["splits"][name]["start"]
        if not self.in_documents:
            if len(split) < length:
                raise ValueError(f"the {name} split has {len(split)} tokens, fewer than the {length} of one window")
            return [(0, len(split))]
        pieces = [(d["start"] - first, d["length"]) for d in self.header["documents"] if d["split"] == name and d["length"] > 1]
        if not pieces:
            raise ValueError(f"the {name} split has no document of two tokens")
        return pieces

    def window(self, name, start, length):
        """The tokens from a position of a split on, at most up to the end of its document if windows keep to them."""
        if self.in_documents:
            at = self.header["splits"][name]["start"] + start
            ends = [d["start"] + d["length"] for d in self.header["documents"]]
            i = int(numpy.searchsorted(ends, at, side="right"))
            length = min(length, ends[i] - at)
        return numpy.asarray(self.split(name)[start : start + length])

    def training(self, step, batch, context, seed):
        """The `batch` training windows of a step, counted from 1. With train.accumulate, batch is
        train.batch times that."""
        length = context + 1
        pieces = self.pieces("train", length)
        starts = [max(1, n - length + 1) for _, n in pieces]
        ends = numpy.cumsum(starts)
        rows = []
        for index in range(batch):
            at = uniform(seed, step, index, int(ends[-1]))
            i = int(numpy.searchsorted(ends, at, side="right"))
            rows.append(self.window("train", pieces[i][0] + at - int(ends[i]) + starts[i], length))
        return rows

    def starts(self, name, context, count):
        """The positions of at most `count` fixed windows of a split, evenly spread."""
        length = context + 1
        pieces = self.pieces(name, length)
        if not self.in_documents:
            tokens = pieces[0][1]
            count = min(count, tokens // length)
            return [i * (tokens - length) // max(count - 1, 1) for i in range(count)]
        every = [start + i * length for start, n in pieces for i in range(max(1, n // length))]
        count = min(count, len(every))
        return [every[i * (len(every) - 1) // max(count - 1, 1)] for i in range(count)]

    def windows(self, name, context, count=128):
        """The fixed windows of an evaluation: eval.windows = count."""
        return [self.window(name, start, context + 1) for start in self.starts(name, context, count)]


def stack(windows, device=None):
    """Windows as input_ids and labels [windows, positions]. Labels are shifted already: each is the token
    behind its input. Short windows end in labels of -100, which do not count."""
    rows = numpy.full((len(windows), max(map(len, windows))), -100, dtype=numpy.int64)
    for row, window in zip(rows, windows):
        row[: len(window)] = window
    rows = torch.from_numpy(rows)
    return {"input_ids": rows[:, :-1].clamp(min=0).to(device), "labels": rows[:, 1:].contiguous().to(device)}


def next_token_loss(outputs, labels, num_items_in_batch=None, reduction="mean"):
    """The loss of labels that are shifted already: compute_loss_func of transformers' Trainer."""
    logits = getattr(outputs, "logits", outputs)
    if num_items_in_batch is not None:
        reduction = "sum"
    loss = F.cross_entropy(logits.float().flatten(0, 1), labels.to(logits.device).flatten(), ignore_index=-100, reduction=reduction)
    return loss if num_items_in_batch is None else loss / num_items_in_batch


@torch.no_grad()
def evaluate(model, windows, batch=8, device=None):
    """The mean loss over the tokens of windows, in nats, as waveletgpt computes it."""
    training, total, tokens = getattr(model, "training", False), 0.0, 0
    model.eval()
    for i in range(0, len(windows), batch):
        rows = stack(windows[i : i + batch], device)
        total += float(next_token_loss(model(rows["input_ids"]), rows["labels"], reduction="sum"))
        tokens += int((rows["labels"] != -100).sum())
    model.train(training)
    return total / tokens


class TrainingWindows(torch.utils.data.IterableDataset):
    """The training windows of all steps in their order, for a DataLoader or transformers' Trainer. One
    worker must read them, in batches of `batch` or of a part of it."""

    def __init__(self, data, batch, context, seed, first_step=1):
        self.data, self.batch, self.context, self.seed, self.first_step = data, batch, context, seed, first_step

    def __iter__(self):
        step = self.first_step
        while True:
            for window in self.data.training(step, self.batch, self.context, self.seed):
                rows = stack([window])
                yield {name: row[0] for name, row in rows.items()}
            step += 1
