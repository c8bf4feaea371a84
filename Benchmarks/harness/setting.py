"""One run of the benchmark: what it may use, and how rows are measured in it."""
import json
import os
import subprocess
import sys

import random_model
from harness import disk, machine, results
from harness.peers import Peers

SHAPES = ("150m", "1.5b")
# Rows that write and read many gigabytes; a quick look goes without.
BIG_ROWS = ("first7b", "cgroup13b", "vision")
QUICK_SHAPE = "150m"
CACHE_LIMIT = "40G"  # more than the panels of all rows


class Skip(Exception):
    """A row cannot be measured here; its text says why."""


class Setting:
    def __init__(self, millrace, models, cache, log, shape="1.5b", blocks=("Q4_K_M", "Q8_0", "Q4_0"), repetitions=5, asked=()):
        self.millrace = millrace
        self.models = models
        self.log = log
        self.shape = shape
        self.blocks = list(blocks)
        self.repetitions = repetitions
        self.asked = set(asked)
        self.cores = machine.cores()
        self.limits = {}
        self.notes = []
        # A cache of panels for the benchmark alone.
        self.environment = {**os.environ, "MILLRACE_CACHE": cache, "MILLRACE_CACHE_LIMIT": CACHE_LIMIT}
        self.options = self.run("bench", "--help")

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def threads(self, *counts):
        """Those of `counts` that this machine has cores for."""
        for count in counts:
            if count > self.cores:
                self.note(f"rows of {count} threads were not measured: this machine has {self.cores} cores")
        return [count for count in counts if count <= self.cores]

    # --- Models ---

    def model(self, shape, blocks):
        """The path of a random model, written if it is not there yet."""
        path = disk.path(self.models, shape, blocks)
        if os.path.exists(path):
            return path
        # Room for the file and its panels.
        if disk.is_direct(shape, blocks):
            self.require_disk(random_model.byte_count(shape, blocks) * 2)
            self.write_model(path, "--shape", shape, "--blocks", blocks)
            return path
        source = disk.path(self.models, shape, "F16")
        if not os.path.exists(source):
            self.require_disk(random_model.byte_count(shape, "F16") + random_model.byte_count(shape, blocks) * 2)
            self.write_model(source, "--shape", shape, "--blocks", "F16")
        self.require_disk(random_model.byte_count(shape, blocks) * 2)
        self.write_model(path, "--shape", shape, "--quantize", blocks, "--source", source)
        return path

    def write_model(self, path, *options):
        """In a process of its own: llama.cpp's quantizer says a line per tensor, and memory is given back."""
        print(f"  writing {os.path.basename(path)} …", file=sys.stderr)
        begin = results.size(self.log)
        with open(self.log, "ab") as log:
            command = [sys.executable, random_model.__file__, path, *options]
            status = subprocess.run(command, stdout=log, stderr=log, check=False).returncode
        if status != 0:
            raise RuntimeError(f"{path} could not be written:\n{results.tail(self.log, begin)}")

    def require_disk(self, size):
        free = machine.free_disk(self.models)
        if free < size:
            raise Skip(f"{size / disk.GB:.1f} GB of disk are needed below {self.models}, and {free / disk.GB:.1f} are free, "
                       f"{(size - free) / disk.GB:.1f} too few")

    def left_out(self, row):
        """Whether a row with big models is left out of a quick look."""
        return row in BIG_ROWS and self.shape == QUICK_SHAPE and row not in self.asked

    def require_room(self, row, memory, size, written):
        """For rows with big models: these run when asked for by name, or when disk and memory have plenty."""
        if self.left_out(row):
            raise Skip(f"its models are big, and the shape {QUICK_SHAPE} is for a quick look; ROWS={row} measures it all the same")
        if row in self.asked:
            return
        free = machine.available_memory()
        if free < memory:
            raise Skip(f"{memory / disk.GB:.1f} GB of free memory are wanted, and {free / disk.GB:.1f} are there; "
                       f"ROWS={row} tries all the same")
        free = machine.free_disk(self.models)
        if not written and free < size:
            raise Skip(f"{size / disk.GB:.1f} GB of free disk are wanted, and {free / disk.GB:.1f} are there; "
                       f"ROWS={row} tries all the same")

    def require_room_for_model(self, row, shape, blocks):
        size = random_model.byte_count(shape, blocks)
        self.require_room(row, size * 3 // 2, size * 3, os.path.exists(disk.path(self.models, shape, blocks)))

    # --- Both sides ---

    def run(self, *arguments, environment=None, prefix=()):
        """What the program prints."""
        command = [*prefix, self.millrace, *map(str, arguments)]
        result = subprocess.run(
            command, capture_output=True, text=True, env={**self.environment, **(environment or {})}, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {result.returncode}: {result.stderr.strip()[-500:]}")
        return result.stdout

    def has_option(self, name):
        return name in self.options

    def bench(self, model, *options, environment=None, prefix=(), limits=False):
        """`millrace bench` on a model, once: its JSON object, with `rows` by test."""
        arguments = ["bench", model, "--json", "--repetitions", 1, *options]
        if not limits:
            arguments.append("--no-limits")
        report = json.loads(self.run(*arguments, environment=environment, prefix=prefix))
        for limit in report["limits"]:
            self.limits.setdefault(str(limit["threads"]), []).append(limit)
        report["rows"] = {row["test"]: row for row in report["rows"]}
        return report

    def peers(self, model):
        return Peers(model, self.log, self.note)


def rate(row):
    return row["tokensPerSecond"]["median"]


def percent(row):
    return row["roofline"]["percent"]
