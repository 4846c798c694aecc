"""Runs `waveletgpt bench` and PyTorch in turn and prints ratios; see run.sh.

Every measurement is a separate process. A round takes each measurement once, so
that a slow minute affects all of them alike. A figure is the median of the rounds,
followed by the lowest and the highest. A measurement that other programs disturb
is repeated, for up to --patience minutes in total.
"""

import argparse
import importlib.metadata
import itertools
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
PRECISIONS = ("float32", "bfloat16")


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


# What keeps a program from instructions beyond AVX2: ours, then PyTorch's own kernels, oneDNN and MKL.
FORCED = {"AVX2": {"GODEBUG": "cpu.avx512f=off", "ATEN_CPU_CAPABILITY": "avx2", "DNNL_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}}

LONGEST = 900  # seconds, the limit for one measurement


def run(command):
    """Returns output, errors and exit status of a command; after LONGEST seconds it is killed with its children, and the status is None."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        return *process.communicate(timeout=LONGEST), process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return *process.communicate(), None


class Session:
    """One run of all measurements: the program under test and the results so far."""

    def __init__(self, args, directory):
        self.args, self.directory = args, directory
        self.program, self.commit = directory / "waveletgpt", commit()
        subprocess.run(["go", "build", "-o", self.program, "./cmd/waveletgpt"], cwd=ROOT, check=True)
        self.rounds, self.disturbance = [], 0.0
        self.patience = 60 * args.patience  # seconds left

    def log(self, text):
        print(f"{time.strftime('%H:%M:%S')}  load {os.getloadavg()[0]:.2f}  {text}", file=sys.stderr, flush=True)

    def undisturbed(self, what, measure):
        """Repeats measure until other programs use less than 5 % of the CPU, or patience runs out."""
        while True:
            self.wait()
            self.log(what)
            watch = quiet.Watch()
            result = measure()
            others = watch.others()
            if others < 0.05 or self.patience <= 0:
                self.disturbance = max(self.disturbance, others)
                return result
            self.log(f"other programs used {100 * others:.0f} % of the CPU: repeating")
            self.patience -= watch.seconds()

    def wait(self):
        """Waits until other programs are idle, or patience runs out."""
        while self.patience > 0:
            watch = quiet.Watch()
            time.sleep(2)
            if watch.others() < 0.05:
                return
            self.patience -= watch.seconds()

    def document(self, what, command):
        """Runs a command and returns the JSON document it prints last."""

        def measure():
            out, errors, code = run(command)
            if code is None:  # torch.compile can wait forever for its worker processes
                self.log(f"timed out after {LONGEST} s: trying once more")
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
        """Prepares a set of random words to measure the start of both programs."""
        letters = random.Random(1)
        text = self.directory / "words.txt"
        text.write_text("".join(letters.choice("abcdefghijklmnopqrstuvwxyz ") for _ in range(1 << 20)))
        self.data = self.directory / "prepared"
        command = [self.program, "data", "prepare", "text", "--data", text, "--out", self.data, "--codec", "text8"]
        subprocess.run(command, check=True, capture_output=True)

    def start_ours(self):
        """Seconds from process start to the first step in the log; one window is evaluated first."""
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
            raise SystemExit(f"waveletgpt train did not reach its first step:\n{errors}")
        return took

    def start_torch(self):
        command = [sys.executable, HERE / "pytorch.py", "start", "--data", self.data, "--threads", str(self.args.threads)]
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = process.stdout.readline()
        took = time.perf_counter() - begin
        process.communicate()
        if line != "first step\n" or process.returncode != 0:
            raise SystemExit("pytorch.py start did not reach its first step")
        return took

    def round(self):
        r = {"sizes": {}}
        for size, steps in (("paper", 10), ("large", 5)):
            if size == "large" and self.args.no_large:
                continue
            one = {"ours": self.ours(*(["--large"] if size == "large" else [])), "torch": []}
            # PyTorch has no fast bfloat16 without newer instructions, and a compiled step fails.
            precisions = PRECISIONS[:1] if self.args.force else PRECISIONS
            for precision, compiled in itertools.product(precisions, (False, True)):
                flags = ["train", "--size", size, "--precision", precision, "--steps", str(steps)]
                one["torch"].append(self.torch(*flags, *(["--compile"] if compiled else [])))
            r["sizes"][size] = one
        r["decode"] = self.torch("decode", "--repeats", "2" if self.args.quick else "5")
        r["matmul"] = self.torch("matmul")
        for name, start in (("start_torch", self.start_torch), ("start_ours", self.start_ours)):
            r[name] = self.undisturbed(name, lambda: statistics.median(start() for _ in range(3)))
        self.rounds.append(r)

    def write(self):
        """Writes the results so far and returns them as a section."""
        measured = {
            "commit": self.commit, "date": time.strftime("%Y-%m-%d"), "packages": pinned(), "threads": self.args.threads,
            "disturbance": self.disturbance, "rounds": self.rounds, "forced": self.args.force,
        }  # fmt: skip
        if self.args.raw:
            self.args.raw.write_text(json.dumps(measured))
        section = page.section(measured)
        if str(self.args.out) != "-":
            page.write(self.args.out, section)
        return section


def commit():
    """The commit under test, and whether the program has uncommitted changes."""

    def git(*command):
        return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    return git("rev-parse", "--short=12", "HEAD") + (" with changes" if git("status", "--porcelain", "--", "*.go", "*.s", "go.mod") else "")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--check", action="store_true", help="exit with status 0 if the pinned packages are installed, else 1")
    p.add_argument("--rounds", type=int, default=3, help="rounds of all measurements (default: %(default)s)")
    p.add_argument("--quick", action="store_true", help="one round of short measurements")
    p.add_argument("--no-large", action="store_true", help="skip the model with 25 million parameters")
    p.add_argument("--patience", type=float, default=20, help="minutes to wait for an idle machine and repeat disturbed measurements (default: %(default)s)")
    p.add_argument("--force", choices=sorted(FORCED), help="keep both programs from newer instructions; the section is named so")
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    p.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results/performance.md", help="page to write, - for none")
    p.add_argument("--raw", type=pathlib.Path, help="also write all measurements to this JSON file")
    args = p.parse_args()
    if args.check:
        sys.exit(0 if installed() else 1)
    if args.force:
        os.environ |= FORCED[args.force]
    with tempfile.TemporaryDirectory() as directory:
        session = Session(args, pathlib.Path(directory))
        session.prepare()
        for _ in range(1 if args.quick else args.rounds):
            session.round()
            section = session.write()
    print(section)


if __name__ == "__main__":
    main()
