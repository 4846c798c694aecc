"""Muon as waveletgpt computes it: torch.optim.Muon, but with its iteration in float32.

torch.optim.Muon iterates in bfloat16, which is fast on accelerators and leaves a matrix up to
some percent from the same steps in float32 (docs/decisions/0034-muon-in-float32.md).
"""

import math
from dataclasses import dataclass

import torch

# Keller Jordan, "Muon: An optimizer for hidden layers in neural networks" (2024).
A, B, C = 3.4445, -4.7750, 2.0315
STEPS = 5


def orthogonalize(x):
    """Matrices [..., rows, columns] with nearly the same singular vectors, and singular values near 1."""
    wide = x.shape[-2] < x.shape[-1]
    y = x.mT if wide else x
    y = y / y.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(STEPS):
        gram = y.mT @ y
        y = A * y + y @ (B * gram + C * gram @ gram)
    return y.mT if wide else y


@dataclass
class Matrix:
    """A weight matrix: columns `first` to `last` of a parameter, [in, out] or transposed."""

    parameter: torch.nn.Parameter
    buffer: torch.Tensor  # the momentum of the whole parameter
    first: int
    last: int
    transposed: bool
    decay: bool

    def factor(self):
        inputs, outputs = self.parameter.shape[0], self.last - self.first
        if self.transposed:
            inputs, outputs = outputs, inputs
        return math.sqrt(max(1, outputs / inputs))


class Muon:
    def __init__(self, matrices, momentum, weight_decay):
        self.momentum, self.weight_decay = momentum, weight_decay
        self.groups = {}  # those of one shape are one product
        for m in matrices:
            self.groups.setdefault((m.parameter.shape[0], m.last - m.first), []).append(m)

    @torch.no_grad()
    def step(self, rate):
        for group in self.groups.values():
            updates = []
            for m in group:
                g, v = m.parameter.grad[:, m.first : m.last], m.buffer[:, m.first : m.last]
                v.lerp_(g, 1 - self.momentum)
                updates.append(v.lerp(g, 1 - self.momentum))  # Nesterov's
            for m, update in zip(group, orthogonalize(torch.stack(updates))):
                w = m.parameter[:, m.first : m.last]
                if m.decay:
                    w.mul_(1 - rate * self.weight_decay)
                w.add_(update, alpha=-rate * m.factor())
