"""Empty rooms and gardens by family. Families are split: what a test split stands in front of, training never shows.

FAMILIES["train"] and FAMILIES["test"] share no painter; validation uses the training families."""
import numpy as np

from scene import color, floor, wall

DOWN = lambda h: (np.arange(h) + 1.0)[:, None] / h


def grid(h, w, step, gap, base, joint, rng, shift=False, speckle=6):
    y, x = np.arange(h)[:, None], np.arange(w)[None]
    row = y // step
    x = x + (row % 2) * step // 2 if shift else x + 0 * row
    wide = step * 2 if shift else step
    line = (y % step < gap) | (x % wide < gap)
    shade = rng.normal(0, speckle, (h // step + 1, w // wide + 3))[row, x // wide]
    return np.where(line[..., None], joint, np.asarray(base) + shade[..., None]).astype(np.float32)


def plain_room(rng, h, w, line):
    return np.concatenate([wall(rng, line, w), floor(rng, h - line, w)])


def perspective(rng, h, w, cells):
    """Columns and rows of a floor seen from standing height."""
    depth = DOWN(h)
    x = (np.arange(w)[None] / w - rng.uniform(0.3, 0.7)) / (0.35 + depth) * cells
    return x, np.broadcast_to(cells * 0.5 / (0.35 + depth), (h, w)), depth


def tiled_floor(rng, h, w, a, b):
    x, z, depth = perspective(rng, h, w, rng.uniform(6, 14))
    even = (np.floor(x) + np.floor(z)) % 2 == 0
    return np.where(even[..., None], a, b) * (0.85 + 0.2 * depth)[..., None]


def bathroom(rng, h, w, line):
    tile = color(rng, 150, 235, 20)
    image = grid(line, w, max(5, h // rng.integers(10, 22)), 1, tile, tile * rng.uniform(0.75, 0.9), rng)
    if rng.random() < 0.5:
        band = int(line * rng.uniform(0.2, 0.6))
        image[band:band + max(2, h // 30)] = color(rng, 40, 200)
    if rng.random() < 0.3:
        image[:int(line * rng.uniform(0.2, 0.5))] = color(rng, 170, 240, 8)
    return np.concatenate([image, tiled_floor(rng, h - line, w, color(rng, 90, 220), color(rng, 60, 220))])


def kitchen(rng, h, w, line):
    """Cupboard fronts above and below a worktop with a splashback."""
    image = np.concatenate([wall(rng, line, w), floor(rng, h - line, w)])
    front, top = color(rng, 70, 240), int(line * rng.uniform(0.55, 0.7))
    image[top:line] = front
    for x in range(0, w, max(12, w // rng.integers(4, 8))):
        image[top:line, x:x + 1] *= 0.6
        image[top + 4:top + 6, x + 3:x + 8] = (190, 190, 192)
    image[top - max(2, h // 50):top] = color(rng, 60, 220)
    if rng.random() < 0.6:
        y = int(line * rng.uniform(0.15, 0.28))
        image[:y] = front * 0.97
        for x in range(0, w, max(12, w // 5)):
            image[:y, x:x + 1] *= 0.6
    else:
        image[int(top * 0.6):top - 3] = grid(top - 3 - int(top * 0.6), w, max(4, h // 22), 1, color(rng, 140, 235), (210, 210, 205), rng, True)
    return image


def hall(rng, h, w, line):
    """Wainscot and a receding side wall."""
    image = np.concatenate([wall(rng, line, w), floor(rng, h - line, w)])
    y = int(line * rng.uniform(0.55, 0.75))
    image[y:line] = color(rng, 140, 240, 10)
    image[y - 2:y] = color(rng, 80, 240)
    for x in range(int(rng.uniform(0, 20)), w, max(10, w // rng.integers(4, 9))):
        image[y + 3:line - 3, x:x + 1] *= 0.82
    edge, slope = int(w * rng.uniform(0.08, 0.25)), rng.uniform(0.3, 0.7)
    side = np.arange(edge)[None] < edge - np.maximum(0, np.arange(h)[:, None] - line) * slope
    image[:, :edge] = np.where(side[..., None], image[:, :edge] * rng.uniform(0.6, 0.85), image[:, :edge])
    return image[:, ::-1] if rng.random() < 0.5 else image


def garage(rng, h, w, line):
    """Rough concrete, a shelf line, oil spots."""
    base = color(rng, 110, 180, 8)
    image = np.concatenate([np.broadcast_to(base, (line, w, 3)), np.broadcast_to(base * 0.75, (h - line, w, 3))]).astype(np.float32).copy()
    image += np.repeat(np.repeat(rng.normal(0, 9, (h // 4 + 1, w // 4 + 1, 1)), 4, 0), 4, 1)[:h, :w]
    for _ in range(rng.integers(0, 3)):
        y = int(line * rng.uniform(0.1, 0.7))
        image[y:y + max(2, h // 60)] = color(rng, 60, 140)
    for _ in range(rng.integers(0, 4)):
        y, x = rng.integers(line, h), rng.integers(0, w)
        image[y:y + 3, x:x + rng.integers(4, 30)] *= 0.7
    return image


def garden(rng, h, w, line):
    """Sky, hedge or house wall, and grass or slabs: what a garden door's camera sees."""
    sky = np.linspace(0, 1, line)[:, None, None] * rng.uniform(20, 60) + np.array([140, 180, 225]) * rng.uniform(0.75, 1.05)
    image = np.broadcast_to(sky, (line, w, 3)).copy()
    y = int(line * rng.uniform(0.2, 0.7))
    noise = np.repeat(np.repeat(rng.normal(0, 16, (h // 3 + 1, w // 3 + 1, 1)), 3, 0), 3, 1)[:h, :w]
    image[y:] = np.array([50, 95, 45]) * rng.uniform(0.7, 1.4) if rng.random() < 0.6 else color(rng, 120, 210)
    image[y:] += noise[y:line] * 0.8
    ground = np.array([85, 135, 60]) * rng.uniform(0.7, 1.3) if rng.random() < 0.65 else color(rng, 110, 190, 8)
    return np.concatenate([image, ground + noise[line:]])


def brick(rng, h, w, line):
    base = np.array([165, 90, 70]) * rng.uniform(0.7, 1.3) if rng.random() < 0.6 else color(rng, 90, 220)
    top = grid(line, w, max(4, h // rng.integers(14, 26)), 1, base, base * 0.5 + 90, rng, True, 14)
    x, _, depth = perspective(rng, h - line, w, rng.uniform(8, 14))
    plank = np.array([150, 110, 75]) * (0.8 + 0.25 * ((np.sin(np.floor(x) * 91.7) * 4373.5) % 1))[..., None]
    return np.concatenate([top, plank * (0.85 + 0.2 * depth)[..., None]])


def diagonal(rng, h, w, line):
    """A wall with slanted bands and a floor in herringbone."""
    a, b = color(rng), color(rng)
    y, x = np.arange(line)[:, None], np.arange(w)[None]
    top = np.where((((x * rng.choice([-1, 1]) + y) // max(6, w // rng.integers(6, 16))) % 2 == 0)[..., None], a, 0.8 * a + 0.2 * b)
    fx, fz, depth = perspective(rng, h - line, w, rng.uniform(8, 16))
    bone = (np.floor(fx + fz) + np.floor(fx - fz)) % 2 == 0
    base = color(rng, 60, 180)
    return np.concatenate([top, np.where(bone[..., None], base, base * 0.86) * (0.85 + 0.2 * depth)[..., None]])


def attic(rng, h, w, line):
    """A sloping ceiling with beams."""
    image = np.concatenate([np.broadcast_to(color(rng, 150, 240, 8), (line, w, 3)), floor(rng, h - line, w)]).astype(np.float32)
    y, x = np.arange(h)[:, None], np.arange(w)[None]
    cut = y < line * rng.uniform(0.5, 0.9) * (1 - x / w / rng.uniform(0.5, 0.9))
    image = np.where(cut[..., None], image * rng.uniform(0.7, 0.85), image)
    beam, step = np.array([110, 78, 50]) * rng.uniform(0.7, 1.3), max(14, w // rng.integers(3, 7))
    image = np.where((cut & ((x + y) % step < 3))[..., None], beam, image)
    return image[:, ::-1] if rng.random() < 0.5 else image


def cellar(rng, h, w, line):
    """Rows of uneven stones over beaten earth."""
    base = color(rng, 80, 150, 8)
    top = grid(line, w, max(6, h // rng.integers(7, 12)), 2, base, base * 0.45, rng, True, 22)
    low = np.array([105, 88, 70]) * rng.uniform(0.7, 1.2) + np.repeat(np.repeat(rng.normal(0, 8, ((h - line) // 2 + 1, w // 2 + 1, 1)), 2, 0), 2, 1)[:h - line, :w]
    return np.concatenate([top, low])


def terrace(rng, h, w, line):
    """Weatherboard and wooden decking."""
    paint = color(rng, 110, 240)
    top = np.broadcast_to(paint, (line, w, 3)).copy()
    top[np.arange(line) % max(5, h // 16) == 0] *= 0.72
    depth = DOWN(h - line)
    boards = np.floor(6 / (0.3 + depth))
    shade = 0.82 + 0.22 * ((np.sin(boards * 37.7) * 917.3) % 1)
    low = np.array([150, 120, 95]) * shade[..., None] * np.ones((1, w, 1))
    return np.concatenate([top, low])


FAMILIES = {"train": (plain_room, plain_room, bathroom, kitchen, hall, garage, garden), "test": (brick, diagonal, attic, cellar, terrace)}


def room(rng, h, w, split):
    """An empty room of a family of the split, and the row where the wall meets the floor."""
    families = FAMILIES["train" if split in ("train", "validation") else "test"]
    line = int(h * rng.uniform(0.5, 0.76))
    image = families[rng.integers(len(families))](rng, h, w, line).astype(np.float32)
    if rng.random() < 0.4:
        thick = max(1, int(h * rng.uniform(0.01, 0.03)))
        image[line - thick:line] = color(rng, 80, 250)
    return np.clip(image, 0, 255), line
