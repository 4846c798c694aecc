"""Tests of waveletgpt_torch.curves without PyTorch: the evaluation is made up.

    python curves.py PACKAGES OUT
"""

import os
import sys
import types

packages, out = sys.argv[1:]
sys.path.insert(0, packages)
fake = types.ModuleType("waveletgpt_torch.data")
fake.evaluate = lambda model, windows, device: model.loss
sys.modules["waveletgpt_torch.data"] = fake

from waveletgpt_torch.curves import Callback, Curve


class Prepared:
    def windows(self, split, context, count):
        return []


class Parameter:
    device = "cpu"


class Model:
    loss = 3.0

    def parameters(self):
        return iter([Parameter()])


def train(path, begin, end, zero=True, steps=20):
    """What a Trainer calls, from a checkpoint after step begin until it is stopped after step end."""
    callback, model = Callback(path, Prepared(), 8, "theirs", every=5, tokens_per_step=64), Model()
    state = types.SimpleNamespace(global_step=begin, max_steps=steps, is_world_process_zero=zero)
    model.loss = 3.0 - begin / 10
    callback.on_train_begin(None, state, None, model=model)
    for step in range(begin + 1, end + 1):
        state.global_step, model.loss = step, 3.0 - step / 10
        callback.on_step_end(None, state, None, model=model)


def refused(error, words, do):
    try:
        do()
    except error as e:
        assert words in str(e), e
        return
    raise AssertionError(f"no error with {words!r}")


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


path = os.path.join(out, "first.csv")
train(path, 0, 12)
before = text(path)
refused(FileExistsError, "is there already", lambda: train(path, 0, 12))
refused(FileExistsError, "is there already", lambda: Curve(path, "theirs"))
train(path, 7, 20, zero=False)  # another process of the same training
assert text(path) == before

# It ended after step 12, with a checkpoint after step 7.
path = os.path.join(out, "resumed.csv")
before = ",".join(Curve.COLUMNS) + "\n" + "".join(f"theirs,1,20,{s},{64 * s},{s}.5,{9 if s == 10 else 3 - s / 10}\n" for s in (0, 1, 2, 4, 5, 10))
with open(path, "w", encoding="utf-8") as f:
    f.write(before)
train(path, 7, 20)
assert text(path).startswith(before), "earlier rows are lost"

other = os.path.join(out, "mine.txt")
with open(other, "w", encoding="utf-8") as f:
    f.write("step,loss\n0,3\n")
refused(ValueError, "is not a table of a Curve", lambda: train(other, 7, 20))
assert text(other) == "step,loss\n0,3\n"

train(os.path.join(out, "absent.csv"), 10, 20)  # the earlier part is elsewhere
curve = Curve(os.path.join(out, "own.csv"), "mine", resume=True)
curve.add(10, 2.5, seconds=4.0)
curve = Curve(os.path.join(out, "own.csv"), "mine", resume=True)
curve.add(20, 2.0, seconds=curve.seconds(10) + 3)
assert curve.seconds(19) == 4.0 and curve.seconds(20) == 7.0 and curve.seconds(5) == 0.0
