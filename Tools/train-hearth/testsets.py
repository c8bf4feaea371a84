"""Writes the test sets of `millrace eval hearth`: one folder per split with pictures and ground-truth.json.

    python testsets.py BANKS OUT [SCENES]

ground-truth.json is the ground truth that `sink.report` reads, too: `frames` with `file`, `objects` (`label`, `state`, `box`), `people`,
`activity`, `light`, and here also `questions` (`ask`, `answer`). Splits of scenes: validation, views, instances, compositions.
Splits `names-views` and `names-instances` show one thing each. `added` has, per name that training never shows, eight
pictures to learn it from (`NAME/learn`) and pictures to find it in.
"""
import json
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from catalogue import added, usable
from compose import random_scene, shelf
from config import MODEL
from itembank import Bank
from talk import description, question

SIDE, SEED = 224, 424242
NAMES = MODEL["item_names"]
LABELS = [item.name for item in usable()]


def truth_of(scene, file, rng):
    answer = description(scene.things, scene)
    for o, t in zip(answer["objects"], scene.things):
        o["box"] = [round(v, 4) for v in t.box]
    asked = [question(scene, rng) for _ in range(2)] if all(t.kind < len(NAMES) for t in scene.things) else []
    return {"file": file, **answer, "questions": [{"ask": q, "answer": json.loads(a)} for q, a in asked]}


def write(folder, scenes, rng):
    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    for number, scene in enumerate(scenes):
        file = f"{number:04}.png"
        Image.fromarray(scene.picture).save(folder / file, compress_level=1)
        frames.append(truth_of(scene, file, rng))
    (folder / "ground-truth.json").write_text(json.dumps({"frames": frames, "events": [], "actions": []}, indent=0) + "\n")
    print(f"{folder}: {len(frames)} pictures", flush=True)


def main(banks, out, count=400):
    banks, out, count = Path(banks), Path(out), int(count)
    for split, bank in (("validation", "validation"), ("views", "views"), ("instances", "instances"), ("compositions", "views")):
        rng, bank = np.random.default_rng([SEED, zlib.crc32(split.encode())]), Bank(banks / bank)
        write(out / split, [random_scene(bank, rng, split, SIDE) for _ in range(count)], rng)
    for split in ("views", "instances"):
        rng, bank = np.random.default_rng([SEED, 1, zlib.crc32(split.encode())]), Bank(banks / split)
        kinds = [k for k in sorted(bank.of) if k < len(NAMES)]
        write(out / f"names-{split}", [shelf(bank, rng, split, SIDE, [k]) for k in kinds for _ in range(2)], rng)
    rng, bank = np.random.default_rng([SEED, 2]), Bank(banks / "added")
    for item in added():
        kind = LABELS.index(item.name)
        for part, number in (("learn", 8), ("find", 12)):
            write(out / "added" / item.name / part, [shelf(bank, rng, "views", SIDE, [kind]) for _ in range(number)], rng)


if __name__ == "__main__":
    main(*sys.argv[1:])
