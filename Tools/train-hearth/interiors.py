"""Rooms for POV-Ray: floors, papered, tiled and panelled walls, worktops, windows with a view, daylight and lamps."""
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from povray import srgb, vector

DAYLIGHT = {"bright": (1.0, (0.9, 0.96, 1.0)), "dim": (0.09, (0.75, 0.85, 1.1)), "dark": (0.012, (0.6, 0.75, 1.2))}
WOODS = [(0.62, 0.44, 0.27), (0.45, 0.29, 0.17), (0.78, 0.63, 0.44), (0.33, 0.2, 0.13), (0.7, 0.66, 0.6), (0.55, 0.52, 0.47)]


def noise(rng, h, w, cells, octaves=4):
    """Smooth noise of mean 0 and deviation 1."""
    total = np.zeros((h, w), np.float32)
    for o in range(octaves):
        rows, columns = (max(2, int(c * 2**o)) for c in (cells if isinstance(cells, tuple) else (cells, cells)))
        coarse = Image.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
        total += np.asarray(coarse.resize((w, h), Image.Resampling.BICUBIC)) * 0.55**o
    return total / total.std()


def paint(rng, low=0.45, high=0.95, spread=0.07):
    return np.clip(rng.uniform(low, high) + rng.normal(0, spread, 3) + [0.03, 0.01, -0.03], 0.04, 0.97)


def wood(rng, base, h, w, along=0):
    """Grain that runs along an axis (0 is down)."""
    cells = (2, 40) if along == 0 else (40, 2)
    grain = noise(rng, h, w, cells, 3) * 0.045 + noise(rng, h, w, 3, 2) * 0.03
    return np.asarray(base) * (1 + grain[..., None])


def planks(rng):
    image, base, wide = np.zeros((512, 512, 3)), WOODS[rng.integers(len(WOODS))], int(rng.choice([32, 43, 64]))
    spread = rng.uniform(0.02, 0.13)
    for x in range(0, 512, wide):
        y = -int(rng.integers(0, 256))
        while y < 512:
            end = y + int(rng.integers(180, 360))
            a, b = max(y, 0), min(end, 512)
            if b > a:
                board = wood(rng, np.asarray(base) * (1 + rng.normal(0, spread)), b - a, min(wide, 512 - x))
                board[:, :1] *= 0.55
                board[:1] *= 0.55
                image[a:b, x:x + wide] = board
            y = end
    return image, rng.uniform(0.0, 0.1)


def tiles(rng, size=512, count=None, colors=None):
    count = count or int(rng.integers(4, 9))
    step, image = size // count, np.zeros((size, size, 3))
    a, b = colors or (paint(rng, 0.25, 0.9), paint(rng, 0.15, 0.9))
    checked = rng.random() < 0.4
    vein = noise(rng, size, size, 6, 5)
    for i in range(count + 1):
        for j in range(count + 1):
            image[i * step:(i + 1) * step, j * step:(j + 1) * step] = (b if checked and (i + j) % 2 else a) * (1 + rng.normal(0, 0.025))
    image *= 1 + (0.05 * vein if rng.random() < 0.5 else 0.12 * np.exp(-np.abs(vein) * 6) - 0.04)[..., None]
    joint = 0.5 * paint(rng, 0.4, 0.85) + 0.5 * a
    line = (np.arange(size) % step) < (1 if step < 24 else 2)
    image[line], image[:, line] = joint, joint
    return image, rng.uniform(0.03, 0.22)


def basket(rng):
    """Parquet of small squares with the grain this way and that."""
    image, base, step = np.zeros((512, 512, 3)), WOODS[rng.integers(len(WOODS))], 128
    for i in range(4):
        for j in range(4):
            for k in range(4):
                strip = wood(rng, np.asarray(base) * (1 + rng.normal(0, 0.08)), step, 32)
                strip[:, :1] *= 0.6
                block = image[i * step:(i + 1) * step, j * step:(j + 1) * step]
                if (i + j) % 2:
                    block[:, k * 32:k * 32 + 32] = strip
                else:
                    block[k * 32:k * 32 + 32] = strip.transpose(1, 0, 2)
    return image, rng.uniform(0.02, 0.1)


def carpet(rng):
    base = paint(rng, 0.15, 0.7, 0.1)
    image = base * (1 + 0.09 * noise(rng, 512, 512, 128, 2) + 0.04 * noise(rng, 512, 512, 4, 2))[..., None]
    return image, 0.0


