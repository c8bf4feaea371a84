"""Things whose state must be looked for: doors of appliances, displays, running water, drawers, blinds, small lamps.

Every builder takes (rng, state); both states of a kind share sizes, colours and lights, and nothing but the part in question differs."""
from functools import partial

import numpy as np

import parametric
from mesh import Material, box, capsule, join, rotation, turned
from parametric import WOOD, any_color, pick, screen

BODIES = [(0.93, 0.93, 0.92), (0.75, 0.76, 0.78), (0.15, 0.15, 0.16), (0.85, 0.82, 0.75)]
DARK, METAL = Material((0.1, 0.1, 0.11), tintable=False), Material((0.72, 0.72, 0.74))


def body(rng):
    return Material(pick(rng, BODIES) if rng.random() < 0.8 else any_color(rng))


def hinged(leaf, x, angle, axis="y", y=0.0, z=0.0):
    return leaf.moved(rotation=rotation(axis, angle)).moved((x, y, z))


def shell(w, h, d, y, material, inside):
    """A box open to the front: walls and a back."""
    t = 0.03
    return [box((t, h, d), (-w / 2 + t / 2, y + h / 2, 0), material), box((t, h, d), (w / 2 - t / 2, y + h / 2, 0), material), box((w, t, d), (0, y + h - t / 2, 0), material),
            box((w, t, d), (0, y + t / 2, 0), material), box((w, h, t), (0, y + h / 2, -d / 2 + t / 2), inside)]


def shelf_things(rng, w, y, d):
    parts = []
    for _ in range(rng.integers(0, 5)):
        h, r = rng.uniform(0.06, 0.2), rng.uniform(0.02, 0.05)
        x, z = rng.uniform(-w / 2 + 0.06, w / 2 - 0.06), rng.uniform(-d / 4, d / 3)
        parts.append(box((2 * r, h, 2 * r), (x, y + h / 2, z), Material(any_color(rng))) if rng.random() < 0.5 else turned([(r, y), (r, y + h), (r * 0.4, y + h * 1.2)], Material(any_color(rng)), 10).moved((x, 0, z)))
    return parts


def cabinet(rng, state, w, h, d, leaves, material=None, shelves=4, cold=False):
    material = material or Material(pick(rng, WOOD))
    inside = Material((0.9, 0.93, 0.95) if cold else tuple(0.6 * c for c in material.color))
    parts = shell(w, h, d, 0, material, inside)
    for i in range(1, shelves):
        y = h * i / shelves
        parts.append(box((w - 0.06, 0.015, d - 0.06), (0, y, 0), inside))
        parts += shelf_things(rng, w, y, d) if state == "open" else []
    sides = [-1, 1] if leaves == 2 else [pick(rng, [-1, 1])]
    moving = pick(rng, [sides, sides[:1]]) if state == "open" else []
    for side in sides:
        width = w / len(sides)
        leaf = [box((width, h, 0.03), (-side * width / 2, h / 2, 0), material), box((0.02, h * rng.uniform(0.08, 0.35), 0.03), (-side * width * 0.9, h * 0.5, 0.03), METAL)]
        parts.append(hinged(join(leaf), side * w / 2, side * rng.uniform(35, 110) if side in moving else 0, z=d / 2 + 0.015))
    return join(parts)


def fridge(rng, state):
    w, h = rng.uniform(0.55, 0.8), rng.uniform(1.4, 1.9)
    return cabinet(rng, state, w, h, 0.6, 1 if w < 0.7 else 2, body(rng), 5, True)


def wardrobe(rng, state):
    return cabinet(rng, state, rng.uniform(0.8, 1.4), rng.uniform(1.7, 2.1), 0.55, 2, Material(pick(rng, WOOD) if rng.random() < 0.7 else any_color(rng)))


def medicine_cabinet(rng, state):
    return cabinet(rng, state, rng.uniform(0.35, 0.5), rng.uniform(0.4, 0.6), 0.15, 1, Material((0.9, 0.9, 0.9)), 3)


def drop_door(rng, state, w, h, d, y, front, glass):
    """An opening in a box whose door tips down to the viewer."""
    cavity = h * rng.uniform(0.6, 0.72)
    parts = shell(w, cavity, d, y + 0.04, front, DARK)
    panel = [box((w, cavity, 0.03), (0, cavity / 2, 0), front), capsule((-w * 0.38, cavity * 0.9, 0.05), (w * 0.38, cavity * 0.9, 0.05), 0.012, 0.012, METAL)]
    if glass:
        panel.append(box((w * 0.75, cavity * 0.55, 0.005), (0, cavity * 0.45, 0.017), DARK))
    parts.append(box((w * 0.92, 0.01, d * 0.8), (0, y + 0.04 + cavity * 0.45, 0), METAL))
    parts.append(hinged(join(panel), 0, rng.uniform(55, 92) if state == "open" else 0, "x", y + 0.04, d / 2 + 0.015))
    return parts, y + 0.04 + cavity


def oven(rng, state):
    w, h, front = rng.uniform(0.55, 0.65), rng.uniform(0.6, 0.9), body(rng)
    parts, top = drop_door(rng, state, w, h, 0.55, 0.05, front, True)
    parts += [box((w, h - top, 0.55), (0, (h + top) / 2, 0), front), box((w, 0.06, 0.5), (0, 0.03, 0), DARK)]
    parts += [capsule((x, (h + top) / 2, 0.28), (x, (h + top) / 2, 0.3), 0.018, 0.018, DARK) for x in np.linspace(-w * 0.4, w * 0.4, 4 + rng.integers(3))]
    return join(parts)


