"""Dropout by counter-based masks, the same ones as those of waveletgpt's own engine.

A mask is a function of (seed, step, sequence, site, element): the words of Philox4x32-10
(Salmon et al. 2011), two elements for each 64-bit number. Sites are the embeddings, 0, and the
residual branches of block i, 2i+1 and 2i+2.
"""

import torch

PURPOSE = 3  # of random numbers: dropout
WORD = 0xFFFFFFFF


def multiply(a, b):
    """High and low word of the product of a 32-bit constant and 32-bit words in int64, without overflow."""
    low, high = (a & 0xFFFF) * b, (a >> 16) * b
    middle = high + (low >> 16)
    return middle >> 16, (middle & 0xFFFF) << 16 | low & 0xFFFF


def philox(c0, c1, c2, c3, key0, key1):
    """The first two words of Philox4x32-10, of counters that are tensors or numbers."""
    for _ in range(10):
        high0, low0 = multiply(0xD2511F53, c0)
        high1, low1 = multiply(0xCD9E8D57, c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ key0, low1, high0 ^ c3 ^ key1, low0
        key0, key1 = (key0 + 0x9E3779B9) & WORD, (key1 + 0xBB67AE85) & WORD
    return c0, c1


class Dropout:
    """Masks for sequences [batch, positions, width]. active is false in evaluations."""

    def __init__(self, probability, seed, layers, context, width, device):
        self.key0, self.key1 = seed & WORD, seed >> 32
        self.threshold, self.scale = int(probability * 2**32), 1 / (1 - probability)
        self.sites, self.per_site = 2 * layers + 1, (context * width + 1) // 2
        # Tensors, so that a compiled model is the same in every step.
        self.step = torch.zeros((), dtype=torch.int64, device=device)
        self.sequences = torch.zeros(0, dtype=torch.int64, device=device)
        self.active = False

    def begin(self, step, first, count):
        self.step.fill_(step)
        self.sequences = torch.arange(first, first + count, device=self.step.device)
        self.active = True

    def __call__(self, x, site):
        if not self.active:
            return x
        size = x.shape[1] * x.shape[2]
        pairs = torch.arange((size + 1) // 2, device=x.device)
        index = ((self.sequences * self.sites + site) * self.per_site)[:, None] + pairs
        words = philox(index & WORD, index >> 32, self.step, PURPOSE, self.key0, self.key1)
        kept = torch.stack(words, dim=-1).flatten(1)[:, :size].view(x.shape) >= self.threshold
        return x * kept * self.scale
