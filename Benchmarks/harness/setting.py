"""One run of the benchmark: what it may use, and how rows are measured in it."""
import contextlib
import json
import os
import subprocess

import random_model
from harness import machine
from harness.peers import Peers


class Skip(Exception):
    """A row cannot be measured here; its text says why."""


class Setting:
    def __init__(self, millrace, models, shape="1.5b", blocks=("Q4_K_M", "Q8_0", "Q4_0"), repetitions=5, asked=()):
        self.millrace = millrace
        self.models = models
        self.shape = shape
        self.blocks = list(blocks)
        self.repetitions = repetitions
        self.asked = set(asked)
        self.cores = machine.cores()
        self.limits = {}
        self.notes = []
        self.options = subprocess.run([millrace, "bench", "--help"], check=True, capture_output=True, text=True).stdout

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
        path = os.path.join(self.models, f"random-{shape}-{blocks}.gguf")
        if os.path.exists(path):
            return path
        os.makedirs(self.models, exist_ok=True)
        if blocks not in random_model.QUANTIZED or shape in ("7b", "13b"):
            self.require_disk(random_model.byte_count(shape, blocks) * 5 // 4)
            random_model.write_atomically(path, shape, blocks=blocks)
            return path
        source = os.path.join(self.models, f"random-{shape}-F16.gguf")
        if not os.path.exists(source):
            self.require_disk(random_model.byte_count(shape, "F16") * 2)
            random_model.write_atomically(source, shape, blocks="F16")
        random_model.write_atomically(path, shape, kind=blocks, source=source)
        return path

    def require_disk(self, size):
        free = machine.free_disk(self.models)
        if free < size:
            raise Skip(f"{size / 2**30:.1f} GiB of disk are needed below {self.models}, and {free / 2**30:.1f} are free")

    def require_room(self, row, shape, blocks):
        """For rows with big models: these run when asked for by name, or when disk and memory have plenty."""
        size = random_model.byte_count(shape, blocks)
        if row in self.asked:
            return
        if machine.available_memory() < size * 3 // 2:
            raise Skip(f"the model of {size / 2**30:.1f} GiB wants half as much again of free memory; ROWS={row} tries all the same")
        if not os.path.exists(os.path.join(self.models, f"random-{shape}-{blocks}.gguf")) and \
                machine.free_disk(os.path.dirname(self.models)) < size * 3:
            raise Skip(f"the model of {size / 2**30:.1f} GiB wants three times as much free disk; ROWS={row} tries all the same")

    # --- Both sides ---

    def has_option(self, name):
        return name in self.options

    def bench(self, model, *options, environment=None, prefix=(), limits=False):
        """`millrace bench` on a model, once: its JSON object, with `rows` by test."""
        command = [*prefix, self.millrace, "bench", model, "--json", "--repetitions", "1", *map(str, options)]
        if not limits:
            command.append("--no-limits")
        result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})}, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {result.returncode}: {result.stderr.strip()}")
        report = json.loads(result.stdout)
        for limit in report["limits"]:
            self.limits.setdefault(str(limit["threads"]), []).append(limit)
        report["rows"] = {row["test"]: row for row in report["rows"]}
        return report

    def peers(self, model):
        return Peers(model, self.note)

    @contextlib.contextmanager
    def watched(self, peers):
        """Counts what other processes of the machine take during the block."""
        others = machine.Others()
        processes = lambda: machine.tree_seconds([peer.process for peer in peers.open.values()] if peers else [])
        with others.watch(processes):
            yield others


def rate(row):
    return row["tokensPerSecond"]["median"]


def percent(row):
    return row["roofline"]["percent"]
