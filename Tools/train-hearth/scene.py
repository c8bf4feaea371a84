"""Composes pictures of rooms from sprites, with everything that is true of them."""
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageFilter

from things import ACTIVITIES, FLAT, FLOOR, NAMES, STATES, THINGS, WALL

PLACES = [THINGS[name][0] for name in NAMES]
LIT = {NAMES.index(n) for n in ("lamp", "candle")}
PERSON, RUG, LAMP = (NAMES.index(n) for n in ("person", "rug", "lamp"))


@dataclass
class Thing:
    kind: int
    state: int
    activity: int
    box: tuple  # x0, y0, x1, y1 in [0, 1]


@dataclass
class Scene:
    picture: np.ndarray  # U8 [H, W, 3]
    things: list = field(default_factory=list)
    light: str = "bright"

    @property
    def people(self):
        return sum(t.kind == PERSON for t in self.things)

    @property
    def activity(self):
        """What the person nearest to the viewer (the largest) does."""
        people = [t for t in self.things if t.kind == PERSON]
        area = lambda t: (t.box[2] - t.box[0]) * (t.box[3] - t.box[1])
        return ACTIVITIES[max(people, key=area).activity] if people else "none"


def color(rng, low=60, high=240, spread=25):
    return np.clip(rng.uniform(low, high) + rng.normal(0, spread, 3), 15, 250)


