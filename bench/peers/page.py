"""Writes the results of peers.py as a section of docs/results/performance.md."""

import re
import statistics

INTRODUCTION = """# Performance

`waveletgpt bench` and PyTorch on the CPU, in turn on the same machine, with the same model, batch and number of threads. `bench/peers/run.sh`
writes this page, with a section for each processor that it ran on. A figure is the median of the rounds, followed by the lowest and the highest.

PyTorch's model uses `scaled_dot_product_attention` and fused AdamW, eager and through `torch.compile`, in float32 and with bfloat16 autocast
([pytorch.py](../../bench/peers/pytorch.py)). Decoding is the GPT-2 of `transformers` with its key/value cache, through `generate` and through a bare
loop over the model.

The paper's configuration has 10 layers, 128 channels, 8 heads, feed-forward 512, context 512, vocabulary 27 (decoding: 256), and 8 sequences a step. The
larger one has 8 layers, 512 channels, 8 heads, feed-forward 2048, context 1024, and 4 sequences a step. The share of peak counts 6 operations for
every weight of a dense layer and token, and causal attention once. The peak is that of a loop of fused multiply-adds in registers on all threads.
"""

SIZES = {"paper": "paper's configuration", "large": "larger configuration"}


def number(x):
    """Formats a number with at least three digits and thousands separators."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


class Figure:
    """The values of one figure in all rounds."""

    def __init__(self, values):
        self.values = list(values)
        self.median = statistics.median(self.values)

    def __str__(self):
        low, high = number(min(self.values)), number(max(self.values))
        return number(self.median) + (f" ({low} to {high})" if len(self.values) > 1 else "")


def best(figures):
    """Returns the name and figure with the highest median."""
    return max(figures.items(), key=lambda item: item[1].median)


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def variant(one):
    return f"{'compiled' if one['compile'] else 'eager'} {one['precision']}"


class Measured:
    """Extracts figures from the rounds."""

    def __init__(self, measured):
        self.all, self.rounds = measured, measured["rounds"]
        self.sizes = list(self.rounds[0]["sizes"])
        self.first = self.rounds[0]["sizes"][self.sizes[0]]["ours"]

    def train(self, size, mixer="none", threads=None, key="tokens_per_second"):
        """A figure of a whole training step, by default with all threads."""
        threads = threads or self.first["threads"]
        return Figure(
            one[key]
            for r in self.rounds
            for one in r["sizes"][size]["ours"]["train"]
            if one["mixer"] == mixer and one["threads"] == threads
        )

    def torch(self, size, key="tokens_per_second", precision=None):
        """The figures of PyTorch's variants."""
        values = {}
        for r in self.rounds:
            for one in r["sizes"][size]["torch"]:
                if precision in (None, one["precision"]):
                    values.setdefault(variant(one), []).append(one[key])
        return {name: Figure(v) for name, v in values.items()}

    def ours(self, size, key):
        return Figure(r["sizes"][size]["ours"][key] for r in self.rounds)

    def decode(self):
        """For each number of streams, our figure and those of PyTorch's loops."""
        streams = {}
        for r in self.rounds:
            for one in r["sizes"]["paper"]["ours"]["decode"]:
                streams.setdefault(one["streams"], ([], {}))[0].append(one["tokens_per_second"])
            for one in r["decode"]["decode"]:
                streams[one["streams"]][1].setdefault(one["how"], []).append(one["tokens_per_second"])
        return {n: (Figure(us), {how: Figure(v) for how, v in them.items()}) for n, (us, them) in streams.items()}

    def of_rounds(self, key):
        return Figure(r[key] for r in self.rounds)


def ratios(m):
    """One row per comparison; a ratio above 1 means that we are better."""
    rows = []

    def more(what, us, them):
        name, figure = best(them)
        rows.append((what, us, f"{figure}, {name}", f"{us.median / figure.median:.2f}"))

    def less(what, us, them, name):
        rows.append((what, us, f"{them}, {name}", f"{them.median / us.median:.2f}"))

    for size in m.sizes:
        us = m.train(size)
        more(f"training, {SIZES[size]}, tokens/s, float32", us, m.torch(size, precision="float32"))
        if bfloat16 := m.torch(size, precision="bfloat16"):
            more(f"training, {SIZES[size]}, tokens/s, our float32 against bfloat16", us, bfloat16)
    decode = m.decode()
    for streams, (us, them) in decode.items():
        more(f"decoding, {streams} stream{'s' * (streams > 1)}, tokens/s in total", us, them)
    for size in m.sizes:
        them = {name: f for name, f in m.torch(size, "rss_bytes", "float32").items()}
        name, figure = min(them.items(), key=lambda item: item[1].median)
        us = Figure(v / 1e6 for v in m.ours(size, "rss_bytes").values)
        less(f"peak memory, training, {SIZES[size]}, MB", us, Figure(v / 1e6 for v in figure.values), name)
    less("process start to first step, prepared data, s", m.of_rounds("start_ours"), m.of_rounds("start_torch"), "eager float32")
    return table(("what", "waveletgpt", "PyTorch's best", "ratio"), rows)


