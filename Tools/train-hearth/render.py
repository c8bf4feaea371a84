"""Renders a mesh to an RGBA sprite with the small rasteriser in raster.c."""
import ctypes
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

from mesh import rotation

HERE = Path(__file__).resolve().parent


def load_library(build):
    build.mkdir(parents=True, exist_ok=True)
    library = build / "raster.so"
    if not library.exists():
        subprocess.run(["cc", "-O3", "-march=x86-64-v3", "-ffp-contract=off", "-shared", "-fPIC", "-o", library, HERE / "raster.c", "-lm"], check=True)
    return ctypes.CDLL(str(library))


LIBRARY = load_library(HERE.parents[1] / "training" / "build")


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def render(mesh, yaw, pitch, rng, size=112, tint=None, glow_color=(1.0, 0.9, 0.7)):
    """An RGBA U8 sprite cropped to what is visible, and its metres per pixel. The longer side is at most `size`."""
    turn = rotation("x", pitch) @ rotation("y", yaw)
    p, n = mesh.position @ turn.T, mesh.normal @ turn.T
    low, high = p.min((0, 1)), p.max((0, 1))
    center, extent = (low + high) / 2, (high - low)[:2].max()
    distance = 2.6 * np.linalg.norm(high - low)
    p = p - center
    factor = distance / (distance - p[..., 2:3])
    pixels = 2 * size
    scale = pixels / (extent * 1.3)
    screen = np.concatenate([p[..., :1] * factor * scale + pixels / 2, pixels / 2 - p[..., 1:2] * factor * scale, -p[..., 2:3]], -1)
    sun = np.array([rng.uniform(-0.9, 0.9), rng.uniform(0.2, 1.0), rng.uniform(0.4, 1.0)])
    sun /= np.linalg.norm(sun)
    facing = np.where(n[..., 2:3] < 0, -n, n)
    ambient = rng.uniform(0.4, 0.65)
    light = ambient + (1.12 - ambient) * np.maximum(facing @ sun, 0)[..., None] * np.array([1, 1, 1])
    warmth = rng.uniform(-0.06, 0.06)
    light = light * np.array([1 + warmth, 1, 1 - warmth])
    colors, textures, texels = [], [], []
    first = 0
    for m in mesh.materials:
        color = np.array(m.color, np.float32)
        if tint is not None and m.tintable and not m.glow:
            color = np.clip(color * tint, 0, 1)
        colors.append([*color, m.alpha])
        if m.texture is None:
            textures.append([0, 0, 0])
        else:
            textures.append([first, m.texture.shape[1], m.texture.shape[0]])
            texels.append(m.texture.reshape(-1, 4))
            first += texels[-1].shape[0]
    glow = np.array([m.glow for m in mesh.materials], np.float32)[mesh.material]
    if glow.any():
        light = np.where(glow[:, None, None] > 0, glow[:, None, None] * np.array(glow_color), light)
    image, depth = np.zeros((pixels, pixels, 4), np.float32), np.full((pixels, pixels), 1e9, np.float32)
    f = lambda a, t=np.float32: np.ascontiguousarray(a, t)
    arrays = [f(screen), f(mesh.uv), f(light), f(mesh.material, np.int32), f(colors), f(textures, np.int32),
              f(np.concatenate(texels) if texels else np.zeros((1, 4)), np.uint8)]
    LIBRARY.rasterise(len(mesh.position), *(pointer(a) for a in arrays), pixels, pixels, pointer(image), pointer(depth))
    image = image.reshape(size, 2, size, 2, 4).mean((1, 3))
    alpha = image[..., 3:]
    image = np.concatenate([image[..., :3] / np.maximum(alpha, 1e-3), alpha], -1)
    sprite = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    rows, columns = np.where(sprite[..., 3] > 60)
    if len(rows) < 30:
        return None, 0
    sprite = sprite[rows.min():rows.max() + 1, columns.min():columns.max() + 1]
    return sprite, 2 / scale


def show(sprites, path, columns=12, cell=112):
    """A contact sheet on grey, for looking at a bank."""
    rows = (len(sprites) + columns - 1) // columns
    sheet = Image.new("RGB", (columns * cell, rows * cell), (128, 128, 128))
    for i, s in enumerate(sprites):
        image = Image.fromarray(s)
        sheet.paste(image, (i % columns * cell, i // columns * cell), image)
    sheet.save(path)
