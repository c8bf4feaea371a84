"""More people: body shapes, clothes and activities that a silhouette and a held thing really show."""
import numpy as np

from mesh import Material, box, capsule, join, rotation, turned
from parametric import any_color, book, pick
from people import HAIR, SKIN, seat

ACTIVITIES = ["none", "standing", "sitting", "lying", "reading", "cooking", "typing", "cleaning"]
SEATED = {"sitting", "reading", "typing"}


def arm(parts, start, elbow, hand, sleeve, skin, bare):
    parts += [capsule(start, elbow, 0.058, 0.048, sleeve), capsule(elbow, hand, 0.044, 0.034, skin if bare else sleeve), capsule(hand, np.add(hand, [0.001, 0, 0]), 0.045, 0.045, skin)]


def table(rng, height, depth, material):
    return [box((0.9, 0.04, 0.45), (0, height, depth), material), box((0.04, height, 0.04), (-0.4, height / 2, depth), material), box((0.04, height, 0.04), (0.4, height / 2, depth), material)]


def figure(rng, activity):
    """A person of 1.4-1.95 m facing the viewer. cooking: stirs in a pot; typing: at an open laptop;
    cleaning: both hands on a broom."""
    skin, hair = Material(pick(rng, SKIN), tintable=False), Material(pick(rng, HAIR), tintable=False)
    shirt, trousers, shoe = Material(any_color(rng)), Material(any_color(rng, 0.05, 0.7)), Material(any_color(rng, 0.05, 0.5))
    seated, girth = activity in SEATED, rng.uniform(0.85, 1.25)
    hip = 0.5 if seated else 0.9
    lean = rng.uniform(-0.06, 0.1) + (0.08 if activity in ("cleaning", "typing") else 0)
    shoulder = np.array([rng.uniform(-0.03, 0.03), hip + 0.5, lean])
    nod = np.array([rng.uniform(-0.03, 0.03), 0.26, 0.02 + (0.04 if activity in ("reading", "typing", "cooking") else 0)])
    head = shoulder + nod
    parts = [capsule((0, hip, 0), (0, hip + 0.25, lean / 2), 0.15 * girth, 0.14 * girth, shirt), capsule((0, hip + 0.2, lean / 2), shoulder, 0.15 * girth, 0.13, shirt), capsule(shoulder, head, 0.05, 0.05, skin),
             capsule(head - [0, 0.03, 0], head + [0, 0.05, 0], 0.1, 0.1, skin)]
    style = rng.random()
    if style < 0.85:
        parts.append(capsule(head + [0, 0.04, -0.03], head + [0, 0.07, -0.03], 0.107, 0.1, hair))
    if style < 0.35:
        parts.append(capsule(head + [0, 0, -0.05], head + [0, rng.uniform(-0.25, -0.1), -0.08], 0.09, 0.07, hair))
    elif style < 0.42:
        parts.append(capsule(head + [0, 0.12, -0.08], head + [0, 0.13, -0.08], 0.05, 0.05, hair))
    elif style > 0.93:
        parts.append(turned([(0.16, 0), (0.11, 0.01), (0.1, 0.1), (1e-3, 0.11)], Material(any_color(rng))).moved(head + [0, 0.06, 0]))
    skirt = rng.random() < 0.2 and activity != "lying"
    if skirt:
        parts.append(turned([(0.26, hip - 0.35), (0.16, hip + 0.05)], trousers, 12) if not seated else box((0.36, 0.12, 0.45), (0, hip, 0.22), trousers))
    bare, way = rng.random() < 0.5, pick(rng, [-1, 1])
    for side in (-1, 1):
        root = np.array([side * 0.1, hip, 0])
        if seated:
            knee = root + [side * rng.uniform(0, 0.1), 0.02, 0.42]
            foot = np.array([knee[0], 0.06, knee[2] + rng.uniform(-0.1, 0.1)])
        else:
            knee = root + [side * 0.02, -0.42, rng.uniform(-0.05, 0.08)]
            foot = np.array([root[0] + side * rng.uniform(0, 0.08), 0.06, rng.uniform(-0.06, 0.08)])
        leg = skin if skirt else trousers
        parts += [capsule(root, knee, 0.09 * girth, 0.07, leg), capsule(knee, foot, 0.07, 0.05, leg), capsule(foot, foot + [0, -0.02, 0.12], 0.05, 0.045, shoe)]
        start = shoulder + [side * 0.19, -0.04, 0]
        down = start + [side * rng.uniform(0.02, 0.1), -0.27, rng.uniform(-0.05, 0.08)]
        rest = down + [side * rng.uniform(-0.05, 0.05), -0.25, rng.uniform(-0.03, 0.12)]
        if activity == "reading":
            pair = start + [side * 0.04, -0.26, 0.08], np.array([side * 0.13, hip + 0.3, 0.36 + lean])
        elif activity == "typing":
            pair = start + [side * 0.05, -0.26, 0.1], np.array([side * 0.09, hip + 0.25, 0.36 + lean])
        elif activity == "cooking":
            pair = start + [side * 0.05, -0.25, 0.12], np.array([side * 0.12, hip + 0.2 + (0.1 if side == way else 0), 0.38])
        elif activity == "cleaning":
            pair = start + [side * 0.03, -0.24, 0.14], np.array([way * (0.16 if side == way else 0.08), hip + (0.2 if side == way else 0.42), 0.3])
        elif seated:
            pair = start + [side * 0.04, -0.27, 0.03], np.array([side * rng.uniform(0.05, 0.15), hip + 0.1, 0.3])
        elif activity == "standing" and rng.random() < 0.15:
            pair = start + [side * 0.18, -0.22, -0.05], np.array([side * 0.17, hip + 0.08, 0.05])
        else:
            pair = down, rest
        arm(parts, start, *pair, shirt, skin, bare)
    wood = Material(pick(rng, [(0.55, 0.35, 0.2), (0.75, 0.6, 0.42), (0.9, 0.9, 0.88)]))
    if activity == "reading":
        parts.append(book(rng, "open").moved((0, hip + 0.34, 0.38 + lean), rotation("x", rng.uniform(35, 65)), 1.25))
    elif activity == "typing":
        case = Material(pick(rng, [(0.15, 0.15, 0.16), (0.75, 0.76, 0.78)]))
        parts += [*table(rng, hip + 0.18, 0.52, wood), box((0.34, 0.015, 0.22), (0, hip + 0.215, 0.45), case), box((0.34, 0.22, 0.012), (0, hip + 0.32, 0.6), case)]
    elif activity == "cooking":
        top = hip + 0.02
        parts += [box((0.6, top, 0.4), (0, top / 2, 0.5), wood), turned([(0.12, 0), (0.13, 0.14), (0.11, 0.14)], Material((0.7, 0.7, 0.72) if rng.random() < 0.5 else any_color(rng))).moved((way * 0.08, top, 0.45)), capsule((way * 0.12, hip + 0.32, 0.38), (way * 0.08, top + 0.1, 0.45), 0.01, 0.012, Material((0.6, 0.4, 0.22)))]
    elif activity == "cleaning":
        foot = np.array([way * 0.3, 0.1, 0.45])
        parts += [capsule((way * 0.02, hip + 0.6, 0.25), foot, 0.013, 0.013, Material((0.6, 0.42, 0.25))), box((0.3, 0.12, 0.07), foot - [0, 0.04, 0], Material(any_color(rng)))]
    if seated:
        parts.append(seat(rng, hip - 0.12))
        if rng.random() < 0.5:
            parts.append(box((0.45, 0.5, 0.05), (0, hip + 0.15, -0.24), Material(any_color(rng))))
    mesh = join(parts).moved(scale=rng.uniform(0.8, 1.1))
    if activity == "lying":
        mesh = mesh.moved(rotation=rotation("z", pick(rng, [-90, 90])) @ rotation("y", rng.uniform(-60, 60)))
        mesh = mesh.moved((0, -mesh.position[..., 1].min(), 0))
    return mesh
