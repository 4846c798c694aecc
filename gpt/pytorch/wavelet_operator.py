"""The multi-scale operator of WaveletGPT (Verma, arXiv 2409.12924) and its controls.

    op = WaveletOperator("haar", channels=128, context=512)
    y = op(x)                                   # x, y: [batch, positions, channels]

The file needs PyTorch and nothing else: copy it into your model. The operator is causal.
The first channels pass. The last n = round(fraction * channels) become

    y[t, i] = sum over j >= 0 of kernel[j, i] * x[t-j, i]          x = 0 before position 0

with a kernel for each channel, which a spec string names. For the paper's operator, haar,
and a training context L it is the mean of f(i) positions:

    kernel[j, i] = 1 / f(i) for j = 0 ... f(i)-1
    f(i) = 2 ** F(i),  F(i) = floor(levels * i / n),  levels = floor(log2 L) + 1

with i counted from the first channel that does not pass. WaveletOperator.kernel has the
kernels of all operators, by_definition the sum, and forward the same in fewer operations.

The kinds and their options (docs/operators.md of github.com/waveletgpt/waveletgpt):

    haar:min=2:prefix=count:delay=1:share=halving:detail=on     means of 1, 2, 4, ... positions
    past                     haar:delay=1:share=halving
    dyadic                   means of the lags 1, 2-3, 4-7, ...
    window:16                one mean for all
    windows:2x1@1+1x4+1xctx  any means: SHARExWIDTH@DELAY
    shift, taps              one position late; 1, 2, 4, ... positions late
    ema:linear, ema:matched  exponential averages
    learned, conv:4          learned kernels
    scale                    learned factors and no other position: a control

All have fraction=0.5 and mix=replace|add|gate; at, layers and last say where in a model an
operator stands, which Spec.stands tells.
"""

import math
import re
import sys
from dataclasses import dataclass

import torch
from torch import nn
import torch.nn.functional as F

# The options of each kind beside those of all, with their defaults.
OPTIONS = {
    "haar": {"min": "1", "prefix": "zero", "delay": "0", "share": "even", "detail": "off"},
    "dyadic": {"prefix": "zero", "share": "halving"},
    "window": {"prefix": "zero", "delay": "0"},
    "windows": {"prefix": "zero"},
    "shift": {},
    "taps": {"share": "even"},
    "ema:linear": {},
    "ema:matched": {"min": "1"},
    "learned": {"min": "1"},
    "conv": {},
    "scale": {"min": "1", "share": "even"},
}

# Words of the option at, and the places that they stand for.
PLACES = {
    "block": ["block"], "input": ["attention", "mlp"], "attention": ["attention"], "mlp": ["mlp"],
    "qkv": ["query", "key", "value"], "kv": ["key", "value"], "q": ["query"], "k": ["key"], "v": ["value"],
    "embedding": ["embedding"],
}

# The values of each option, as regular expressions.
VALUES = {
    "min": "1|2", "prefix": "zero|count", "delay": r"\d+", "share": "even|halving", "detail": "off|on",
    "fraction": r"0?\.\d*[1-9]\d*|1(\.0*)?", "last": "on|off", "at": rf"({'|'.join(PLACES)})(\+({'|'.join(PLACES)}))*",
    "layers": r"all|even|odd|(first|last)?\d+|\d+-\d+", "mix": "replace|add|gate", "gate": r"0?\.\d*[1-9]\d*|1(\.0*)?",
}


