"""Things built from solids with random measures, where the catalogue has no states: lamps, screens, doors, people."""
import numpy as np

from mesh import Material, box, capsule, join, quads, rotation, turned

WOOD = [(0.55, 0.35, 0.2), (0.4, 0.25, 0.13), (0.75, 0.6, 0.42), (0.9, 0.88, 0.85), (0.2, 0.16, 0.14)]


def any_color(rng, low=0.1, high=0.95):
    return tuple(rng.uniform(low, high, 3))


def pick(rng, options):
    return options[rng.integers(len(options))]


def lamp(rng, state):
    shade_color = pick(rng, [(0.95, 0.92, 0.85), (0.9, 0.8, 0.6), (0.85, 0.4, 0.3), (0.4, 0.55, 0.7), (0.5, 0.65, 0.45), any_color(rng)])
    lit = state == "on"
    glow = rng.uniform(1.05, 1.4) if lit else 0
    shade = Material(tuple(min(1, c * 1.1 + 0.12) for c in shade_color) if lit else shade_color, glow=glow)
    bulb = Material((1, 1, 0.92) if lit else (0.75, 0.75, 0.72), glow=1.6 if lit else 0)
    metal = Material(pick(rng, [(0.2, 0.2, 0.2), (0.75, 0.7, 0.6), (0.6, 0.45, 0.2), *WOOD]))
    kind = rng.choice(["table", "floor", "hanging", "desk"], p=[0.4, 0.3, 0.15, 0.15])
    r0, r1, height = rng.uniform(0.11, 0.2), rng.uniform(0.05, 0.14), rng.uniform(0.15, 0.28)
    if kind == "hanging":
        top = rng.uniform(0.2, 0.6)
        parts = [turned([(r0 * 1.2, 0), (r1, height)], shade, 20), turned([(0.008, height), (0.008, height + top)], metal),
                 capsule((0, 0.04, 0), (0, 0.09, 0), 0.045, 0.045, bulb)]
    elif kind == "desk":
        tip = (rng.uniform(0.15, 0.3), rng.uniform(0.28, 0.42), 0)
        head = turned([(0.1, -0.08), (0.04, 0.06)], shade).moved(tip, rotation("z", rng.uniform(10, 40)))
        parts = [turned([(0.09, 0), (0.09, 0.02), (0.01, 0.025)], metal), capsule((0, 0.02, 0), (-0.08, 0.25, 0), 0.012, 0.012, metal),
                 capsule((-0.08, 0.25, 0), tip, 0.012, 0.012, metal), head, capsule((tip[0] + 0.02, tip[1] - 0.05, 0), (tip[0] + 0.02, tip[1] - 0.06, 0), 0.04, 0.04, bulb)]
    else:
        stem = rng.uniform(0.15, 0.35) if kind == "table" else rng.uniform(0.9, 1.3)
        foot = rng.uniform(0.07, 0.12) if kind == "table" else rng.uniform(0.12, 0.17)
        body = [(foot, 0), (foot * rng.uniform(0.6, 1.2), stem * rng.uniform(0.2, 0.5)), (0.02, stem)] if kind == "table" and rng.random() < 0.6 \
            else [(foot, 0), (foot, 0.02), (0.014, 0.03), (0.014, stem)]
        parts = [turned(body, metal), turned([(r0, stem), (r1, stem + height)], shade, 20),
                 capsule((0, stem + 0.05, 0), (0, stem + 0.08, 0), 0.045, 0.045, bulb)]
    return join(parts)


def screen_picture(rng):
    """Something that could be on a screen: gradients and shapes."""
    t = np.linspace(0, 1, 48)[:, None, None] * (rng.uniform(0, 255, 3) - (a := rng.uniform(40, 255, 3))) + a
    image = np.broadcast_to(t, (48, 64, 3)).copy()
    for _ in range(rng.integers(2, 8)):
        x, y = rng.integers(0, 56), rng.integers(0, 40)
        image[y:y + rng.integers(3, 30), x:x + rng.integers(3, 40)] = rng.uniform(0, 255, 3)
    return np.concatenate([image, np.full((48, 64, 1), 255)], -1).astype(np.uint8)


