"""Reading a prompt: against llama.cpp's default and the better of its settings, and one instruction set against another."""
import platform
import statistics

from harness import machine
from harness.line import Bar, Line
from harness.setting import Skip, percent, rate

TOKENS = 512


def prefill(setting):
    for blocks in setting.blocks:
        model = setting.model(setting.shape, blocks)
        with setting.peers(model) as peers:
            for threads in setting.threads(1, 4):
                ours, roof, theirs, cpu = [], [], {name: [] for name in peers.names()}, []
                for name in theirs:
                    peers[name]("context", capacity=TOKENS + 64, threads=threads)
                    peers[name]("prefill", tokens=64)
                with machine.watched() as others:
                    for _ in range(setting.repetitions):
                        row = setting.bench(
                            model, "-p", TOKENS, "-n", 0, "-t", threads, limits=True)["rows"][f"pp{TOKENS}"]
                        ours.append(rate(row))
                        roof.append(percent(row))
                        for name, rates in theirs.items():
                            answer = peers[name]("prefill", tokens=TOKENS)
                            rates.append(TOKENS / answer["seconds"])
                            if name == "default":
                                cpu.append(row["cpuSecondsPerToken"] / (answer["cpu"] / TOKENS))
                better = max((name for name in theirs), key=lambda name: statistics.median(theirs[name]))
                for name, rates in theirs.items():
                    line = Line("prefill", f"{blocks}, {TOKENS} tokens", threads, "tokens/s", ours, rates,
                                peers.title(name, f", {name}"), roofline=roof, others=others.average)
                    if name == "default":
                        line.cpu_ratio = statistics.median(cpu)
                        line.bars = [Bar("ratio", line.ratio, 2.5), Bar("% of the 8-bit vector peak", line.percent, 75)]
                    if name == better:
                        line.bars.append(Bar("ratio to the better setting", line.ratio, 1.5))
                    yield line


def isa(setting):
    """The vector kernels against the reference in plain C, on the small shape."""
    vector = {"x86_64": "avx2", "aarch64": "neon"}.get(platform.machine())
    if not vector:
        raise Skip(f"there are no vector kernels for {platform.machine()}")
    for blocks in setting.blocks[:1]:
        model = setting.model("150m", blocks)
        tests = ("-p", 64, "-n", 16, "-t", 1)
        runs = {"scalar": [], vector: []}
        with machine.watched() as others:
            for _ in range(setting.repetitions):
                for name, reports in runs.items():
                    reports.append(setting.bench(model, *tests, environment={"MILLRACE_ISA": name}))
        memory = statistics.median(
            a["memory"]["peak"] / b["memory"]["peak"] for a, b in zip(runs[vector], runs["scalar"]))
        for test in ("pp64", "tg16"):
            ours, theirs = ([rate(report["rows"][test]) for report in runs[name]] for name in (vector, "scalar"))
            line = Line("isa", f"150m {blocks}, {vector}, {test}", 1, "tokens/s", ours, theirs, "our scalar path",
                        others=others.average)
            line.bars = [Bar("ratio", line.ratio, 6)]
            line.notes.append(f"peak memory {memory:.2f} times that of the scalar path")
            yield line


ROWS = {"prefill": prefill, "isa": isa}
