"""Curves of other training loops for `waveletgpt report`.

    curve = Curve("baseline.csv", variant="my model", seed=1)
    curve.add(step, loss, tokens=step * batch * context)     # loss in nats per token

    waveletgpt report runs/study baseline.csv

`Callback` does the same in transformers' Trainer, on the validation windows that waveletgpt itself
evaluates, so that the losses compare.
"""

import csv
import os
import time

from . import data

try:
    from transformers import TrainerCallback
except ImportError:  # the curve alone needs no transformers
    TrainerCallback = object


class Curve:
    """A table of evaluations. Each is on the disk at once. A file that is there is refused, unless resume
    is true: then its rows stay, and those of the resumed training follow them. report reads that."""

    COLUMNS = ["variant", "seed", "horizon", "step", "tokens", "seconds", "nats_per_token"]

    def __init__(self, path, variant, seed=1, horizon=None, resume=False):
        self.path, self.variant, self.seed, self.horizon = path, variant, seed, horizon
        self.began = time.monotonic()
        if resume and os.path.exists(path) and os.path.getsize(path) > 0:
            self.rows()  # fails if it is another table
            return
        try:
            with open(path, "w" if resume else "x", newline="", encoding="utf-8") as f:
                csv.writer(f).writerow(self.COLUMNS)
        except FileExistsError:
            raise FileExistsError(f"{path} is there already; name another file, remove it first, or continue it with resume=True") from None

    def rows(self):
        """What the file has."""
        with open(self.path, newline="", encoding="utf-8") as f:
            rows = csv.DictReader(f)
            if rows.fieldnames != self.COLUMNS:
                raise ValueError(f"{self.path} is not a table of a Curve, which has the columns {', '.join(self.COLUMNS)}; name another file")
            return list(rows)

    def seconds(self, step):
        """The seconds of training up to a step, as the file has them; 0 if it does not."""
        return max((float(r["seconds"]) for r in self.rows() if int(r["step"]) <= step and r["variant"] == str(self.variant) and r["seed"] == str(self.seed)), default=0.0)

    def add(self, step, loss, tokens=None, seconds=None):
        """An evaluation after a step. seconds are those of training so far; without them they count from the
        beginning of the curve, evaluations included."""
        seconds = time.monotonic() - self.began if seconds is None else seconds
        row = [self.variant, self.seed, self.horizon, step, tokens, round(seconds, 6), float(loss)]
        with open(self.path, "a", newline="", encoding="utf-8") as f:
            csv.writer(f).writerow("" if cell is None else cell for cell in row)


def due(step, every):
    """Whether waveletgpt evaluates after a step: early at the powers of two, then every so many steps."""
    return step < every and step & (step - 1) == 0 or step % every == 0


class Callback(TrainerCallback):
    """Evaluates the model of a Trainer when waveletgpt would, and writes the curve. Training that is resumed
    continues the curve."""

    def __init__(self, path, prepared, context, variant, seed=1, windows=128, every=50, tokens_per_step=None):
        self.windows = prepared.windows("validation", context, windows)
        self.path, self.variant, self.seed, self.every, self.tokens_per_step = path, variant, seed, every, tokens_per_step
        self.curve, self.spent, self.since = None, 0.0, None

    def evaluate(self, step, model):
        self.spent += time.monotonic() - self.since
        loss = data.evaluate(model, self.windows, device=next(model.parameters()).device)
        tokens = None if self.tokens_per_step is None else step * self.tokens_per_step
        self.curve.add(step, loss, tokens, self.spent)
        self.since = time.monotonic()

    def on_train_begin(self, args, state, control, model=None, **kwargs):
        if not state.is_world_process_zero:
            return  # one of several processes evaluates and writes
        resumed = state.global_step > 0
        self.curve = Curve(self.path, self.variant, self.seed, state.max_steps, resume=resumed)
        self.spent = self.curve.seconds(state.global_step) if resumed else 0.0
        self.since = time.monotonic()
        self.evaluate(state.global_step, model)

    def on_step_end(self, args, state, control, model=None, **kwargs):
        if not state.is_world_process_zero:
            return
        if due(state.global_step, self.every) or state.global_step == state.max_steps:
            self.evaluate(state.global_step, model)