def screen(rng, w, h, center, state):
    if state == "on":
        face = Material((1, 1, 1), texture=screen_picture(rng), glow=rng.uniform(0.85, 1.15))
    else:
        shine = np.linspace(rng.uniform(8, 30), rng.uniform(20, 70), 64)[None, :] + np.linspace(0, rng.uniform(-8, 20), 48)[:, None]
        image = np.clip(np.stack([shine, shine, shine * 1.1, np.full_like(shine, 255)], -1), 0, 255)
        face = Material((1, 1, 1), texture=image.astype(np.uint8), tintable=False)
    x, y, z = center
    return quads([[[x - w / 2, y - h / 2, z], [x + w / 2, y - h / 2, z], [x + w / 2, y + h / 2, z], [x - w / 2, y + h / 2, z]]], face)


def tv(rng, state):
    w = rng.uniform(0.8, 1.4)
    h, rim = w * rng.uniform(0.54, 0.62), rng.uniform(0.01, 0.04)
    frame = Material(pick(rng, [(0.06, 0.06, 0.06), (0.15, 0.15, 0.16), (0.6, 0.6, 0.62)]), tintable=False)
    lift = rng.uniform(0.04, 0.12)
    parts = [box((w, h, 0.05), (0, lift + h / 2, 0), frame), screen(rng, w - 2 * rim, h - 2 * rim, (0, lift + h / 2, 0.027), state)]
    if rng.random() < 0.6:
        parts += [box((w * rng.uniform(0.25, 0.5), 0.02, 0.2), (0, 0.01, 0), frame), box((0.1, lift, 0.04), (0, lift / 2, 0), frame)]
    else:
        parts += [box((0.04, lift, 0.18), (side * w * 0.35, lift / 2, 0), frame) for side in (-1, 1)]
    return join(parts)


def monitor(rng, state):
    w = rng.uniform(0.45, 0.6)
    h, lift = w * rng.uniform(0.56, 0.7), rng.uniform(0.12, 0.2)
    frame = Material(pick(rng, [(0.08, 0.08, 0.08), (0.85, 0.85, 0.85), (0.5, 0.5, 0.5)]))
    parts = [box((w, h, 0.04), (0, lift + h / 2, 0), frame), screen(rng, w - 0.03, h - 0.03, (0, lift + h / 2, 0.022), state),
             box((0.05, lift + 0.05, 0.03), (0, lift / 2, -0.03), frame), box((0.24, 0.015, 0.18), (0, 0.008, 0), frame)]
    return join(parts)


def laptop(rng, state):
    w = rng.uniform(0.3, 0.4)
    d = h = w * rng.uniform(0.62, 0.72)
    case = Material(pick(rng, [(0.15, 0.15, 0.16), (0.75, 0.76, 0.78), (0.9, 0.9, 0.9)]))
    keys = Material((0.1, 0.1, 0.1), tintable=False)
    lid = join([box((w, h, 0.012), (0, h / 2, 0), case), screen(rng, w - 0.025, h - 0.03, (0, h / 2, 0.008), state)])
    rows = [box((w * 0.85, 0.004, d * 0.07), (0, 0.02, d * (0.16 + 0.1 * i)), keys) for i in range(4)]
    return join([box((w, 0.018, d), (0, 0.009, d / 2), case), *rows, lid.moved((0, 0.015, 0), rotation("x", -rng.uniform(5, 30)))])


def outside(rng):
    """What is seen through an opening: a day or a night sky over a horizon."""
    day = rng.random() < 0.55
    top = np.array([0.45, 0.65, 0.95]) if day else np.array([0.02, 0.03, 0.1])
    low = np.array([0.8, 0.88, 0.98]) if day else np.array([0.06, 0.08, 0.18])
    sky = np.linspace(0, 1, 40)[:, None, None] * (low - top) + top
    image = np.broadcast_to(sky, (40, 40, 3)).copy() * rng.uniform(0.85, 1.0)
    line = rng.integers(20, 39)
    image[line:] = np.array([0.25, 0.45, 0.2]) * (1 if day else 0.2) * rng.uniform(0.6, 1.2)
    for _ in range(rng.integers(0, 4)):
        x, w = rng.integers(0, 34), rng.integers(3, 12)
        image[rng.integers(12, 38):, x:x + w] = rng.uniform(0.2, 0.6) * (1 if day else 0.15)
    return np.concatenate([np.clip(image, 0, 1) * 255, np.full((40, 40, 1), 255)], -1).astype(np.uint8)


def pane(x0, x1, y0, y1, z, material):
    return quads([[[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]]], material)


