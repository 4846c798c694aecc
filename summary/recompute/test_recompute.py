"""The script agrees with the committed study and with the published ones, and says so
when any number of a study is changed. Run it in this folder:

    python -m unittest
"""

import copy
import glob
import os
import re
import unittest

import recompute

# The study is written by
#
#     go run ./cmd/waveletgpt compare --preset tiny --variants none,shift,haar \
#         --horizons 800,1131,1600,2263 --seeds 3 --set model.position=rope \
#         --set train.lr=0.006 --set train.eval_every=80 --out runs/recompute &&
#         cp runs/recompute/summary.json summary/testdata/study/
#
# Its baseline leaves the plateau, its variants reach the baseline's loss, and some
# ratios of horizons are bounds.
HERE = os.path.dirname(os.path.abspath(__file__))
STUDY = os.path.join(HERE, "..", "testdata", "study")
PUBLISHED = os.path.join(HERE, "..", "..", "docs", "results", "*", "summary.json")

# In some published documents the last loss of speed_ups is, by rounding, a little
# less than the lowest loss, which it should be. No curve reaches it.
ROUNDED = re.compile(r"comparisons\[\d+\]\.speed_ups\[39\]\.(baseline_)?steps: the document has null,")


def compared(document):
    return recompute.Comparison(document, recompute.Study(document))


class Agreement(unittest.TestCase):
    def test_study(self):
        result = compared(recompute.read(STUDY))
        self.assertEqual(result.lines, [])
        self.assertEqual(result.notes, [])
        print(f"\nstudy: {result}")

    def test_published(self):
        paths = sorted(glob.glob(PUBLISHED))
        self.assertGreater(len(paths), 10)
        for path in paths:
            result = compared(recompute.read(path))
            self.assertEqual([line for line in result.lines if not ROUNDED.match(line)], [], path)
            print(f"{os.path.basename(os.path.dirname(path))}: {result}")


# The results of a comparison: each of these kinds is in the study, not null, and is
# noticed when it alone is changed.
RESULTS = """
    baseline tests
    runs.plateau_step runs.best_loss runs.final_loss runs.curve.seconds
    shorter.plateau_step shorter.best_loss shorter.final_loss shorter.curve.seconds
    comparisons.variant comparisons.seeds
    comparisons.baseline_loss comparisons.baseline_steps comparisons.baseline_plateau_step comparisons.plateau_step
    comparisons.steps_to_baseline_loss.mean comparisons.steps_to_baseline_loss.per_seed comparisons.steps_to_baseline_loss.reached
    comparisons.steps_saved comparisons.steps_saved_per_seed comparisons.steps_saved_after_plateau
    comparisons.tokens_saved comparisons.seconds_saved comparisons.flops_saved
    comparisons.steps_saved_interval.of comparisons.steps_saved_interval.reached comparisons.steps_saved_interval.ci95
    comparisons.speed_ups.loss comparisons.speed_ups.baseline_steps comparisons.speed_ups.steps
    comparisons.speed_ups.ratio comparisons.speed_ups.per_seed comparisons.speed_ups.ci95
    comparisons.loss_gain comparisons.loss_gain_se comparisons.loss_gain_ci95 comparisons.p_value
    comparisons.pairs_of comparisons.pairs comparisons.groups comparisons.p_value_holm comparisons.primary
    comparisons.controls.variant comparisons.controls.loss_gain comparisons.controls.loss_gain_se comparisons.controls.loss_gain_ci95
    comparisons.controls.p_value comparisons.controls.pairs_of comparisons.controls.pairs comparisons.controls.groups
    comparisons.controls.p_value_holm comparisons.controls.primary
    comparisons.horizon_ratio.value comparisons.horizon_ratio.bound comparisons.horizon_ratio.open comparisons.horizon_ratio.ci95
    comparisons.horizon_ratio.seeds comparisons.horizon_ratio.tokens comparisons.horizon_ratio.flops comparisons.horizon_ratio.seconds
    comparisons.horizons.steps comparisons.horizons.loss comparisons.horizons.baseline_loss comparisons.horizons.ratio
    comparisons.horizons.bound comparisons.horizons.open comparisons.horizons.ci95
""".split()

