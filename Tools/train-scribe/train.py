"""Trains scribe on token streams, or goes on from the last checkpoint.

    python train.py RUN_DIR STREAM_DIR MINUTES

Stops after MINUTES with a checkpoint; the same command goes on. `RUN_DIR/start.safetensors` (the F16 master, say) gives the
first weights. `RUN_DIR/plan.json` may replace entries of config.PLAN. The same steps give the same weights on one device and thread count.
"""
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from config import MODEL, PLAN
from model import Scribe, TiedLoss, rounded
from muon import Muon

SEED = 17


class Streams:
    """Rows of tokens by domain, every row of a stream once before any comes again."""

    def __init__(self, folder, shares):
        self.names = [n for n in shares]
        self.data = {n: np.memmap(Path(folder) / f"{n}.bin", np.uint16, "r") for n in self.names}
        self.edges = np.cumsum([shares[n] for n in self.names]) / sum(shares.values())
        self.cursors = dict.fromkeys(self.names, 0)
        self.orders = {}
        self.rows = 0

    def row(self, size):
        """`size` tokens and the one after; consecutive rows take turns so that every batch has nearly the wanted shares."""
        name = self.names[int(np.searchsorted(self.edges, (self.rows * 0.6180339887498949) % 1, side="right"))]
        self.rows += 1
        at, self.cursors[name] = self.cursors[name], self.cursors[name] + size
        data = self.data[name]
        count = (len(data) - 1) // size
        turn, place = divmod(at // size, count)
        if (name, turn, size) not in self.orders:
            self.orders[name, turn, size] = np.random.default_rng([SEED, turn, len(name), size]).permutation(count)
        start = int(self.orders[name, turn, size][place]) * size
        return name, data[start:start + size + 1].astype(np.int64)


def rate_at(step, plan):
    """Warm-up, constant, then linearly to zero."""
    return min(1.0, (step + 1) / plan["warmup"], (plan["steps"] - step) / plan["decay"])


def main(folder, streams, minutes):
    folder, deadline = Path(folder), time.time() + 60 * float(minutes)
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "4")))
    torch.manual_seed(SEED)
    plan = PLAN | (json.loads((folder / "plan.json").read_text()) if (folder / "plan.json").exists() else {})
    model, streams, step = Scribe(MODEL), Streams(streams, plan["shares"]), 0
    hidden = [(n, p) for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    muon, adam = Muon(hidden), torch.optim.AdamW(others, betas=(0.9, 0.95), weight_decay=0.0)
    checkpoint, start = folder / "checkpoint.pt", folder / "start.safetensors"
    if checkpoint.exists():
        kept = torch.load(checkpoint)
        model.load_state_dict(kept["model"])
        adam.load_state_dict(kept["adam"])
        muon.state, step, streams.cursors, streams.rows = kept["muon"], kept["step"], kept["cursors"], kept["rows"]
    elif start.exists():
        model.load_state_dict({n.removeprefix("model."): v.float() for n, v in load_file(start).items()})
    # the products run in bfloat16 on a copy of the weights, the steps on the weights themselves
    working = Scribe(MODEL).to(torch.bfloat16)
    pairs = list(zip(model.parameters(), working.parameters(), [n for n, _ in model.named_parameters()]))
    log, began, seen, losses, saved = open(folder / "log.jsonl", "a"), time.time(), 0, {}, time.time()
    while step < plan["steps"]:
        rate = rate_at(step, plan)
        size = plan["long"] if step >= plan["steps"] - plan["long_steps"] else plan["length"]
        with torch.no_grad():
            for master, copy, name in pairs:
                copy.copy_(rounded(master) if step >= plan["steps"] - plan["rounded_steps"] and ("mlp" in name or "self_attn" in name) else master)
        working.zero_grad()
        left = plan["batch"]
        while left > 0:
            rows = [streams.row(size) for _ in range(max(1, plan["micro"] // size))]
            tokens = torch.from_numpy(np.stack([r for _, r in rows]))
            states = working(tokens[:, :-1])
            loss, each = TiedLoss.apply(states.flatten(0, 1), working.embed_tokens.weight, tokens[:, 1:].flatten(), torch.full((states.shape[0] * size,), 1 / plan["batch"]))
            loss.backward()
            for (name, _), value in zip(rows, each.view(len(rows), size).mean(1).tolist()):
                losses.setdefault(name, []).append(value)
            left -= len(rows) * size
            seen += len(rows) * size
        for master, copy, _ in pairs:
            master.grad = copy.grad.float()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        muon.step(plan["muon_rate"] * rate)
        for group in adam.param_groups:
            group["lr"] = plan["adam_rate"] * rate
        adam.step()
        step += 1
        if step % 20 == 0:
            line = {"step": step, "tokens": step * plan["batch"], "rate": round(rate, 4), "loss": {n: round(float(np.mean(v)), 3) for n, v in sorted(losses.items())}, "tokens_per_second": round(seen / (time.time() - began))}
            print(json.dumps(line), flush=True)
            print(json.dumps(line), file=log, flush=True)
            losses = {}
        stop = time.time() > deadline
        if time.time() - saved > 120 or stop or step == plan["steps"]:
            torch.save({"model": model.state_dict(), "adam": adam.state_dict(), "muon": muon.state, "step": step, "cursors": streams.cursors, "rows": streams.rows}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
            saved = time.time()
        if stop:
            break
    if step == plan["steps"]:
        (folder / "finished").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
