"""Composes crowded pictures of homes from a catalogue bank, at any size, with all that is true of them.

    bank = Bank(BANKS / SPLIT)                                # of itembank
    scene = random_scene(bank, rng, SPLIT, 192)               # common things: .picture, .things, .people, .activity, .light
    scene = shelf(bank, rng, SPLIT, 192)                      # 1-9 things of any name
    scene = shelf(bank, rng, SPLIT, 192, [NUMBER["kettle"]])  # one thing of that name

Splits train and validation stand in the training families of rooms and have any companions; the test splits (views,
instances, compositions) stand in the test families. Pairs of things of the scenes whose sum of numbers is divisible by 7 are kept
for `compositions`: no training picture shows such a pair, every one of that split does.
"""
import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageFilter

from catalogue import STATES, usable
from itembank import is_common
from persons import ACTIVITIES
from rooms import room
from scene import clutter, cover, keep_shine, paste, pool, shadow

ITEMS = usable()
NUMBER = {item.name: i for i, item in enumerate(ITEMS)}
PERSON = NUMBER["person"]
PLACE = [item.place for item in ITEMS]
# What lights its surroundings when it is on: strength, reach (of the picture's height), height of the light in the thing.
LIGHTS = {NUMBER[n]: v for n, v in {"lamp": (0.5, 0.4, 0.25), "floor lamp": (0.55, 0.45, 0.1), "wall lamp": (0.4, 0.35, 0.4), "ceiling lamp": (0.55, 0.5, 0.8), "chandelier": (0.6, 0.5, 0.6), "candle": (0.2, 0.2, 0.1),
                                     "fireplace": (0.35, 0.35, 0.6), "lava lamp": (0.15, 0.15, 0.4), "salt lamp": (0.2, 0.2, 0.4), "night light": (0.15, 0.15, 0.4), "work lamp": (0.5, 0.4, 0.3), "light bulb": (0.4, 0.3, 0.6)}.items()}
LYING = {NUMBER[n] for n in ("rug", "round carpet", "doormat", "bath mat", "yoga mat") if n in NUMBER}
STANDS = {NUMBER[n] for n in ("door", "double door", "glass door", "garage door", "sliding door", "radiator", "washbasin", "french window") if n in NUMBER}
AMBIENT = {"bright": (0.85, 1.1), "dim": (0.5, 0.66), "dark": (0.25, 0.36)}
COMMON = {i for i, item in enumerate(ITEMS) if is_common(item)} - {PERSON}
SWITCHED = {i for i, item in enumerate(ITEMS) if len(item.states) > 1}


@dataclass
class Thing:
    kind: int
    state: int
    activity: int
    box: tuple  # x0, y0, x1, y1 in [0, 1]
    shown: float = 1.0  # part of the thing that nothing hides


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
        """What the largest person does."""
        people = [t for t in self.things if t.kind == PERSON]
        area = lambda t: (t.box[2] - t.box[0]) * (t.box[3] - t.box[1])
        return ACTIVITIES[max(people, key=area).activity] if people else "none"


def kept_apart(a, b):
    """Whether a pair of things of the scenes belongs to the held-out compositions."""
    return a != b and a in COMMON and b in COMMON and (a + b) % 7 == 0


def choose_kinds(kinds, rng, split, count):
    """Kinds without people. Of the held-out pairs there is none, or for `compositions` one."""
    chosen = []
    if split == "compositions" and count >= 2:
        first = kinds[rng.integers(len(kinds))]
        partners = [k for k in kinds if kept_apart(first, k)]
        chosen = [first, partners[rng.integers(len(partners))]] if partners else [first]
    for _ in range(60):
        if len(chosen) >= count:
            break
        kind = kinds[rng.integers(len(kinds))]
        if split == "compositions" or not any(kept_apart(kind, c) for c in chosen):
            chosen.append(kind)
    return chosen


def choose(bank, rng, split):
    """Sprite numbers: 0-8 things; people in 45 % of the pictures, one to four of them."""
    pools = getattr(bank, "pools", None)
    if pools is None:
        kinds = [k for k in bank.told if k != PERSON and is_common(ITEMS[k])]
        bank.pools = pools = kinds, [k for k in kinds if len(ITEMS[k].states) > 1]
    kinds, switched = pools
    count = rng.choice(9, p=[0.03, 0.06, 0.1, 0.14, 0.17, 0.17, 0.14, 0.11, 0.08])
    chosen = []
    if count and rng.random() < 0.45 and PERSON in bank.told:
        chosen = [PERSON] * min(count, rng.choice([1, 2, 3, 4], p=[0.6, 0.22, 0.11, 0.07]))
    if count > len(chosen) and rng.random() < 0.5 and switched:
        kind = switched[rng.integers(len(switched))]
        chosen += [kind] if split != "compositions" else []
    rest = choose_kinds(kinds, rng, split, count - len(chosen))
    if split != "compositions":
        rest = [k for k in rest if not any(kept_apart(k, c) for c in chosen)]
    return [bank.told[k][rng.integers(len(bank.told[k]))] for k in chosen + rest]


