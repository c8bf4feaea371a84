#!/usr/bin/env python3
"""Turn results of the benchmark into docs/performance.md, with plots beside it.

    report.py out/bench/results*.json --docs docs
"""
import argparse
import json
import os
import re
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from harness.line import is_disturbed, not_judged, number  # noqa: E402
from plot import Curve, chart  # noqa: E402
from rows import ORDER as KINDS  # noqa: E402

INTRODUCTION = """# Performance

What `make bench` measured: Millrace and llama.cpp run in turn on the same GGUF files with random weights, and each pair of
runs gives a ratio. A ratio above 1 means that Millrace is better (faster, or smaller where less is better); the column
"CPU" is the ratio of processor time per token, where less is better. "Roofline" is the share of what the same run measured
as the machine's limit at that number of threads: memory bandwidth for writing, 8-bit multiply-adds of the vector instructions
for reading (the tiles of AMX can do more). What is asked for are the project's own aims for this shape.
`Benchmarks/README.md` says how to measure anew; `Benchmarks/report.py` writes this page.
"""


def spread(values):
    text = number(statistics.median(values))
    return f"{text} ({number(min(values))}–{number(max(values))})" if len(values) > 1 else text


def escaped(text):
    return text.replace("|", "\\|")


def verdict(bar, others):
    value = number(bar["value"])
    if is_disturbed(others):
        return f"{value}, {not_judged(others)}"
    return f"{value}, met" if bar["met"] else f"**{value}, not met**"


def table(rows):
    lines = ["| | threads | Millrace | peer | ratio | CPU | roofline | asked for |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"]
    for row in rows:
        peer = f"{number(statistics.median(row['peer']))} {row['unit']} ({row['peer_name']})" if row["peer"] else ""
        ratio = spread(row["ratios"]) if row["ratios"] else ""
        cpu = f"{row['cpu_ratio']:.2f}" if row["cpu_ratio"] is not None else ""
        roofline = f"{statistics.median(row['roofline']):.0f} %" if row["roofline"] else ""
        bars = "; ".join(f"{bar['name']} {'≤' if bar['atMost'] else '≥'} {number(bar['bound'])}: {verdict(bar, row['others'])}"
                         for bar in row["bars"])
        cells = [escaped(row["what"]), row["threads"], f"{number(statistics.median(row['ours']))} {row['unit']}", peer, ratio, cpu,
                 roofline, bars]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)


def limits_table(limits):
    names = [("readGBs",), ("gmacs", "int8"), ("gmacs", "f32"), ("gmacs", "bf16"), ("gmacs", "amxInt8"), ("gmacs", "amxBF16")]
    lines = ["| threads | memory GB/s | 8-bit vectors GMAC/s | F32 | BF16 | AMX 8 bits | AMX BF16 |", "| ---: " * 7 + "|"]
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
        if is_disturbed(row["others"]) and not row["bars"]:
            details.append(not_judged(row["others"]))
        if details:
            lines.append(f"- {row['row']}, {row['what']}, {row['threads']} threads: {'; '.join(details)}")
    measured = {row["row"] for row in result["rows"]}
    for name in KINDS + [name for name in result["skipped"] if name not in KINDS]:
        reason = " ".join(result["skipped"].get(name, "not among these results").split())
        if name not in measured:
            lines.append(f"- Not measured: {name}: {reason}")
        elif name in result["skipped"]:
            lines.append(f"- Not measured to the end: {name}: {reason}")
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
    at_best = {row["peer_name"] for row in busy if " at its best" in row["peer_name"]}
    loaded = [row for row in rows if row["peer_name"] not in at_best]
    curves = [
        Curve(f"{name}, {threads} threads",
              medians(rows, side, "busy", **quiet) + medians(loaded, side, "busy", row="busy", series=series),
              mark=0, ours=side == "ours") for side, name in (("ours", "Millrace"), ("peer", "llama.cpp"))]
    best = medians([row for row in rows if row["peer_name"] in at_best], "peer", "busy", row="busy", series=series)
    return curves + [Curve("llama.cpp, its best number of threads", best, mark=1, ours=False)]


def origin(run):
    versions = ", ".join(f"{key} {value}" for key, value in run["versions"].items() if value)
    return (f"{run['date'][:10]}; {versions}; medians of {run['repetitions']} interleaved runs, "
            "with the least and the greatest ratio.")


def tables(rows, runs):
    """One; where rows come from several runs, one for each, saying when it was."""
    parts = []
    for index in sorted({row["run"] for row in rows}):
        text = table([row for row in rows if row["run"] == index])
        parts.append(text if len(runs) == 1 else f"{origin(runs[index])}\n\n{text}")
    return "\n\n".join(parts)


