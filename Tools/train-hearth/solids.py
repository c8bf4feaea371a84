"""Things of everyday life from a few solids each, written in solids.txt, with random measures and colours.

A line is `name; PART; PART; …`, metres, y up, z to the viewer. Parts:
    b MATERIAL w,h,d x,y,z            box around a point
    t MATERIAL r,y r,y …              turned around the upright axis; `@x,y,z` after it moves it, `@…^axis degrees` tilts it
    c MATERIAL x,y,z x,y,z r [r]      rounded rod
Materials: a colour name, A or B (any colour), wood, metal, glass, a colour with `!` (keeps its colour).
"""
from pathlib import Path

import numpy as np

from mesh import Material, box, capsule, join, rotation, turned
from parametric import WOOD, any_color, pick

COLORS = {"white": (0.93, 0.92, 0.9), "black": (0.09, 0.09, 0.1), "grey": (0.5, 0.5, 0.52), "dark": (0.22, 0.22, 0.24), "red": (0.78, 0.14, 0.12), "green": (0.2, 0.52, 0.22),
          "blue": (0.16, 0.3, 0.7), "yellow": (0.92, 0.78, 0.2), "orange": (0.93, 0.5, 0.12), "brown": (0.42, 0.26, 0.14), "pink": (0.93, 0.6, 0.68), "cream": (0.94, 0.88, 0.74),
          "gold": (0.82, 0.66, 0.28), "terracotta": (0.74, 0.4, 0.26), "card": (0.72, 0.53, 0.35), "purple": (0.45, 0.2, 0.5), "water": (0.6, 0.75, 0.85), "straw": (0.8, 0.65, 0.4)}
SPECS = {}
for line in (Path(__file__).resolve().parent / "solids.txt").read_text().splitlines():
    if line and line[0] != "#":
        name, *parts = (p.strip() for p in line.split(";"))
        SPECS[name] = [p.split() for p in parts if p]


def materials(rng):
    """Material by name; the same name is the same colour within one thing."""
    made = {}

    def get(word):
        if word not in made:
            key = word.rstrip("!")
            if key in COLORS:
                color = np.clip(np.array(COLORS[key]) * rng.uniform(0.85, 1.15) + rng.normal(0, 0.03, 3), 0.03, 1)
            elif key == "wood":
                color = np.array(pick(rng, WOOD[:3])) * rng.uniform(0.85, 1.15)
            elif key == "metal":
                color = np.full(3, rng.uniform(0.55, 0.85)) + rng.normal(0, 0.02, 3)
            else:
                color = any_color(rng) if key in "AB" else (0.78, 0.88, 0.92)
            made[word] = Material(tuple(np.clip(color, 0, 1)), alpha=0.4 if key == "glass" else 1.0, tintable=not (word.endswith("!") or key in ("glass", "black", "white")))
        return made[word]

    return get


def numbers(text):
    return np.array([float(v) for v in text.split(",")])


def build(name, rng):
    get, parts = materials(rng), []
    wobble = lambda n=3: rng.uniform(0.93, 1.07, n)
    for shape, material, *values in SPECS[name]:
        m = get(material)
        if shape == "b":
            parts.append(box(numbers(values[0]) * wobble(), numbers(values[1]), m))
        elif shape == "c":
            r = [float(v) for v in values[2:]]
            parts.append(capsule(numbers(values[0]), numbers(values[1]), r[0] * rng.uniform(0.9, 1.1), r[-1] * rng.uniform(0.9, 1.1), m))
        else:
            at, turn = np.zeros(3), None
            if values[-1].startswith("@"):
                where, _, tilt = values.pop()[1:].partition("^")
                at = numbers(where)
                if tilt:
                    turn = rotation(tilt[0], float(tilt[1:]))
            profile = [tuple(numbers(v)) for v in values]
            k = rng.uniform(0.93, 1.07, len(profile))
            parts.append(turned([(max(r * f, 1e-4), y) for (r, y), f in zip(profile, k)], m, 20).moved(at, turn))
    mesh = join(parts)
    stretch = np.array([rng.uniform(0.85, 1.18), rng.uniform(0.85, 1.18), rng.uniform(0.85, 1.18)], np.float32)
    mesh.position = mesh.position * stretch
    mesh.position[..., 1] -= mesh.position[..., 1].min()
    return mesh
