"""Computes reference lines again, from the definitions in doc.go.

    python recompute.py < sets.json

The input has "text" and "sound", each with the tokens of the documents for training
and of windows; the output has the order of each, and the losses of their windows.
"""

import collections
import functools
import json
import math
import sys

import numpy


def text(train, validation, windows, vocabulary):
    counts = collections.Counter(
        tuple(d[i : i + n]) for d in train for n in range(1, 8) for i in range(len(d) - n + 1)
    )
    followers = collections.defaultdict(dict)
    for gram, count in counts.items():
        followers[gram[:-1]][gram[-1]] = count
    discounts = {}
    for n in range(1, 8):
        of = collections.Counter(c for gram, c in counts.items() if len(gram) == n)
        discounts[n] = of[1] / (of[1] + 2 * of[2]) if of[1] and of[2] else 1 / 2

    @functools.cache
    def p(gram):
        if not gram:
            return 1 / vocabulary
        after = followers.get(gram[:-1], {})
        if not after:
            return p(gram[1:])
        d = discounts[len(gram)]
        return (max(after.get(gram[-1], 0) - d, 0) + d * len(after) * p(gram[1:])) / sum(after.values())

    def losses(window, n):
        return [-math.log(p(tuple(window[max(0, i + 1 - n) : i + 1]))) for i in range(1, len(window))]

    order = min(range(1, 8), key=lambda n: sum(sum(losses(w, n)) for w in validation))
    return {"order": order, "losses": [losses(w, order) for w in windows]}


# The distribution functions.
SHAPES = [
    lambda x: numpy.where(x < 0, numpy.exp(-abs(x)) / 2, 1 - numpy.exp(-abs(x)) / 2),
    lambda x: (1 + numpy.tanh(x / 2)) / 2,
    lambda x: 0.5 + numpy.sin(numpy.arctan(x / 2)) * (1 + numpy.cos(numpy.arctan(x / 2)) ** 2 / 2) / 2,
]


def expand(y):
    """Mu-law, as in torchaudio."""
    return numpy.sign(y) * (256 ** abs(y) - 1) / 255


def sound(train, training, validation, windows):
    amplitude = expand(2 * numpy.arange(256) / 255 - 1)
    edge = expand(2 * (numpy.arange(257) - 0.5) / 255 - 1)
    edge[0], edge[-1] = -1e9, 1e9
    floor = 0.1 * min((edge[1:] - edge[:-1])[1:-1])
    train = [amplitude[d] for d in train]
    r = numpy.array([sum(numpy.dot(x[k:], x[: len(x) - k]) for x in train) for k in range(65)])
    r[0] *= 1 + 1e-9
    solutions, deviation = [numpy.zeros(0)], [r[0]]
    for n in range(1, 65):
        matrix = [[r[abs(i - j)] for j in range(n)] for i in range(n)]
        solutions.append(numpy.linalg.solve(matrix, r[1 : n + 1]))
        deviation.append(r[0] - numpy.dot(solutions[n], r[1 : n + 1]))
    deviation = numpy.sqrt(numpy.array(deviation) / sum(map(len, train)))
    deviation = numpy.maximum(deviation, floor)

    def predict(window, order):
        x = amplitude[window]
        n = [min(t, order) for t in range(len(x))]
        value = numpy.array([sum(solutions[n[t]][j] * x[t - 1 - j] for j in range(n[t])) for t in range(len(x))])
        unit = deviation[n]
        return numpy.array(window), value, unit, abs(x - value) / unit

    def means(size, memory, start):
        mean, all = start, []
        for t, s in enumerate(size):
            all.append(mean)
            w = max(1 / memory, 1 / (t + 2))
            mean = (1 - w) * mean + w * s
        return numpy.array(all)

    def losses(predictions, shape, memory, factor, start):
        ids, value, unit, size = predictions
        scale = numpy.maximum(floor, factor * means(size, memory, start) * unit)
        below = SHAPES[shape]
        mass = below((edge[ids + 1] - value) / scale) - below((edge[ids] - value) / scale)
        return -numpy.log((1 - 1e-4) * mass + 1e-4 / 256)[1:]

    best = None
    for order in 1, 2, 4, 8, 16, 24, 32, 48, 64:
        fit = [predict(w, order) for w in training]
        choice = [predict(w, order) for w in validation]
        start = numpy.mean(numpy.concatenate([p[3] for p in fit]))
        for shape in range(3):
            total, memory, factor = min(
                (sum(losses(p, shape, memory, factor, start).sum() for p in fit), memory, factor)
                for memory in (8, 16, 32, 64, 128)
                for factor in 2 ** (numpy.arange(-4, 3) / 4)
            )
            scale = shape, memory, factor, start
            candidate = sum(losses(p, *scale).sum() for p in choice), order, scale
            best = min(best or candidate, candidate)
    _, order, scale = best
    return {"order": order, "losses": [losses(predict(w, order), *scale).tolist() for w in windows]}


sets = json.load(sys.stdin)
json.dump({"text": text(**sets["text"]), "sound": sound(**sets["sound"])}, sys.stdout)
