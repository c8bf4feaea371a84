"""Turn results of the benchmark into docs/performance.md, with plots beside it.

    report.py out/bench/results.json [MORE.json …] --docs docs
"""
import argparse
import json
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from harness.line import number  # noqa: E402
from plot import Curve, chart  # noqa: E402

INTRODUCTION = """# Performance

What `make bench` measured: Millrace and llama.cpp run in turn on the same GGUF files with random weights, and each pair of
runs gives a ratio. A ratio above 1 means that Millrace is better (faster, or smaller where less is better); the column
"CPU" is the ratio of processor time per token, where less is better. "Roofline" is the share of what the same run measured
as the machine's limit at that number of threads: memory bandwidth for writing, 8-bit multiply-adds of the instruction set for
reading. `Benchmarks/README.md` says how to measure anew; `Benchmarks/report.py` writes this page.
"""


def spread(values):
    text = number(statistics.median(values))
    return f"{text} ({number(min(values))}–{number(max(values))})" if len(values) > 1 else text


def escaped(text):
    return text.replace("|", "\\|")


def table(rows):
    lines = ["| | threads | Millrace | peer | ratio | CPU | roofline | asked for |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"]
    for row in rows:
        peer = f"{number(statistics.median(row['peer']))} {row['unit']} ({row['peer_name']})" if row["peer"] else ""
        ratio = spread(row["ratios"]) if row["ratios"] else ""
        cpu = f"{row['cpu_ratio']:.2f}" if row["cpu_ratio"] is not None else ""
        roofline = f"{statistics.median(row['roofline']):.0f} %" if row["roofline"] else ""
        bars = "; ".join(
            f"{bar['name']} {'≤' if bar['atMost'] else '≥'} {number(bar['bound'])}: "
            + (f"{number(bar['value'])}, met" if bar["met"] else f"**{number(bar['value'])}, not met**") for bar in row["bars"])
        bars += " (disturbed)" if bars and row["disturbed"] else ""
        cells = [escaped(row["what"]), row["threads"], f"{number(statistics.median(row['ours']))} {row['unit']}", peer, ratio, cpu,
                 roofline, bars]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)


def limits_table(limits):
    names = [("readGBs",), ("gmacs", "int8"), ("gmacs", "f32"), ("gmacs", "bf16"), ("gmacs", "amxInt8"), ("gmacs", "amxBF16")]
    lines = ["| threads | memory GB/s | 8 bits GMAC/s | F32 | BF16 | AMX 8 bits | AMX BF16 |", "| ---: " * 7 + "|"]
    for threads, samples in sorted(limits.items(), key=lambda item: int(item[0])):
        cells = [threads]
        for path in names:
            values = []
            for sample in samples:
                for key in path:
                    sample = sample[key]
                values += [] if sample is None else [sample]
            cells.append(number(statistics.median(values)) if values else "–")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def notes(result):
    lines = []
    for row in result["rows"]:
        details = list(row["notes"])
        if row["disturbed"]:
            details.append(f"other processes took {row['others']:.1f} cores meanwhile, so the figures do not count")
        if details:
            lines.append(f"- {row['row']}, {row['what']}, {row['threads']} threads: {'; '.join(details)}")
    lines += [f"- not measured: {name}: {reason}" for name, reason in result["skipped"].items()]
    lines += [f"- {note}" for note in result["notes"]]
    return "\n".join(lines)


def medians(rows, side, x, **wanted):
    """[(x, median)] of the rows whose fields are as wanted."""
    chosen = [row for row in rows if all(row[key] == value for key, value in wanted.items()) and row[side]]
    return sorted((row[x], statistics.median(row[side])) for row in chosen)


def thread_chart(rows):
    curves = []
    for index, series in enumerate(sorted({row["series"] for row in rows if row["row"] == "decode"})):
        for side, name in (("ours", "Millrace"), ("peer", "llama.cpp")):
            points = medians(rows, side, "threads", row="decode", series=series)
            curves.append(Curve(f"{name} {series}", points, mark=index, ours=side == "ours"))
    return curves


def load_chart(rows):
    busy = [row for row in rows if row["row"] == "busy"]
    if not busy:
        return []
    series, threads = busy[0]["series"], busy[0]["threads"]
    quiet = dict(row="decode", series=series, threads=threads)
    loaded = dict(row="busy", series=series, peer_name="llama.cpp")
    curves = [
        Curve(f"{name}, {threads} threads", medians(rows, side, "busy", **quiet) + medians(rows, side, "busy", **loaded),
              mark=0, ours=side == "ours") for side, name in (("ours", "Millrace"), ("peer", "llama.cpp"))]
    best = medians(rows, "peer", "busy", row="busy", series=series, peer_name="llama.cpp at its best")
    return curves + [Curve("llama.cpp, its best number of threads", best, mark=1, ours=False)]


def section(result, index, docs):
    name = result["processor"]
    versions = ", ".join(f"{key} {value}" for key, value in result["versions"].items() if value)
    parts = [f"## {name}, {result['cores']} cores\n\n{result['date'][:10]}; {versions}; models of the {result['shape']} shape; "
             f"medians of {result['repetitions']} interleaved runs, with the least and the greatest ratio."]
    for row_name in dict.fromkeys(row["row"] for row in result["rows"]):
        rows = [row for row in result["rows"] if row["row"] == row_name]
        parts.append(f"### {row_name}\n\n{table(rows)}")
    charts = [("threads", thread_chart, "Writing: tokens per second against threads", "threads"),
              ("load", load_chart, "Writing beside busy processes: tokens per second", "busy processes")]
    for key, make, title, label in charts:
        curves = [curve for curve in make(result["rows"]) if curve.points]
        if not curves:
            continue
        file = f"performance-{key}-{index + 1}.svg"
        with open(os.path.join(docs, file), "w", encoding="utf-8") as out:
            out.write(chart(title, label, "tokens/s", curves))
        parts.append(f"![{title}]({file})")
    if result["limits"]:
        parts.append(f"### What the machine can do\n\n{limits_table(result['limits'])}")
    if notes(result):
        parts.append(f"### Notes\n\n{notes(result)}")
    return "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", help="one file per machine, or several of one: later rows replace earlier ones")
    parser.add_argument("--docs", default="docs")
    arguments = parser.parse_args()
    machines = {}
    for path in arguments.results:
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
        key = (result["processor"], result["cores"], result["shape"])
        machines[key] = merged(machines[key], result) if key in machines else result
    page = "\n".join([INTRODUCTION] + [section(result, index, arguments.docs) + "\n"
                                       for index, result in enumerate(machines.values())])
    path = os.path.join(arguments.docs, "performance.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write(page)
    print(f"wrote {path}")


def merged(first, second):
    """Both runs of one machine; a row of the second takes the place of the same row of the first."""
    replaced = {row["row"] for row in second["rows"]}
    rows = [row for row in first["rows"] if row["row"] not in replaced] + second["rows"]
    skipped = {name: why for name, why in {**first["skipped"], **second["skipped"]}.items()
               if name not in {row["row"] for row in rows}}
    notes_ = list(dict.fromkeys(first["notes"] + second["notes"]))
    return {**second, "rows": rows, "skipped": skipped, "notes": notes_, "limits": {**first["limits"], **second["limits"]}}


if __name__ == "__main__":
    main()
