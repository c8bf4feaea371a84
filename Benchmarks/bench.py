"""Run Millrace and llama.cpp in turn on the same files, print one table, and keep the results as JSON.

    bench.py MILLRACE --rows decode prefill --blocks Q4_K_M --repetitions 5
"""
import argparse
import datetime
import json
import os
import platform
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import random_model  # noqa: E402
import rows  # noqa: E402
from harness import machine  # noqa: E402
from harness.line import HEADER, cells  # noqa: E402
from harness.setting import Setting, Skip  # noqa: E402


def versions(millrace):
    import importlib.metadata

    def of(*command):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result.stdout.strip() if result.returncode == 0 else None

    return {
        "millrace": of(millrace, "--version"), "commit": of("git", "-C", HERE, "rev-parse", "--short", "HEAD"),
        "llama-cpp-python": importlib.metadata.version("llama-cpp-python"),
    }


def show(lines):
    """Aligned; every line of bars below its row."""
    table = [HEADER[:-1]] + [cells(line) for line in lines]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row, line in zip(table, [None] + lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        if line:
            for bar in line.bars:
                print(f"    {bar.text()}")
            if line.disturbed:
                print(f"    disturbed: other processes took {line.others:.1f} cores meanwhile, so these figures do not count")
            for note in line.notes:
                print(f"    {note}")


def main():
    available = rows.all_rows()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("millrace")
    parser.add_argument("--rows", nargs="*", default=[], metavar="ROW", help=f"of {', '.join(available)}; all by default")
    parser.add_argument("--shape", choices=random_model.SHAPES, default="1.5b")
    parser.add_argument("--blocks", nargs="+", choices=random_model.QUANTIZED, default=["Q4_K_M", "Q8_0", "Q4_0"])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--models", default=".build/bench/models", help="where random models are kept")
    parser.add_argument("--out", default="out/bench/results.json")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.rows if name not in available]
    if unknown:
        parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(available)}")
    if arguments.repetitions < 1:
        parser.error("--repetitions must be at least 1")
    # So that peers and busy processes end with this one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    setting = Setting(arguments.millrace, os.path.abspath(arguments.models), arguments.shape, arguments.blocks,
                      arguments.repetitions, arguments.rows)
    result = {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "processor": machine.processor(),
        "architecture": platform.machine(), "cores": setting.cores, "memoryBytes": machine.available_memory(),
        "versions": versions(arguments.millrace), "shape": arguments.shape, "repetitions": arguments.repetitions,
        "rows": [], "skipped": {},
    }
    done = []
    for name in arguments.rows or available:
        print(f"measuring {name} …", file=sys.stderr)
        try:
            for line in available[name](setting):
                done.append(line)
                result["rows"].append(line.record())
                show([line])
        except Skip as reason:
            result["skipped"][name] = str(reason)
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            result["skipped"][name] = f"failed: {error}"
        result["limits"], result["notes"] = setting.limits, setting.notes
        save(arguments.out, result)
    print(f"\n{result['processor']}, {setting.cores} cores; medians of {arguments.repetitions} interleaved runs; "
          "a ratio above 1 means that Millrace is better, a CPU ratio below 1 that it takes less processor time\n")
    show(done)
    for name, reason in result["skipped"].items():
        print(f"not measured: {name}: {reason}")
    for note in setting.notes:
        print(f"note: {note}")
    print(f"results: {arguments.out}")


def save(path, result):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(f"{path}.part", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1, ensure_ascii=False)
        file.write("\n")
    os.replace(f"{path}.part", path)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