# What the results are computed from, and a result that shows a change of it.
INPUTS = {
    "runs.curve.loss": "baseline_loss",
    "runs.curve.tokens": "tokens_saved",
    "runs.curve.flops": "flops_saved",
    "runs.curve.seconds": "seconds_saved",
    "runs.curve.step": "baseline_steps",
    "runs.final_loss": "loss_gain",
    "runs.window_losses": "loss_gain_se",
    "runs.seed": "seeds",
    "runs.status": "seeds",
    "runs.tokens": "horizon_ratio.tokens",
    "runs.step_seconds": "horizon_ratio.seconds",
    "shorter.final_loss": "horizons[2].baseline_loss",
    "shorter.window_losses": "horizons[2].ci95",
    "shorter.horizon": "horizons[2].baseline_loss",
    "data.entropy.bigram": "plateau_step",
}

# Ends of bootstrap intervals: they have a margin, and this moves them further.
DRAWN = re.compile(r"(interval|horizon_ratio|horizons)\.ci95$")


def changed(value):
    """Another value of the same type. Numbers change by 1e-7 of their size."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "?"
    if isinstance(value, int):
        return value + 1
    return value * (1 + 1e-7)


def places(value, path=()):
    """The paths of all values that are not null: (key, index, ...)."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not items and not isinstance(value, (dict, list)) and value is not None:
        yield path
    for key, x in items:
        yield from places(x, (*path, key))


def kind_of(path):
    return ".".join(x for x in path if isinstance(x, str))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def with_value(document, path, value):
    document = copy.deepcopy(document)
    at(document, path[:-1])[path[-1]] = value
    return document


class Changes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = recompute.read(STUDY)
        cls.study = recompute.Study(cls.document)
        cls.kinds = {}
        for path in places(cls.document):
            cls.kinds.setdefault(kind_of(path), []).append(path)

    def noticed(self, document, study, kind, place=""):
        lines = recompute.Comparison(document, study).lines
        self.assertTrue(any(place in line.split(": ")[0] for line in lines), f"{kind}: {lines}")

    def test_results(self):
        for kind in RESULTS:
            path = self.kinds[kind][-1]
            value = changed(at(self.document, path))
            if DRAWN.search(kind):
                # An interval that is not widened by n/(n-1).
                path = path[:-1]
                low, high = at(self.document, path)
                value = [low + 0.08 * (high - low), high - 0.08 * (high - low)]
            with self.subTest(kind):
                last = path[-1] if isinstance(path[-1], str) else path[-2]
                self.noticed(with_value(self.document, path, value), self.study, kind, last)

    def test_each_is_missed(self):
        """A result may not be null or missing instead."""
        for kind in RESULTS:
            path = self.kinds[kind][-1]
            while not isinstance(path[-1], str):
                path = path[:-1]
            with self.subTest(kind):
                self.noticed(with_value(self.document, path, None), self.study, kind)

    def test_inputs(self):
        """All values of a kind in one run of the baseline: the first one, and the first
        at 1,600 steps, where the ratio is no bound."""
        for kind, place in INPUTS.items():
            document = copy.deepcopy(self.document)
            for path in self.kinds[kind]:
                if path[1] in ("entropy", 18 if path[0] == "shorter" else 0):
                    value = at(document, path)
                    at(document, path[:-1])[path[-1]] = 2 * value if recompute.is_number(value) else changed(value)
            with self.subTest(kind):
                self.noticed(document, recompute.Study(document), kind, place)

    def test_unknown_keys(self):
        document = copy.deepcopy(self.document)
        document["new"] = document["runs"][0]["new"] = document["comparisons"][0]["new"] = {"a": [1]}
        self.assertEqual(compared(document).lines, [])


if __name__ == "__main__":
    unittest.main()