def window(rng, state):
    w, h = rng.uniform(0.8, 1.5), rng.uniform(0.9, 1.5)
    frame = Material(pick(rng, [(0.95, 0.95, 0.95), *WOOD, any_color(rng)]))
    view = Material((1, 1, 1), texture=outside(rng), glow=1.0, tintable=False)
    bar = rng.uniform(0.04, 0.08)
    border = lambda w, h, x, t: [box((w, t, 0.06), (x, t / 2, 0.02), frame), box((w, t, 0.06), (x, h - t / 2, 0.02), frame),
                                 *(box((t, h, 0.06), (x + s * (w - t) / 2, h / 2, 0.02), frame) for s in (-1, 1))]
    parts = [pane(-w / 2, w / 2, 0, h, 0, view), *border(w, h, 0, bar)]
    glass = Material((0.75, 0.85, 0.9), alpha=0.25)
    leaves = [-1, 1] if rng.random() < 0.65 else [pick(rng, [-1, 1])]
    for side in leaves:
        width = w / len(leaves)
        leaf = join([*border(width, h, -side * width / 2, bar * 0.9), pane(min(0, -side * width), max(0, -side * width), 0, h, 0.01, glass),
                     box((width, bar * 0.6, 0.04), (-side * width / 2, h * 0.5, 0.02), frame)])
        angle = rng.uniform(50, 110) if state == "open" else 0
        parts.append(leaf.moved((side * w / 2, 0, 0.03), rotation("y", -side * -angle)))
    return join(parts)


def door(rng, state):
    w, h = rng.uniform(0.75, 0.95), rng.uniform(1.9, 2.15)
    color = pick(rng, [*WOOD, any_color(rng), (0.93, 0.93, 0.9)])
    frame, leaf_material = Material(pick(rng, [color, (0.95, 0.95, 0.95), *WOOD])), Material(color)
    knob, inset = Material((0.8, 0.7, 0.35)), Material(tuple(c * 0.82 for c in color))
    beyond = pick(rng, [(0.03, 0.03, 0.04), (0.15, 0.13, 0.12), (0.7, 0.66, 0.58), (0.35, 0.33, 0.3)])
    parts = [pane(-w / 2, w / 2, 0, h, -0.02, Material(beyond, tintable=False)), box((w + 0.16, 0.08, 0.08), (0, h + 0.04, 0), frame)]
    parts += [box((0.08, h, 0.08), (s * (w / 2 + 0.04), h / 2, 0), frame) for s in (-1, 1)]
    side = pick(rng, [-1, 1])
    leaf = [box((w, h, 0.04), (-side * w / 2, h / 2, 0.02), leaf_material), capsule((-side * w * 0.9, h * 0.48, 0.07), (-side * w * 0.82, h * 0.48, 0.07), 0.025, 0.025, knob)]
    rows = rng.integers(0, 4)
    for i in range(rows):
        leaf.append(box((w * 0.66, h * 0.78 / rows, 0.012), (-side * w / 2, h * (0.1 + 0.84 * (i + 0.5) / rows), 0.043), inset))
    angle = rng.uniform(45, 100) if state == "open" else 0
    return join([*parts, join(leaf).moved((side * w / 2, 0, 0.01), rotation("y", side * angle))])


def curtain(rng, state):
    w, h = rng.uniform(1.2, 2.0), rng.uniform(1.4, 2.2)
    cloth, rod = Material(any_color(rng, 0.2)), Material(pick(rng, WOOD))
    spans = [(-w / 2, w / 2)]
    if state == "open":
        gathered = w * rng.uniform(0.14, 0.2)
        spans = [(-w / 2, -w / 2 + gathered), (w / 2 - gathered, w / 2)]
    elif rng.random() < 0.5:
        spans = [(-w / 2, -0.01), (0.01, w / 2)]
    parts = [capsule((-w / 2 - 0.08, h + 0.03, 0), (w / 2 + 0.08, h + 0.03, 0), 0.02, 0.02, rod)]
    for x0, x1 in spans:
        folds = max(3, int((x1 - x0) / w * rng.uniform(9, 16)) + (3 if state == "open" else 0))
        x = np.linspace(x0, x1, folds * 6 + 1)
        z = 0.05 * np.sin(np.linspace(0, folds * 2 * np.pi, len(x)))
        low = np.stack([x, np.full_like(x, rng.uniform(0, 0.05)), z * 1.3], -1)
        high = np.stack([x, np.full_like(x, h), z], -1)
        parts.append(quads(np.stack([low[:-1], low[1:], high[1:], high[:-1]], 1), cloth))
    return join(parts)


