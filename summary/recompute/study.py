"""The numbers that a summary.json must have, in its own structure, from its runs."""

import functools
import math

import numpy as np

import definitions as d
from drawn import Drawn, Interval, Open, is_number

CONTROLS = ("shift", "window:2")


def text(value):
    """A setting as labels have it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.0f}" if is_number(value) and float(value).is_integer() and abs(value) < 1e15 else str(value)


def mixer(spec):
    """The name of a mixer: past is short for haar:delay=1:share=halving."""
    kind, *options = spec.split(":")
    if kind != "haar" or not {"delay=1", "share=halving"} <= set(options):
        return spec
    return ":".join(["past"] + [x for x in options if x not in ("delay=1", "share=halving")])


def label(x):
    """The name of the variant of a run or a comparison."""
    return x.get("name") or " ".join([mixer(x["variant"])] + [f"{k}={text(v)}" for k, v in sorted(x["set"].items())])


def finished(run):
    return run["status"] == "finished" and run["final_loss"] is not None


class Study:
    """The expected numbers of a document, in its own structure."""

    def __init__(self, document):
        self.document, self.notes = document, []
        self.version = document["format_version"]
        self.bigram = document["data"]["entropy"]["bigram"]
        self.groups = document.get("window_documents") or None
        self.primary = [tuple(part.strip() for part in name.split(" against ")) for name in document.get("primary") or []]
        for run in document["runs"] + document.get("shorter", []):
            self.expand(run)
        self.runs, self.first = {}, {}
        for run in document["runs"]:
            self.runs.setdefault(label(run), {})[run["seed"]] = run
            self.first.setdefault(label(run), run)
        labels = list(self.runs)
        self.baseline = "none" if "none" in labels else labels[0]
        self.others = [x for x in labels if x != self.baseline] or labels
        self.lengths = self.by_length()

    def expand(self, run):
        """Gives each window the loss of its document, where the document has one for each of these."""
        order = list(dict.fromkeys(self.groups or []))
        if order and len(run["window_losses"]) == len(order):
            of = dict(zip(order, run["window_losses"]))
            run["window_losses"] = [of[x] for x in self.groups]

    @functools.cached_property
    def expected(self):
        comparisons = [self.comparison(x) for x in self.others]
        tests = self.correct(comparisons)
        out = {"baseline": self.baseline, "comparisons": comparisons, "runs": [self.run(r) for r in self.document["runs"]]}
        out["shorter"] = [self.run(r) for r in self.document.get("shorter", [])]
        if self.version > 1:
            out["tests"] = tests
        return out

    # --- Runs

    def run(self, run):
        """What a run says of its own curve."""
        c = d.curve(run["curve"])
        out = {"plateau_step": d.plateau(c, self.bigram), "best_loss": d.target(c)[0] if run["curve"] else None}
        windows = run["window_losses"]
        if not finished(run):
            return out | {"final_loss": None}
        if windows:
            # Those of final_windows are rounded to 0.0001 nats, and may be means over
            # stretches of windows that differ in length by one.
            ends = np.arange(len(windows) + 1) * max(run.get("final_windows", 0), len(windows)) // len(windows)
            mean = float(np.average(windows, weights=np.diff(ends)))
            near = run.get("final_windows") and abs(mean - run["final_loss"]) <= 5.1e-5
            out["final_loss"] = run["final_loss"] if near else mean
        elif not run.get("final_windows"):
            out["final_loss"] = c["loss"][-1]
        if run["step_seconds"] is not None:
            out["curve"] = [{"seconds": p["step"] * run["step_seconds"]} for p in run["curve"]]
        return out

    # --- One comparison

    def seeds(self, a, b):
        return sorted(s for s in self.runs[a] if s in self.runs[b] and finished(self.runs[a][s]) and finished(self.runs[b][s]))

    def difference(self, a, b):
        """The final loss of a less that of b."""
        seeds = self.seeds(a, b)
        finals = [self.runs[a][s]["final_loss"] - self.runs[b][s]["final_loss"] for s in seeds]
        losses = [[self.runs[x][s]["window_losses"] for x in (a, b)] for s in seeds]
        windows = groups = None
        if seeds and len({len(w) for pair in losses for w in pair}) == 1 and len(losses[0][0]) > 1:
            windows = np.array([np.subtract(*pair) for pair in losses])
            groups = self.groups if self.groups and len(self.groups) == windows.shape[1] else None
        if self.version == 1 and len(seeds) > 1:
            windows = None
        return d.difference(finals, windows, groups)

    def comparison(self, name):
        baseline, variant = self.runs[self.baseline], self.runs[name]
        seeds = self.seeds(self.baseline, name)
        b, v = [d.curve(baseline[s]["curve"]) for s in seeds], [d.curve(variant[s]["curve"]) for s in seeds]
        out = {k: self.first[name][k] for k in ("name", "variant", "set") if k in self.first[name]}
        out |= {"seeds": seeds} | self.difference(self.baseline, name)
        per_seed, saved = [], []
        for own_b, own_v in zip(b, v):
            level, slack = d.target(own_b)
            per_seed.append(d.crossing(own_v, "step", level, slack))
            saved.append(d.saved(per_seed[-1], d.crossing(own_b, "step", level, slack)))
        out["steps_saved_per_seed"] = saved
        out["steps_to_baseline_loss"] = {"per_seed": per_seed, "reached": sum(x is not None for x in per_seed), "mean": None}
        empty = "baseline_loss baseline_steps baseline_plateau_step plateau_step steps_saved tokens_saved seconds_saved flops_saved steps_saved_after_plateau"
        out |= dict.fromkeys(empty.split())
        out |= {"steps_saved_interval": None, "speed_ups": []}
        if seeds:
            self.crossings(out, b, v)
        out["controls"] = self.controls(name)
        self.horizons(out, name)
        return out

    def crossings(self, out, b, v):
        """Everything on the mean curves."""
        mean_b, mean_v = d.mean_curve(b), d.mean_curve(v)
        level, slack = d.target(mean_b)
        out["baseline_loss"] = level
        at = {}
        for axis in d.AXES:
            known = all(c[axis][-1] > 0 for c in b + v if len(c[axis]))
            at[axis] = [d.crossing(c, axis, level, slack) if known else None for c in (mean_b, mean_v)]
            out[("steps" if axis == "step" else axis) + "_saved"] = d.saved(at[axis][1], at[axis][0])
        s_b, s_v = at["step"]
        out["baseline_steps"], out["steps_to_baseline_loss"]["mean"] = s_b, s_v
        p_b, p_v = d.plateau(mean_b, self.bigram), d.plateau(mean_v, self.bigram)
        out["baseline_plateau_step"], out["plateau_step"] = p_b, p_v
        out["steps_saved_after_plateau"] = d.saved(d.exceeds(s_v, p_v), d.exceeds(s_b, p_b))
        out["speed_ups"] = self.speed_ups(b, v, mean_b, mean_v, slack)
        if len(b) == 1:
            del out["steps_saved_interval"]
            self.notes.append(f"steps_saved_interval of {label(out)}: a document does not keep the windows of every evaluation")
        if len(b) >= 3:
            halves, reached = d.saved_halves(b, v)
            z = math.log(s_v / s_b) if d.quotient(s_v, s_b) else math.nan
            ends = Interval(Drawn(1 - np.exp(z + halves)), Drawn(1 - np.exp(z - halves)))
            out["steps_saved_interval"] = {"of": "seeds", "reached": Drawn(reached), "ci95": ends}

    def speed_ups(self, b, v, mean_b, mean_v, slack):
        if min(len(mean_b["loss"]), len(mean_v["loss"])) < 2:
            return []
        high = min(mean_b["loss"][1], mean_v["loss"][1])
        low = min(mean_b["loss"].min(), mean_v["loss"].min())
        grid = []
        for loss in np.linspace(high, low, d.SPEED_UP_LOSSES + 1)[1:] if high > low else []:
            of = [d.crossing(c, "step", loss, slack) for c in (mean_b, mean_v)]
            slacks = [d.target(x)[1] for x in b]
            seeds = [d.quotient(d.crossing(x, "step", loss, r), d.crossing(y, "step", loss, r)) for x, y, r in zip(b, v, slacks)]
            ratio, ends = d.quotient(*of), None
            if ratio and len(seeds) >= 3 and None not in seeds:
                logs = np.log(seeds)
                half = d.quantile(len(logs) - 1) * logs.std(ddof=1) / math.sqrt(len(logs))
                ends = [math.exp(logs.mean() - half), math.exp(logs.mean() + half)]
            grid.append({"loss": loss, "baseline_steps": of[0], "steps": of[1], "ratio": ratio, "per_seed": seeds, "ci95": ends})
        return grid

    # --- Controls and Holm's correction

    def controls(self, name):
        out, own = [], self.first[name]
        for other in self.others:
            run = self.first[other]
            cheap = run["variant"] in CONTROLS and own["variant"] not in CONTROLS and run["set"] == own["set"]
            if other == name or not cheap and (name, other) not in self.primary:
                continue
            difference = self.difference(other, name)
            if difference["loss_gain"] is not None:
                out.append(difference | {"variant": run["variant"] if cheap else other, "label": other})
        return out

    def is_primary(self, name, other):
        """other is None for the baseline. The plan names tests by labels; without
        names all against the baseline and the shift are primary."""
        if self.primary:
            return (name, other or self.baseline) in self.primary or other is None and (name,) in self.primary
        return other is None or self.first[other]["variant"] == "shift"

    def correct(self, comparisons):
        """Adds the corrected p-values; returns the number of primary tests."""
        tests = []
        for c in comparisons:
            if label(c) == self.baseline:
                c["p_value_holm"] = c["p_value"]
                continue
            tests.append(c)
            c["primary"] = self.is_primary(label(c), None)
            for control in c["controls"]:
                other = control.pop("label")
                if self.version > 1:
                    tests.append(control)
                    control["primary"] = self.is_primary(label(c), other)
        if self.version == 1:
            for c in tests:
                del c["primary"]
        everything = d.holm([t["p_value"] for t in tests])
        among = d.holm([t["p_value"] if t.get("primary") else None for t in tests])
        for t, a, p in zip(tests, everything, among):
            t["p_value_holm"] = p if t.get("primary") else a
        return sum(x is not None for x in among)

    # --- Horizons

    def by_length(self):
        """The finished runs with a whole schedule: by horizon, label and seed."""
        out, longest = {}, max((r["steps"] for r in self.document["runs"]), default=0)
        for run in self.document["runs"] + self.document.get("shorter", []):
            horizon = run.get("horizon") or longest
            if finished(run) and not run["source"] and run["steps"] == horizon:
                out.setdefault(horizon, {}).setdefault(label(run), {}).setdefault(run["seed"], run)
        return dict(sorted(out.items()))

    def horizons(self, out, name):
        if self.version == 1:
            return
        ratios = {h: self.ratio(name, h) for h in self.lengths}
        out["horizon_ratio"], out["horizons"] = None, []
        if not ratios or name == self.baseline or ratios[max(ratios)] is None:
            return
        out["horizon_ratio"] = ratios[max(ratios)]
        for h, ratio in ratios.items():
            own, base = self.lengths[h].get(name, {}), self.lengths[h].get(self.baseline, {})
            both = [s for s in own if s in base]
            line = {"steps": h, "ratio": None, "ci95": None, "bound": "", "open": [False, False]}
            line["loss"] = float(np.mean([own[s]["final_loss"] for s in both])) if both else None
            line["baseline_loss"] = float(np.mean([base[s]["final_loss"] for s in both])) if both else None
            if ratio:
                line |= {k: ratio[k] for k in ("ci95", "bound", "open")} | {"ratio": ratio["value"]}
            out["horizons"].append(line)

    def ratio(self, name, horizon):
        """h/H with L_v(h) = L_b(H)."""
        base = self.lengths[horizon].get(self.baseline, {})
        own = {h: of[name] for h, of in self.lengths.items() if name in of}
        anywhere = sorted(set().union(*own.values())) if own else []
        seeds = [s for s in anywhere if s in base and all(s in of for of in own.values())]
        if len(own) < 2 or not seeds:
            return None
        steps = np.array(list(own), float)
        by_seed = np.array([[of[s]["final_loss"] - base[s]["final_loss"] for of in own.values()] for s in seeds])
        mean = by_seed.mean(axis=0)
        z, at = d.log_crossing(steps, mean)
        low, high = steps[0] / horizon, steps[-1] / horizon
        value, bound = math.exp(z) / horizon if np.isfinite(z) else math.nan, ""
        if mean[-1] > 0:
            value, bound = high, "at least"
        elif mean.max() <= 0:
            value, bound = low, "at most"
        out = {"value": value, "bound": bound, "seeds": seeds, "without": [s for s in anywhere if s not in seeds]}
        out["wide"] = bool(not bound and steps[at + 1] > d.FAR_APART * steps[at])
        longest = own[max(own)]
        for key, cost in (
            ("tokens", lambda r: r["tokens"] / r["steps"]),
            ("flops", lambda r: r["curve"][-1]["flops"] / r["steps"] if r["curve"] else 0),
            ("seconds", lambda r: r["step_seconds"] or 0),
        ):
            costs = np.array([[cost(longest[s]), cost(base[s])] for s in seeds])
            out[key] = value * costs[:, 0].mean() / costs[:, 1].mean() if (costs > 0).all() else None
        out |= {"ci95": None, "open": [False, False]}
        if len(seeds) < 3:
            return out
        cells, groups = self.cells(own, base, seeds)
        if bound:
            at = d.bound_end(steps, by_seed, cells, groups, bound == "at least")
            at = high if at is None else min(max(at / horizon, low), high)
            # Only the end towards the baseline is measured.
            out["ci95"] = [at, high] if bound == "at least" else [low, at]
            out["open"] = [bool(at == low), True] if bound == "at least" else [True, bool(at == high)]
            return out
        halves = d.horizon_halves(steps, by_seed, cells, groups)
        ends = [Drawn(np.exp(z + sign * halves) / horizon, low, high) for sign in (-1, 1)]
        out["ci95"] = Interval(*ends)
        out["open"] = [Open(ends[0], low), Open(ends[1], high)]
        return out

    def cells(self, own, base, seeds):
        """Differences [horizon, seed, window], and the groups of the windows."""
        runs = [of[s] for of in (*own.values(), base) for s in seeds]
        numbers = {len(r["window_losses"]) for r in runs}
        if len(numbers) > 1 or numbers == {0}:
            return None, None
        cells = np.array([[np.subtract(of[s]["window_losses"], base[s]["window_losses"]) for s in seeds] for of in own.values()])
        return cells, self.groups if self.groups and len(self.groups) in numbers else np.arange(*numbers)
