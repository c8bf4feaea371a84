"""Memory, the first token, and a model that barely fits."""
import contextlib
import os
import statistics
import subprocess
import time

import random_model
from harness import machine
from harness.line import Bar, Line
from harness.peers import Peer
from harness.setting import Skip, rate

CONTEXT = 2048


def memory(setting):
    """The most that was resident with a full context; the peer's without what Python took before."""
    model, threads = setting.model(setting.shape, "Q4_K_M"), min(4, setting.cores)
    ours, theirs, notes = [], [], []
    with machine.watched() as others:
        for _ in range(min(2, setting.repetitions)):
            use = setting.bench(model, "-p", CONTEXT, "-n", 0, "-t", threads)["memory"]
            ours.append(use["peak"] / 1e9)
            notes = [f"ours: {use['anonymous'] / 1e9:.2f} GB of its own, {use['file'] / 1e9:.2f} GB of files"]
            empty_peer = Peer(setting.log)
            empty = empty_peer("memory")
            empty_peer.close()
            with setting.peers(model) as peers:
                peer = peers["default"]
                peer("context", capacity=CONTEXT, threads=threads)
                peer("prefill", tokens=CONTEXT)
                use = peer("memory")
                theirs.append((use["VmHWM"] - empty["RssAnon"] - empty["RssFile"]) / 1e9)
                notes.append(f"llama.cpp: {use['RssAnon'] / 1e9:.2f} GB of its own, {use['RssFile'] / 1e9:.2f} GB of files")
    line = Line("memory", f"{setting.shape} Q4_K_M, {CONTEXT} tokens, peak", threads, "GB", ours, theirs, peers.title(),
                higher_is_better=False, notes=notes, others=others.average)
    if setting.shape == "1.5b":
        line.bars = [Bar("GB", statistics.median(ours), 1.2, at_most=True)]
    yield line


def start(setting):
    """A whole process, from its start to the scores after 8 tokens, once the file is cached and was loaded before."""
    model, threads = setting.model(setting.shape, "Q4_K_M"), min(4, setting.cores)
    options = ("-p", 0, "-n", 0, "-t", threads)
    setting.bench(model, *options)
    ours, theirs = [], []
    with setting.peers(model) as peers:
        peer = peers["default"]  # its own model is loaded, so the file is cached; `first` loads it again
        with machine.watched() as others:
            for _ in range(setting.repetitions):
                begin = time.perf_counter()
                setting.bench(model, *options)
                ours.append(time.perf_counter() - begin)
                # Without the start of Python.
                theirs.append(peer("first", model=model, threads=threads)["seconds"])
    line = Line("start", f"{setting.shape} Q4_K_M, first token of a later start", threads, "s", ours, theirs, peers.title(),
                higher_is_better=False, others=others.average)
    if setting.shape == "1.5b":
        line.bars = [Bar("s", statistics.median(ours), 0.7, at_most=True)]
    yield line


def first7b(setting):
    """Short prompts, which neither memory nor arithmetic alone bounds."""
    setting.require_room_for_model("first7b", "7b", "Q4_K")
    model, threads = setting.model("7b", "Q4_K"), min(4, setting.cores)
    prompts = (8, 32)
    options = ("-p", ",".join(map(str, prompts)), "-n", 0, "-t", threads)
    reports, theirs = [], {prompt: [] for prompt in prompts}
    with setting.peers(model) as peers:
        peer = peers["default"]
        with machine.watched() as others:
            for _ in range(setting.repetitions):
                reports.append(setting.bench(model, *options, limits=True))
                peer("context", capacity=256, threads=threads)
                for prompt in prompts:
                    theirs[prompt].append(peer("prefill", tokens=prompt)["seconds"])
    for prompt in prompts:
        ours = [prompt / rate(report["rows"][f"pp{prompt}"]) for report in reports]
        bounds = [roof(report, prompt) for report in reports]
        line = Line("first7b", f"7b Q4_K, prompt of {prompt}", threads, "s", ours, theirs[prompt], peers.title(),
                    higher_is_better=False, others=others.average)
        times = statistics.median(a / b for a, b in zip(ours, bounds))
        line.roofline = [100 * b / a for a, b in zip(ours, bounds)]
        line.bars = [Bar("times the greater of reading and multiplying", times, 1.4, at_most=True)]
        yield line


def roof(report, prompt):
    """Seconds that a prompt takes at least, by the limits of the same run."""
    work, limits = report["work"], report["limits"][0]
    adds = work["layerMultiplyAdds"] * prompt + work["headMultiplyAdds"]
    return max(work["matrixBytes"] / (limits["readGBs"] * 1e9), adds / (limits["gmacs"]["int8"] * 1e9))


def cgroup13b(setting):
    """A model whose weights and cache just fit into 8 GiB: pages that must be read again show as major faults."""
    setting.require_room_for_model("cgroup13b", "13b", "Q4_0")
    if not setting.has_option("--kv"):
        raise Skip("this build of Millrace has no cache in Q8 (bench --kv)")
    with memory_group(8 << 30) as processes:
        model, threads = setting.model("13b", "Q4_0"), min(4, setting.cores)
        # Pages that were cached outside the group would not count against it.
        with open(model, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        enter = ("sh", "-c", f'echo $$ > "{processes}" && exec "$0" "$@"')
        with machine.watched() as others:
            report = setting.bench(model, "-p", 0, "-n", 16, "-d", CONTEXT - 16, "-t", threads, "--kv", "q8_0", prefix=enter)
    row = report["rows"][f"tg16@d{CONTEXT - 16}"]
    line = Line("cgroup13b", f"13b Q4_0, {CONTEXT} tokens, KV in Q8, in 8 GiB", threads, "tokens/s", [rate(row)],
                others=others.average)
    line.bars = [Bar("major faults per token", row["majorFaultsPerToken"], 1, at_most=True)]
    line.notes.append(f"peak {report['memory']['peak'] / 2**30:.2f} GiB of the model's "
                      f"{random_model.byte_count('13b', 'Q4_0') / 2**30:.2f} GiB and its cache")
    yield line


@contextlib.contextmanager
def memory_group(limit):
    """A control group of version 1 or 2 with a memory limit; gives the file that takes processes in."""
    for root, limit_name in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        folder = os.path.join(root, f"millrace-bench-{os.getpid()}")
        try:
            os.mkdir(folder)
        except OSError:
            continue
        try:
            with open(os.path.join(folder, limit_name), "w", encoding="ascii") as file:
                file.write(str(limit))
        except OSError:
            os.rmdir(folder)
            continue
        try:
            yield os.path.join(folder, "cgroup.procs")
        finally:
            subprocess.run(["rmdir", folder], check=False)
        return
    raise Skip("no control group with a memory limit can be made here (as root, below /sys/fs/cgroup)")


ROWS = {"memory": memory, "start": start, "first7b": first7b, "cgroup13b": cgroup13b}