@dataclass(frozen=True)
class Spec:
    """An operator with all its options, as parse reads it."""

    kind: str  # a key of OPTIONS, or none
    argument: str = ""  # of window, windows and conv
    min: int = 1  # the smallest window
    prefix: str = "zero"  # count: before a window is full, divide by the positions so far
    delay: int = 0  # positions between the end of a window and the present one
    share: str = "even"  # of the channels, by level; halving: half, a quarter, ...
    detail: bool = False  # the newer half of a window minus the whole
    fraction: float = 0.5  # of the channels
    last: bool = True  # whether it stands in the last block
    at: tuple = ("block",)  # the places
    layers: str = "all"  # the blocks: all, firstN, lastN, even, odd, A-B or A
    mix: str = "replace"  # or add: x + op(x), or gate: x + g (op(x) - x)
    gate: float = 0.5  # initial value of the gates

    def stands(self, place, layer, layers):
        """Whether the operator stands at a place of block `layer`, from 0, of `layers`."""
        if self.kind == "none" or place not in self.at:
            return False
        if place == "embedding":
            return True
        rule = self.layers
        if rule in ("even", "odd"):
            chosen = layer % 2 == (rule == "odd")
        elif rule.startswith("first"):
            chosen = layer < int(rule[5:])
        elif rule.startswith("last"):
            chosen = layer >= layers - int(rule[4:])
        elif rule == "all":
            chosen = True
        else:
            first, _, last = rule.partition("-")
            chosen = int(first) <= layer <= int(last or first)
        return chosen and (self.last or layer < layers - 1)

    def acting(self, channels):
        """How many of the channels, the last ones, the operator acts on."""
        return 0 if self.kind == "none" else math.floor(self.fraction * channels + 0.5)


def parse(text):
    """Reads a spec string, such as haar:min=2 or shift:at=kv:mix=gate."""
    kind, *words = text.split(":")
    if kind == "none" and not words:
        return Spec("none")
    given = {}
    if kind == "past":
        kind, given = "haar", {"delay": "1", "share": "halving"}
    argument = ""
    if kind == "ema" and words:
        kind += ":" + words.pop(0)
    if kind in ("window", "windows", "conv"):
        argument = words.pop(0) if words else ""
        if kind == "windows":
            groups_of(argument, context=1)
        elif not argument.isdigit() or int(argument) < 1:
            raise ValueError(f"{text!r}: {kind} needs a number of positions, such as {kind}:16")
    if kind not in OPTIONS:
        raise ValueError(f"{text!r}: no operator {kind!r}; there are none, past, {', '.join(OPTIONS)}")
    known = OPTIONS[kind] | {"fraction": "0.5", "last": "on", "at": "block", "layers": "all"}
    if kind != "scale":
        known |= {"mix": "replace", "gate": "0.5"}
    for word in words:
        key, _, value = word.partition("=")
        if key not in known:
            raise ValueError(f"{text!r}: {kind} has no option {key!r}; it has {', '.join(known)}")
        if not re.fullmatch(VALUES[key], value):
            raise ValueError(f"{text!r}: {key}={value} is not possible; a value of {key} matches {VALUES[key]}")
        given[key] = value
    if "gate" in given and given.setdefault("mix", "gate") != "gate":
        raise ValueError(f"{text!r}: gate is an option of mix=gate")
    if given.get("detail") == "on" and given.get("prefix") == "count":
        raise ValueError(f"{text!r}: detail=on needs prefix=zero")
    o = known | given
    return Spec(
        kind, argument, min=int(o.get("min", 1)), prefix=o.get("prefix", "zero"), delay=int(o.get("delay", 0)),
        share=o.get("share", "even"), detail=o.get("detail") == "on", fraction=float(o["fraction"]), last=o["last"] == "on",
        at=tuple(place for word in o["at"].split("+") for place in PLACES[word]), layers=o["layers"],
        mix=o.get("mix", "replace"), gate=float(o.get("gate", 0)))


@dataclass
class Group:
    """Neighbouring channels, `size` of them, that become means of `width` positions which end
    `delay` positions before the present one."""

    size: int
    width: int
    delay: int = 0