def recolor(hue, saturation):
    """Matrix [3, 3] that turns colours about the grey axis by `hue` radians and scales their distance from it (Rodrigues)."""
    c, s, third = np.cos(hue), np.sin(hue), 1 / 3
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    return (third + saturation * (c * (np.eye(3) - third) + s * cross)).astype(np.float32)


def another(bank, n, rng, split):
    """Sprite n; in training often as another instance of the same thing would look, or in the light of another place: shaded to
    one side, in other colours, stretched, slanted. Things with states keep their colours, people their shape, too."""
    sprite, kind = bank.sprite(n), int(bank.kind[n])
    if split != "train":
        return sprite
    if rng.random() < 0.4:
        h, w = sprite.shape[:2]
        light = rng.uniform(0.7, 1.15) + np.linspace(-1, 1, w)[None, :, None] * rng.normal(0, 0.15) + np.linspace(-1, 1, h)[:, None, None] * rng.normal(0, 0.15)
        sprite = np.concatenate([np.clip(sprite[..., :3] * light, 0, 255).astype(np.uint8), sprite[..., 3:]], -1)
    if kind == PERSON:
        return sprite
    if kind not in SWITCHED and rng.random() < 0.4:
        hue = rng.uniform(-np.pi, np.pi) if rng.random() < 0.6 else rng.normal(0, 0.3)
        changed = sprite.copy()
        changed[..., :3] = np.clip(sprite[..., :3] @ recolor(hue, rng.uniform(0.2, 1.5)).T, 0, 255)
        sprite = changed
    if rng.random() < 0.4:
        h, w = sprite.shape[:2]
        wide, high, slant = np.exp(rng.normal(0, 0.13)), np.exp(rng.normal(0, 0.13)), rng.normal(0, 0.08)
        across, offset = (max(4, round(w * wide + abs(slant) * h)), max(4, round(h * high))), max(0, -slant * h)
        affine = (1 / wide, -slant / (high * wide), -offset / wide, 0, 1 / high, 0)
        sprite = np.asarray(Image.fromarray(sprite).transform(across, Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR))
    return sprite


def side_of(kind, metres, rng):
    """Longer side relative to the picture's height: small things are drawn nearer than they would stand, and what can be
    switched or opened near enough for that to be seen."""
    return float(np.clip(0.42 * metres**0.42 * rng.uniform(0.6, 1.3), 0.2 if kind in SWITCHED else 0.12, 0.92))


def spot(kind, w, h, H, W, line, tops, rng):
    x = rng.uniform(-0.1 * w, W - 0.9 * w)
    if PLACE[kind] == "wall":
        bottom = line if kind in STANDS and rng.random() < 0.8 else rng.uniform(min(h, line), line)
    elif PLACE[kind] == "floor":
        bottom = rng.uniform(line + 0.02 * H, H * 1.02)
    elif tops and rng.random() < 0.5:
        x0, x1, y = tops[rng.integers(len(tops))]
        x, bottom = rng.uniform(x0, max(x0 + 1, x1 - w)), y
    else:
        bottom = rng.uniform(max(h, line * 0.75), H)
    return x, bottom - h


def place(items, H, W, line, rng):
    """items: (kind, sprite, metres). Returns (index, sprite, x, y) back to front; things may hide a third of each other, people half."""
    placed, tops, narrow = [], [], rng.uniform(0.72, 1.0)  # pictures of other shapes are squeezed into the square
    for index in sorted(range(len(items)), key=lambda i: -items[i][2]):
        kind, sprite, metres = items[index]
        for _ in range(10):
            scale = side_of(kind, metres, rng) * H / max(sprite.shape[:2])
            h, w = max(5, round(sprite.shape[0] * scale)), max(5, round(sprite.shape[1] * scale * narrow))
            x, y = (round(v) for v in spot(kind, w, h, H, W, line, tops, rng))
            frame = (max(x, 0), max(y, 0), min(x + w, W), min(y + h, H))
            inside = max(0, frame[2] - frame[0]) * max(0, frame[3] - frame[1]) / (w * h)
            most = lambda other: 0.8 if {kind, other[5]} & LYING else 0.5 if kind == other[5] == PERSON else 0.4
            if inside > 0.7 and all(cover(frame, other[4]) < most(other) for other in placed):
                resized = np.asarray(Image.fromarray(sprite).resize((w, h), Image.Resampling.BOX if scale < 0.7 else Image.Resampling.BILINEAR))
                placed.append((index, resized, x, y, frame, kind))
                if "table" in ITEMS[kind].name or ITEMS[kind].name in ("desk", "drawers", "bedside table", "kitchen island"):
                    tops.append((x + 0.1 * w, x + 0.9 * w, y + 0.18 * h))
                break
    layer = lambda p: (0 if PLACE[p[5]] == "wall" else 1 if p[5] in LYING else 2, p[4][3] + (0.2 * H if PLACE[p[5]] == "small" else 0))
    return [p[:4] for p in sorted(placed, key=layer)]