def wall(rng, h, w):
    base = color(rng)
    image = np.broadcast_to(base, (h, w, 3)).copy()
    style = rng.random()
    if style < 0.25:
        step = rng.integers(max(3, w // 40), max(5, w // 8))
        image[:, (np.arange(w) // step) % 2 == 0] = base + rng.normal(0, 14, 3)
    elif style < 0.4:
        x, y = np.meshgrid(np.arange(w), np.arange(h))
        step = max(4, w // rng.integers(8, 20))
        image[((x % step) ** 2 + (y % step) ** 2) < (step * 0.3) ** 2] = base + rng.normal(0, 18, 3)
    elif style < 0.55:
        image[int(h * rng.uniform(0.5, 0.8)):] = color(rng)
    elif style < 0.65:
        image[::max(4, h // 14)] *= 0.85
        image[:, ::max(8, w // 10)] *= 0.88
    if rng.random() < 0.35:
        edge = int(w * rng.uniform(0.1, 0.9))
        image[:, edge:] *= rng.uniform(0.75, 0.92)
    return image


def floor(rng, h, w):
    base = color(rng, 40, 200) * np.array([1.08, 1, rng.uniform(0.75, 1)])
    image = np.broadcast_to(base, (h, w, 3)).copy()
    depth = (np.arange(h) + 1.0)[:, None] / h
    x = (np.arange(w)[None] / w - 0.5) / (0.35 + depth) * rng.uniform(6, 16)
    z = np.broadcast_to(rng.uniform(3, 10) / (0.35 + depth), (h, w))
    style = rng.random()
    if style < 0.4:
        image *= (0.9 + 0.2 * ((np.sin(np.floor(x) * 12.9898) * 43758.5) % 1))[..., None]
    elif style < 0.65:
        image *= np.where((np.floor(x) + np.floor(z)) % 2 == 0, 1, rng.uniform(0.7, 0.95))[..., None]
    elif style < 0.8:
        image += rng.normal(0, 9, (h, w, 1))
    return image * (0.85 + 0.2 * depth)[..., None]


def room(rng, h, w):
    """An empty room and the row where the wall meets the floor."""
    line = int(h * rng.uniform(0.52, 0.76))
    image = np.concatenate([wall(rng, line, w), floor(rng, h - line, w)])
    if rng.random() < 0.7:
        thick = max(1, int(h * rng.uniform(0.01, 0.03)))
        image[line - thick:line] = color(rng, 80, 250)
    if rng.random() < 0.3:
        image[:max(1, int(h * rng.uniform(0.02, 0.09)))] = color(rng, 170, 250, 8)
    return np.clip(image, 0, 255).astype(np.float32), line


def size_of(metres, rng):
    """Longer side of a thing relative to the picture's height: small things are drawn nearer."""
    return float(np.clip(0.43 * metres**0.5 * rng.uniform(0.7, 1.35), 0.16, 0.9))


def spot(kind, w, h, H, W, line, rng):
    """Top left corner of a w x h sprite."""
    x = rng.uniform(-0.05 * w, W - 0.95 * w)
    if kind == LAMP and rng.random() < 0.2:
        return x, rng.uniform(0, 0.1 * H)
    if PLACES[kind] == WALL:
        stands = NAMES[kind] in ("door", "radiator", "washbasin")
        bottom = line if stands and rng.random() < 0.8 else rng.uniform(min(h, line), line)
    elif PLACES[kind] == FLOOR:
        bottom = rng.uniform(line + 0.03 * H, H)
    else:
        bottom = rng.uniform(max(h, line * 0.75), H)
    return x, min(bottom, H * 1.03) - h


def cover(a, b):
    """Part of the smaller box that the two share."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    area = lambda r: (r[2] - r[0]) * (r[3] - r[1])
    return max(w, 0) * max(h, 0) / min(area(a), area(b))


def paste(image, sprite, x, y):
    H, W = image.shape[:2]
    h, w = sprite.shape[:2]
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, W), min(y + h, H)
    if x1 <= x0 or y1 <= y0:
        return
    part = sprite[y0 - y:y1 - y, x0 - x:x1 - x].astype(np.float32)
    alpha = part[..., 3:] / 255
    image[y0:y1, x0:x1] = image[y0:y1, x0:x1] * (1 - alpha) + part[..., :3] * alpha


def shadow(image, x, y, w, h):
    """A soft dark ellipse under a standing thing."""
    H, W = image.shape[:2]
    cy, ry, rx = y + h, max(2, 0.05 * h + 0.04 * w), 0.55 * w
    y0, y1, x0, x1 = int(max(0, cy - ry)), int(min(H, cy + ry)), int(max(0, x + w / 2 - rx)), int(min(W, x + w / 2 + rx))
    if y1 > y0 and x1 > x0:
        dy = (np.arange(y0, y1)[:, None] - cy) / ry
        dx = (np.arange(x0, x1)[None] - x - w / 2) / rx
        image[y0:y1, x0:x1] *= (1 - 0.4 * np.maximum(0, 1 - dy**2 - dx**2))[..., None]


def pool(shape, x, y, radius):
    """Light around a lit lamp, 1 at its middle."""
    dy = (np.arange(shape[0])[:, None] - y) / radius
    dx = (np.arange(shape[1])[None] - x) / radius
    return np.exp(-(dx**2 + dy**2))


def clutter(image, line, rng):
    """Things without a name: boards, patches of sun, spots, stripes."""
    H, W = image.shape[:2]
    for _ in range(rng.integers(0, 4)):
        x, w, h = int(rng.uniform(0, W * 0.9)), int(W * rng.uniform(0.03, 0.25)), int(H * rng.uniform(0.01, 0.12))
        y = int(rng.uniform(0, H * 0.95))
        style = rng.random()
        if style < 0.35:
            image[y:y + max(2, h // 4), x:x + w] = color(rng, 30, 220)
        elif style < 0.7:
            image[y:y + h, x:x + w] *= rng.uniform(0.75, 1.5)
        else:
            image += (rng.uniform(20, 90) * pool((H, W), x, y, max(3, h)))[..., None]
    np.clip(image, 0, 255, out=image)


def illuminate(image, lit, ambient, rng):
    """Darkens the picture to the ambient light, except around and on what shines."""
    H, W = image.shape[:2]
    tint = np.array([1, 1, 1]) if ambient > 0.7 else np.array([0.92, 0.97, 1.1])
    light = np.broadcast_to(ambient * tint, (H, W, 3)).astype(np.float32).copy()
    for kind, sprite, x, y in lit:
        h, w = sprite.shape[:2]
        if kind in LIT:
            strength, radius = (rng.uniform(0.35, 0.6), 0.35 * H + h) if kind == LAMP else (rng.uniform(0.15, 0.3), 0.2 * H)
            light += (strength * (1.05 - ambient) * pool((H, W), x + w / 2, y + h * 0.25, radius))[..., None] * np.array([1.1, 1, 0.8])
    return image * np.minimum(light, 1.15)


def degrade(picture, rng):
    image = Image.fromarray(picture)
    if rng.random() < 0.12:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.6) * picture.shape[0] / 160))
    picture = np.asarray(image).astype(np.float32)
    if rng.random() < 0.08:
        picture = np.repeat(picture.mean(-1, keepdims=True), 3, -1)
    gain, lift = rng.uniform(0.85, 1.15), rng.uniform(-10, 10)
    picture = picture * gain * rng.uniform(0.95, 1.05, 3) + lift + rng.normal(0, rng.uniform(0.5, 6), picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def tinted(sprite, state, rng):
    """The sprite in a slightly other colour; what shines or could shine keeps its own."""
    if state != "none" or rng.random() < 0.4:
        return sprite
    colors = sprite[..., :3] * np.clip(rng.normal(1, 0.12) + rng.normal(0, 0.06, 3), 0.6, 1.4)
    return np.concatenate([np.clip(colors, 0, 255).astype(np.uint8), sprite[..., 3:]], -1)


AMBIENT = {"bright": (0.85, 1.1), "dim": (0.48, 0.65), "dark": (0.18, 0.3)}


def choose_sprites(bank, rng, count):
    """Numbers of sprites: people and lamps more often than the rest, other kinds alike."""
    chosen = []
    if PERSON in bank.of and rng.random() < 0.45:
        chosen += [rng.choice(bank.of[PERSON]) for _ in range(rng.choice([1, 2, 3], p=[0.75, 0.2, 0.05]))]
    if LAMP in bank.of and rng.random() < 0.25:
        chosen.append(rng.choice(bank.of[LAMP]))
    kinds = [k for k in bank.of if k != PERSON]
    while len(chosen) < count:
        chosen.append(rng.choice(bank.of[kinds[rng.integers(len(kinds))]]))
    return chosen


def place(items, H, W, line, rng):
    """items: (kind, sprite, metres). Returns (index, sprite, x, y) back to front; what finds no room is left out."""
    placed = []
    for index in sorted(range(len(items)), key=lambda i: -items[i][2]):
        kind, sprite, metres = items[index]
        for _ in range(12):
            scale = size_of(metres, rng) * H / max(sprite.shape[:2])
            h, w = max(4, round(sprite.shape[0] * scale)), max(4, round(sprite.shape[1] * scale * W / H * 0.75))
            x, y = (round(v) for v in spot(kind, w, h, H, W, line, rng))
            frame = (max(x, 0), max(y, 0), min(x + w, W), min(y + h, H))
            inside = (frame[2] - frame[0]) * (frame[3] - frame[1]) / (w * h)
            if inside > 0.75 and all(cover(frame, other[4]) < (0.7 if RUG in (kind, other[5]) else 0.3) for other in placed):
                resized = np.asarray(Image.fromarray(sprite).resize((w, h), Image.Resampling.BOX if scale < 0.7 else Image.Resampling.BILINEAR))
                placed.append((index, resized, x, y, frame, kind))
                break
    layer = lambda p: (0 if PLACES[p[5]] == WALL else 1 if p[5] == RUG else 2, p[4][3])
    return [p[:4] for p in sorted(placed, key=layer)]


def draw(image, placed, light, ambient, rng):
    """Paints (kind, state, activity, sprite, x, y), back to front, into an empty room under an ambient light."""
    H, W = image.shape[:2]
    things = []
    for kind, state, activity, sprite, x, y in placed:
        h, w = sprite.shape[:2]
        if NAMES[kind] not in FLAT and kind != RUG:
            shadow(image, x, y, w, h)
        paste(image, sprite, x, y)
        things.append(Thing(kind, state, activity, (max(x, 0) / W, max(y, 0) / H, min(x + w, W) / W, min(y + h, H) / H)))
    lit = [(kind, sprite, x, y) for kind, state, _, sprite, x, y in placed if STATES[state] == "on"]
    shining = image
    image = illuminate(image, lit, ambient, rng)
    for kind, sprite, x, y in lit:
        keep_shine(image, shining, sprite, x, y)
    if light == "dark" and any(kind == LAMP for kind, *_ in lit):
        light = "dim"
    return Scene(np.clip(image, 0, 255).astype(np.uint8), things, light)


def compose(bank, numbers, rng, H=160, W=160):
    """A scene with the bank's sprites of these numbers at random places of a random room."""
    image, line = room(rng, H, W)
    clutter(image, line, rng)
    light = ["bright", "dim", "dark"][rng.choice(3, p=[0.5, 0.25, 0.25])]
    items = [(int(bank.kind[n]), tinted(bank.sprite(n), STATES[bank.state[n]], rng), float(bank.metres[n])) for n in numbers]
    placed = [(int(bank.kind[numbers[i]]), int(bank.state[numbers[i]]), int(bank.activity[numbers[i]]), sprite, x, y)
              for i, sprite, x, y in place(items, H, W, line, rng)]
    scene = draw(image, placed, light, rng.uniform(*AMBIENT[light]), rng)
    scene.picture = degrade(scene.picture, rng)
    return scene


def keep_shine(image, shining, sprite, x, y):
    """Puts the bright parts of a lit thing back over the darkened picture, where nothing in front hides them."""
    H, W = image.shape[:2]
    y0, x0, y1, x1 = max(y, 0), max(x, 0), min(y + sprite.shape[0], H), min(x + sprite.shape[1], W)
    part = sprite[y0 - y:y1 - y, x0 - x:x1 - x].astype(np.float32)
    same = np.abs(shining[y0:y1, x0:x1] - part[..., :3]).max(-1) < 12
    alpha = (part[..., 3] / 255 * same * np.clip((part[..., :3].max(-1) - 60) / 120, 0, 1))[..., None]
    image[y0:y1, x0:x1] = image[y0:y1, x0:x1] * (1 - alpha) + part[..., :3] * alpha


def random_scene(bank, rng):
    count = rng.choice(8, p=[0.03, 0.07, 0.12, 0.16, 0.19, 0.18, 0.14, 0.11])
    return compose(bank, choose_sprites(bank, rng, count) if count else [], rng)
