"""Runs `waveletgpt bench` and its peers in turn and prints ratios; see run.sh.

Every measurement is a process of its own. A round is one of each, so that a
slow minute falls on all of them; a figure is the median of the rounds, with the
lowest and the highest behind it. What other programs disturbed is measured
again, as far as patience goes.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import page
import quiet

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VARIANTS = [(precision, compiled) for precision in ("float32", "bfloat16") for compiled in (False, True)]


def pinned():
    """Package names and versions of requirements.txt."""
    lines = (HERE / "requirements.txt").read_text().split()
    return dict(line.split("==") for line in lines)


def installed():
    """Whether this Python has what requirements.txt pins; a build tag, as in 2.15.0+cpu, is no difference."""
    try:
        return all(importlib.metadata.version(name).split("+")[0] == version for name, version in pinned().items())
    except importlib.metadata.PackageNotFoundError:
        return False


LONGEST = 900  # seconds of one measurement


def run(command):
    """Output, errors and exit status of a command, the status None if it takes too long; it and what it started are ended then."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        return *process.communicate(timeout=LONGEST), process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return *process.communicate(), None


class Session:
    """One run of everything: where the program is, and what was measured so far."""

    def __init__(self, args, directory):
        self.args, self.directory = args, directory
        self.program, self.commit = directory / "waveletgpt", commit()
        subprocess.run(["go", "build", "-o", self.program, "./cmd/waveletgpt"], cwd=ROOT, check=True)
        self.rounds, self.disturbance = [], 0.0
        self.patience = 60 * args.patience  # seconds left

    def log(self, text):
        print(f"{time.strftime('%H:%M:%S')}  load {os.getloadavg()[0]:.2f}  {text}", file=sys.stderr, flush=True)

    def undisturbed(self, what, measure):
        """What measure returns while other programs have less than a twentieth of the processors, if that comes about."""
        while True:
            self.wait()
            self.log(what)
            watch = quiet.Watch()
            result = measure()
            others = watch.others()
            if others < 0.05 or self.patience <= 0:
                self.disturbance = max(self.disturbance, others)
                return result
            self.log(f"other programs used {100 * others:.0f} % of the processors: again")
            self.patience -= watch.seconds()

    def wait(self):
        """Waits until other programs rest, as far as patience goes."""
        while self.patience > 0:
            watch = quiet.Watch()
            time.sleep(2)
            if watch.others() < 0.05:
                return
            self.patience -= watch.seconds()

    def document(self, what, command):
        """The JSON document that a command prints last."""

        def measure():
            out, errors, code = run(command)
            if code is None:  # torch.compile was seen to wait for its own processes for ever
                self.log(f"no end after {LONGEST} s: once more")
                out, errors, code = run(command)
            if code != 0:
                raise SystemExit(f"{what}: {' '.join(map(str, command))} failed:\n{errors}")
            return json.loads(out[out.index("{") :])

        return self.undisturbed(what, measure)

    def ours(self, *flags):
        quick = ["--quick"] if self.args.quick else []
        command = [self.program, "bench", "--json", "--set", f"train.threads={self.args.threads}", *quick, *flags]
        return self.document(f"waveletgpt bench {' '.join(flags)}", command)

    def torch(self, *flags):
        command = [sys.executable, HERE / "pytorch.py", *flags, "--threads", str(self.args.threads)]
        return self.document(f"PyTorch {' '.join(flags)}", command)

    def prepare(self):
        """A prepared set of random words, for the start of both programs."""
        letters = random.Random(1)
        text = self.directory / "words.txt"
        text.write_text("".join(letters.choice("abcdefghijklmnopqrstuvwxyz ") for _ in range(1 << 20)))
        self.data = self.directory / "prepared"
        command = [self.program, "data", "prepare", "text", "--data", text, "--out", self.data, "--codec", "text8"]
        subprocess.run(command, check=True, capture_output=True)

    def start_ours(self):
        """Seconds from process start until the first step is in the log; one window is evaluated before it."""
        out = pathlib.Path(tempfile.mkdtemp(dir=self.directory)) / "run"
        log = out / "timing.jsonl"
        command = [
            self.program, "train", "--preset", "paper", "--data", self.data, "--out", out,
            "--set", "train.steps=1", "--set", "train.warmup=0", "--set", "eval.windows=1",
            "--set", f"train.threads={self.args.threads}",
        ]  # fmt: skip
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        took = None
        while took is None and process.poll() is None:
            time.sleep(0.001)
            if log.exists() and '"step":1' in log.read_text():
                took = time.perf_counter() - begin
        _, errors = process.communicate()
        if process.returncode != 0 or took is None:
            raise SystemExit(f"waveletgpt train did not come to its first step:\n{errors}")
        return took

    def start_torch(self):
        command = [sys.executable, HERE / "pytorch.py", "start", "--data", self.data, "--threads", str(self.args.threads)]
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = process.stdout.readline()
        took = time.perf_counter() - begin
        process.communicate()
        if line != "first step\n" or process.returncode != 0:
            raise SystemExit("pytorch.py start did not come to its first step")
        return took

    def round(self):
        r = {"sizes": {}}
        for size, steps in (("paper", 10), ("large", 5)):
            if size == "large" and self.args.no_large:
                continue
            one = {"ours": self.ours(*(["--large"] if size == "large" else [])), "torch": []}
            for precision, compiled in VARIANTS:
                flags = ["train", "--size", size, "--precision", precision, "--steps", str(steps)]
                one["torch"].append(self.torch(*flags, *(["--compile"] if compiled else [])))
            r["sizes"][size] = one
        r["decode"] = self.torch("decode", "--repeats", "2" if self.args.quick else "5")
        r["matmul"] = self.torch("matmul")
        for name, start in (("start_torch", self.start_torch), ("start_ours", self.start_ours)):
            r[name] = self.undisturbed(name, lambda: statistics.median(start() for _ in range(3)))
        self.rounds.append(r)

    def write(self):
        """Writes and returns what was measured so far."""
        measured = {
            "commit": self.commit, "date": time.strftime("%Y-%m-%d"), "packages": pinned(), "threads": self.args.threads,
            "disturbance": self.disturbance, "rounds": self.rounds,
        }  # fmt: skip
        if self.args.raw:
            self.args.raw.write_text(json.dumps(measured))
        section = page.section(measured)
        if str(self.args.out) != "-":
            page.write(self.args.out, section)
        return section


def commit():
    """The commit that is measured, and whether the program was changed since."""

    def git(*command):
        return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    return git("rev-parse", "--short=12", "HEAD") + (" with changes" if git("status", "--porcelain", "--", "*.go", "*.s", "go.mod") else "")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--check", action="store_true", help="only tell, by the exit status, whether the pinned packages are here")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--quick", action="store_true", help="one round of short measurements")
    p.add_argument("--no-large", action="store_true", help="leave out the model of 25 million parameters")
    p.add_argument("--patience", type=float, default=20, help="minutes, for all of what other programs disturb")
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    p.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results/performance.md", help="page to write; - is none")
    p.add_argument("--raw", type=pathlib.Path, help="file for all that was measured, as JSON")
    args = p.parse_args()
    if args.check:
        sys.exit(0 if installed() else 1)
    with tempfile.TemporaryDirectory() as directory:
        session = Session(args, pathlib.Path(directory))
        session.prepare()
        for _ in range(1 if args.quick else args.rounds):
            session.round()
            section = session.write()
    print(section)


if __name__ == "__main__":
    main()
