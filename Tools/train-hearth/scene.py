"""Draws rooms, and sprites into them with shadows and light; what is true of the result."""
from dataclasses import dataclass, field

import numpy as np

from things import ACTIVITIES, FLAT, NAMES, STATES

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


def keep_shine(image, shining, sprite, x, y):
    """Puts the bright parts of a lit thing back over the darkened picture, where nothing in front hides them."""
    H, W = image.shape[:2]
    y0, x0, y1, x1 = max(y, 0), max(x, 0), min(y + sprite.shape[0], H), min(x + sprite.shape[1], W)
    part = sprite[y0 - y:y1 - y, x0 - x:x1 - x].astype(np.float32)
    same = np.abs(shining[y0:y1, x0:x1] - part[..., :3]).max(-1) < 12
    alpha = (part[..., 3] / 255 * same * np.clip((part[..., :3].max(-1) - 60) / 120, 0, 1))[..., None]
    image[y0:y1, x0:x1] = image[y0:y1, x0:x1] * (1 - alpha) + part[..., :3] * alpha