def ground(image, sprite, x, y, line, gloss, sun):
    """Contact shadow, a cast shadow away from the sun, and on a glossy floor a faint mirror image."""
    h, w = sprite.shape[:2]
    shadow(image, x, y, w, h)
    if gloss > 0 and y + h > line:
        flipped = sprite[::-1][:max(2, h // 3)].copy()
        fade = gloss * np.linspace(1, 0, len(flipped))[:, None]
        flipped[..., 3] = (flipped[..., 3] * fade).astype(np.uint8)
        paste(image, flipped, x, y + h)
    if sun:
        rows = max(2, h // 5)
        dark = np.zeros((rows, w, 4), np.uint8)
        dark[..., 3] = sprite[np.linspace(h - 1, h // 3, rows).astype(int)][..., 3] // 4
        paste(image, dark[::-1], int(x + sun * w * 0.25), int(y + h - rows))


def light_up(image, shining, lit, ambient, rng):
    """Darkens to the ambient light but for the pools of what shines."""
    H, W = image.shape[:2]
    tint = np.array([1, 1, 1]) if ambient > 0.7 else np.array([1.12, 0.98, 0.8] if ambient > 0.4 and rng.random() < 0.5 else [0.92, 0.97, 1.1])
    light = np.broadcast_to((ambient * tint).astype(np.float32), (H, W, 3)).copy()
    for kind, sprite, x, y in lit:
        if kind in LIGHTS:
            strength, reach, height = LIGHTS[kind]
            glow = rng.uniform(0.7, 1.1) * strength * (1.05 - ambient) * pool((H, W), x + sprite.shape[1] / 2, y + sprite.shape[0] * height, reach * H + sprite.shape[0] / 2)
            light += glow[..., None].astype(np.float32) * np.array([1.1, 1, 0.8], np.float32)
    image = image * np.minimum(light, 1.15)
    for _, sprite, x, y in lit:
        keep_shine(image, shining, sprite, x, y)
    return image


def visible(placed, H, W):
    """Part of each thing's inside that is not under a later one."""
    owner = np.full((H, W), -1, np.int16)
    own = []
    for i, (_, sprite, x, y) in enumerate(placed):
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + sprite.shape[1], W), min(y + sprite.shape[0], H)
        mask = sprite[y0 - y:y1 - y, x0 - x:x1 - x, 3] > 100
        owner[y0:y1, x0:x1][mask] = i
        own.append(max(1, mask.sum()))
    left = np.bincount(owner[owner >= 0], minlength=len(placed)) if placed else []
    return [float(n / o) for n, o in zip(left, own)]


def photographed(image, rng):
    """What a camera makes of it: sometimes out of focus, grey or compressed, always with its own gain, balance and noise."""
    if rng.random() < 0.2:
        picture = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))
        if rng.random() < 0.55:
            picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.6) * image.shape[0] / 192))
        else:
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=int(rng.integers(35, 90)))
            picture = Image.open(file)
        image = np.asarray(picture).astype(np.float32)
    if rng.random() < 0.08:
        image = np.repeat(image.mean(-1, keepdims=True), 3, -1)
    gain, lift = rng.uniform(0.85, 1.15) * rng.uniform(0.95, 1.05, 3), rng.uniform(-10, 10)
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise *= rng.uniform(0.5, 6)
    noise += image * gain.astype(np.float32)
    noise += lift
    return np.clip(noise, 0, 255, out=noise).astype(np.uint8)


