"""Banks of rendered sprites: every kind of thing in many views, lights and colours.

    python bank.py OUT.npz SPLIT PER_KIND SIZE      # SPLIT: train, views, instances
"""
import sys
import zlib
from pathlib import Path

import numpy as np

from mesh import Catalogue
from parametric import BUILDERS
from people import catalogue_activity, figure, with_book
from render import render
from things import ACTIVITIES, BUILT, FLAT, NAMES, SCREENS, STATES, models

FURNITURE = Path("/usr/share/sweethome3d/furniture")
FIELDS = ("kind", "state", "activity", "model", "metres")


def load_models():
    """(kind, model key, title, mesh) of the catalogue models in use, in a fixed order."""
    catalogues = [Catalogue(path) for path in sorted(FURNITURE.glob("*.sh3f"))]
    found = []
    for kind, catalogue, number, entry in models(catalogues):
        mesh = catalogue.mesh(entry)
        if mesh is not None:
            found.append((kind, f"{catalogue.name}#{number}", entry["name"], mesh))
    return found


def held_out(found):
    """The model of each kind with at least three models that no training picture shows."""
    out = set()
    for kind in NAMES:
        keys = [key for k, key, _, _ in found if k == kind]
        if len(keys) >= 3:
            out.add(keys[zlib.crc32(kind.encode()) % len(keys)])
    return out


def view(kind, activity, rng, split):
    """Yaw and pitch in degrees. Yaws within 3 of 15, 45, 75, … belong to the held-out splits."""
    spread = 40 if kind in FLAT else 60 if kind in SCREENS or activity == "reading" else 180 if rng.random() < 0.15 else 75
    while True:
        yaw = rng.uniform(-spread, spread)
        if (abs(yaw % 30 - 15) < 3) == (split != "train"):
            return yaw, rng.uniform(0, 10) if kind in FLAT else rng.uniform(3, 26) if kind != "rug" else rng.uniform(18, 40)


def choose(kind, pool, rng, split):
    """A mesh of the kind: (mesh, state, activity, model key)."""
    catalogue = pool.get(kind, [])
    states = BUILT.get(kind, ())
    built = len(states) and split != "instances" and (not catalogue or rng.random() < (0.35 if kind == "person" else 0.75 if states[0] != "none" else 0.4))
    if built:
        state = states[rng.integers(len(states))]
        if kind == "person":
            activity = ACTIVITIES[rng.choice([1, 2, 3, 4], p=[0.35, 0.2, 0.15, 0.3])]
            return figure(rng, activity), "none", activity, "built"
        return BUILDERS[kind](rng, state), state, "none", "built"
    key, title, mesh = catalogue[rng.integers(len(catalogue))]
    activity = "none"
    if kind == "person":
        activity = catalogue_activity(title)
        if activity == "sitting" and rng.random() < 0.5:
            mesh, activity = with_book(mesh, rng), "reading"
    return mesh, "closed" if kind in ("door", "window") else "none", activity, key


def sprites(found, kind, count, split, size, seed):
    out_keys = held_out(found)
    pool = {}
    for k, key, title, mesh in found:
        if (key in out_keys) == (split == "instances"):
            pool.setdefault(k, []).append((key, title, mesh))
    if split == "instances" and kind not in pool:
        return
    rng = np.random.default_rng([seed, zlib.crc32(f"{kind}/{split}".encode())])
    while count > 0:
        mesh, state, activity, key = choose(kind, pool, rng, split)
        tint = None if rng.random() < 0.4 else np.clip(rng.normal(0.95, 0.3, 3), 0.25, 1.6)
        if kind == "person" and tint is not None:
            tint = np.clip(rng.normal(1, 0.12, 3), 0.7, 1.25)
        yaw, pitch = view(kind, activity, rng, split)
        sprite, metres = render(mesh, yaw, pitch, rng, size, tint)
        if sprite is None:
            continue
        if rng.random() < 0.5 and state not in ("open", "on"):
            sprite = sprite[:, ::-1]
        count -= 1
        yield sprite, state, activity, key, metres * max(sprite.shape[:2])


class Bank:
    """Sprites of one split with their labels; `of[kind]` lists the sprite numbers of a kind."""

    def __init__(self, path):
        data = np.load(path)
        self.texels, self.shape, self.first = data["texels"], data["shape"], data["first"]
        for name in FIELDS:
            setattr(self, name, data[name])
        self.of = {i: np.flatnonzero(self.kind == i) for i in np.unique(self.kind)}

    def sprite(self, i):
        h, w = self.shape[i]
        return self.texels[self.first[i]:self.first[i] + h * w].reshape(h, w, 4)


def build(path, split, per_kind, size, seed=7):
    found = load_models()
    rows, texels, first = [], [], [0]
    for index, kind in enumerate(NAMES):
        many = {"person": 6, "lamp": 3, "tv": 2, "window": 2, "door": 2, "curtain": 2, "chair": 2, "plant": 2}.get(kind, 1)
        for sprite, state, activity, key, metres in sprites(found, kind, per_kind * many, split, size, seed):
            rows.append((index, STATES.index(state), ACTIVITIES.index(activity), key, metres, sprite.shape[:2]))
            texels.append(sprite.reshape(-1, 4))
            first.append(first[-1] + len(texels[-1]))
    columns = dict(zip((*FIELDS, "shape"), (np.array(c) for c in zip(*rows))))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, texels=np.concatenate(texels), first=np.array(first), **columns)
    print(f"{path}: {len(rows)} sprites of {len(set(columns['kind']))} kinds from {len(set(columns['model']))} models")


if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
