"""What the numbers of summary.json mean, with numpy and scipy.

Written from the definitions in the package comment of summary (doc.go), those of
its types and the decisions 18 and 27, not from its code. A curve is a dict of
arrays by axis: step, tokens, flops, seconds and loss.
"""

import functools
import itertools
import math

import numpy as np
from scipy.special import stdtr, stdtrit

PLATEAU_MARGIN = 0.1  # nats per token under the bigram entropy
SPEED_UP_LOSSES = 40
REPLICATES = 1000  # bootstrap samples behind each interval of a document
REPEATS = 20  # how often the script draws as many of its own
MISSING = 0.025  # the share of samples up to which a crossing may be missing
FAR_APART = 1.5  # two horizons whose ratio is above this are wide
AXES = ("step", "tokens", "flops", "seconds")

# --- Curves


def curve(points):
    return {k: np.array([p[k] for p in points], float) for k in (*AXES, "loss")}


def mean_curve(curves):
    """The mean over curves at the steps that all of them have."""
    if not curves:
        return curve([])
    steps = sorted(set.intersection(*(set(c["step"]) for c in curves)))
    rows = [np.searchsorted(c["step"], steps) for c in curves]
    mean = {k: np.mean([c[k][r] for c, r in zip(curves, rows)], axis=0) for k in (*AXES, "loss")}
    mean["tokens"] = curves[0]["tokens"][rows[0]]
    return mean


def target(c):
    """L*, the best loss, and r, by how much the next evaluation is above it."""
    at = int(np.argmin(c["loss"]))
    after = c["loss"][at + 1 : at + 2]
    return c["loss"][at], float(after[0] - c["loss"][at]) if len(after) else 0.0


def crossing(c, axis, level, slack=0.0):
    """Where the line through the evaluations first falls to level and the next
    evaluation does not rise above level + slack; None if nowhere."""
    x, loss = c[axis], c["loss"]
    for i in np.flatnonzero(loss <= level):
        if i + 1 < len(loss) and loss[i + 1] > level + slack:
            continue
        if i == 0:
            return float(x[0])
        return float(np.interp(-level, [-loss[i - 1], -loss[i]], [x[i - 1], x[i]]))
    return None


def plateau(c, bigram):
    return None if bigram is None else crossing(c, "step", bigram - PLATEAU_MARGIN)


def saved(variant, baseline):
    """The fraction of what the baseline needed."""
    if variant is None or baseline is None or baseline <= 0:
        return None
    return 1 - variant / baseline


def quotient(a, b):
    return a / b if a is not None and b is not None and a > 0 and b > 0 else None


def exceeds(at, start):
    return at - start if at is not None and start is not None and at >= start else None


# --- Final losses


def error_of_mean(x, groups):
    """The squared standard error of the mean of x, and the number of independent
    groups: Liang and Zeger (1986), with G/(G-1)."""
    x = np.asarray(x, float)
    if groups is None:
        groups = np.arange(len(x))
    names, at = np.unique(groups, return_inverse=True)
    sums = np.bincount(at, x - x.mean())
    count = len(names)
    return (count / (count - 1) * np.sum(sums**2) / len(x) ** 2 if count > 1 else math.nan), count


def quantile(freedom):
    """Student's for an interval of 95 %."""
    return float(stdtrit(freedom, 0.975))


def student(gain, variance, freedom):
    se = math.sqrt(variance)
    half = quantile(freedom) * se
    p = 2 * float(stdtr(freedom, -abs(gain) / se)) if se > 0 else float(gain == 0)
    return {"loss_gain": gain, "loss_gain_se": se, "loss_gain_ci95": [gain - half, gain + half], "p_value": min(1.0, p)}


def difference(finals, windows, groups):
    """The mean of paired differences of final losses, and its test. finals has one
    for each seed; windows, by seed and window, is None if unknown."""
    out = {"loss_gain": None, "loss_gain_se": None, "loss_gain_ci95": None, "p_value": None, "pairs_of": "", "pairs": 0, "groups": 0}
    seeds = len(finals)
    if seeds == 0:
        return out
    gain = float(np.mean(finals))
    if windows is not None and seeds == 1:
        v, count = error_of_mean(windows[0], groups)
        out.update(student(gain, v, count - 1) if count > 1 else {})
        # Windows of one document count as one. Where each has its own, groups is left out.
        out.update(loss_gain=gain, pairs_of="windows", pairs=windows.shape[1], groups=count if count < windows.shape[1] else 0)
        return out
    out.update(loss_gain=gain, pairs_of="seeds", pairs=seeds)
    if seeds == 1:
        return out
    v_s, _ = error_of_mean(finals, None)
    out.update(student(gain, v_s, seeds - 1))
    if windows is None:
        return out
    v_w, count = error_of_mean(windows.mean(axis=0), groups)
    if count < 2:
        return out
    # What is left without the effects of seed and window, each of which takes one
    # degree of freedom from the seeds.
    v, freedom = crossed(v_s, v_w, left(windows, groups), seeds, count)
    out.update(student(gain, v, freedom), groups=count)
    return out


def left(windows, groups):
    """The squared error of the mean that neither seeds nor windows explain."""
    seeds = len(windows)
    rest = windows - windows.mean(axis=0) - windows.mean(axis=1, keepdims=True) + windows.mean()
    return sum(error_of_mean(row, groups)[0] for row in rest) / (seeds * (seeds - 1))


