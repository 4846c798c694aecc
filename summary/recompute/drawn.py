"""Numbers that rest on random numbers, and what a document may have in their place."""

import math

import numpy as np

# The program draws the same numbers for every document, so that one bad sample is
# seen in many ends: among thousands of ends of random studies some are off by four.
DEVIATIONS = 5


def is_number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool)


class Drawn:
    """A number with a value for each repeat, nan where a repeat has none. Values
    beyond low and high are cut to them."""

    def __init__(self, values, low=-math.inf, high=math.inf):
        values = np.asarray(values, float)
        known = values[np.isfinite(values)]
        self.missing, self.present = len(known) < len(values), len(known) > 0
        self.mean = known.mean() if self.present else math.nan
        self.deviation = known.std(ddof=1) if len(known) > 1 else 0.0
        self.margin = DEVIATIONS * self.deviation + 1e-9 * abs(self.mean)
        self.low, self.high = low, high

    def cut(self, x):
        return min(max(x, self.low), self.high)

    def accepts(self, x):
        if x is None:
            return self.missing
        return self.present and is_number(x) and self.cut(self.mean - self.margin) <= x <= self.cut(self.mean + self.margin)

    def deviations(self, x):
        """By how many standard deviations a document is off, 0 for what was cut."""
        known = self.present and is_number(x) and self.low < x < self.high and self.deviation > 0
        return abs(x - self.mean) / self.deviation if known else 0.0

    def __str__(self):
        return f"{self.cut(self.mean):.6g} within {self.margin:.2g}" if self.present else "null"


class Interval:
    """Both ends of an interval, or null."""

    def __init__(self, low, high):
        self.ends = (low, high)

    def accepts(self, x):
        if x is None:
            return self.ends[0].missing
        return isinstance(x, list) and len(x) == 2 and all(end.accepts(v) for end, v in zip(self.ends, x))

    def deviations(self, x):
        return max(end.deviations(v) for end, v in zip(self.ends, x)) if isinstance(x, list) else 0.0

    def __str__(self):
        return f"[{self.ends[0]}, {self.ends[1]}]" if self.ends[0].present else "null"


class Open:
    """Whether an end reaches its limit, which random numbers may decide."""

    def __init__(self, end, limit):
        self.end, self.limit = end, limit

    def reached(self):
        below = self.limit == self.end.low
        return self.end.present and bool(self.end.mean <= self.limit if below else self.end.mean >= self.limit)

    def accepts(self, x):
        near = abs(self.end.mean - self.limit) <= self.end.margin
        return x is self.reached() or isinstance(x, bool) and (near or self.end.missing and not x)

    def deviations(self, _):
        return 0.0

    def __str__(self):
        return str(self.reached()).lower()
