"""The process that trains for waveletgpt: it answers requests from its standard input.

    python -c "from waveletgpt_torch import worker; worker.main()"

A frame is the length of a document (4 bytes, little endian), the length of an array (8 bytes),
the document in JSON, and the array: tokens as uint16, values as float32, losses as float64.
Each request has an answer, in order:

    open      the model and how to train it          versions and device
    load      parameters and moments                 -
    step      windows of tokens                      loss of each, summed; norm of the gradient
    evaluate  windows of tokens                      loss of each, summed
    state     -                                      parameters and moments

An answer with `error` has a `kind`: setup, device, memory or failed. All else that this process
or a library says goes to standard error. When standard input ends, the process ends.
"""

import importlib.metadata
import json
import os
import platform
import queue
import signal
import struct
import sys
import threading

PROTOCOL = 1
NEEDED = {"torch": (2, 6), "transformers": (4, 57)}
NEEDED_PYTHON = (3, 10)
HEAD = struct.Struct("<IQ")


class Refused(Exception):
    """An error whose message is for people."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def read(stream, size):
    """size bytes; none of them if the stream ends."""
    data = stream.read(size)
    if len(data) < size:
        os._exit(0)  # the program is gone, whatever this process computes
    return data


def read_frames(stream, frames):
    while True:
        words, values = HEAD.unpack(read(stream, HEAD.size))
        document = json.loads(read(stream, words))
        frames.put((document, bytearray(read(stream, values))))


def write_frame(stream, document, array=b""):
    text = json.dumps(document, allow_nan=False).encode()
    stream.write(HEAD.pack(len(text), len(array)))
    stream.write(text)
    stream.write(array)
    stream.flush()


def versions():
    """The versions of this Python and of the packages that training needs, or a refusal."""
    found = {"python": platform.python_version()}
    if sys.version_info < NEEDED_PYTHON:
        raise Refused("setup", "%s is Python %s; %d.%d or newer is needed" % ((sys.executable, found["python"]) + NEEDED_PYTHON))
    for package, least in NEEDED.items():
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            raise Refused("setup", "%s has no %s" % (sys.executable, package)) from None
        if tuple(int(n) for n in found[package].split("+")[0].split(".")[:2]) < least:
            raise Refused("setup", "%s has %s %s; %d.%d or newer is needed" % ((sys.executable, package, found[package]) + least))
    return found


def answer(state, request, array):
    """The answer to one request: a document and an array."""
    what = request["request"]
    if what == "open":
        if request["protocol"] != PROTOCOL:
            raise Refused("setup", "this worker speaks version %d, the program version %d" % (PROTOCOL, request["protocol"]))
        found = versions()
        from . import engine  # which imports PyTorch: it takes seconds

        state["engine"] = engine.Engine(request)
        return {"protocol": PROTOCOL, **found, **state["engine"].place()}, b""
    if what == "load":
        state["engine"].load(array, request["steps"])
        return {}, b""
    if what == "step":
        return {}, state["engine"].step(request, array)
    if what == "evaluate":
        return {}, state["engine"].evaluate(request, array)
    if what == "state":
        return {}, state["engine"].state()
    raise Refused("failed", "there is no request %r" % what)


def kind_of(error):
    text = str(error)
    if type(error).__name__ == "OutOfMemoryError" or isinstance(error, MemoryError) or "can't allocate memory" in text:
        return "memory"
    return "failed"


def main():
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # of a terminal or a scheduler: the program finishes its step, saves and ends this process
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    frames, state = queue.SimpleQueue(), {}
    threading.Thread(target=read_frames, args=(sys.stdin.buffer, frames), daemon=True).start()
    while True:
        request, array = frames.get()
        try:
            write_frame(out, *answer(state, request, array))
        except Refused as error:
            write_frame(out, {"error": str(error), "kind": error.kind})
        except Exception as error:
            import traceback

            traceback.print_exc()
            text = str(error).strip() or type(error).__name__
            write_frame(out, {"error": text.splitlines()[0], "kind": kind_of(error)})

