"""Measures how much CPU time other programs use during a measurement."""

import os
import resource
import time


def busy():
    """CPU seconds used on all cores since the machine started; None if unknown."""
    try:
        with open("/proc/stat") as stat:
            fields = [int(x) for x in stat.readline().split()[1:]]
    except OSError:
        return None
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own():
    """CPU seconds used by this process and its finished children."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


class Watch:
    """Measures from its creation on."""

    def __init__(self):
        self.start, self.busy, self.own = time.monotonic(), busy(), own()

    def seconds(self):
        return time.monotonic() - self.start

    def others(self):
        """The share of all cores that other programs used; 0 if unknown."""
        if self.busy is None:
            return 0.0
        return max(0.0, busy() - self.busy - (own() - self.own)) / (self.seconds() * os.cpu_count())
