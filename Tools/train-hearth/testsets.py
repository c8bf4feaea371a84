"""Writes the test sets of `millrace eval hearth`: one folder per split with pictures and ground-truth.json.

    python testsets.py BANKS OUT [SCENES [WORKERS]]

ground-truth.json is the ground truth that `sink.report` reads, too: `frames` with `file`, `objects` (`label`, `state`, `box`), `people`,
`activity`, `light`, and here also `questions` (`ask`, `answer`). Splits of scenes: validation, views, instances, compositions.
Splits `names-views` and `names-instances` show one thing each. `added` has, per name that training never shows, eight
pictures to learn it from (`NAME/learn`) and pictures to find it in; `added/like.json` names known things that it looks like.
`groups.json` lists the names by what training shows of them.
"""
import json
import multiprocessing
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from answers import description, question
from catalogue import added, table, trained, usable
from compose import random_scene, shelf
from config import MODEL
from itembank import Bank, sources

SIDE, SEED = 224, 424242
NAMES = MODEL["item_names"]
LABELS = [item.name for item in usable()]


def truth_of(scene, file, rng):
    answer = description(scene.things, scene)
    for o, t in zip(answer["objects"], scene.things):
        o["box"] = [round(v, 4) for v in t.box]
    asked = [question(scene, rng) for _ in range(2)] if all(t.kind < len(NAMES) for t in scene.things) else []
    return {"file": file, **answer, "questions": [{"ask": q, "answer": json.loads(a)} for q, a in asked]}


def groups():
    """Names by the best that training shows of them: models made by others, our own solids, drawings."""
    found = {"rendered models": [], "composed of solids": [], "drawings only": []}
    for item in trained():
        shown = {group for kind in sources(item, "train") for group, _ in kind}
        found["rendered models" if "model" in shown else "composed of solids" if "solid" in shown else "drawings only"].append(item.name)
    return found


def described():
    """Per name that training never shows, known things that it looks like."""
    alike, known = table("like.txt"), {item.name for item in trained()}
    assert set(alike) == {item.name for item in added()} and {name for names in alike.values() for name in names} <= known
    return alike


def store(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=0) + "\n")


def write(folder, scenes, rng):
    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    for number, scene in enumerate(scenes):
        file = f"{number:04}.png"
        Image.fromarray(scene.picture).save(folder / file, compress_level=1)
        frames.append(truth_of(scene, file, rng))
    store(folder / "ground-truth.json", {"frames": frames, "events": [], "actions": []})
    print(f"{folder}: {len(frames)} pictures", flush=True)


def write_scenes(banks, out, split, bank, count):
    rng, bank = np.random.default_rng([SEED, zlib.crc32(split.encode())]), Bank(banks / bank)
    write(out / split, [random_scene(bank, rng, split, SIDE) for _ in range(count)], rng)


def write_names(banks, out, split):
    rng, bank = np.random.default_rng([SEED, 1, zlib.crc32(split.encode())]), Bank(banks / split)
    kinds = [k for k in sorted(bank.of) if k < len(NAMES)]
    write(out / f"names-{split}", [shelf(bank, rng, split, SIDE, [k]) for k in kinds for _ in range(2)], rng)


def write_added(banks, out):
    rng, bank = np.random.default_rng([SEED, 2]), Bank(banks / "added")
    for item in added():
        kind = LABELS.index(item.name)
        for part, number in (("learn", 8), ("find", 12)):
            write(out / "added" / item.name / part, [shelf(bank, rng, "views", SIDE, [kind]) for _ in range(number)], rng)


def main(banks, out, count=300, workers=1):
    banks, out, count = Path(banks), Path(out), int(count)
    store(out / "groups.json", groups())
    store(out / "added" / "like.json", described())
    scenes = (("validation", "validation"), ("views", "views"), ("instances", "instances"), ("compositions", "views"))
    with multiprocessing.Pool(int(workers)) as pool:  # the longest first
        jobs = [pool.apply_async(write_names, (banks, out, split)) for split in ("views", "instances")]
        jobs += [pool.apply_async(write_scenes, (banks, out, split, bank, count)) for split, bank in scenes]
        jobs.append(pool.apply_async(write_added, (banks, out)))
        for job in jobs:
            job.get()


if __name__ == "__main__":
    main(*sys.argv[1:])
