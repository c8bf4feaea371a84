#!/usr/bin/env python3
"""Reads many documents in one run and prints how the memory of Millrace and of the programs that it starts develops.

    python many.py MILLRACE PIPELINE FOLDER… [--count 500]

The documents of the folders are repeated, each copy with other bytes at its end, so that none is recognised as known.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def resident(process):
    """(MiB of the process, MiB of it and all that it started)."""
    own, tree = 0, 0
    parents, sizes = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)], sizes[int(entry.name)] = int(fields[1]), int(fields[21]) * 4096 / 2**20
    for number, size in sizes.items():
        ancestor = number
        while ancestor > 1 and ancestor != process:
            ancestor = parents.get(ancestor, 0)
        if ancestor == process:
            tree += size
            own += size if number == process else 0
    return own, tree


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("millrace")
    parser.add_argument("pipeline")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--count", type=int, default=500)
    options = parser.parse_args()
    files = [path for folder in options.folders for path in sorted(pathlib.Path(folder).glob("*.pdf"))]
    with tempfile.TemporaryDirectory(prefix="millrace-many-") as work:
        inbox = pathlib.Path(work, "inbox")
        inbox.mkdir()
        for number in range(options.count):
            path = files[number % len(files)]
            (inbox / f"{number:04}-{path.name}").write_bytes(path.read_bytes() + b"\n%% %d\n" % number)
        start = time.monotonic()
        process = subprocess.Popen(
            [options.millrace, "run", options.pipeline, "--set", f"inbox={inbox}", "--set", f"out={work}/out",
             "--set", "password=millrace"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        samples, printed = [], 0
        while process.poll() is None:
            own, tree = resident(process.pid)
            done = len(list(pathlib.Path(work, "out/documents").glob("*.pdf.json"))) if os.path.isdir(f"{work}/out/documents") else 0
            samples.append((done, own, tree))
            if done >= printed + options.count // 10:
                printed = done
                print(f"{done:5} documents, {time.monotonic() - start:6.0f} s: {own:5.0f} MiB, with its programs {tree:5.0f} MiB", flush=True)
            time.sleep(0.25)
        seconds = time.monotonic() - start
        print(process.stdout.read().split("\n")[0])
        middle = [own for done, own, _ in samples if options.count * 0.2 <= done < options.count * 0.4]
        late = [own for done, own, _ in samples if options.count * 0.8 <= done]
        mean = lambda values: sum(values) / max(len(values), 1)
        print(f"{options.count} documents in {seconds:.0f} s; most {max(own for _, own, _ in samples):.0f} MiB, with its programs "
              f"{max(tree for _, _, tree in samples):.0f} MiB; mean {mean(middle):.0f} MiB between 20 and 40 %, {mean(late):.0f} MiB beyond 80 %")
        sys.exit(0 if process.returncode == 0 else 1)


if __name__ == "__main__":
    main()
