"""The worker threads, and the smart-home loop."""
import json
import statistics

from harness import machine
from harness.line import Bar, Line


def pool(setting):
    """An operation of 4 chunks without work: how long handing it out and joining takes."""
    threads = min(4, setting.cores)
    for count, quantile, bound in ((0, "p50", 5), (1, "p99", 100)):
        values = []
        with machine.watched() as others, machine.stress(count):
            for _ in range(setting.repetitions):
                report = json.loads(setting.run("bench", "--pool", "--json", "-t", threads))
                values.append(report["pool"][0][f"{quantile}Microseconds"])
        beside = f"{count} busy beside" if count else "quiet"
        line = Line("pool", f"fork and join of 4 chunks, {beside}, {quantile}", threads, "µs", values, busy=count,
                    higher_is_better=False, others=others.average)
        line.bars = [Bar("µs", statistics.median(values), bound, at_most=True)]
        yield line


def home(setting):
    """The smart-home loop over samples/home."""
    with machine.watched() as others:
        output = setting.run("run", "pipelines/smart-home.yaml", "--set", f"out={setting.models}/home", "--json")
    for node in json.loads(output)["nodes"]:
        if node["p50ms"] >= 1:
            line = Line("home", f"{node['name']} ({node['type']}), p50", setting.cores, "ms", [node["p50ms"]],
                        higher_is_better=False, others=others.average)
            line.notes.append(f"p95 {node['p95ms']:.1f} ms")
            yield line


ROWS = {"pool": pool, "home": home}
