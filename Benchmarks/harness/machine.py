"""What is known of this machine, and what its other processes do meanwhile."""
import contextlib
import os
import platform
import shutil
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith(("model name", "Model")):
                return line.partition(":")[2].strip()
    return platform.machine()


def cores():
    return len(os.sched_getaffinity(0))


def available_memory():
    with open("/proc/meminfo", encoding="ascii") as info:
        for line in info:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


def free_disk(folder):
    return shutil.disk_usage(folder).free


def busy_seconds():
    """Processor seconds that all processes of the machine have taken."""
    with open("/proc/stat", encoding="ascii") as stat:
        fields = [int(field) for field in stat.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


class Others:
    """How many cores other processes took on average while something was measured."""

    def __init__(self):
        self.taken = self.elapsed = 0.0

    @contextlib.contextmanager
    def watch(self, own):
        """`own` returns the processor seconds of what is measured."""
        start, busy, before = time.monotonic(), busy_seconds(), own()
        yield
        self.elapsed += time.monotonic() - start
        self.taken += max(0.0, busy_seconds() - busy - (own() - before))

    @property
    def average(self):
        return self.taken / self.elapsed if self.elapsed else 0.0


def tree_seconds(processes):
    """Processor seconds of this process, of its ended children and of the living `processes`."""
    times = os.times()
    total = times.user + times.system + times.children_user + times.children_system
    for process in processes:
        try:
            with open(f"/proc/{process.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
        except FileNotFoundError:
            pass
    return total


@contextlib.contextmanager
def stress(count):
    """`count` processes that compute, not pinned, until the end of the block."""
    if not count:
        yield
        return
    process = subprocess.Popen(["stress-ng", "--quiet", "--cpu", str(count)], stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.5)  # stress-ng starts its processes one after the other
        yield
    finally:
        process.terminate()
        process.wait()