def groups_of(pattern, context):
    """The shares, widths and delays of the argument of windows."""
    groups = []
    for word in pattern.split("+"):
        share, _, rest = word.partition("x")
        width, _, delay = rest.partition("@")
        width = str(context) if width == "ctx" else width
        if not share.isdigit() or not width.isdigit() or not (delay or "0").isdigit() or min(int(share), int(width)) < 1:
            raise ValueError(f"windows needs groups SHARExWIDTH@DELAY joined by +, such as 2x1@1+1x4; {word!r} is none")
        groups.append((int(share), int(width), int(delay or 0)))
    return groups


def level_of(spec, i, n, levels):
    """The level of channel i of the n that the operator acts on."""
    if spec.share == "halving":
        return min(max(1, levels), (n // (n - i)).bit_length()) - 1
    return levels * i // n


def groups(spec, n, context):
    """The n channels that an operator acts on, as groups that differ from their neighbours."""
    log2 = context.bit_length() - 1  # floor(log2 L)
    levels, past = log2 + 2 - spec.min, max(1, log2)
    if spec.kind == "windows":
        pattern = groups_of(spec.argument, context)
        total = sum(share for share, _, _ in pattern)
        sizes = [n * share // total for share, _, _ in pattern]
        # What is left goes to the largest remainders, the first of equal ones.
        order = sorted(range(len(pattern)), key=lambda g: -(n * pattern[g][0] % total))
        for g in order[: n - sum(sizes)]:
            sizes[g] += 1
        every = [Group(size, width, delay) for size, (_, width, delay) in zip(sizes, pattern)]
    elif spec.kind in ("window", "conv"):
        every = [Group(n, int(spec.argument), spec.delay)]
    elif spec.kind == "shift":
        every = [Group(n, 1, 1)]
    elif spec.kind == "taps":
        every = [Group(1, 1, 2 ** level_of(spec, i, n, past)) for i in range(n)]
    elif spec.kind == "dyadic":
        widths = [2 ** level_of(spec, i, n, past) for i in range(n)]
        every = [Group(1, width, width) for width in widths]
    else:
        every = [Group(1, spec.min * 2 ** level_of(spec, i, n, levels), spec.delay) for i in range(n)]
    merged = []
    for g in every:
        if merged and (merged[-1].width, merged[-1].delay) == (g.width, g.delay):
            merged[-1].size += g.size
        elif g.size:
            merged.append(g)
    return merged


def late(x, by):
    """x [..., positions, channels], `by` positions later, with zeros in front."""
    by = min(by, x.shape[-2])
    return F.pad(x, (0, 0, by, -by)) if by else x


class WaveletOperator(nn.Module):
    """The operator of a spec on x [..., positions, channels].

    context is the one of training, on which windows depend; x may be longer. acting, the
    number of channels that do not pass, follows from the spec's fraction if it is not given.
    Learned values are in one tensor, weight: the kernels, then the gates.
    """

    def __init__(self, spec, channels, context, acting=None):
        super().__init__()
        self.spec = spec = parse(spec) if isinstance(spec, str) else spec
        self.channels = channels
        self.acting = n = spec.acting(channels) if acting is None else acting
        self.groups = groups(spec, n, context) if n and spec.kind != "none" else []
        self.learned = n > 0 and spec.kind in ("learned", "conv")
        self.kernel_size = sum(g.size * g.width for g in self.groups) if self.learned else 0
        # The channels of each gate: an exponential average is one level.
        self.levels = [n] if spec.kind.startswith("ema") else [g.size for g in self.groups]
        gates = len(self.levels) if n and (spec.mix == "gate" or spec.kind == "scale") else 0
        # How many earlier positions an output depends on.
        self.reach = max([g.delay + g.width - 1 for g in self.groups], default=0)
        if spec.kind.startswith("ema"):
            self.reach = sys.maxsize
        elif spec.kind == "scale":
            self.reach = 0
        # Exponential averages: y[t] = a y[t-1] + (1-a) x[t]. A window of w positions and the
        # average with a = (w-1)/(w+1) have the same mean lag.
        self.factors = [i / n for i in range(n)]
        if spec.kind == "ema:matched":
            self.factors = [(g.width - 1) / (g.width + 1) for g in self.groups for _ in range(g.size)]
        if self.kernel_size + gates:
            shape = (self.kernel_size + gates,)
            if spec.kind == "conv" and not gates:
                shape = (self.groups[0].width, n)
            self.weight = nn.Parameter(torch.empty(shape))
            self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self):
        """Learned kernels start as the means (learned) or as the identity (conv; with mix=add
        at zero, so that the sum is the identity), scale at 0, gates as the spec says."""
        if not hasattr(self, "weight"):
            return
        weight = self.weight.view(-1)
        weight.fill_(0.0 if self.spec.kind == "scale" else self.spec.gate)
        weight[: self.kernel_size] = 0
        if self.spec.kind == "learned":
            start = torch.cat([torch.full((g.size,), 1 / g.width) for g in self.groups])
            at = 0
            for first, rows in self._rows():
                weight[at : at + rows * (self.acting - first)] = start[first:].repeat(rows).to(weight)
                at += rows * (self.acting - first)
        elif self.spec.kind == "conv" and self.spec.mix != "add":
            weight[: self.acting] = 1

    def _rows(self):
        """Where learned kernels are in weight: by lag, and in each lag the channels whose
        window is longer. Pairs of the first of these channels and the number of such lags."""
        first, before = 0, 0
        for g in self.groups:
            if g.width > before:
                yield first, g.width - before
            first, before = first + g.size, g.width

    def learned_kernel(self):
        """The learned kernels [longest window, acting], zero behind the window of a channel."""
        blocks, at = [], 0
        weight = self.weight.view(-1)
        for first, rows in self._rows():
            size = rows * (self.acting - first)
            blocks.append(F.pad(weight[at : at + size].view(rows, -1), (first, 0)))
            at += size
        return torch.cat(blocks)

    def kernel(self, lags, like):
        """The kernels of all channels that act, kernel[j, i] for the lags j < `lags`. With
        prefix=count they are those of full windows."""
        if self.learned:
            k = self.learned_kernel()[:lags]
            return F.pad(k, (0, 0, 0, lags - len(k)))
        k = torch.zeros(lags, self.acting, dtype=like.dtype, device=like.device)
        if self.spec.kind.startswith("ema"):
            a = torch.tensor(self.factors, dtype=k.dtype, device=k.device)
            for j in range(lags):
                k[j] = (1 - a) * a**j
            return k
        if self.spec.kind == "scale":
            k[0] = 1
            return k
        first = 0
        for g in self.groups:
            i = slice(first, first + g.size)
            k[g.delay : g.delay + g.width, i] = 1 / g.width
            if self.spec.detail and g.width > 1:  # the mean of the newer half minus that of all
                k[g.delay : g.delay + g.width, i] = -1 / g.width
                k[g.delay : g.delay + g.width // 2, i] += 2 / g.width
            first += g.size
        return k

    def by_definition(self, x, history=None, seen=None):
        """What forward computes, as the sum over all lags: slow, to read and to test with."""
        return self._run(self._sum_over_lags, x, history, seen)

    def forward(self, x, history=None, seen=None):
        """The operator on x [..., positions, channels].

        history, for decoding token by token: the inputs before x, [..., earlier positions,
        acting], the last channels alone. seen: how many positions there are up to each one of
        x, itself included, [..., positions]; 1, 2, 3 ... and those of history by default.
        With padding in front it is less, and the padding in x must be zero.
        """
        return self._run(self._fast, x, history, seen)

    def _run(self, compute, x, history, seen):
        n, T = self.acting, x.shape[-2]
        if n == 0:
            return x
        passing, x = x[..., : self.channels - n], x[..., self.channels - n :]
        past = 0 if history is None else history.shape[-2]
        rows = x if past == 0 else torch.cat([history[..., max(0, past - self.reach) :, :], x], dim=-2)
        y = compute(rows)[..., -T:, :]
        if self.spec.prefix == "count":
            if seen is None:
                seen = torch.arange(past + 1, past + T + 1, device=x.device)
            exact = torch.promote_types(y.dtype, torch.float32)  # bfloat16 cannot count beyond 256
            y = y * self._fuller(seen.to(exact)).to(y.dtype)
        return torch.cat([passing, self._mixed(x, y)], dim=-1)

    def _fuller(self, seen):
        """The factor by which a mean over a window grows if the sum is divided by the positions that
        there are: [..., positions, acting]."""
        return torch.cat([(g.width / (seen - g.delay).clamp(1, g.width)).unsqueeze(-1).expand(*seen.shape, g.size)
                          for g in self.groups], dim=-1)

    def _mixed(self, x, y):
        if self.spec.mix == "add":
            return x + y
        if self.spec.mix == "gate" or self.spec.kind == "scale":
            gates = self.weight.view(-1)[self.kernel_size :]
            g = torch.cat([gate.expand(size) for gate, size in zip(gates, self.levels)])
            return x + g * (y - x) if self.spec.mix == "gate" else x * (1 + g)
        return y

    def _sum_over_lags(self, x):
        kernel = self.kernel(x.shape[-2], x)
        return sum(kernel[j] * late(x, j) for j in range(x.shape[-2]))

    def _fast(self, x):
        if self.learned:
            return self._convolution(x)
        if self.spec.kind.startswith("ema"):
            return self._average(x)
        return x if self.spec.kind == "scale" else self._means(x)

    def _means(self, x):
        """Sums over windows by shift and add. With S_w the sum over w positions,

            S_1 = x,   S_2m[t] = S_m[t] + S_m[t-m],   S_2m+1[t] = S_2m[t] + x[t-2m]

        so that a window of w positions takes about log2 w additions, and no error grows along
        the sequence, as it would in a running sum. Groups share what they have in common."""
        parts, sums, m = [], x, 1  # sums: S_m of the channels whose parts are missing
        for g in self.groups:
            halved = self.spec.detail and g.width > 1
            width = g.width // 2 if halved else g.width
            if width % m or (width // m).bit_count() > 1:
                sums, m = x, 1
            for bit in f"{width // m:b}"[1:]:
                sums, m = sums + late(sums, m), 2 * m
                if bit == "1":
                    sums, m = sums + late(x, m), m + 1
            part = sums[..., : g.size]
            if halved:  # S_m / m - S_2m / 2m
                part = part - late(part, m)
            parts.append(late(part, g.delay) / g.width)
            sums, x = sums[..., g.size :], x[..., g.size :]
        return torch.cat(parts, dim=-1)

    def _average(self, x):
        """Exponential averages by doubling: with S_m the sum over m positions, weighted by
        powers of a, S_2m[t] = S_m[t] + a**m S_m[t-m]."""
        a = torch.tensor(self.factors, dtype=x.dtype, device=x.device)
        sums, m = (1 - a) * x, 1
        while m < x.shape[-2]:
            sums, m = sums + a**m * late(sums, m), 2 * m
        return sums

    def _convolution(self, x):
        """Learned kernels, a convolution for all channels with one window."""
        kernel, first, parts = self.learned_kernel(), 0, []
        rows = x.transpose(-1, -2)
        flat = rows.reshape(-1, *rows.shape[-2:])  # [sequences, channels, positions]
        for g in self.groups:
            i = slice(first, first + g.size)
            # conv1d is a correlation: its last weight meets the present position.
            weight = kernel[: g.width, i].flip(0).T.unsqueeze(1)
            parts.append(F.conv1d(F.pad(flat[:, i], (g.width - 1, 0)), weight, groups=g.size))
            first += g.size
        return torch.cat(parts, dim=1).reshape(rows.shape).transpose(-1, -2)

    def extra_repr(self):
        return f"{self.spec.kind}, channels={self.channels}, acting={self.acting}"