def crossed(v_s, v_w, v_r, seeds, count):
    """The variance of the mean with both effects, and Satterthwaite's degrees of
    freedom, but one with two seeds."""
    v = max(v_s + v_w - v_r, v_s, v_w)
    if v == 0 or seeds == 2:
        return v, 1
    return v, v**2 / (v_s**2 / (seeds - 1) + v_w**2 / max(count - 1, 1))


def holm(p):
    """Corrected p-values; those that are None stay so and do not count."""
    known = sorted((x, i) for i, x in enumerate(p) if x is not None)
    stepped = [min(1.0, (len(known) - rank) * x) for rank, (x, _) in enumerate(known)]
    out = [None] * len(p)
    for (_, i), x in zip(known, itertools.accumulate(stepped, max)):
        out[i] = x
    return out


# --- Horizons


def log_crossing(steps, d):
    """ln of the steps at which differences d [..., horizon] fall to 0 for the last
    time, linear in ln(steps); beyond the horizons the nearest two are extended.
    Also the index of the horizon before. nan where d does not fall."""
    d = np.asarray(d, float)
    last = len(steps) - 2
    above = d[..., :-1] > 0
    at = np.where(above.any(axis=-1), last - np.argmax(above[..., ::-1], axis=-1), 0)
    at = np.where(d[..., -1] > 0, last, at)
    a = np.take_along_axis(d, at[..., None], -1)[..., 0]
    b = np.take_along_axis(d, at[..., None] + 1, -1)[..., 0]
    x = np.log(steps)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = x[at] + a / (a - b) * (x[at + 1] - x[at])
    return np.where(a > b, z, np.nan), at


# --- Bootstrap


@functools.cache
def draws(n):
    """REPEATS times REPLICATES samples of n things with replacement: how often each
    thing is in a sample."""
    return np.random.default_rng(20270101).multinomial(n, np.full(n, 1 / n), size=(REPEATS, REPLICATES))


def spread(z):
    """The variance of z over samples, nan if it is missing in too many."""
    known = z[np.isfinite(z)]
    return np.var(known, ddof=1) if len(known) >= (1 - MISSING) * len(z) else math.nan


def horizon_halves(steps, by_seed, cells, groups):
    """Half the width of the interval of ln(h/H), in each repeat: the variances over
    resampled seeds, widened by n/(n-1), and over resampled groups of windows, less
    what both have. by_seed is [seed, horizon]; cells [horizon, seed, window] or
    None."""
    n = len(by_seed)
    seeds = [n / (n - 1) * spread(log_crossing(steps, c @ by_seed / n)[0]) for c in draws(n)]
    windows, m, v_r = [0.0] * REPEATS, 1, 0.0
    if cells is not None:
        _, group = np.unique(groups, return_inverse=True)
        sums = np.array([np.bincount(group, x) for x in cells.mean(axis=1)]).T
        sizes = np.bincount(group).astype(float)
        m = len(sums)
    if m > 1:
        windows = [spread(log_crossing(steps, c @ sums / (c @ sizes)[:, None])[0]) for c in draws(m)]
        # Of the crossing a/(a-b) of the segment, by the derivatives to a and b.
        mean = by_seed.mean(axis=0)
        _, at = log_crossing(steps, mean)
        a, b = mean[at], mean[at + 1]
        slope = math.log(steps[at + 1] / steps[at]) / (a - b) ** 2
        v_r = left(slope * (a * cells[at + 1] - b * cells[at]), groups)
    halves = []
    for v_s, v_w in zip(seeds, windows):
        v, freedom = crossed(v_s, v_w, v_r, n, m)
        ok = np.isfinite(v) and np.isfinite(freedom) and v > 0
        halves.append(quantile(freedom) * math.sqrt(v) if ok else math.nan)
    return np.array(halves)


def bound_end(steps, by_seed, cells, groups, lower):
    """Where the limit of the 95 % interval of the difference at each horizon falls to
    0: its lower limit for a variant that is above the baseline at the longest
    horizon, else its upper one. None if it is above 0 there, -inf if nowhere."""
    limits = []
    for i in range(len(steps)):
        test = difference(list(by_seed[:, i]), None if cells is None else cells[i], groups)
        limits.append(test["loss_gain_ci95"][0 if lower else 1])
    if limits[-1] > 0:
        return None
    z, _ = log_crossing(steps, np.array(limits))
    return math.exp(z) if max(limits) > 0 and np.isfinite(z) else -math.inf


def saved_halves(baseline, variant):
    """Half the width of the interval of ln(s_v/s_b) over resampled seeds, and the
    share of samples in which both cross, in each repeat."""
    n = len(baseline)
    samples, at = np.unique(draws(n).reshape(-1, n), axis=0, return_inverse=True)
    ratios = []
    for counts in samples:
        chosen = np.repeat(np.arange(n), counts)
        ratios.append(step_ratio(mean_curve([baseline[i] for i in chosen]), mean_curve([variant[i] for i in chosen])))
    z = np.log(np.array(ratios, float))[at].reshape(REPEATS, REPLICATES)
    halves = [quantile(n - 1) * math.sqrt(spread(row) * n / (n - 1)) for row in z]
    return np.array(halves), np.isfinite(z).mean(axis=1)


def step_ratio(b, v):
    """s_v/s_b, None if either does not cross."""
    if not len(b["loss"]):
        return None
    level, slack = target(b)
    return quotient(crossing(v, "step", level, slack), crossing(b, "step", level, slack))
