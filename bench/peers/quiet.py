"""How much of the processors other programs use while something is measured."""

import os
import resource
import time


def busy():
    """Seconds that all processors have been busy since the machine started; None where the system does not say."""
    try:
        with open("/proc/stat") as stat:
            fields = [int(x) for x in stat.readline().split()[1:]]
    except OSError:
        return None
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own():
    """Seconds of processor time of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


class Watch:
    """Counts from its making on."""

    def __init__(self):
        self.start, self.busy, self.own = time.monotonic(), busy(), own()

    def seconds(self):
        return time.monotonic() - self.start

    def others(self):
        """The share of all processors that other programs had; 0 where not known."""
        if self.busy is None:
            return 0.0
        return max(0.0, busy() - self.busy - (own() - self.own)) / (self.seconds() * os.cpu_count())
