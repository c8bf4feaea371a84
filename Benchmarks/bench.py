"""Run Millrace and llama.cpp in turn on the same files, print one table, and keep the results as JSON.

    bench.py MILLRACE --rows decode prefill --blocks Q4_K_M --repetitions 5
"""
import argparse
import datetime
import os
import platform
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import random_model  # noqa: E402
import rows  # noqa: E402
from harness import disk, machine, results  # noqa: E402
from harness.setting import SHAPES, Setting, Skip  # noqa: E402
from harness.table import progress, show  # noqa: E402


def versions(millrace):
    import importlib.metadata

    def of(*command):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result.stdout.strip() if result.returncode == 0 else None

    return {
        "millrace": of(millrace, "--version"), "commit": of("git", "-C", HERE, "rev-parse", "--short", "HEAD"),
        "llama-cpp-python": importlib.metadata.version("llama-cpp-python"),
    }


def parse(available):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("millrace")
    parser.add_argument("--rows", nargs="*", default=[], metavar="ROW", help=f"of {', '.join(available)}; all by default")
    parser.add_argument("--shape", choices=SHAPES, default="1.5b")
    parser.add_argument("--blocks", nargs="+", choices=random_model.QUANTIZED, default=["Q4_K_M", "Q8_0", "Q4_0"])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--models", default=".build/bench/models", help="where random models are kept")
    parser.add_argument("--cache", default=".build/bench/cache", help="where Millrace keeps their panels")
    parser.add_argument("--out", default="out/bench/results.json")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.rows if name not in available]
    if unknown:
        parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(available)}")
    if arguments.repetitions < 1:
        parser.error("--repetitions must be at least 1")
    return parser, arguments


def prepare(parser, arguments):
    """The setting; what cannot be run or written is told before anything is measured."""
    models, cache, log = os.path.abspath(arguments.models), os.path.abspath(arguments.cache), results.log_path(arguments.out)
    try:
        results.prepare(arguments.out)
        with open(log, "w", encoding="utf-8"):
            pass
        for folder in (models, cache):
            os.makedirs(folder, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise PermissionError(f"{folder} is not writable")
    except OSError as error:
        parser.error(f"the results cannot be written: {error}")
    try:
        return Setting(arguments.millrace, models, cache, log, arguments.shape, arguments.blocks, arguments.repetitions,
                       arguments.rows)
    except (OSError, RuntimeError) as error:
        parser.error(f"{arguments.millrace} does not run: {error}")


def tell_disk(setting, names):
    """What is going to be written; rows without room are left out later, each with its reason."""
    names = [name for name in names if not setting.left_out(name)]
    wanted = disk.missing_bytes(names, setting.models, setting.shape, setting.blocks) / disk.GB
    free = machine.free_disk(setting.models) / disk.GB
    if wanted >= 0.1:
        print(f"these rows write up to {wanted:.1f} GB of models and panels, and {free:.1f} GB are free"
              + (f": {wanted - free:.1f} GB are missing, so some rows will be left out" if free < wanted else ""), file=sys.stderr)


def main():
    available = rows.all_rows()
    parser, arguments = parse(available)
    # So that peers and busy processes end with this one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    setting = prepare(parser, arguments)
    names = list(dict.fromkeys(arguments.rows)) or list(available)
    tell_disk(setting, names)
    result = {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "processor": machine.processor(),
        "architecture": platform.machine(), "cores": setting.cores, "memoryBytes": machine.available_memory(),
        "versions": versions(arguments.millrace), "shape": arguments.shape, "repetitions": arguments.repetitions,
        "rows": [], "skipped": {},
    }
    done, earlier = [], None
    for name in names:
        print(f"measuring {name} …", file=sys.stderr)
        try:
            for line in available[name](setting):
                done.append(line)
                result["rows"].append(line.record())
                print(progress(line), file=sys.stderr)
        except Skip as reason:
            result["skipped"][name] = str(reason)
        except (RuntimeError, OSError) as error:
            result["skipped"][name] = f"failed: {error}"
        if name in result["skipped"]:
            print(f"  not measured: {result['skipped'][name]}", file=sys.stderr)
        if not done:
            continue
        result["limits"], result["notes"] = setting.limits, setting.notes
        if earlier is None:
            earlier = results.set_aside(arguments.out) or ""
        results.save(arguments.out, result)
    report(arguments, setting, result, done, earlier)
    if any(reason.startswith("failed") for reason in result["skipped"].values()):
        sys.exit(1)


def report(arguments, setting, result, done, earlier):
    if done:
        print(f"\n{result['processor']}, {setting.cores} cores; medians of {arguments.repetitions} interleaved runs; "
              "a ratio above 1 means that Millrace is better, a CPU ratio below 1 that it takes less processor time\n")
        show(done)
    for name, reason in result["skipped"].items():
        print(f"not measured: {name}: {reason}")
    for note in setting.notes:
        print(f"note: {note}")
    if earlier:
        print(f"earlier results: {earlier}")
    print(f"results: {arguments.out}" if done else "nothing was measured, so no results were written")
    print(f"what llama.cpp said: {setting.log}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
