"""Trains ledger on banks, or goes on from the last checkpoint.

    python train.py RUN_DIR STEPS MINUTES BANK.npz...

Stops after MINUTES with a checkpoint; the same command goes on. `RUN_DIR/start.safetensors`, if it is there (the F16
master, say), gives the first weights. The same steps give the same weights on one device and
thread count, however they are cut into legs.
"""
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from config import BATCH_TOKENS, MODEL, RATE
from model import Ledger

SEED, THREADS = 11, 1


def read(paths):
    banks = [np.load(p) for p in paths]
    offsets, base = [np.zeros(1, np.int64)], 0
    for bank in banks:
        offsets.append(bank["offsets"][1:] + base)
        base = offsets[-1][-1]
    join = lambda name: np.concatenate([bank[name] for bank in banks])
    offsets = np.concatenate(offsets)
    return (join("hashes") % MODEL["hash_buckets"]).astype(np.int64), join("flags"), join("tags"), join("kinds"), offsets, np.argsort(np.diff(offsets), kind="stable")


def batch(bank, step):
    """Windows of random reports, about as many tokens as BATCH_TOKENS."""
    hashes, flags, tags, kinds, offsets, order = bank
    r = np.random.default_rng([SEED, step])
    count, chosen = len(order), []
    if r.random() < 0.7:
        # reports of about one length, one a row
        at = int(r.integers(count))
        size = min(int(offsets[order[at] + 1] - offsets[order[at]]), MODEL["window"])
        rows = max(1, BATCH_TOKENS // size)
        near = order[max(0, at - count // 50 - rows):at + 1]
        for d in r.choice(near, rows, replace=rows > len(near)):
            chosen.append([(offsets[d], min(offsets[d + 1], offsets[d] + size))])
    else:
        # whole windows filled with several reports, the last one cut, so that a window's edge is nothing special
        size = MODEL["window"]
        rows = BATCH_TOKENS // size
        for _ in range(rows):
            row, left = [], size
            while left > 8:
                d = r.integers(count)
                start, end = offsets[d], offsets[d + 1]
                start = start if row else r.integers(start, end)
                end = min(end, start + left)
                row.append((start, end))
                left -= end - start
            chosen.append(row)
    b = np.zeros((rows, size, 4), np.int64)
    f = np.zeros((rows, size, len(MODEL["flags"])), np.float32)
    t, k, m = np.full((rows, size), 255, np.int64), np.full((rows, size), 255, np.int64), np.zeros((rows, size), bool)
    for i, row in enumerate(chosen):
        at = 0
        for start, end in row:
            n = end - start
            b[i, at:at + n] = hashes[start:end]
            f[i, at:at + n] = np.unpackbits(flags[start:end], axis=1)[:, :len(MODEL["flags"])]
            t[i, at:at + n], k[i, at:at + n], m[i, at:at + n] = tags[start:end], kinds[start:end], True
            at += n
    # unknown words: all of a token's hashes, or some, become random
    share = r.choice([0.05, 0.12, 0.25])
    whole = r.random((rows, size)) < share
    for j in range(3):
        where = whole & (r.random((rows, size)) < (1.0 if j == 0 else 0.7))
        b[..., j][where] = r.integers(0, MODEL["hash_buckets"], where.sum())
    return [torch.from_numpy(a) for a in (b, f, t, k, m)]


def main(folder, steps, minutes, *banks):
    folder, steps, deadline = Path(folder), int(steps), time.time() + 60 * float(minutes)
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    bank = read(banks)
    (folder / "config.json").write_text(json.dumps(MODEL, indent=1, ensure_ascii=False) + "\n")
    model, step = Ledger(MODEL), 0
    matrices = [p for n, p in model.named_parameters() if p.ndim > 1 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if not (p.ndim > 1 and "embed" not in n)]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0}], lr=1e-3, betas=(0.9, 0.98))
    checkpoint = folder / "checkpoint.pt"
    start = folder / "start.safetensors"
    if start.exists() and not checkpoint.exists():
        # a new plan that begins with the weights of an earlier one; flags that are new since then begin at zero
        weights = load_file(start)
        new = torch.zeros(MODEL["hidden_size"], len(MODEL["flags"]))
        new[:, :weights["flags.weight"].shape[1]] = weights["flags.weight"]
        model.load_state_dict({name: value.float() for name, value in weights.items()} | {"flags.weight": new})
    if checkpoint.exists():
        kept = torch.load(checkpoint)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        step = kept["step"]
    model.train()
    started, seen, total = time.time(), 0, 0.0
    log = open(folder / "log.txt", "a")
    while step < steps:
        rate = RATE * min(1, (step + 1) / 100) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        torch.manual_seed(SEED + step)
        b, f, t, k, m = batch(bank, step)
        with torch.autocast("cpu", torch.bfloat16):
            tags, kinds = model(b, f, m, 0.1)
        loss_t = F.cross_entropy(tags.float().flatten(0, 1), t.flatten(), ignore_index=255, label_smoothing=0.02)
        loss_k = F.cross_entropy(kinds.float().flatten(0, 1), k.flatten(), ignore_index=255)
        loss = loss_t + 0.2 * loss_k
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        seen += int(m.sum())
        total += float(loss_t.detach())
        if step % 50 == 0:
            line = f"{step}/{steps} {time.time() - started:.0f}s {seen / (time.time() - started):.0f} tokens/s tags {total / 50:.4f} kinds {float(loss_k.detach()):.3f}"
            print(line, flush=True)
            print(line, file=log, flush=True)
            total = 0.0
        if step % 300 == 0 or step == steps or time.time() > deadline:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
        if time.time() > deadline:
            break
    if step == steps:
        (folder / "finished").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