def machine(m):
    """Compares us with the machine's peak, and our variants with each other."""
    rows, all_threads = [], m.first["threads"]
    for size in m.sizes:
        share = Figure(100 * v for v in m.train(size, key="share_of_peak").values)
        rows.append((f"share of peak, {SIZES[size]}, none, %", share))
        if all_threads > 1:
            one, many = m.train(size, threads=1), m.train(size)
            gain = Figure(b / a for a, b in zip(one.values, many.values))
            rows.append((f"{all_threads} threads against one, {SIZES[size]}", gain))
        for mixer in ("haar", "shift"):
            plain, with_mixer = m.train(size, key="seconds"), m.train(size, mixer, key="seconds")
            cost = Figure(100 * (b / a - 1) for a, b in zip(plain.values, with_mixer.values))
            kernels = Figure(
                100 * sum(k["share_of_step"] for k in r["sizes"][size]["ours"]["kernels"] if k.get("mixer") == mixer)
                for r in m.rounds
            )
            rows.append((f"{mixer} in a step, {SIZES[size]}, %: steps compared; its kernels alone", f"{cost}; {kernels}"))
    return table(("what", "figure"), rows)


def steps(m):
    rows = []
    for size in m.sizes:
        for one in m.rounds[0]["sizes"][size]["ours"]["train"]:
            figure = m.train(size, one["mixer"], one["threads"])
            rows.append((SIZES[size], f"waveletgpt {one['mixer']}, {one['precision']}", one["threads"], figure))
        for name, figure in m.torch(size).items():
            rows.append((SIZES[size], f"PyTorch {name}", m.all["threads"], figure))
    return table(("model", "program", "threads", "tokens/s"), rows)


def decoding(m):
    rows = []
    for streams, (us, them) in m.decode().items():
        rows.append((streams, us, them["loop"], them["generate"]))
    return table(("streams", "waveletgpt, tokens/s in total", "bare loop", "`generate`"), rows)


def kernels(m):
    """The kernels that take at least one percent of a step on one thread."""
    shares, of_peak, shapes = {}, {}, {}
    for r in m.rounds:
        ours = r["sizes"][m.sizes[0]]["ours"]
        for k in ours["kernels"]:
            if not k.get("mixer"):
                shares.setdefault(k["name"], []).append(100 * k["share_of_step"])
                of_peak.setdefault(k["name"], []).append(100 * k["share_of_peak"])
                shapes[k["name"]] = k["shape"]
    rows, rest = [], 0
    for name, values in sorted(shares.items(), key=lambda item: -statistics.median(item[1])):
        share = statistics.median(values)
        if share < 1:
            rest += share
            continue
        rows.append((name, shapes[name], f"{share:.1f}", f"{statistics.median(of_peak[name]):.0f}"))
    steps = [r["sizes"][m.sizes[0]]["ours"]["step"] for r in m.rounds]
    alone = statistics.median(100 * s["kernels_seconds"] / s["seconds"] for s in steps)
    rows += [("other kernels", "", f"{rest:.1f}", ""), ("all kernels, measured alone", "", f"{alone:.1f}", "")]
    return table(("kernel", "shape", "% of the step", "% of peak"), rows)


def section(measured):
    m = Measured(measured)
    ours, matmul = m.first, Figure(r["matmul"]["gflops"] for r in m.rounds)
    peak = m.ours("paper", "peak_gflops")
    packages = ", ".join(f"{name} {version}" for name, version in measured["packages"].items())
    heading, forced = ours["cpu"], ""
    if measured["forced"]:
        heading += f", {measured['forced']} forced"
        forced = f"Both programs were kept from instructions beyond {measured['forced']} (--force); a processor that has no others may differ. PyTorch's bfloat16 needs them.\n"
    return f"""## {heading}

{forced}Commit {measured["commit"]}, {measured["date"]}; {measured["threads"]} threads, kernels {ours["tier"]}; {packages}; {len(m.rounds)} round{"s" * (len(m.rounds) > 1)}.
Other programs used {100 * measured["disturbance"]:.1f} % of the CPU during the most disturbed measurement.
The peak is {peak} GFLOP/s. PyTorch multiplies matrices of 2048 x 2048 at {matmul} GFLOP/s, {100 * matmul.median / peak.median:.0f} % of it.

{ratios(m)}
Against the machine:

{machine(m)}
Training:

{steps(m)}
Decoding, {ours["decode"][0]["tokens"]} tokens per stream after a prompt of {ours["decode"][0]["prompt"]}:

{decoding(m)}
Where the time of a step goes, `none` on one thread, paper's configuration:

{kernels(m)}"""


def write(path, text):
    """Replaces the section with the same heading, or appends one."""
    page = path.read_text() if path.exists() else INTRODUCTION
    heading = text.split("\n", 1)[0]
    old = re.search(rf"^{re.escape(heading)}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    if old:
        page = page[: old.start()] + text + ("\n" if old.end() < len(page) else "") + page[old.end() :]
    else:
        page = page.rstrip("\n") + "\n\n" + text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page)