def dishwasher(rng, state):
    w, h, front = rng.uniform(0.45, 0.62), rng.uniform(0.8, 0.88), body(rng)
    parts, top = drop_door(rng, state, w, h * 1.15, 0.55, 0.05, front, False)
    if state == "open":
        parts += [turned([(0.1, -0.005), (0.11, 0.005)], Material((0.95, 0.95, 0.95)), 12).moved((x, 0.25, rng.uniform(-0.1, 0.15)), rotation("z", 80)) for x in np.linspace(-w * 0.3, w * 0.3, 5)]
    return join([*parts, box((w, 0.1, 0.55), (0, top + 0.05, 0), front), box((w * 0.3, 0.03, 0.005), (w * 0.2, top + 0.05, 0.28), DARK), box((w, 0.05, 0.5), (0, 0.025, 0), DARK)])


def microwave(rng, state):
    w, h, d, front = rng.uniform(0.42, 0.55), rng.uniform(0.25, 0.32), 0.35, body(rng)
    split = w * 0.25
    parts = shell(w - split, h, d, 0, front, DARK)
    parts = [p.moved((-split / 2, 0, 0)) for p in parts]
    parts += [box((split, h, d), (w / 2 - split / 2, h / 2, 0), front), box((split * 0.7, h * 0.15, 0.004), (w / 2 - split / 2, h * 0.8, d / 2 + 0.002), DARK)]
    parts += [box((split * 0.2, 0.02, 0.006), (w / 2 - split / 2 + (i % 3 - 1) * split * 0.25, h * (0.2 + 0.14 * (i // 3)), d / 2), METAL) for i in range(9)]
    leaf = [box((w - split, h, 0.025), ((w - split) / 2, h / 2, 0), front), box(((w - split) * 0.75, h * 0.65, 0.004), ((w - split) / 2, h / 2, 0.014), DARK), box((0.015, h * 0.7, 0.03), (w - split - 0.02, h / 2, 0.025), METAL)]
    return join([*parts, turned([(0.12, 0.035), (0.12, 0.045), (1e-3, 0.045)], Material((0.8, 0.85, 0.87))).moved((-split / 2, 0, 0)), hinged(join(leaf), -w / 2, -rng.uniform(40, 105) if state == "open" else 0, z=d / 2 + 0.012)])


def washer(rng, state, dryer=False):
    """On: the drum holds turning wash behind suds and the display shows figures; off: a dark empty drum and a blank display.
    A washing machine has a drawer for its powder, a dryer a door without glass and slots for the air."""
    w, h, d, front = 0.6, rng.uniform(0.8, 0.9), 0.55, body(rng)
    z, y, r = d / 2, h * rng.uniform(0.4, 0.48), rng.uniform(0.14, 0.19)
    rim = METAL if rng.random() < 0.6 else DARK
    parts = [box((w, h, d), (0, h / 2, 0), front), turned([(r * 1.25, 0), (r * 1.2, 0.03), (r, 0.02)], rim, 24).moved((0, y, z), rotation("x", 90))]
    drum = Material(tuple(0.85 * c for c in front.color)) if dryer else Material((0.12, 0.13, 0.15), tintable=False)
    parts.append(turned([(r, 0.018), (1e-3, 0.02)], drum, 24).moved((0, y, z), rotation("x", 90)))
    panel_y = h * 0.9
    parts += [box((w * 0.98, h * 0.13, 0.01), (0, panel_y, z), Material(tuple(0.9 * c for c in front.color))), capsule((-w * 0.05, panel_y, z), (-w * 0.05, panel_y, z + 0.03), 0.035, 0.03, rim)]
    parts.append(box((w * 0.22, h * 0.07, 0.006), (w * 0.28, panel_y, z + 0.008), DARK))
    if dryer:
        parts += [box((w * 0.7, 0.012, 0.01), (0, h * (0.06 + 0.03 * i), z), DARK) for i in range(3)] + [box((0.03, r * 0.7, 0.03), (r * 0.75, y, z + 0.03), rim)]
    else:
        parts += [box((w * 0.3, h * 0.1, 0.012), (-w * 0.32, panel_y, z + 0.006), Material(tuple(0.8 * c for c in front.color))), box((w * 0.12, 0.012, 0.02), (-w * 0.32, panel_y - h * 0.02, z + 0.012), rim)]
    if state == "on":
        ink = Material(pick(rng, [(0.3, 0.9, 1), (1, 0.5, 0.2), (0.4, 1, 0.5), (1, 1, 1)]), glow=1.0, tintable=False)
        for i in range(3 + rng.integers(2)):
            parts.append(box((0.018, h * rng.uniform(0.025, 0.05), 0.004), (w * 0.2 + 0.027 * i, panel_y, z + 0.013), ink))
        cloth = [Material(any_color(rng)) for _ in range(3)]
        for i in range(0 if dryer else 6):
            a, q = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.6) * r
            p = np.array([q * np.cos(a), y + q * np.sin(a), z + 0.012])
            parts.append(capsule(p, p + [rng.normal(0, 0.03), rng.normal(0, 0.03), 0], r * 0.25, r * 0.2, cloth[i % 3]))
    return join(parts)


def cooker(rng, state):
    """On: a ring glows dull red or flames lick under a pot; a pot stands there in both states."""
    w, h, front = rng.uniform(0.5, 0.65), 0.86, body(rng)
    parts = [box((w, h, 0.58), (0, h / 2, 0), front), box((w * 0.8, h * 0.45, 0.01), (0, h * 0.4, 0.293), DARK), capsule((-w * 0.35, h * 0.68, 0.32), (w * 0.35, h * 0.68, 0.32), 0.012, 0.012, METAL)]
    parts += [capsule((x, h * 0.92, 0.29), (x, h * 0.92, 0.31), 0.02, 0.018, DARK) for x in np.linspace(-w * 0.38, w * 0.38, 5)]
    return join(parts + rings(rng, state, w, h))


def rings(rng, state, w, h):
    parts, lit = [], rng.integers(4)
    gas, red = rng.random() < 0.4, Material((1, 0.25, 0.1), glow=0.95, tintable=False)
    for i, (sx, sz, r) in enumerate(((-1, -1, 0.09), (1, -1, 0.07), (-1, 1, 0.07), (1, 1, 0.09))):
        on = state == "on" and (i == lit or rng.random() < 0.2)
        at = (sx * w * 0.24, 0, sz * 0.13)
        parts.append(turned([(r, h), (r, h + 0.008), (1e-3, h + 0.008)], red if on and not gas else DARK).moved(at))
        if on and gas:
            flame = Material((0.35, 0.55, 1), glow=1.0, tintable=False)
            parts += [capsule((at[0] + r * np.cos(a), h + 0.01, at[2] + r * np.sin(a)), (at[0] + r * np.cos(a), h + 0.045, at[2] + r * np.sin(a)), 0.014, 0.003, flame) for a in np.arange(0, 6.28, 0.7)]
        elif rng.random() < 0.3:
            pot = METAL if rng.random() < 0.5 else Material(any_color(rng))
            parts.append(turned([(r * 0.9, h + 0.02), (r * 1.05, h + 0.13), (r, h + 0.14), (1e-3, h + 0.15)], pot).moved(at))
    return parts


def hob(rng, state):
    w = rng.uniform(0.5, 0.65)
    return join([box((w, 0.05, 0.5), (0, 0.025, 0), DARK if rng.random() < 0.6 else body(rng)), *rings(rng, state, w, 0.05)])


def tap(rng, state):
    """On: a thin stream of water falls from the spout."""
    metal = METAL if rng.random() < 0.6 else Material(pick(rng, [(0.75, 0.6, 0.3), (0.15, 0.15, 0.15), (0.9, 0.9, 0.9)]))
    h, reach = rng.uniform(0.1, 0.28), rng.uniform(0.1, 0.2)
    side = rng.choice([-1, 1]) * reach * rng.uniform(0.2, 0.9)
    tip = np.array([side, h * rng.uniform(0.6, 0.85), reach * 0.5])
    parts = [turned([(0.035, 0), (0.03, 0.015), (0.018, 0.02)], metal), capsule((0, 0, 0), (0, h, 0), 0.018, 0.016, metal), capsule((0, h, 0), (tip[0] * 0.7, h * 1.02, tip[2] * 0.7), 0.014, 0.013, metal),
             capsule((tip[0] * 0.7, h * 1.02, tip[2] * 0.7), tip, 0.013, 0.012, metal)]
    handles = [0] if rng.random() < 0.5 else [-0.09, 0.09]
    parts += [capsule((x, 0.03 if x else h, 0), (x, 0.06 if x else h + 0.05, -0.01), 0.02, 0.016, metal) for x in handles] + [capsule((x, 0.06 if x else h + 0.05, 0), (x + 0.05, 0.07 if x else h + 0.07, 0.02), 0.008, 0.008, metal) for x in handles]
    depth = rng.uniform(0.06, 0.14)
    if rng.random() < 0.5:
        rim = Material((0.9, 0.9, 0.9) if rng.random() < 0.7 else (0.7, 0.72, 0.74))
        r = max(0.16, abs(tip[0]) + 0.07)
        parts.append(turned([(r * 0.6, -depth), (r * 0.95, -0.02), (r, -0.005), (r * 0.93, -0.005), (r * 0.5, -depth + 0.02)], rim, 24).moved((tip[0] * 0.5, 0, tip[2])))
    else:
        parts.append(capsule((-0.05, -depth, 0), (0.05, -depth, 0), 0.012, 0.012, metal))
    if state == "on":
        water = Material((0.62, 0.79, 0.95), alpha=0.9, tintable=False)
        parts.append(capsule(tip, (tip[0], -depth + 0.03, tip[2] + 0.005), 0.013, 0.01, water))
        parts.append(turned([(0.04, 0), (0.018, 0.014)], water).moved((tip[0], -depth + 0.02, tip[2])))
    return join(parts)


def drawers(rng, state, rows=None, w=None):
    wood = Material(pick(rng, WOOD) if rng.random() < 0.8 else any_color(rng))
    rows, w, d = rows or rng.integers(2, 6), w or rng.uniform(0.4, 1.0), rng.uniform(0.38, 0.48)
    h = rows * rng.uniform(0.17, 0.25)
    out, parts = rng.integers(rows), [box((w, 0.03, d), (0, h + 0.015, 0), wood), *shell(w, h, d, 0, wood, DARK)]
    for i in range(rows):
        y, rh = h * i / rows, h / rows - 0.012
        pull = rng.uniform(0.4, 0.8) * d if state == "open" and (i == out or rng.random() < 0.15) else 0
        z = d / 2 + pull
        parts += [box((w - 0.04, rh, 0.025), (0, y + rh / 2 + 0.006, z), Material(tuple(min(1, 1.08 * c) for c in wood.color)))]
        parts += [capsule((x - 0.03, y + rh * 0.6, z + 0.03), (x + 0.03, y + rh * 0.6, z + 0.03), 0.01, 0.01, METAL) for x in ([0] if w < 0.6 else [-w / 4, w / 4])]
        if pull:
            parts += [box((0.015, rh * 0.7, pull), (s * (w / 2 - 0.04), y + rh * 0.4, z - pull / 2), wood) for s in (-1, 1)] + [box((w - 0.08, 0.01, pull), (0, y + 0.02, z - pull / 2), wood)]
            parts += [box((w * 0.2, 0.05, pull * 0.5), (rng.uniform(-w / 4, w / 4), y + rh * 0.5, z - pull / 2), Material(any_color(rng))) for _ in range(2)]
    return join(parts)


def blind(rng, state):
    w, h = rng.uniform(0.8, 1.4), rng.uniform(0.9, 1.5)
    slat = Material(any_color(rng, 0.4) if rng.random() < 0.6 else (0.92, 0.92, 0.9))
    view = Material((1, 1, 1), texture=parametric.outside(rng), glow=1.0, tintable=False)
    parts = [parametric.pane(-w / 2, w / 2, 0, h, -0.03, view), box((w + 0.06, 0.07, 0.08), (0, h + 0.03, 0), slat)]
    raised = h * rng.uniform(0.6, 0.88) if state == "open" else h * rng.uniform(0, 0.04)
    count = int(rng.integers(12, 20))
    ys = np.linspace(raised, h, count)
    parts += [box((w, (h / count) * 0.85 if state == "closed" else 0.012, 0.02), (0, y, 0.01 * (i % 2)), slat) for i, y in enumerate(ys)]
    return join([*parts, capsule((w * 0.45, h * 0.3, 0.03), (w * 0.45, h, 0.03), 0.004, 0.004, DARK)])


def shutter(rng, state):
    w, h, paint = rng.uniform(0.8, 1.2), rng.uniform(1.0, 1.5), Material(any_color(rng))
    view = Material((0.2, 0.25, 0.3), tintable=False)
    parts = [parametric.pane(-w / 2, w / 2, 0, h, -0.03, view), *(box((0.05, h, 0.06), (s * w / 2, h / 2, 0), Material((0.9, 0.9, 0.9))) for s in (-1, 0, 1))]
    for side in (-1, 1):
        leaf = [box((w / 2, h, 0.025), (-side * w / 4, h / 2, 0), paint)] + [box((w / 2 * 0.8, 0.025, 0.02), (-side * w / 4, y, 0.02), Material(tuple(0.75 * c for c in paint.color))) for y in np.linspace(0.1, h - 0.1, 12)]
        parts.append(hinged(join(leaf), side * w / 2, side * rng.uniform(110, 175) if state == "open" else 0, z=0.04))
    return join(parts)


def garage_door(rng, state):
    w, h, paint = rng.uniform(2.2, 2.8), rng.uniform(1.9, 2.2), Material(any_color(rng, 0.3))
    frame, dark = Material(pick(rng, [(0.9, 0.9, 0.88), *WOOD])), Material(tuple(rng.uniform(0.04, 0.2, 3)), tintable=False)
    parts = [parametric.pane(-w / 2, w / 2, 0, h, -0.3, dark), box((w + 0.3, 0.2, 0.1), (0, h + 0.1, 0), frame), *(box((0.15, h, 0.1), (s * (w / 2 + 0.07), h / 2, 0), frame) for s in (-1, 1))]
    low = h * rng.uniform(0.6, 0.9) if state == "open" else 0
    rows = rng.integers(4, 7)
    parts += [box((w, h / rows * 0.94, 0.05), (0, h * (i + 0.5) / rows, 0), paint) for i in range(rows) if h * i / rows >= low]
    return join(parts)


def sliding_door(rng, state):
    w, h = rng.uniform(1.6, 2.2), rng.uniform(1.9, 2.1)
    frame, view = Material(pick(rng, [(0.95, 0.95, 0.95), (0.2, 0.2, 0.2), *WOOD])), Material((1, 1, 1), texture=parametric.outside(rng), glow=1.0, tintable=False)
    glass = Material((0.7, 0.82, 0.88), alpha=0.3)
    leaf = lambda x, z: [box((w / 2, 0.07, 0.04), (x, 0.035, z), frame), box((w / 2, 0.07, 0.04), (x, h - 0.035, z), frame), *(box((0.07, h, 0.04), (x + s * (w / 4 - 0.035), h / 2, z), frame) for s in (-1, 1)),
                         parametric.pane(x - w / 4, x + w / 4, 0, h, z, glass), box((0.02, 0.2, 0.04), (x + w / 4 - 0.035, h / 2, z + 0.03), DARK)]
    move = w / 2 * rng.uniform(0.5, 0.95) if state == "open" else 0
    return join([parametric.pane(-w / 2, w / 2, 0, h, -0.05, view), *leaf(-w / 4, 0), *leaf(w / 4 - move, 0.05), box((w + 0.1, 0.06, 0.12), (0, h + 0.03, 0), frame)])


def lid_laptop(rng, state):
    if state == "closed":
        w = rng.uniform(0.3, 0.4)
        d, case = w * rng.uniform(0.64, 0.72), Material(pick(rng, [(0.15, 0.15, 0.16), (0.75, 0.76, 0.78), (0.9, 0.9, 0.9), any_color(rng)]))
        return join([box((w, 0.015, d), (0, 0.008, 0), case), box((w, 0.008, d), (0, 0.021, 0), Material(tuple(0.9 * c for c in case.color))), box((w * 0.12, 0.002, d * 0.1), (0, 0.026, 0), METAL)])
    return parametric.laptop(rng, state)


def led(rng, on, place, r=0.012):
    """A pilot light: lit it is bright, unlit it is a dark bead of the same hue."""
    hue = np.array(pick(rng, [(1, 0.3, 0.15), (0.2, 1, 0.3), (0.3, 0.7, 1), (1, 0.7, 0.2)]))
    return capsule(place, np.array(place) + [0.001, 0, 0], r, r, Material(tuple(hue if on else 0.25 * hue), glow=1.2 if on else 0, tintable=False))


def kettle(rng, state):
    color, r, h = Material(any_color(rng) if rng.random() < 0.5 else pick(rng, BODIES)), rng.uniform(0.07, 0.09), rng.uniform(0.18, 0.24)
    parts = [turned([(r * 1.15, 0), (r * 1.15, 0.02)], DARK), turned([(r * 1.1, 0.025), (r * 0.8, h), (r * 0.5, h + 0.02), (1e-3, h + 0.025)], color), capsule((0, h + 0.02, 0), (0, h + 0.035, 0), 0.015, 0.012, DARK),
             capsule((-r * 0.8, h * 0.85, 0), (-r * 1.3, h * 1.05, 0), 0.02, 0.012, color), capsule((r * 0.8, h, 0), (r * 1.7, h * 0.8, 0), 0.013, 0.013, DARK), capsule((r * 1.7, h * 0.8, 0), (r * 1.2, 0.06, 0), 0.013, 0.013, DARK), led(rng, state == "on", (r * 0.5, 0.04, r * 1.02))]
    if state == "on":
        steam = Material((0.95, 0.95, 0.97), alpha=0.35, tintable=False)
        parts += [capsule((-r * 1.35 + rng.normal(0, 0.01), h * 1.05 + 0.03 * i, 0), (-r * 1.35 - 0.02 * i, h * 1.05 + 0.03 * i + 0.03, 0), 0.012 + 0.006 * i, 0.016 + 0.006 * i, steam) for i in range(3)]
    return join(parts)


def toaster(rng, state):
    color, w = Material(any_color(rng) if rng.random() < 0.5 else pick(rng, BODIES)), rng.uniform(0.25, 0.34)
    parts = [box((w, 0.17, 0.17), (0, 0.1, 0), color), box((w * 0.8, 0.004, 0.03), (0, 0.186, 0.03), DARK), box((w * 0.8, 0.004, 0.03), (0, 0.186, -0.03), DARK), box((w * 0.9, 0.02, 0.15), (0, 0.01, 0), DARK)]
    on = state == "on"
    parts.append(box((0.02, 0.015, 0.04), (w / 2 + 0.01, 0.06 if on else 0.15, 0), DARK))
    if on:
        parts += [box((w * 0.78, 0.012, 0.028), (0, 0.188, z), Material((1, 0.4, 0.1), glow=0.9, tintable=False)) for z in (-0.03, 0.03)]
    elif rng.random() < 0.5:
        parts.append(box((w * 0.6, 0.06, 0.02), (0, 0.2, 0.03), Material((0.75, 0.5, 0.28))))
    return join(parts)


def coffee_machine(rng, state):
    color, w = Material(any_color(rng) if rng.random() < 0.4 else pick(rng, BODIES)), rng.uniform(0.2, 0.3)
    parts = [box((w, 0.04, 0.28), (0, 0.02, 0.02), color), box((w, 0.34, 0.1), (0, 0.2, -0.07), color), box((w, 0.1, 0.24), (0, 0.32, 0), color), led(rng, state == "on", (w * 0.3, 0.32, 0.122)), turned([(0.045, 0.05), (0.06, 0.1), (0.05, 0.16)], Material((0.75, 0.82, 0.85), alpha=0.5)).moved((0, 0, 0.06)), capsule((0, 0.25, 0.06), (0, 0.27, 0.06), 0.02, 0.03, DARK)]
    if state == "on":
        parts += [capsule((0, 0.25, 0.06), (0, 0.1, 0.06), 0.006, 0.006, Material((0.25, 0.14, 0.08), tintable=False)), turned([(0.05, 0.055), (0.055, 0.09), (1e-3, 0.09)], Material((0.25, 0.14, 0.08), tintable=False)).moved((0, 0, 0.06))]
    return join(parts)


def fan(rng, state):
    """On: the blades are a blurred disc; off: single blades."""
    color, r = Material(any_color(rng) if rng.random() < 0.6 else (0.9, 0.9, 0.9)), rng.uniform(0.14, 0.2)
    stem = rng.uniform(0.15, 0.35)
    y = stem + r
    parts = [turned([(r * 0.7, 0), (r * 0.65, 0.025), (0.02, 0.03), (0.02, y)], color), capsule((0, y, -0.08), (0, y, 0), 0.05, 0.05, color)]
    parts += [turned([(r * 1.08, -0.012), (r * 1.1, 0), (r * 1.08, 0.012)], METAL, 24).moved((0, y, 0.04), rotation("x", 90))]
    blade = Material(tuple(0.85 * c for c in color.color))
    if state == "on":
        parts.append(turned([(r, 0), (1e-3, 0.002)], Material(blade.color, alpha=0.45), 24).moved((0, y, 0.03), rotation("x", 90)))
    else:
        start = rng.uniform(0, 90)
        parts += [box((r * 0.9, r * 0.42, 0.006), (r * 0.5, 0, 0), blade).moved(rotation=rotation("x", 20)).moved((0, y, 0.03), rotation("z", start + k * 360 / 3)) for k in range(3)]
    return join([*parts, capsule((0, y, 0.05), (0, y, 0.06), 0.025, 0.02, color)])


def heater(rng, state):
    w, h, case = rng.uniform(0.35, 0.6), rng.uniform(0.3, 0.5), body(rng)
    rod = Material((1, 0.35, 0.12) if state == "on" else (0.55, 0.5, 0.46), glow=1.0 if state == "on" else 0, tintable=False)
    parts = [box((w, h, 0.12), (0, h / 2 + 0.04, -0.03), case), box((w * 0.86, h * 0.7, 0.01), (0, h * 0.55 + 0.02, 0.032), Material((0.5, 0.5, 0.5)))]
    parts += [capsule((-w * 0.4, y, 0.05), (w * 0.4, y, 0.05), 0.014, 0.014, rod) for y in np.linspace(h * 0.35, h * 0.75, 2 + rng.integers(2)) + 0.03]
    parts += [capsule((x, h * 0.2, 0.07), (x, h * 0.95, 0.07), 0.003, 0.003, METAL) for x in np.linspace(-w * 0.4, w * 0.4, 9)]
    return join([*parts, box((0.05, 0.04, 0.2), (-w * 0.4, 0.02, 0), DARK), box((0.05, 0.04, 0.2), (w * 0.4, 0.02, 0), DARK)])


def fireplace(rng, state):
    w, h, stone = rng.uniform(0.9, 1.3), rng.uniform(0.9, 1.2), Material(pick(rng, [(0.8, 0.78, 0.74), (0.6, 0.35, 0.28), (0.45, 0.45, 0.46), (0.92, 0.9, 0.86)]))
    parts = [box((w * 0.25, h, 0.3), (s * w * 0.375, h / 2, 0), stone) for s in (-1, 1)] + [box((w, h * 0.3, 0.3), (0, h * 0.85, 0), stone), box((w * 1.1, 0.05, 0.36), (0, h + 0.025, 0), Material(pick(rng, WOOD))), parametric.pane(-w / 4, w / 4, 0, h * 0.7, -0.1, DARK)]
    parts += [capsule((-w * 0.18, 0.06 + 0.05 * i, 0.02 * i), (w * 0.18, 0.06 + 0.05 * (i % 2), 0.04), 0.035, 0.03, Material((0.35, 0.22, 0.13))) for i in range(2 + rng.integers(2))]
    if state == "on":
        for color, k in (((1, 0.55, 0.15), 1.0), ((1, 0.85, 0.35), 0.6)):
            parts += [turned([(0.03 * k, 0), (0.06 * k, 0.06), (0.03 * k, 0.15), (1e-3, rng.uniform(0.2, 0.35) * k)], Material(color, glow=1.2, tintable=False), 8).moved((x, 0.1, 0.06)) for x in rng.uniform(-w * 0.16, w * 0.16, 4)]
    return join(parts)


def switch(rng, state):
    """The rocker tips: up is on, down is off, with a shadowed half."""
    plate, up = body(rng), state == "on"
    high, low = (tuple(min(1, c * 1.1) for c in plate.color), tuple(0.5 * c for c in plate.color))
    return join([box((0.085, 0.085, 0.01), (0, 0.043, 0), plate), box((0.045, 0.028, 0.012 if up else 0.02), (0, 0.058, 0.005), Material(low if up else high)), box((0.045, 0.028, 0.02 if up else 0.012), (0, 0.03, 0.005), Material(high if up else low))])


def router(rng, state):
    w, case = rng.uniform(0.18, 0.26), Material(pick(rng, [(0.1, 0.1, 0.1), (0.92, 0.92, 0.92)]), tintable=False)
    parts = [box((w, 0.035, 0.13), (0, 0.018, 0), case)] + [capsule((x, 0.02, -0.06), (x + rng.normal(0, 0.01), 0.16, -0.08), 0.006, 0.006, case) for x in np.linspace(-w * 0.42, w * 0.42, 2 + rng.integers(2))]
    return join(parts + [led(rng, state == "on" and i > 0, (-w * 0.3 + 0.022 * i, 0.022, 0.066), 0.006) for i in range(5)])


def tablet(rng, state):
    w = rng.uniform(0.16, 0.2)
    h = w * rng.uniform(1.3, 1.5)
    slab = join([box((w, h, 0.008), (0, h / 2, 0), DARK if rng.random() < 0.6 else Material((0.9, 0.9, 0.9))), screen(rng, w - 0.02, h - 0.025, (0, h / 2, 0.0045), state)])
    return slab.moved(rotation=rotation("x", -rng.uniform(5, 30)))


def torch(rng, state):
    color = Material(any_color(rng))
    lens = Material((1, 0.97, 0.8) if state == "on" else (0.55, 0.57, 0.6), glow=1.4 if state == "on" else 0, tintable=False)
    parts = [turned([(0.016, 0), (0.018, 0.11), (0.03, 0.14), (0.032, 0.16)], color), turned([(0.03, 0.162), (1e-3, 0.164)], lens)]
    if state == "on":
        parts.append(turned([(0.03, 0.165), (0.075, 0.26)], Material((1, 0.97, 0.75), alpha=0.25, glow=1.2, tintable=False)))
    return join(parts).moved(rotation=rotation("z", pick(rng, [-80, 80]) + rng.uniform(-12, 12)) if rng.random() < 0.8 else rotation("x", 60))


def bulb(rng, state):
    glass = Material((1, 0.96, 0.8) if state == "on" else (0.8, 0.83, 0.84), alpha=1.0 if state == "on" else 0.75, glow=1.35 if state == "on" else 0, tintable=False)
    return join([turned([(0.013, 0), (0.013, 0.025)], METAL), turned([(0.013, 0.025), (0.03, 0.055), (0.033, 0.075), (0.022, 0.1), (1e-3, 0.108)], glass)])


def shaded(rng, state, form):
    """Lamps by form: a lit shade is evenly bright and warm, an unlit one is coloured by the room's light alone."""
    base = np.array(pick(rng, [(0.95, 0.92, 0.85), (0.9, 0.75, 0.5), (0.8, 0.4, 0.3), (0.5, 0.6, 0.75), (0.6, 0.7, 0.5), (0.9, 0.9, 0.9)]))
    shade = Material(tuple(np.minimum(1, base * 1.1 + 0.1) if state == "on" else base), glow=rng.uniform(1.0, 1.35) if state == "on" else 0)
    metal = Material(pick(rng, [(0.2, 0.2, 0.2), (0.75, 0.7, 0.6), (0.6, 0.45, 0.2), *WOOD]))
    r, h = rng.uniform(0.12, 0.22), rng.uniform(0.14, 0.28)
    if form == "table" and rng.random() < 0.3:
        tip = np.array([rng.uniform(0.15, 0.3), rng.uniform(0.28, 0.42), 0])
        bulb = Material((1, 0.97, 0.85) if state == "on" else (0.7, 0.7, 0.68), glow=1.3 if state == "on" else 0, tintable=False)
        head = [turned([(0.1, -0.08), (0.04, 0.06), (1e-3, 0.07)], shade), turned([(0.085, -0.07), (1e-3, -0.075)], bulb)]
        parts = [turned([(0.09, 0), (0.09, 0.02), (0.01, 0.025)], metal), capsule((0, 0.02, 0), (-0.08, 0.25, 0), 0.012, 0.012, metal), capsule((-0.08, 0.25, 0), tip, 0.012, 0.012, metal), join(head).moved(tip, rotation("z", rng.uniform(10, 40)))]
    elif form == "table":
        stem, foot = rng.uniform(0.12, 0.32), rng.uniform(0.06, 0.12)
        base = pick(rng, [[(foot, 0), (foot * rng.uniform(0.6, 1.3), stem * rng.uniform(0.2, 0.6)), (0.02, stem)], [(foot, 0), (foot, 0.02), (0.014, 0.03), (0.014, stem)],
                          [(foot * 0.7, 0), (foot * 0.5, stem * 0.15), (foot * 1.1, stem * 0.5), (foot * 0.4, stem * 0.9), (0.02, stem)]])
        parts = [turned(base, metal if rng.random() < 0.6 else Material(any_color(rng)), 14), turned([(r * 0.9, stem), (r * rng.uniform(0.4, 0.85), stem + h)], shade, 20), capsule((0, stem, 0), (0, stem + h * 0.8, 0), 0.008, 0.008, metal)]
    elif form == "floor":
        stem = rng.uniform(1.1, 1.4)
        parts = [turned([(0.16, 0), (0.16, 0.02), (0.014, 0.03), (0.014, stem)], metal), turned([(r, stem), (r * rng.uniform(0.5, 1), stem + h)], shade, 20)]
    elif form == "wall":
        parts = [box((0.08, 0.14, 0.02), (0, 0.1, 0), metal), capsule((0, 0.1, 0), (0, 0.1, 0.1), 0.01, 0.01, metal), turned([(r * 0.5, 0.1), (r * 0.7, 0.1 + h * 0.7)], shade, 20).moved((0, 0, 0.12))]
    elif form == "ceiling":
        top = rng.uniform(0.15, 0.6)
        body = [(r * 1.2, 0), (r * 0.4, h)] if rng.random() < 0.5 else [(r * 0.4, 0), (r, h * 0.4), (r * 0.8, h * 0.8), (0.03, h)]
        parts = [turned(body, shade, 20), capsule((0, h, 0), (0, h + top, 0), 0.006, 0.006, metal), turned([(0.05, h + top), (0.05, h + top + 0.02)], metal)]
    elif form == "chandelier":
        parts = [capsule((0, 0.15, 0), (0, 0.6, 0), 0.012, 0.012, metal), capsule((0, 0.1, 0), (0, 0.16, 0), 0.04, 0.03, metal)]
        for a in np.arange(0, 6.2, 2 * np.pi / rng.integers(5, 8)):
            at = np.array([0.32 * np.cos(a), 0.2, 0.32 * np.sin(a)])
            parts += [capsule((0, 0.15, 0), at, 0.01, 0.01, metal), turned([(0.05, 0.22), (0.03, 0.31)], shade, 10).moved(at - [0, 0.2, 0])]
    elif form == "lava":
        blob = Material(tuple(base * [1, 0.5, 0.4]), glow=1.2 if state == "on" else 0, tintable=False)
        parts = [turned([(0.05, 0), (0.035, 0.1)], metal), turned([(0.035, 0.1), (0.055, 0.16), (0.03, 0.34)], Material(shade.color, alpha=0.55, glow=shade.glow * 0.8)), turned([(0.03, 0.34), (0.02, 0.39), (1e-3, 0.39)], metal)]
        parts += [capsule((rng.normal(0, 0.008), y, 0.03), (0, y + 0.02, 0.03), 0.018, 0.014, blob) for y in (0.15, 0.21, 0.27)]
    elif form == "salt":
        salt = Material((1, 0.6, 0.4) if state == "on" else (0.85, 0.6, 0.52), glow=1.15 if state == "on" else 0, tintable=False)
        parts = [turned([(0.09, 0), (0.09, 0.025), (1e-3, 0.025)], Material(WOOD[0])), turned([(0.08, 0.025), (0.085, 0.08), (0.06, 0.16), (0.03, 0.22), (1e-3, 0.24)], salt, 7)]
    elif form == "night":
        parts = [box((0.06, 0.09, 0.02), (0, 0.045, 0), Material((0.92, 0.92, 0.92))), turned([(0.03, 0), (0.03, 0.04), (1e-3, 0.055)], shade, 12).moved((0, 0.04, 0.025))]
    else:
        parts = [box((0.24, 0.17, 0.05), (0, 0.22, 0), Material((0.9, 0.7, 0.1))), box((0.2, 0.13, 0.01), (0, 0.22, 0.03), shade), capsule((-0.14, 0, 0.08), (-0.14, 0.22, 0), 0.01, 0.01, DARK), capsule((0.14, 0, 0.08), (0.14, 0.22, 0), 0.01, 0.01, DARK), capsule((-0.14, 0, 0.08), (0.14, 0, 0.08), 0.01, 0.01, DARK)]
    return join(parts)


def closed_book(rng, state):
    cover, paper, h = Material(any_color(rng)), Material((0.95, 0.93, 0.88), tintable=False), rng.uniform(0.02, 0.06)
    parts = [box((0.16, h, 0.23), (0, h / 2, 0), paper), box((0.17, 0.006, 0.24), (0, h, 0), cover), box((0.17, 0.006, 0.24), (0, 0, 0), cover), box((0.006, h, 0.24), (-0.085, h / 2, 0), cover)]
    band = Material(any_color(rng))
    parts += [box((rng.uniform(0.06, 0.13), 0.001, 0.03), (0, h + 0.004, rng.uniform(-0.08, -0.02)), band), box((0.002, h * 0.5, 0.05), (-0.089, h / 2, 0), band)]
    book = join(parts)
    return book.moved((0, 0.12, 0), rotation("x", rng.uniform(70, 90))) if rng.random() < 0.4 else book


def iron(rng, state):
    color = Material(any_color(rng))
    return join([box((0.26, 0.012, 0.11), (0, 0.006, 0), METAL), box((0.22, 0.05, 0.09), (0.01, 0.04, 0), color), capsule((-0.1, 0.05, 0), (0.08, 0.05, 0), 0.04, 0.02, color), capsule((-0.09, 0.06, 0), (-0.07, 0.12, 0), 0.014, 0.014, color),
                 capsule((-0.07, 0.12, 0), (0.06, 0.11, 0), 0.014, 0.012, color), capsule((0.06, 0.11, 0), (0.08, 0.06, 0), 0.012, 0.012, color), led(rng, state == "on", (0.03, 0.075, 0.03), 0.01)])


KEPT = ("tv", "monitor", "window", "door", "curtain", "candle", "painting", "rug", "ball", "box")
BUILDERS = {name: parametric.BUILDERS[name] for name in KEPT} | {
    "laptop": lid_laptop, "fridge": fridge, "wardrobe": wardrobe, "medicine cabinet": medicine_cabinet, "oven": oven, "dishwasher": dishwasher, "microwave": microwave,
    "washing machine": washer, "dryer": partial(washer, dryer=True), "cooker": cooker, "hot plate": hob, "tap": tap, "drawers": drawers, "filing cabinet": partial(drawers, rows=4, w=0.42), "drawer": partial(drawers, rows=1, w=0.45),
    "window blind": blind, "window shutter": shutter, "garage door": garage_door, "sliding door": sliding_door, "kettle": kettle, "toaster": toaster, "coffee machine": coffee_machine, "fan": fan,
    "heater": heater, "fireplace": fireplace, "light switch": switch, "router": router, "tablet": tablet, "flashlight": torch, "light bulb": bulb, "iron": iron,
    **{name: partial(shaded, form=form) for name, form in (("lamp", "table"), ("floor lamp", "floor"), ("wall lamp", "wall"), ("ceiling lamp", "ceiling"), ("chandelier", "chandelier"), ("lava lamp", "lava"), ("salt lamp", "salt"), ("night light", "night"), ("work lamp", "work"))},
    "book": closed_book, "open book": lambda rng, state: parametric.book(rng, "open")}
