"""Trains ledger on banks for one leg of config.py from the shipped master, or goes on from the leg's last checkpoint.

    python train.py RUN_DIR MODEL_DIR MINUTES HELD_OUT.npz BANK.npz...

Stops after MINUTES with a checkpoint; the same command goes on. The same steps give the same weights on one device and
thread count, however often they are interrupted.
"""
import json
import math
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from config import BATCH_TOKENS, MODEL, RATE, STEPS, WARM
from model import Ledger

THREADS = 1


def read(paths):
    banks = [np.load(p) for p in paths]
    offsets, base = [np.zeros(1, np.int64)], 0
    for bank in banks:
        offsets.append(bank["offsets"][1:] + base)
        base = offsets[-1][-1]
    join = lambda name: np.concatenate([bank[name] for bank in banks])
    offsets = np.concatenate(offsets)
    return (join("hashes") % MODEL["hash_buckets"]).astype(np.int64), join("flags"), join("tags"), join("kinds"), offsets, np.argsort(np.diff(offsets), kind="stable")


def batch(bank, seed, step):
    """Windows of random reports, about as many tokens as BATCH_TOKENS."""
    hashes, flags, tags, kinds, offsets, order = bank
    r = np.random.default_rng([seed, step])
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


def tensors(bank, rows):
    """The reports `rows` of a bank as one batch, without disturbance."""
    hashes, flags, tags, kinds, offsets, _ = bank
    size = max(min(int(offsets[d + 1] - offsets[d]), MODEL["window"]) for d in rows)
    b, f = np.zeros((len(rows), size, 4), np.int64), np.zeros((len(rows), size, len(MODEL["flags"])), np.float32)
    t, k, m = np.full((len(rows), size), 255, np.int64), np.full((len(rows), size), 255, np.int64), np.zeros((len(rows), size), bool)
    for i, d in enumerate(rows):
        start, end = offsets[d], min(offsets[d + 1], offsets[d] + size)
        n = end - start
        b[i, :n], f[i, :n] = hashes[start:end], np.unpackbits(flags[start:end], axis=1)[:, :len(MODEL["flags"])]
        t[i, :n], k[i, :n], m[i, :n] = tags[start:end], kinds[start:end], True
    return [torch.from_numpy(a) for a in (b, f, t, k, m)]


def losses(model, data, drop):
    """Loss of the tags, loss of the kinds, share of right tags among the tokens of entities."""
    b, f, t, k, m = data
    with torch.autocast("cpu", torch.bfloat16):
        tags, kinds = model(b, f, m, drop)
    loss_t = F.cross_entropy(tags.float().flatten(0, 1), t.flatten(), ignore_index=255, label_smoothing=0.02)
    loss_k = F.cross_entropy(kinds.float().flatten(0, 1), k.flatten(), ignore_index=255)
    inside = (t > 0) & (t < 255)
    return loss_t, loss_k, float((tags.argmax(-1) == t)[inside].float().mean())


def held_out(model, bank):
    """Loss and accuracy on reports of their own, of the training families."""
    model.eval()
    with torch.no_grad():
        order = bank[5]
        found = [losses(model, tensors(bank, order[i:i + 32]), 0.0) for i in range(0, len(order), 32)]
    model.train()
    return {"held_out_loss": round(sum(float(l) for l, _, _ in found) / len(found), 4), "held_out_accuracy": round(sum(a for _, _, a in found) / len(found), 4)}


def main(folder, master, minutes, held, *banks):
    folder, deadline = Path(folder), time.time() + 60 * float(minutes)
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(THREADS)
    # every leg sees other batches: they follow from the weights that it starts from
    seed = zlib.crc32((Path(master) / "model.safetensors").read_bytes())
    bank, held = read(banks), read([held])
    (folder / "config.json").write_text(json.dumps(MODEL, indent=1, ensure_ascii=False) + "\n")
    model, step = Ledger(MODEL), 0
    matrices = [p for n, p in model.named_parameters() if p.ndim > 1 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if not (p.ndim > 1 and "embed" not in n)]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0}], lr=1e-3, betas=(0.9, 0.98))
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        kept = torch.load(checkpoint)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        step = kept["step"]
    else:
        # a leg begins with the weights of the master; flags that are new since then begin at zero
        weights = load_file(Path(master) / "model.safetensors")
        new = torch.zeros(MODEL["hidden_size"], len(MODEL["flags"]))
        new[:, :weights["flags.weight"].shape[1]] = weights["flags.weight"]
        model.load_state_dict({name: value.float() for name, value in weights.items()} | {"flags.weight": new})
    model.train()
    started, sums, log = time.time(), np.zeros(4), open(folder / "log.jsonl", "a")
    while step < STEPS:
        rate = RATE * min(1, (step + 1) / WARM) * 0.5 * (1 + math.cos(math.pi * step / STEPS))
        for group in optimizer.param_groups:
            group["lr"] = rate
        torch.manual_seed(seed + step)
        data = batch(bank, seed, step)
        loss_t, loss_k, accuracy = losses(model, data, 0.1)
        optimizer.zero_grad(set_to_none=True)
        (loss_t + 0.2 * loss_k).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        sums += (float(loss_t.detach()), float(loss_k.detach()), accuracy, int(data[4].sum()))
        if step % 20 == 0:
            loss, kinds, accuracy, seen = sums / 20
            line = {"step": step, "loss": round(loss, 4), "kinds_loss": round(kinds, 4), "accuracy": round(accuracy, 4), "rate": float(f"{rate:.3g}"),
                    "tokens": int(20 * seen), "seconds": round(time.time() - started, 1)}
            if step % 200 == 0:
                line |= held_out(model, held)
            print(json.dumps(line), file=log, flush=True)
            print(json.dumps(line), flush=True)
            sums[:] = 0
        if step % 100 == 0 or step == STEPS or time.time() > deadline:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
        if time.time() > deadline:
            break
    if step == STEPS:
        (folder / "finished").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
