"""Trains scribe on token streams, or goes on from the last checkpoint.

    python train.py RUN_DIR STREAM_DIR MINUTES

A run begins with few layers, which is cheaper, and puts the others between them at a step of the plan. Stops after MINUTES with a
checkpoint; the same command goes on. `RUN_DIR/start.safetensors` (the F16 master, say) gives the
first weights, and config.LEG is then the plan. `RUN_DIR/plan.json` may replace entries of it. The same steps give the same
weights on one device, whatever the number of threads (environment variable THREADS, 4 if nothing is said).
"""
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from config import LEG, MODEL, PLAN, ROUNDED
from model import Scribe, TiedLoss, rounded
from muon import Muon

# what the prediction of a token of a prompt weighs, against one of an answer or a text
SEED, PROMPT = 17, 0.15


class Streams:
    """Rows of tokens by domain, every row of a stream once before any comes again."""

    def __init__(self, folder, shares):
        self.names = [n for n in shares]
        self.data = {n: np.memmap(Path(folder) / f"{n}.bin", np.uint16, "r") for n in self.names}
        self.counts = {n: np.memmap(Path(folder) / f"{n}.counts", np.uint8, "r") for n in self.names}
        self.edges = np.cumsum([shares[n] for n in self.names]) / sum(shares.values())
        self.cursors = dict.fromkeys(self.names, 0)
        self.orders = {}
        self.rows = 0

    def row(self, size):
        """`size` tokens and the one after, and the weight of each but the first; consecutive rows take turns so that every batch has nearly the wanted shares."""
        name = self.names[int(np.searchsorted(self.edges, (self.rows * 0.6180339887498949) % 1, side="right"))]
        self.rows += 1
        at, self.cursors[name] = self.cursors[name], self.cursors[name] + size
        data = self.data[name]
        count = (len(data) - 1) // size
        turn, place = divmod(at // size, count)
        if (name, turn, size) not in self.orders:
            self.orders[name, turn, size] = np.random.default_rng([SEED, turn, len(name), size]).permutation(count)
        start = int(self.orders[name, turn, size][place]) * size
        return name, data[start:start + size + 1].astype(np.int64), np.where(self.counts[name][start + 1:start + size + 1], 1, PROMPT).astype(np.float32)


def rate_at(step, plan):
    """Warm-up, constant, then linearly to zero."""
    return min(1.0, (step + 1) / plan["warmup"], (plan["steps"] - step) / plan["decay"])


def grown(state, depth):
    """The state of a model with `depth` layers from one with fewer: after each layer copies of it that add nothing yet."""
    kept = 1 + max(int(n.split(".")[1]) for n in state if n.startswith("layers."))
    new = {n: v for n, v in state.items() if not n.startswith("layers.")}
    for layer in range(depth):
        source = layer * kept // depth
        copied = layer > 0 and (layer - 1) * kept // depth == source
        for name, value in state.items():
            if name.startswith(f"layers.{source}."):
                silent = copied and name.endswith(("o_proj.weight", "down_proj.weight"))
                new[f"layers.{layer}." + name.split(".", 2)[2]] = torch.zeros_like(value) if silent else value.clone()
    return new


class Training:
    """A model of some depth, the copy of it that computes in bfloat16, and their optimizers."""

    def __init__(self, depth, state=None):
        config = MODEL | {"num_hidden_layers": depth}
        self.depth, self.model, self.working = depth, Scribe(config), Scribe(config).to(torch.bfloat16)
        if state is not None:
            self.model.load_state_dict(grown(state, depth))
        named = list(self.model.named_parameters())
        self.pairs = [(p, c, n) for (n, p), c in zip(named, self.working.parameters())]
        self.others = [p for n, p in named if p.ndim != 2 or "embed" in n]
        self.muon = Muon([(n, p) for n, p in named if p.ndim == 2 and "embed" not in n])
        self.adam = torch.optim.AdamW(self.others, betas=(0.9, 0.95), weight_decay=0.0)

    def gradients(self, rows):
        """The mean loss of a token of each row, and the gradients of the weighted sum of all."""
        tokens, weights = (torch.from_numpy(np.stack(part)) for part in zip(*rows))
        with torch.enable_grad():
            states = self.working(tokens[:, :-1])
            loss, each = TiedLoss.apply(states.flatten(0, 1), self.working.embed_tokens.weight, tokens[:, 1:].flatten(), weights.flatten())
            return ((each.view_as(weights) * weights).sum(1) / weights.sum(1)).tolist(), torch.autograd.grad(loss, [copy for _, copy, _ in self.pairs])

    def step(self, plan, rate, parts, pool):
        """One step from the gradients of the parts of a batch, which are added in their order."""
        def add(at):
            total = parts[0][at].float()
            for part in parts[1:]:
                total += part[at]
            self.pairs[at][0].grad = total.div_(plan["batch"])
        list(pool.map(add, range(len(self.pairs))))
        torch.nn.utils.clip_grad_norm_(self.others, 1.0)
        self.muon.step(plan["muon_rate"] * rate, pool)
        for group in self.adam.param_groups:
            group["lr"] = plan["adam_rate"] * rate
        self.adam.step()


def main(folder, streams, minutes):
    folder, deadline = Path(folder), time.time() + 60 * float(minutes)
    folder.mkdir(parents=True, exist_ok=True)
    # each thread works on its own part of a batch: on a busy machine none of them waits for another within a product
    torch.set_num_threads(1)
    pool = ThreadPoolExecutor(int(os.environ.get("THREADS", "4")), initializer=torch.set_num_threads, initargs=(1,))
    torch.manual_seed(SEED)
    checkpoint, start = folder / "checkpoint.pt", folder / "start.safetensors"
    plan = PLAN | (LEG if start.exists() else {}) | (json.loads((folder / "plan.json").read_text()) if (folder / "plan.json").exists() else {})
    streams, step, full = Streams(streams, plan["shares"]), 0, MODEL["num_hidden_layers"]
    if checkpoint.exists():
        kept = torch.load(checkpoint)
        now = Training(kept["depth"], kept["model"])
        now.adam.load_state_dict(kept["adam"])
        now.muon.state, step, streams.cursors, streams.rows = kept["muon"], kept["step"], kept["cursors"], kept["rows"]
    elif start.exists():
        now = Training(full, {n.removeprefix("model."): v.float() for n, v in load_file(start).items()})
    else:
        now = Training(plan["first_layers"])
    log, began, seen, losses, saved = open(folder / "log.jsonl", "a"), time.time(), 0, {}, time.time()
    while step < plan["steps"]:
        if step >= plan["grow_at"] and now.depth < full:
            now = Training(full, now.model.state_dict())
        rate = rate_at(step, plan)
        size = plan["long"] if step >= plan["steps"] - plan["long_steps"] else plan["length"] if now.depth == full else plan["short"]
        with torch.no_grad():
            for master, copy, name in now.pairs:
                copy.copy_(rounded(master) if step >= plan["steps"] - plan["rounded_steps"] and name.endswith(ROUNDED) else master)
        rows = [streams.row(size) for _ in range(plan["batch"] // size)]
        many = max(1, plan["micro"] // size)
        parts = list(pool.map(now.gradients, [[r for _, *r in rows[at:at + many]] for at in range(0, len(rows), many)]))
        for (name, *_), value in zip(rows, [value for each, _ in parts for value in each]):
            losses.setdefault(name, []).append(value)
        seen += len(rows) * size
        now.step(plan, rate, [gradients for _, gradients in parts], pool)
        step += 1
        if step % 10 == 0:
            line = {"step": step, "tokens": step * plan["batch"], "layers": now.depth, "rate": round(rate, 4), "loss": {n: round(float(np.mean(v)), 3) for n, v in sorted(losses.items())}, "tokens_per_second": round(seen / (time.time() - began))}
            print(json.dumps(line), flush=True)
            print(json.dumps(line), file=log, flush=True)
            losses = {}
        stop = time.time() > deadline
        if time.time() - saved > 120 or stop or step == plan["steps"]:
            torch.save({"depth": now.depth, "model": now.model.state_dict(), "adam": now.adam.state_dict(), "muon": now.muon.state, "step": step, "cursors": streams.cursors, "rows": streams.rows}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
            saved = time.time()
        if stop:
            break
    if step == plan["steps"]:
        (folder / "finished").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