def concrete(rng):
    image = paint(rng, 0.35, 0.65, 0.015) * (1 + 0.07 * noise(rng, 512, 512, 3, 6))[..., None]
    return image, rng.uniform(0, 0.06)


def terrazzo(rng):
    image = paint(rng, 0.6, 0.9, 0.04)[None, None] * np.ones((512, 512, 1))
    chips = noise(rng, 512, 512, 60, 2)
    for low, color in zip((0.8, 1.3, 1.8), (paint(rng, 0.2, 0.8, 0.12) for _ in range(3))):
        image[np.roll(chips, int(rng.integers(512)), 1) > low] = color
    return image, rng.uniform(0.05, 0.18)


FLOORS = {"wood": (planks, planks, basket), "hard": (tiles, tiles, terrazzo, concrete), "any": (planks, planks, basket, carpet, carpet, tiles, concrete, terrazzo)}


def wallpaper(rng, h, w):
    """A motif of mirrored blobs in half-drop repeat."""
    side = int(rng.choice([48, 64, 96]))
    half = noise(rng, side, side // 2, 3, 3) > rng.uniform(0.1, 0.7)
    motif = np.concatenate([half, half[:, ::-1]], 1)
    pair = np.concatenate([motif, np.roll(motif, side // 2, 0)], 1)
    mask = np.tile(pair, (h // side + 1, w // (2 * side) + 1))[:h, :w]
    base = paint(rng, 0.35, 0.95, 0.08)
    return np.where(mask[..., None], base * rng.uniform(0.75, 1.15) if rng.random() < 0.6 else paint(rng, 0.3, 0.9, 0.1), base)


def plaster(rng, h, w):
    return paint(rng, 0.4, 0.97, 0.09) * (1 + 0.02 * noise(rng, h, w, 4, 5))[..., None]


def panelling(rng, h, w):
    image, base, wide = np.zeros((h, w, 3)), WOODS[rng.integers(len(WOODS))] if rng.random() < 0.6 else paint(rng), int(rng.integers(12, 30))
    for x in range(0, w, wide):
        image[:, x:x + wide] = wood(rng, np.asarray(base) * (1 + rng.normal(0, 0.04)), h, min(wide, w - x))
        image[:, x:x + 2] *= 0.55
    return image


def bricks(rng, h, w):
    row, wide = int(rng.integers(8, 12)), int(rng.integers(22, 34))
    y, x = np.arange(h)[:, None], np.arange(w)[None]
    x = x + (y // row % 2) * (wide // 2)
    white = rng.random() < 0.5
    base = paint(rng, 0.75, 0.95, 0.02) if white else np.array([0.55, 0.29, 0.2]) * rng.uniform(0.8, 1.3)
    shade = rng.normal(0, 0.04 if white else 0.12, (h // row + 1, w // wide + 3))[y // row, x // wide]
    joint = (y % row < 1) | (x % wide < 1)
    image = base * (1 + shade + 0.05 * noise(rng, h, w, 40, 3))[..., None]
    return np.where(joint[..., None], base * 0.72 if white else np.array([0.6, 0.57, 0.52]), image)


def wall_picture(rng, width, height, wet):
    """One wall at 100 pixels a metre: one covering, or another one below a border."""
    h, w = int(height * 100), int(width * 100)
    kinds = [plaster, plaster, plaster, wallpaper, wallpaper, panelling, bricks]
    image = kinds[rng.integers(len(kinds) if not wet else 3)](rng, h, w)
    if wet or rng.random() < 0.15:
        low = h - int(100 * (rng.choice([1.3, 1.6, height]) if wet else rng.uniform(0.9, 1.2)))
        part = tiles(rng, 512, int(rng.integers(26, 52)))[0] if wet else panelling(rng, h, w)
        image[low:] = np.tile(part, (-(-h // part.shape[0]), -(-w // part.shape[1]), 1))[low:h, :w] if wet else part[low:]
        image[low:low + 4] = paint(rng, 0.3, 0.95)
    return np.clip(image, 0, 1)


def view(rng, light):
    """What lies outside: sky, hills, trees and houses, by day or by night."""
    h, w = 256, 384
    top, low = {"bright": ((0.35, 0.58, 0.92), (0.85, 0.92, 1.0)), "dim": ((0.2, 0.25, 0.5), (0.85, 0.5, 0.4)), "dark": ((0.01, 0.015, 0.05), (0.05, 0.06, 0.12))}[light]
    t = np.linspace(0, 1, h)[:, None, None]
    image = np.asarray(top) * (1 - t) + np.asarray(low) * t
    cloud = np.clip(noise(rng, h, w, (5, 3), 5) * 0.5, 0, 1)[..., None] * (1 - t)
    image = image * (1 - 0.7 * cloud) + np.clip(np.asarray(low) * 1.05, 0, 1) * 0.7 * cloud
    dim = {"bright": 1.0, "dim": 0.28, "dark": 0.03}[light]
    y, x = np.arange(h)[:, None], np.arange(w)[None]
    for k in range(3):
        line = h * (0.5 + 0.13 * k) + 14 * noise(rng, 1, w, (1, 4), 4)
        green = np.array([0.16, 0.3, 0.11]) * rng.uniform(0.7, 1.6) * dim
        image = np.where((y > line)[..., None], green * (1 + 0.35 * noise(rng, h, w, 50, 3))[..., None], image)
    for _ in range(rng.integers(0, 4)):
        left, wide, high = int(rng.integers(0, w - 60)), int(rng.integers(40, 110)), int(rng.integers(60, 170))
        front = paint(rng, 0.3, 0.8) * dim
        image[h - high:, left:left + wide] = front
        for a in range(h - high + 10, h - 12, 24):
            for b in range(left + 8, min(left + wide, w) - 10, 22):
                image[a:a + 12, b:b + 9] = (0.9, 0.7, 0.35) if light != "bright" and rng.random() < 0.35 else front * 0.5
    return np.clip(image, 0, 1)


def texels(image):
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


@dataclass
class Opening:
    """A hole in a wall: `wall` is back, left or right; along the wall from `low` to `high`, between two heights."""
    wall: str
    low: float
    high: float
    bottom: float
    top: float


@dataclass
class Room:
    """A room of our space: x from -width/2 to width/2, the back wall at z = 0, the viewer near z = depth."""
    width: float
    depth: float
    height: float
    openings: list = field(default_factory=list)

    def write(self, book, rng, light, floor="any", wet=False):
        image, shine = FLOORS[floor][rng.integers(len(FLOORS[floor]))](rng)
        metres = rng.uniform(2.0, 3.2)
        finish = f"finish {{ diffuse 0.75 specular {shine:.2f} roughness 0.02 reflection {{ {shine * 0.4:.3f}, {shine * 1.6:.3f} }} }}" if shine > 0.01 else "finish { diffuse 0.75 }"
        bumps = "normal { bumps 0.12 scale 0.006 }" if shine < 0.01 else "normal { bumps 0.015 scale 0.25 }"
        book.add(f"box {{ <-9,-0.1,-9>,<9,0,9> texture {{ pigment {{ {book.picture(texels(image))} rotate x*90 scale {metres:.2f} rotate y*{rng.choice([0, 90])} }} {bumps} {finish} }} }}")
        book.add(f"box {{ <-9,{self.height:.3f},-9>,<9,{self.height + 0.1:.3f},9> pigment {{ {srgb(paint(rng, 0.85, 0.97, 0.015))} }} }}")
        half, end = self.width / 2, self.depth + 0.6
        base = wall_picture(rng, self.width, self.height, wet)
        side = base if rng.random() < 0.6 else wall_picture(rng, self.width, self.height, wet and rng.random() < 0.7)
        glossy = "finish { diffuse 0.75 specular 0.3 roughness 0.01 reflection { 0.01, 0.1 } }" if wet else "finish { diffuse 0.75 }"
        rough = "" if wet else "normal { bumps 0.08 scale 0.02 }"
        t = 0.2
        for name, low, high, picture, span, turn in (("back", (-half - t, 0, -t), (half + t, self.height, 0), base, self.width, ""), ("left", (-half - t, 0, 0), (-half, self.height, end), side, end, "rotate y*90"),
                                                     ("right", (half, 0, 0), (half + t, self.height, end), side, end, "rotate y*90")):
            holes = [o for o in self.openings if o.wall == name]
            across = lambda o: f"box {{ {vector((o.low, o.bottom, -1) if name == 'back' else (low[0] - 1, o.bottom, o.low))}, {vector((o.high, o.top, 1) if name == 'back' else (high[0] + 1, o.top, o.high))} }}"
            shape = f"box {{ {vector(low)}, {vector(high)} }}"
            shape = f"difference {{ {shape} {' '.join(across(o) for o in holes)}" if holes else shape[:-1]
            book.add(f"{shape} texture {{ pigment {{ {book.picture(texels(picture))} scale <{self.width:.3f},{self.height:.3f},1> translate x*{-half:.3f} {turn} }} {rough} {glossy} }} }}")
        book.add(f"box {{ {vector((-half, 0, end))}, {vector((half, self.height, end + t))} pigment {{ {srgb(paint(rng))} }} }}")
        if not wet:
            board = srgb(paint(rng, 0.75, 0.97, 0.02) if rng.random() < 0.6 else WOODS[rng.integers(len(WOODS))])
            high = rng.uniform(0.05, 0.12)
            for low_corner, high_corner in (((-half, 0, 0), (half, high, 0.015)), ((-half, 0, 0), (-half + 0.015, high, end)), ((half - 0.015, 0, 0), (half, high, end))):
                book.add(f"box {{ {vector(low_corner)}, {vector(high_corner)} pigment {{ {board} }} }}")
        if rng.random() < 0.08:
            beam = srgb(WOODS[rng.integers(len(WOODS))])
            for z in np.arange(0.3, end, rng.uniform(0.8, 1.2)):
                book.add(f"box {{ {vector((-half, self.height - 0.16, z))}, {vector((half, self.height, z + 0.14))} pigment {{ {beam} }} }}")
        self.outside(book, rng, light)

    def outside(self, book, rng, light):
        """A view behind the openings, their light, and by day sometimes the sun."""
        strength, tint = DAYLIGHT[light]
        glow = {"bright": 0.85, "dim": 0.16, "dark": 0.02}[light]
        picture = book.picture(texels(view(rng, light)))
        half = self.width / 2
        for name, at, turn in (("back", f"<-4,-1.2,3>", ""), ("left", f"<{-half - 3:.2f},-1.2,{-self.depth / 2 - 4:.2f}>", "rotate y*-90"), ("right", f"<{half + 3:.2f},-1.2,{-self.depth / 2 - 4:.2f}>", "rotate y*-90")):
            if any(o.wall == name for o in self.openings):
                book.add(f"polygon {{ 5, <0,0,0>,<8,0,0>,<8,6,0>,<0,6,0>,<0,0,0> no_shadow texture {{ pigment {{ {picture} scale <8,6,1> }} finish {{ diffuse 0 emission {glow:.3f} }} }} {turn} translate {at} }}")
        for o in self.openings:
            middle, wide, high = (o.low + o.high) / 2, o.high - o.low, o.top - o.bottom
            power = 0.55 * strength * wide * high
            if o.wall == "back":
                at, u = (middle, (o.bottom + o.top) / 2, 0.12), f"<{wide * 0.9:.2f},0,0>"
            else:
                inward = 0.1 if o.wall == "left" else -0.1
                at, u = ((-half if o.wall == "left" else half) + inward, (o.bottom + o.top) / 2, middle), f"<0,0,{wide * 0.9:.2f}>"
            color = ",".join(f"{power * c:.4f}" for c in tint)
            book.add(f"light_source {{ {vector(at)} rgb <{color}> area_light {u}, <0,{high * 0.9:.2f},0>, 4, 4 adaptive 1 fade_distance 1.0 fade_power 2 }}")
        if light == "bright" and self.openings and rng.random() < 0.6:
            o = self.openings[rng.integers(len(self.openings))]
            way = {"left": (-1, 0.55, rng.uniform(-0.4, 0.7)), "right": (1, 0.55, rng.uniform(-0.4, 0.7)), "back": (rng.uniform(-0.7, 0.7), 0.75, -1)}[o.wall]
            warm = rng.uniform(0.7, 1.0)
            book.add(f"light_source {{ {vector(np.array(way) * 60 * [1, rng.uniform(0.8, 1.4), 1])} rgb <{0.8:.3f},{0.75:.3f},{0.6 * warm:.3f}> parallel point_at <0,0,{-self.depth / 2:.2f}> }}")
        book.add(f"light_source {{ {vector((0, self.height - 0.3, self.depth))} rgb {0.035 * strength + 0.0015:.4f} shadowless fade_distance 2 fade_power 1 }}")


def lamp(book, rng, at, strength, color=(1.0, 0.72, 0.42), radius=0.07):
    """A lit lamp's light, soft and fading."""
    rgb = ",".join(f"{strength * c:.4f}" for c in color)
    book.add(f"light_source {{ {vector(at)} rgb <{rgb}> area_light <{radius},0,0>, <0,0,{radius}>, 2, 2 adaptive 0 fade_distance 1 fade_power 2 }}")
