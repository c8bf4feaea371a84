"""Banks of sprites for the names of items.txt: random light, material and view; drawings stay below a fifth.

    python itembank.py OUT.npz SPLIT PER_NAME SIZE [all|common] [WORKERS]

SPLIT, each with a seed of its own (SEEDS):
    train       sources that are not held out, yaws outside the held-out bands
    validation  the same, with other random numbers (for limits and early looks)
    views       the same sources, only yaws within 3 degrees of 15, 45, 75, …; drawings tilted further than in training
    instances   the held-out source of every name with three or more independent sources
"""
import multiprocessing
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

SEEDS = {"train": 101, "validation": 102, "views": 103, "instances": 104}
FIELDS = ("kind", "state", "activity", "source", "drawn", "metres")
DRAWN = ("emoji", "symbol", "icon", "clipart")
FRONT = {"tv", "monitor", "laptop", "tablet", "microwave", "oven", "washing machine", "dryer", "dishwasher", "fridge", "wardrobe", "light switch", "router", "fireplace", "heater", "cooker"}
# Models of these show no state that could be told.
STATELESS = {"tv", "monitor", "laptop", "tablet", "curtain", "fireplace", "window blind", "window shutter", "router", "coffee machine", "candle"}


def held_out(item):
    """The source no training picture shows: a model where another 3D source is left, else a drawing. None below three sources."""
    if len(item.sources) < 3 or item.name == "person":
        return item.of("model")[zlib.crc32(b"person") % len(item.of("model"))] if item.name == "person" else None
    spare = 1 if item.of("solid") else 2
    for groups, least in ((("model",), spare), (("clipart",), 2), (("clipart", "emoji"), 1), (("symbol", "icon"), 1)):
        found = item.of(*groups)
        if len(found) >= least:
            return found[zlib.crc32(item.name.encode()) % len(found)]
    return None


def sources(item, split):
    """Sources of the split: (three-dimensional, drawn)."""
    out = held_out(item)
    have = ([out] if out else []) if split == "instances" else [s for s in item.sources if s != out]
    return [s for s in have if s[0] not in DRAWN], [s for s in have if s[0] in DRAWN]


@cache
def model(key):
    library, _, number = key.partition("#")
    entry = furniture()[library].entries[int(number)]
    return entry["name"], furniture()[library].mesh(entry)


def angles(item, activity, rng, split):
    flat = item.place == "wall"
    spread = 40 if flat else 60 if item.name in FRONT or activity in ("reading", "cooking", "typing", "eating", "phoning") else 180 if rng.random() < 0.15 else 75
    while True:
        yaw = rng.uniform(-spread, spread)
        if (abs(yaw % 30 - 15) < 3) == (split == "views"):
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
    """A source: builders of things with states weigh most, drawings least."""
    if drawings and (not solid or rng.random() < 0.08):
        return drawings[rng.integers(len(drawings))]
    built = [s for s in solid if s[0] == "solid"]
    if built and (len(solid) == 1 or rng.random() < (0.7 if len(item.states) > 1 else 0.35)):
        return built[0]
    models = [s for s in solid if s[0] == "model"]
    return models[rng.integers(len(models))]


def count_of(item, per_name, split):
    if split in ("train", "validation"):
        if not item.of("model", "solid"):
            return max(2, round(per_name * 0.25))
        return per_name * (8 if item.name == "person" else 2 if len(item.states) > 1 else 1)
    return per_name * (4 if item.name == "person" else 1)


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


def build(path, split, per_name, size, which="all", workers=1):
    """Kinds are numbered as in usable(), whatever part of them is rendered."""
    jobs = [(i, item, count_of(item, per_name, split), split, size) for i, item in enumerate(usable()) if which == "all" or (item.common and item.of("model", "solid"))]
    if split == "instances":
        jobs = [j for j in jobs if held_out(j[1])]
    rows, texels, shapes, first = [], [], [], [0]
    pool = multiprocessing.Pool(workers, furniture.cache_clear) if workers > 1 else None  # each opens the zips for itself
    for found in pool.imap(work, jobs) if pool else map(work, jobs):
        for row, picture in found:
            rows.append(row)
            shapes.append(picture.shape[:2])
            texels.append(picture.reshape(-1, 4))
            first.append(first[-1] + len(texels[-1]))
    columns = dict(zip(FIELDS, (np.array(c) for c in zip(*rows))))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, texels=np.concatenate(texels), first=np.array(first), shape=np.array(shapes), names=np.array([i.name for i in usable()]), **columns)
    print(f"{path}: {len(rows)} sprites of {len(set(columns['kind']))} names, {columns['drawn'].mean():.1%} drawn")


class Bank:
    """Sprites of one split; `of[kind]` lists the sprite numbers of a kind, `told[kind]` those whose state can be told."""

    def __init__(self, path):
        data = np.load(path)
        self.texels, self.shape, self.first = data["texels"], data["shape"], data["first"]
        for name in FIELDS:
            setattr(self, name, data[name])
        items = usable()
        if [i.name for i in items] != list(data["names"]):
            raise ValueError(f"{path}: made from another items.txt or other packages; render it again")
        self.of = {int(k): np.flatnonzero(self.kind == k) for k in np.unique(self.kind)}
        fit = np.array([STATES[s] in items[k].states for k, s in zip(self.kind, self.state)])
        self.told = {k: n[fit[n] & ~self.drawn[n].astype(bool)] for k, n in self.of.items()}
        self.told = {k: n for k, n in self.told.items() if len(n)}

    def sprite(self, i):
        h, w = self.shape[i]
        return self.texels[self.first[i]:self.first[i] + h * w].reshape(h, w, 4)


if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:6], *map(int, sys.argv[6:7]))