def section(result, index, docs):
    """The text of one machine, and the names of its plots."""
    runs = result["runs"]
    said = origin(runs[0]) if len(runs) == 1 else "Rows of several runs; each table says when it was measured."
    parts = [f"## {result['processor']}, {result['cores']} cores, models of the {result['shape']} shape\n\n{said}"]
    plots = []
    kinds = {row["row"]: None for row in result["rows"]}
    for kind in sorted(kinds, key=lambda kind: KINDS.index(kind) if kind in KINDS else len(KINDS)):
        parts.append(f"### {kind}\n\n{tables([row for row in result['rows'] if row['row'] == kind], runs)}")
    charts = [("threads", thread_chart, "Writing: tokens per second against threads", "threads"),
              ("load", load_chart, "Writing beside busy processes: tokens per second", "busy processes")]
    for key, make, title, label in charts:
        curves = [curve for curve in make(result["rows"]) if curve.points]
        if not curves:
            continue
        plots.append(f"performance-{key}-{index + 1}.svg")
        with open(os.path.join(docs, plots[-1]), "w", encoding="utf-8") as out:
            out.write(chart(title, label, "tokens/s", curves))
        parts.append(f"![{title}]({plots[-1]})")
    if result["limits"]:
        parts.append(f"### What the machine can do\n\n{limits_table(result['limits'])}")
    if notes(result):
        parts.append(f"### Notes\n\n{notes(result)}")
    return "\n\n".join(parts), plots


def load(path):
    """The results of one run; ends with a message where there are none."""
    try:
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    except ValueError as error:
        fail(f"{path} is not JSON: {error}")
    wanted = {"date", "processor", "cores", "shape", "repetitions", "versions", "rows", "skipped", "limits", "notes"}
    of_rows = {"row", "what", "series", "threads", "unit", "ours", "peer", "peer_name", "ratios", "cpu_ratio", "roofline", "bars", "busy",
               "others", "notes"}
    missing = wanted - set(result) if isinstance(result, dict) else wanted
    if not missing:
        missing = {field for row in result["rows"] for field in of_rows - set(row)}
    if missing:
        fail(f"{path} holds no results of Benchmarks/bench.py: it has no {', '.join(sorted(missing))}")
    return result


def merged(results):
    """The runs of one machine from the oldest to the newest: the rows of a newer one take the place of the same older ones."""
    rows, skipped, limits, comments = {}, {}, {}, []
    for index, result in enumerate(results):
        groups = {}
        for row in result["rows"]:
            groups.setdefault((row["row"], row["what"], row["threads"]), []).append({**row, "run": index})
        rows.update(groups)
        measured = {row["row"] for row in result["rows"]}
        skipped = {name: why for name, why in skipped.items() if name not in measured} | result["skipped"]
        limits.update(result["limits"])
        comments += [note for note in result["notes"] if note not in comments]
    # A row that was left out in a newer run keeps its older figures.
    last = {row["row"]: row["run"] for group in rows.values() for row in group}
    skipped = {name: why for name, why in skipped.items() if name not in last or name in results[last[name]]["skipped"]}
    return {**results[-1], "rows": [row for group in rows.values() for row in group], "skipped": skipped, "limits": limits,
            "notes": comments, "runs": results}


def tell_lost(path, machines):
    """Says which rows the page had that it is going to lose."""
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        before = set(re.findall(r"^### (\w+)$", file.read(), re.MULTILINE)) & set(KINDS)
    lost = before - {row["row"] for result in machines for row in result["rows"]}
    if lost:
        print(f"{path} had rows that these results do not have, and loses them: {', '.join(sorted(lost, key=KINDS.index))}",
              file=sys.stderr)


def fail(message):
    print(f"report.py: {message}", file=sys.stderr)
    sys.exit(2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+",
                        help="of one machine or several; rows that were measured again take the place of older ones")
    parser.add_argument("--docs", default="docs")
    arguments = parser.parse_args()
    if not os.path.isdir(arguments.docs):
        fail(f"there is no folder {arguments.docs}; --docs names another")
    machines = {}
    for result in sorted(map(load, arguments.results), key=lambda result: result["date"]):
        machines.setdefault((result["processor"], result["cores"], result["shape"]), []).append(result)
    machines = [merged(results) for results in machines.values()]
    path = os.path.join(arguments.docs, "performance.md")
    try:
        tell_lost(path, machines)
        texts, plots = zip(*(section(result, index, arguments.docs) for index, result in enumerate(machines)))
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([INTRODUCTION] + [text + "\n" for text in texts]))
        for name in os.listdir(arguments.docs):
            if re.fullmatch(r"performance-(threads|load)-\d+\.svg", name) and name not in sum(plots, []):
                os.remove(os.path.join(arguments.docs, name))
    except OSError as error:
        fail(str(error))
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