def candle(rng, state):
    r, h = rng.uniform(0.02, 0.04), rng.uniform(0.08, 0.22)
    wax = Material(pick(rng, [(0.95, 0.92, 0.85), (0.8, 0.2, 0.2), (0.9, 0.8, 0.5), any_color(rng)]))
    parts = [turned([(r, 0), (r, h), (0.001, h)], wax), capsule((0, h, 0), (0, h + 0.015, 0), 0.002, 0.002, Material((0.1, 0.1, 0.1)))]
    if rng.random() < 0.6:
        parts.append(turned([(r * 2.2, -0.01), (r * 2.2, 0.005), (r, 0.01)], Material(pick(rng, WOOD))))
    if state == "on":
        flame = turned([(0.004, 0), (0.013, 0.02), (0.009, 0.04), (0.001, 0.07)], Material((1, 0.85, 0.4), glow=1.5))
        parts.append(flame.moved((0, h + 0.008, 0)))
    return join(parts)


def painting(rng, state):
    w, h = rng.uniform(0.4, 1.0), rng.uniform(0.4, 0.8)
    t = rng.uniform(0.03, 0.07)
    art = Material((1, 1, 1), texture=screen_picture(rng), tintable=False)
    rim = Material((0.95, 0.94, 0.9) if rng.random() < 0.5 else any_color(rng))
    return join([box((w + 2 * t, h + 2 * t, 0.03), (0, h / 2, 0), Material(pick(rng, WOOD))),
                 pane(-w / 2, w / 2, 0, h, 0.018, rim), pane(-w * 0.38, w * 0.38, h * 0.12, h * 0.88, 0.022, art)])


def rug(rng, state):
    base, band = rng.uniform(30, 230, 3), rng.uniform(30, 230, 3)
    image = np.tile(base, (48, 64, 1))
    for i in range(rng.integers(1, 5)):
        image[3 * i:48 - 3 * i, 3 * i:64 - 3 * i] = band if i % 2 else base * rng.uniform(0.6, 1.2)
    if rng.random() < 0.5:
        image[:, ::rng.integers(4, 9)] = band
    image = np.concatenate([np.clip(image, 0, 255), np.full((48, 64, 1), 255)], -1).astype(np.uint8)
    w, d = rng.uniform(1.2, 2.2), rng.uniform(0.9, 1.4)
    return quads([[[-w / 2, 0, d / 2], [w / 2, 0, d / 2], [w / 2, 0, -d / 2], [-w / 2, 0, -d / 2]]], Material((1, 1, 1), texture=image))


def ball(rng, state):
    colors = [Material(any_color(rng)) for _ in range(2)]
    r = rng.uniform(0.1, 0.15)
    t = np.linspace(-np.pi / 2, np.pi / 2, 9)
    profile = [(r * np.cos(v) + 1e-4, r * np.sin(v)) for v in t]
    return join([turned(profile[i:i + 2], colors[i // 2 % 2], 16) for i in range(8)]).moved(rotation=rotation("z", rng.uniform(0, 90)))


def cardboard(rng, state):
    w, h, d = rng.uniform(0.25, 0.5, 3)
    card = Material(tuple(np.array([0.72, 0.53, 0.35]) * rng.uniform(0.8, 1.15)), tintable=False)
    tape = Material((0.82, 0.72, 0.5), tintable=False)
    return join([box((w, h, d), (0, h / 2, 0), card), box((w * 0.18, 0.004, d), (0, h, 0), tape), box((w * 0.18, h * 0.25, 0.004), (0, h * 0.87, d / 2), tape)])


def book(rng, state="none"):
    cover, paper = Material(any_color(rng)), Material((0.95, 0.93, 0.88), tintable=False)
    if state != "open" and rng.random() < 0.5:
        h = rng.uniform(0.02, 0.06)
        return join([box((0.16, h, 0.23), (0, h / 2, 0), paper), box((0.17, 0.006, 0.24), (0, h, 0), cover),
                     box((0.17, 0.006, 0.24), (0, 0, 0), cover), box((0.006, h, 0.24), (-0.085, h / 2, 0), cover)])
    half = lambda side: join([box((0.15, 0.008, 0.22), (side * 0.075, 0, 0), cover), box((0.14, 0.012, 0.21), (side * 0.07, 0.01, 0), paper)]).moved(rotation=rotation("z", side * 14))
    return join([half(-1), half(1)])


BUILDERS = {"lamp": lamp, "tv": tv, "monitor": monitor, "laptop": laptop, "window": window, "door": door, "curtain": curtain,
            "candle": candle, "painting": painting, "rug": rug, "ball": ball, "box": cardboard, "book": book}
