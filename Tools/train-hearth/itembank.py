"""Banks of sprites for the names of items.txt: random light, material and view; drawings stay below a fifth.

    python itembank.py FOLDER SPLIT PER_NAME SIZE [all|common] [WORKERS]

SPLIT, each with a seed of its own (SEEDS):
    train       sources that are not held out, yaws outside the held-out bands
    validation  the same, with other random numbers (for limits and early looks)
    views       the same sources, only yaws within 3 degrees of 15, 45, 75, …; drawings tilted further than in training
    instances   the held-out source of every name with three or more independent sources, unless it is one of shown.txt
    added       any view of the names that training never shows
"""
import multiprocessing
import shutil
import sys
import zlib
from functools import cache
from pathlib import Path

import numpy as np

import solids
import stateful
from catalogue import STATES, furniture, usable
from drawings import sprite as drawn
from people import catalogue_activity, with_book
from persons import ACTIVITIES, figure
from render import render

SEEDS = {"train": 101, "validation": 102, "views": 103, "instances": 104, "added": 105}
FIELDS = ("kind", "state", "activity", "source", "drawn", "metres")
DRAWN = ("emoji", "symbol", "icon", "clipart", "twemoji")
# Shown from the front only, as are all things with states.
FRONT = {"radio", "speaker", "safe", "camera", "phone", "telephone", "digital clock", "alarm clock", "bookcase", "piano", "aquarium", "sewing machine", "shelves", "mailbox", "first aid kit", "easel"}
# Models of these show no state that could be told.
STATELESS = {"tv", "monitor", "laptop", "tablet", "curtain", "fireplace", "window blind", "window shutter", "router", "coffee machine", "candle", "light switch"}

# Names whose held-out drawing shows something else: nothing can be measured with it, and no other bank shows it either.
UNFIT = {"bucket", "compass", "pushpin", "book"}
SHOWN = set(Path(__file__).with_name("shown.txt").read_text().splitlines())


def is_common(item):
    """A thing of the scenes: marked so, and with a solid source."""
    return item.common and bool(item.of("model", "solid"))


def independent(item):
    """The sources that count: models, builders and coloured drawings. Glyphs of one colour do not."""
    return item.of("model", "solid", "emoji", "clipart")


def held_out(item):
    """The source no training picture shows, of a name with three or more independent ones: a model where another solid is
    left to learn from, else a drawing where another drawing is. None for the other names."""
    if len(independent(item)) < 3 or item.added:
        return None
    models, drawings = item.of("model"), item.of("clipart") or item.of("emoji")
    found = models if models and len(item.of("model", "solid")) > 1 else drawings
    return found[zlib.crc32(item.name.encode()) % len(found)]


def unseen(item):
    """The held-out source that tests show: one that fits, and that no weights before these learned from."""
    out = held_out(item)
    return out if out and out[1] not in SHOWN and item.name not in UNFIT else None


def sources(item, split):
    """Sources of the split: (three-dimensional, drawn). The second set of emoji only adds to training: it never counts as an
    independent source, and no test shows it."""
    out = held_out(item)
    if split == "instances":
        have = [unseen(item)] if unseen(item) else []
    else:
        have = [s for s in item.sources if s != out and (s[0] != "twemoji" or split == "train") and (split != "added" or s[1] not in SHOWN)]
    return [s for s in have if s[0] not in DRAWN], [s for s in have if s[0] in DRAWN]


@cache
def model(key):
    library, _, number = key.partition("#")
    entry = furniture()[library].entries[int(number)]
    return entry["name"], furniture()[library].mesh(entry, 7_000_000)


def angles(item, activity, rng, split):
    flat = item.place == "wall"
    spread = 40 if flat else 52 if item.name in FRONT or len(item.states) > 1 or activity in ("reading", "cooking", "typing") else 180 if rng.random() < 0.08 else 75
    while True:
        yaw = rng.uniform(-spread, spread)
        if split == "added" or (abs(yaw % 30 - 15) < 3) == (split == "views"):
            low = item.name in ("rug", "round carpet", "doormat", "bath mat", "yoga mat", "placemat", "tray", "plate", "drawer")
            return yaw, rng.uniform(0, 10) if flat and item.name != "tap" else rng.uniform(20, 45) if low else rng.uniform(3, 28)


def solid_of(item, source, rng):
    """(mesh, state, activity) of a model or builder."""
    group, key = source
    if group == "model":
        title, mesh = model(key)
        activity = "none"
        if item.name == "person":
            activity = catalogue_activity(title)
            if mesh is not None and activity == "sitting" and rng.random() < 0.4:
                mesh, activity = with_book(mesh, rng), "reading"
        rest = {"on": "off", "open": "closed"}.get(item.states[0], "none")
        return mesh, "none" if item.name in STATELESS else rest, activity
    if item.name in stateful.BUILDERS:
        state = item.states[rng.integers(len(item.states))]
        return stateful.BUILDERS[item.name](rng, state), state, "none"
    return solids.build(item.name, rng), "none", "none"


def choose(item, solid, drawings, rng):
    """A source: builders of things with states weigh most, drawings less, glyphs of one colour least."""
    if drawings and (not solid or rng.random() < 0.08):
        colored = [s for s in drawings if s[0] in ("emoji", "clipart", "twemoji")]
        drawings = colored if colored and rng.random() < 0.85 else drawings
        return drawings[rng.integers(len(drawings))]
    built = [s for s in solid if s[0] == "solid"]
    if built and (len(solid) == 1 or rng.random() < (0.7 if len(item.states) > 1 else 0.35)):
        return built[0]
    models = [s for s in solid if s[0] == "model"]
    return models[rng.integers(len(models))]


