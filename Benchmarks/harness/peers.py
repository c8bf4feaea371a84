"""llama.cpp in processes of their own, kept alive between runs so that loading is paid once."""
import json
import os
import subprocess
import sys

from harness import results

PEER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peer.py")


class PeerDied(RuntimeError):
    """The peer's process ended; llama.cpp crashed."""


class Peer:
    """One llama.cpp process with one model."""

    def __init__(self, log, amx=True):
        self.log, self.begin = log, results.size(log)
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, PEER] + ([] if amx else ["--no-amx"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, text=True)

    def __call__(self, do, **arguments):
        try:
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise PeerDied(f"llama.cpp ended with {self.process.wait()} at {do} {arguments}{self.said()}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"] + self.said())
        return answer

    def said(self):
        """The last lines that this process wrote, to be put behind a message."""
        text = results.tail(self.log, self.begin)
        return f":\n{text}" if text else ""

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


# Ways to run llama.cpp on a file: its default, and what a user may turn off.
VARIANTS = {
    "default": {"amx": True, "repack": True},
    "without AMX": {"amx": False, "repack": True},
    "without repack": {"amx": True, "repack": False},
}


def has_amx():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        return " amx_int8" in info.read()


class Peers:
    """The peers of one model, one per variant; closed together."""

    def __init__(self, model, log, note):
        self.model = model
        self.log = log
        self.note = note
        self.open = {}
        self.crashed = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for peer in self.open.values():
            peer.close()
        self.open = {}

    def names(self):
        """The variants that differ here."""
        self["default"]  # shows whether it goes with AMX
        return [name for name in VARIANTS if name != "without AMX" or has_amx() and "default" not in self.crashed]

    def title(self, variant="default", how=""):
        """What the table calls a peer that was started."""
        return f"llama.cpp{how}" + (" but without AMX, with which it crashed" if variant in self.crashed else "")

    def __getitem__(self, name):
        if name not in self.open:
            self.open[name] = self._start(name)
        return self.open[name]

    def _start(self, name):
        variant = VARIANTS[name]
        peer = Peer(self.log, variant["amx"])
        try:
            peer("open", model=self.model, repack=variant["repack"])
            # With AMX llama.cpp crashes where the compiler dropped half of its tile configuration; better known now than later.
            peer("context", capacity=256, threads=1)
            peer("prefill", tokens=33)
            return peer
        except PeerDied:
            peer.close()
            if not variant["amx"]:
                raise
            self.crashed.add(name)
            self.note("llama.cpp crashed with AMX, as this build has it; it was measured without")
            peer = Peer(self.log, amx=False)
            peer("open", model=self.model, repack=variant["repack"])
            return peer
