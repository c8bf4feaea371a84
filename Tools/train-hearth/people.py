"""Stylised people of rounded solids, in poses; and what the catalogue's figures need (a seat, a book)."""
import numpy as np

from mesh import Material, box, capsule, join, rotation
from parametric import any_color, book, pick

SKIN = [(0.95, 0.78, 0.66), (0.85, 0.65, 0.5), (0.65, 0.45, 0.32), (0.42, 0.28, 0.2)]
HAIR = [(0.1, 0.08, 0.07), (0.3, 0.2, 0.1), (0.75, 0.6, 0.3), (0.6, 0.6, 0.6), (0.5, 0.2, 0.1)]


def figure(rng, activity):
    """A person 1.5-1.9 m tall, facing the viewer."""
    skin, hair = Material(pick(rng, SKIN), tintable=False), Material(pick(rng, HAIR), tintable=False)
    shirt, trousers, shoe = Material(any_color(rng)), Material(any_color(rng, 0.05, 0.7)), Material(any_color(rng, 0.05, 0.5))
    limb = lambda a, b, r0, r1, m: capsule(a, b, r0, r1, m)
    seated = activity in ("sitting", "reading")
    hip = 0.5 if seated else 0.9
    lean = rng.uniform(-0.08, 0.12)
    shoulder = np.array([0, hip + 0.5, lean])
    head = shoulder + [0, 0.26, 0.02]
    parts = [limb((0, hip, 0), (0, hip + 0.25, lean / 2), 0.15, 0.14, shirt), limb((0, hip + 0.2, lean / 2), shoulder, 0.15, 0.13, shirt),
             limb(shoulder, head, 0.05, 0.05, skin), limb(head - [0, 0.03, 0], head + [0, 0.05, 0], 0.1, 0.1, skin),
             limb(head + [0, 0.04, -0.03], head + [0, 0.07, -0.03], 0.107, 0.1, hair)]
    if rng.random() < 0.4:
        parts.append(limb(head + [0, 0, -0.05], head + [0, -0.15, -0.08], 0.09, 0.07, hair))
    for side in (-1, 1):
        root = np.array([side * 0.1, hip, 0])
        if seated:
            knee = root + [side * rng.uniform(0, 0.1), 0.02, 0.42]
            foot = np.array([knee[0], 0.06, knee[2] + rng.uniform(-0.1, 0.1)])
        else:
            stride = rng.uniform(-0.15, 0.2) * (side if rng.random() < 0.5 else 1)
            knee = root + [side * 0.02, -0.42, stride]
            foot = np.array([root[0] + side * rng.uniform(0, 0.06), 0.06, stride * rng.uniform(0.3, 1.2)])
        parts += [limb(root, knee, 0.09, 0.07, trousers), limb(knee, foot, 0.07, 0.05, trousers), limb(foot, foot + [0, -0.02, 0.12], 0.05, 0.045, shoe)]
        arm = shoulder + [side * 0.19, -0.04, 0]
        if activity == "reading":
            elbow, hand = arm + [side * 0.04, -0.26, 0.08], np.array([side * 0.13, hip + 0.3, 0.36 + lean])
        elif seated:
            elbow, hand = arm + [side * 0.04, -0.27, 0.03], np.array([side * rng.uniform(0.05, 0.15), hip + 0.1, 0.3])
        else:
            swing = rng.uniform(-0.15, 0.25)
            elbow = arm + [side * rng.uniform(0.02, 0.12), -0.27, swing / 2]
            hand = elbow + [side * rng.uniform(-0.05, 0.05), -0.25, swing]
        parts += [limb(arm, elbow, 0.06, 0.05, shirt), limb(elbow, hand, 0.045, 0.035, skin if rng.random() < 0.5 else shirt), limb(hand, hand, 0.045, 0.045, skin)]
    if activity == "reading":
        parts.append(held_book(rng, (0, hip + 0.34, 0.38 + lean)))
    if seated:
        parts.append(seat(rng, hip - 0.12))
    mesh = join(parts).moved(scale=rng.uniform(0.88, 1.08))
    if activity == "lying":
        mesh = mesh.moved(rotation=rotation("z", pick(rng, [-90, 90])) @ rotation("y", rng.uniform(-60, 60)))
        mesh = mesh.moved((0, -mesh.position[..., 1].min(), 0))
    return mesh


def held_book(rng, place):
    return book(rng, "open").moved(place, rotation("x", rng.uniform(35, 65)), 1.25)


def seat(rng, height):
    cloth = Material(any_color(rng))
    return box((rng.uniform(0.42, 0.55), height, rng.uniform(0.38, 0.45)), (0, height / 2, -0.02), cloth)


def catalogue_activity(title):
    return "lying" if title.startswith("Lying") else "sitting" if title.startswith("Sitting") else "standing"


def with_book(mesh, rng):
    """A sitting figure of the catalogue with an open book before its chest."""
    low, high = mesh.position.min((0, 1)), mesh.position.max((0, 1))
    top = low[1] + 0.62 * (high[1] - low[1])
    chest = mesh.position[(mesh.position[..., 1] > top - 0.1).all(1)]
    return join([mesh, held_book(rng, (chest[..., 0].mean(), top, chest[..., 2].max() + 0.08))])