def count_of(item, per_name, split):
    """Things of the scenes get more views than the rest of the vocabulary, those with states and people still more; a drawing
    has fewer appearances worth keeping than a solid."""
    if split in ("instances", "added"):
        return per_name
    if not item.of("model", "solid"):
        return round(per_name * 0.5)
    return round(per_name * (1 if not item.common else 30 if item.name == "person" else 8 if len(item.states) > 1 else 3))


def sprites(index, item, count, split, size):
    """Rows (label columns, sprite) of one name; depends on the name, the split and the count alone."""
    solid, drawings = sources(item, split)
    rng = np.random.default_rng([SEEDS[split], zlib.crc32(item.name.encode())])
    number = {s: i for i, s in enumerate(item.sources)}
    tries = 3 * count
    while count > 0 and tries > 0 and (solid or drawings or item.name == "person"):
        tries -= 1
        state, activity = "none", "none"
        if item.name == "person" and split != "instances" and rng.random() < 0.6:
            activity = ACTIVITIES[rng.integers(1, len(ACTIVITIES))]
            source, mesh = ("solid", "person"), figure(rng, activity)
        else:
            source = choose(item, solid, drawings, rng)
            if source[0] in DRAWN:
                picture = drawn(*source, size, rng, split == "views")
                if picture is None:
                    continue
                metres = item.metres
            else:
                mesh, state, activity = solid_of(item, source, rng)
                if mesh is None:
                    continue
        if source[0] not in DRAWN:
            spread = 0.12 if item.name == "person" else 0.3
            tint = None if rng.random() < 0.4 else np.clip(rng.normal(0.95, spread, 3), 0.25, 1.6)
            yaw, pitch = angles(item, activity, rng, split)
            picture, scale = render(mesh, yaw, pitch, rng, size, tint)
            if picture is None:
                continue
            metres = scale * max(picture.shape[:2])
        if rng.random() < 0.5 and item.name not in ("calendar", "keyboard", "wall clock", "alarm clock"):
            picture = picture[:, ::-1]
        count -= 1
        yield (index, STATES.index(state), ACTIVITIES.index(activity), number.get(source, -1), source[0] in DRAWN, metres), picture


def work(job):
    index, item, count, split, size = job
    found = list(sprites(index, item, count, split, size))
    model.cache_clear()
    return found


def shown_in(item, split):
    if split == "added" or item.added:
        return item.added and split == "added"
    return split != "instances" or unseen(item) is not None


def build(folder, split, per_name, size, which="all", workers=1):
    """Kinds are numbered as in usable(), whatever part of them is rendered. Writes FOLDER/SPLIT with one .npy a column; texels.npy
    holds the pixels of one sprite after the other."""
    jobs = [(i, item, count_of(item, per_name, split), split, size) for i, item in enumerate(usable()) if shown_in(item, split) and (which == "all" or is_common(item))]
    rows, shapes, first = [], [], [0]
    folder = Path(folder) / split
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "texels.raw", "wb") as texels, multiprocessing.Pool(workers, furniture.cache_clear) as pool:  # each opens the zips for itself
        for found in pool.imap(work, jobs):
            for row, picture in found:
                rows.append(row)
                shapes.append(picture.shape[:2])
                first.append(first[-1] + picture.shape[0] * picture.shape[1])
                texels.write(np.ascontiguousarray(picture).tobytes())
    with open(folder / "texels.npy", "wb") as whole, open(folder / "texels.raw", "rb") as texels:
        np.lib.format.write_array_header_1_0(whole, {"descr": "|u1", "fortran_order": False, "shape": (first[-1], 4)})
        shutil.copyfileobj(texels, whole, 1 << 24)
    (folder / "texels.raw").unlink()
    columns = dict(zip(FIELDS, (np.array(c) for c in zip(*rows)))) | {"first": np.array(first), "shape": np.array(shapes), "names": np.array([i.name for i in usable()])}
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", column)
    print(f"{folder}: {len(rows)} sprites of {len(set(columns['kind']))} names, {columns['drawn'].mean():.1%} drawn, {4 * first[-1] / 1e6:.0f} MB", flush=True)


class Bank:
    """Sprites of one split, FOLDER/SPLIT; the pixels are read from the disk as they are needed, so that processes share them.
    `of[kind]` lists the sprite numbers of a kind, `told[kind]` those whose state can be told, without drawings."""

    def __init__(self, folder):
        folder = Path(folder)
        for name in (*FIELDS, "first", "shape", "names"):
            setattr(self, name, np.load(folder / f"{name}.npy"))
        self.split, self.texels = folder.name, np.load(folder / "texels.npy", mmap_mode="r")
        items = usable()
        if [i.name for i in items] != list(self.names):
            raise ValueError(f"{folder}: made from another items.txt or other packages; render it again")
        self.of = {int(k): np.flatnonzero(self.kind == k) for k in np.unique(self.kind)}
        fit = np.array([STATES[s] in items[k].states for k, s in zip(self.kind, self.state)])
        self.told = {k: n[fit[n] & ~self.drawn[n].astype(bool)] for k, n in self.of.items()}
        self.told = {k: n for k, n in self.told.items() if len(n)}

    def sprite(self, i):
        h, w = self.shape[i]
        return np.asarray(self.texels[self.first[i]:self.first[i] + h * w]).reshape(h, w, 4)


if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:6], *map(int, sys.argv[6:7]))
