"""Drawings as RGBA sprites: colour emoji, one-colour glyphs (coloured in at random) and clip art."""
import io
import struct
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont


@cache
def glyphs(path):
    """Code points with a glyph, from the font's cmap table (formats 4 and 12)."""
    if not Path(path).exists():
        return frozenset()
    data, found = Path(path).read_bytes(), set()
    for i in range(struct.unpack(">H", data[4:6])[0]):
        tag, _, offset, _ = struct.unpack(">4sIII", data[12 + 16 * i:28 + 16 * i])
        if tag == b"cmap":
            start = offset
    for i in range(struct.unpack(">H", data[start + 2:start + 4])[0]):
        at = start + struct.unpack(">HHI", data[start + 4 + 8 * i:start + 12 + 8 * i])[2]
        kind = struct.unpack(">H", data[at:at + 2])[0]
        if kind == 12:
            for g in range(struct.unpack(">I", data[at + 12:at + 16])[0]):
                first, last, _ = struct.unpack(">III", data[at + 16 + 12 * g:at + 28 + 12 * g])
                found.update(range(first, last + 1))
        elif kind == 4:
            n = struct.unpack(">H", data[at + 6:at + 8])[0] // 2
            ends, starts = (struct.unpack(f">{n}H", data[at + o:at + o + 2 * n]) for o in (14, 16 + 2 * n))
            for first, last in zip(starts, ends):
                found.update(range(first, min(last, 0xFFFE) + 1))
    return frozenset(found)


def cropped(image):
    box = image.getchannel("A").point(lambda a: 255 if a > 40 else 0).getbbox()
    return np.asarray(image.crop(box)) if box else None


@cache
def font(path, size):
    return ImageFont.truetype(str(path), size)


def clipart(path, size):
    """Many drawings fill a small part of their page: drawn larger until the drawing itself is about `size`."""
    side = size
    for _ in range(2):
        done = subprocess.run(["rsvg-convert", "-w", str(side), "-h", str(side), "--keep-aspect-ratio", str(path)], capture_output=True, timeout=20)
        found = cropped(Image.open(io.BytesIO(done.stdout)).convert("RGBA")) if done.returncode == 0 and done.stdout else None
        if found is None or max(found.shape[:2]) >= 0.9 * size:
            return found
        side = min(12 * size, round(side * size / max(found.shape[:2])))
    return found


@cache
def drawing(group, key, size):
    """The drawing in its own colours (glyphs: white with alpha), longer side about `size`; None where it fails."""
    from catalogue import CLIPART, EMOJI, ICONS, SYMBOLS, TWEMOJI
    if group == "clipart":
        return clipart(CLIPART / key, size)
    if group == "twemoji":
        return clipart(TWEMOJI / f"{key}.svg", size)
    path, points = {"emoji": (EMOJI, 109), "symbol": (SYMBOLS, size), "icon": (ICONS, size)}[group]
    side = 2 * max(points, size)
    image = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    ImageDraw.Draw(image).text((side / 4, side / 4), chr(int(key, 16)), font=font(path, points), fill=(255, 255, 255, 255), embedded_color=group == "emoji")
    found = cropped(image)
    if found is None or group == "emoji":
        return found
    picture = Image.fromarray(found)
    picture.thumbnail((size, size), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def sprite(group, key, size, rng, test=False):
    """One appearance of a drawing: shaded, tilted, slightly stretched; a glyph gets two colours from top to bottom. Tests
    tilt it further than training does."""
    base = drawing(group, key, size)
    if base is None:
        return None
    colors = base[..., :3].astype(np.float32)
    h, w = base.shape[:2]
    if group in ("symbol", "icon"):
        top, bottom = (rng.uniform(20, 235, 3) for _ in range(2))
        t = np.linspace(0, 1, h)[:, None, None]
        colors = np.broadcast_to(top * (1 - t) + (0.5 * top + 0.5 * bottom) * t, colors.shape)
    slope = np.linspace(-1, 1, w)[None, :, None] * rng.uniform(-0.15, 0.15) + np.linspace(-1, 1, h)[:, None, None] * rng.uniform(-0.15, 0.05)
    colors = colors * (rng.uniform(0.8, 1.1) + slope) * rng.uniform(0.92, 1.08, 3)
    image = Image.fromarray(np.concatenate([np.clip(colors, 0, 255), base[..., 3:]], -1).astype(np.uint8))
    image = image.resize((max(4, round(w * rng.uniform(0.85, 1.1))), h), Image.Resampling.BILINEAR)
    tilt = rng.choice([-1, 1]) * rng.uniform(13, 19) if test else rng.uniform(-12, 12)
    return cropped(image.rotate(tilt, Image.Resampling.BICUBIC, expand=True))
