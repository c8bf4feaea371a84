"""Trains hearth for one leg of config.py from the shipped master, or goes on from the leg's last checkpoint.

    python train.py RUN_DIR BANK MODEL_DIR [MINUTES]

Stops after MINUTES with a checkpoint; the same command goes on. The same steps give the same weights on one device and
thread count (environment variable THREADS, 3 if nothing is said), however often they are interrupted.
"""
import json
import os
import sys
import time
import zlib
from pathlib import Path

import torch

from config import BATCH, LEG, MODEL, SHELVES
from data import batches
from grow import grow
from losses import picture_loss
from model import Hearth
from talk import Talk

SEED, THREADS = 11, int(os.environ.get("THREADS", "3"))


def position(step):
    """Stage and learning rate at a step of the whole plan."""
    for stage, steps, start, end in LEG:
        if step < steps:
            return stage, start + (end - start) * step / steps
        step -= steps
    raise ValueError("past the end of the plan")


def is_text(name):
    return not name.startswith(("vision.", "cell.", "helper.", "item_embed."))


def prepare(model, stage):
    """Only the stage's side learns; a frozen picture side also keeps its batch statistics."""
    model.train()
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(stage == "joint" or is_text(name) == (stage == "decoder"))
    if stage == "decoder":
        model.vision.eval()


def save(path, model, optimizer, step):
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def main(folder, bank, master, minutes=95):
    folder, master, deadline = Path(folder), Path(master), time.time() + 60 * float(minutes)
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    talk = Talk(folder)
    config = MODEL | talk.ids()
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    model, step, total = Hearth(config), 0, sum(p[1] for p in LEG)
    model.vision.stem.to(memory_format=torch.channels_last)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0}], lr=1e-3, betas=(0.9, 0.98))
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        kept = torch.load(checkpoint)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        step = kept["step"]
    seed = zlib.crc32((master / "model.safetensors").read_bytes()[-4096:])
    started, last = time.time(), None
    for batch, scenes in batches(bank, step, total, seed, BATCH, SHELVES, config["image_size"]):
        if step == 0:
            grow(model, talk.tokenizer, master, torch.from_numpy(batch["picture"]))
        stage, rate = position(step)
        if stage != last:
            prepare(model, stage)
            last = stage
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 200)
        t = {name: torch.from_numpy(value) for name, value in batch.items()}
        with torch.autocast("cpu", torch.bfloat16):
            with torch.set_grad_enabled(stage != "decoder"):
                seen = model.see(t["picture"])
            with torch.autocast("cpu", enabled=False):
                loss, parts = (0, {}) if stage == "decoder" else picture_loss(model, seen, t)
            if stage != "encoder":
                spoken, more = talk.loss(model, seen, scenes, step)
                loss, parts = loss + spoken, parts | more
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 20 == 0:
            parts = {"loss": float(loss.detach())} | parts
            print(f"{step}/{total} {stage} {time.time() - started:.0f}s " + " ".join(f"{k} {v:.3f}" for k, v in parts.items()), flush=True)
            with open(folder / "log.jsonl", "a") as log:
                log.write(json.dumps({"step": step, "stage": stage} | {k: round(v, 4) for k, v in parts.items()}) + "\n")
        if step % 200 == 0 or step == total or time.time() > deadline:
            save(checkpoint, model, optimizer, step)
        if time.time() > deadline:
            break
    if step == total:
        (folder / "finished").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
