"""Computes the numbers of summary.json again, from its runs alone.

    pip install -r summary/recompute/requirements.txt
    python summary/recompute/recompute.py DIR ...

DIR holds a summary.json that compare or report wrote, or is such a file. Each
comparison is computed from the runs' curves, final losses, window losses, step
times, tokens and FLOPs, by the definitions in definitions.py, and compared with
what the document says. Each difference is one line, and then the exit status is 1.

Numbers must agree to 1e-9 of their size. Rounding can cancel most of a difference,
so 1e-13 is allowed too, but not for p-values. The ends of bootstrap intervals rest
on the random numbers of the program, 1,000 samples. The script draws as many of its
own 20 times, and the document must lie within five standard deviations of the mean
of these 20: about a tenth of the half width.

A document of version 1 tests over seeds only and corrects the variants' tests for
each other; of it the keys are compared that it has. Keys that the script does not
know do no harm. What cannot be computed from a document is named in a line that
begins with "not computed".
"""

import json
import os
import sys

from drawn import is_number
from study import Study

# Keys that a document leaves out where they are zero or empty.
LEFT_OUT = {"groups": 0, "tests": 0, "wide": False, "without": [], "shorter": []}


class Comparison:
    """Compares a document with the study of its runs and counts what it compared."""

    def __init__(self, document, study):
        self.lines, self.version = [], study.version
        self.number = 0
        self.largest, self.place = 0.0, ""  # the largest relative difference
        self.furthest = 0.0  # of drawn numbers, in standard deviations
        self.compare(study.expected, document, "")
        self.notes = study.notes

    def compare(self, want, got, path):
        if isinstance(want, dict) and isinstance(got, dict):
            for key, value in want.items():
                place = f"{path}.{key}" if path else key
                if key in got or key in LEFT_OUT:
                    self.compare(value, got.get(key, LEFT_OUT.get(key)), place)
                elif self.version > 1:
                    self.lines.append(f"{place}: missing in the document")
        elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
            for i, (a, b) in enumerate(zip(want, got)):
                self.compare(a, b, f"{path}[{i}]")
        else:
            self.number += 1
            if not self.same(want, got, path):
                self.lines.append(f"{path}: the document has {json.dumps(got)}, the definition gives {want}")

    def same(self, want, got, path):
        if hasattr(want, "accepts"):
            self.furthest = max(self.furthest, want.deviations(got))
            return want.accepts(got)
        if not is_number(want) or not is_number(got):
            return type(want) is type(got) and want == got
        size = max(abs(want), abs(got))
        relative = abs(want - got) / size if size else 0.0
        if "p_value" not in path and abs(want - got) <= 1e-13:
            return True
        if relative > self.largest:
            self.largest, self.place = relative, path
        return relative <= 1e-9

    def __str__(self):
        text = f"{self.number} numbers and words agree, the largest relative difference is {self.largest:.1e}"
        return text + f" ({self.place}), bootstrap ends differ by at most {self.furthest:.1f} standard deviations"


def read(path):
    if os.path.isdir(path):
        path = os.path.join(path, "summary.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main(paths):
    if not paths:
        sys.exit("usage: recompute.py DIR|summary.json ...")
    failed = False
    for path in paths:
        document = read(path)
        result = Comparison(document, Study(document))
        for line in result.lines:
            print(f"{path}: {line}")
        for note in result.notes:
            print(f"{path}: not computed: {note}")
        if not result.lines:
            print(f"{path}: {result}")
        failed = failed or bool(result.lines)
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1:])
