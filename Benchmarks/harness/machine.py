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


def own_seconds():
    """Processor seconds that this process and all that it started have taken, whether they still run or not."""
    children, seconds = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(fields[1]), []).append(int(name))
        seconds[int(name)] = sum(map(int, fields[11:15])) / TICKS  # its own, and those of its ended children
    total, waiting = 0.0, [os.getpid()]
    while waiting:
        process = waiting.pop()
        total += seconds.get(process, 0)
        waiting += children.get(process, [])
    return total


class Others:
    """How many cores processes that we did not start took on average while something was measured."""

    def __init__(self):
        self.average = 0.0


@contextlib.contextmanager
def watched():
    """Counts what other processes of the machine take during the block; the figure is there when it ends."""
    others = Others()
    start, busy, own = time.monotonic(), busy_seconds(), own_seconds()
    yield others
    taken = busy_seconds() - busy - (own_seconds() - own)
    others.average = max(0.0, taken) / (time.monotonic() - start)


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