def random_scene(bank, rng, split="train", size=224):
    H = W = size
    image, line = room(rng, H, W, split)
    clutter(image, line, rng)
    light = ["bright", "dim", "dark"][rng.choice(3, p=[0.5, 0.25, 0.25])]
    ambient = rng.uniform(*AMBIENT[light])
    numbers = choose(bank, rng, split)
    placed = place([(int(bank.kind[n]), another(bank, n, rng, split), float(bank.metres[n])) for n in numbers], H, W, line, rng)
    gloss, sun = rng.uniform(0.1, 0.3) if rng.random() < 0.25 else 0, rng.choice([-1, 1]) if rng.random() < 0.3 else 0
    least = lambda p: 0.25 if int(bank.kind[numbers[p[0]]]) in LYING else 0.5
    placed = [p for p, part in zip(placed, visible(placed, H, W)) if part >= least(p)]  # what is mostly hidden is left away
    shown, things, lit = visible(placed, H, W), [], []
    for (i, sprite, x, y), part in zip(placed, shown):
        n = numbers[i]
        kind, state = int(bank.kind[n]), int(bank.state[n])
        if PLACE[kind] != "wall" and kind not in LYING:
            ground(image, sprite, x, y, line, gloss, sun)
        paste(image, sprite, x, y)
        if STATES[state] == "on":
            lit.append((kind, sprite, x, y))
        h, w = sprite.shape[:2]
        things.append(Thing(kind, state, int(bank.activity[n]), (max(x, 0) / W, max(y, 0) / H, min(x + w, W) / W, min(y + h, H) / H), part))
    if light == "dark" and any(kind in LIGHTS for kind, *_ in lit):
        light = "dim"
    image = light_up(image, image, lit, ambient, rng)
    return Scene(photographed(image.astype(np.float32, copy=False), rng), things, light)


def random_sprites(bank, rng, count):
    """Up to `count` sprites of any names, no pair of which is kept for `compositions`."""
    chosen = []
    for kind in rng.choice(bank.__dict__.setdefault("any_kind", np.array(sorted(bank.of))), count).tolist():
        if not any(kept_apart(kind, other) for other in chosen):
            chosen.append(kind)
    return [one_of(bank, kind, rng) for kind in chosen]


def one_of(bank, kind, rng):
    """A sprite of the kind: a drawing more often than its share in the bank, since there are few for names that have solids."""
    numbers = bank.of[kind]
    drawn = numbers[bank.drawn[numbers].astype(bool)]
    return int(rng.choice(drawn if len(drawn) and rng.random() < 0.2 else numbers))


def on_shelf(sprite, x0, y0, w, h, least, rng):
    """The sprite resized to fill at least this part of a compartment, at a random place of it."""
    part = rng.uniform(least, 0.96)
    scale = min(part * h / sprite.shape[0], part * w / sprite.shape[1])
    size = max(5, round(sprite.shape[1] * scale * rng.uniform(0.78, 1))), max(5, round(sprite.shape[0] * scale))
    resized = np.asarray(Image.fromarray(sprite).resize(size, Image.Resampling.BOX if scale < 0.7 else Image.Resampling.BILINEAR))
    return resized, round(x0 + rng.uniform(-0.04, 1.04) * (w - size[0])), round(y0 + rng.uniform(0, 1.04) * (h - size[1]))


def shelf(bank, rng, split="train", size=224, kinds=None):
    """One to nine things of any name, drawings too: one of them large, several in a loose grid. `kinds` says which."""
    if kinds is None:
        numbers = random_sprites(bank, rng, rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 9], p=[0.3, 0.08, 0.08, 0.16, 0.06, 0.12, 0.05, 0.05, 0.1]))
    else:
        numbers = [int(rng.choice(bank.of[k])) for k in kinds]
    columns = int(np.ceil(np.sqrt(len(numbers))))
    rows = -(-len(numbers) // columns)
    if rng.random() < 0.7:
        image, line = room(rng, size, size, split)
    else:
        low, high = (rng.uniform(20, 250, 3) for _ in range(2))
        t = np.linspace(0, 1, size)[:, None, None]
        image, line = np.broadcast_to(low + rng.uniform(0, 0.5) * t * (high - low), (size, size, 3)).astype(np.float32).copy(), 0
    if rng.random() < 0.5:
        clutter(image, line, rng)
    places = rng.permutation(columns * rows)[:len(numbers)]
    things, lit = [], []
    for n, place in sorted(zip(numbers, places.tolist()), key=lambda pair: pair[1]):
        kind, state = int(bank.kind[n]), int(bank.state[n])
        sprite, x, y = on_shelf(another(bank, n, rng, split), place % columns * size / columns, place // columns * size / rows, size / columns, size / rows, 0.42 if len(numbers) == 1 else 0.6, rng)
        h, w = sprite.shape[:2]
        if PLACE[kind] != "wall" and kind not in LYING:
            ground(image, sprite, x, y, line, 0, 0)
        paste(image, sprite, x, y)
        if STATES[state] == "on":
            lit.append((kind, sprite, x, y))
        things.append(Thing(kind, state, int(bank.activity[n]), (max(x, 0) / size, max(y, 0) / size, min(x + w, size) / size, min(y + h, size) / size)))
    light = ["bright", "dim", "dark"][rng.choice(3, p=[0.75, 0.2, 0.05])]
    image = light_up(image, image, lit, rng.uniform(*AMBIENT[light]), rng)
    if light == "dark" and any(kind in LIGHTS for kind, *_ in lit):
        light = "dim"
    return Scene(photographed(image.astype(np.float32, copy=False), rng), things, light)
