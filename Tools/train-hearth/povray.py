"""Meshes, lights and cameras as POV-Ray scenes, and what each pixel of the same view shows.

Our space has y up and z to the viewer; POV-Ray's z points away, so every z changes its sign on the way out."""
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from render import LIBRARY, pointer

SETTINGS = """#version 3.7;
global_settings { assumed_gamma 1 max_trace_level 6 adc_bailout 0.02
  radiosity { pretrace_start 0.08 pretrace_end 0.04 count 18 nearest_count 5 error_bound 1.2 recursion_limit 2
    low_error_factor 0.7 gray_threshold 0.3 minimum_reuse 0.02 adc_bailout 0.03 brightness 0.9 } }
#default { finish { ambient 0 diffuse 0.75 } }
"""


def vector(v):
    return f"<{v[0]:.4f},{v[1]:.4f},{-v[2]:.4f}>"


def srgb(color, transmit=0.0):
    r, g, b = (float(np.clip(c, 0, 1)) for c in color[:3])
    return f"srgbt <{r:.3f},{g:.3f},{b:.3f},{transmit:.3f}>" if transmit else f"srgb <{r:.3f},{g:.3f},{b:.3f}>"


@dataclass
class Camera:
    eye: np.ndarray
    look: np.ndarray
    angle: float  # degrees, of the picture's width and height

    def axes(self):
        ahead = np.asarray(self.look, float) - self.eye
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, [0, 1, 0])
        right /= np.linalg.norm(right)
        return right, np.cross(right, ahead), ahead

    def project(self, points, size):
        """Pixels x, y and the depth of points [..., 3]."""
        right, up, ahead = self.axes()
        p = np.asarray(points) - self.eye
        depth = p @ ahead
        scale = size / 2 / np.tan(np.radians(self.angle) / 2) / np.maximum(depth, 1e-3)
        return size / 2 + p @ right * scale, size / 2 - p @ up * scale, depth

    def text(self):
        return f"camera {{ location {vector(self.eye)} right x up y angle {self.angle:.2f} look_at {vector(self.look)} }}\n"


def depths(mesh, camera, size, margin=0):
    """For every pixel how near the mesh is (greater is nearer, 0: not there); `margin` widens the view to all sides, in pixels.
    None if a part of it is beside or behind the viewer."""
    x, y, depth = camera.project(mesh.position, size)
    if depth.min() < 0.2:
        return None
    side = size + 2 * margin
    screen = np.stack([x + margin, y + margin, -1 / depth], -1)
    colors, textures, texels, first = [], [], [], 0
    for m in mesh.materials:
        colors.append([1, 1, 1, 1])
        if m.texture is not None and m.texture[..., 3].min() < 100:
            textures.append([first, m.texture.shape[1], m.texture.shape[0]])
            texels.append(m.texture.reshape(-1, 4))
            first += len(texels[-1])
        else:
            textures.append([0, 0, 0])
    f = lambda a, t=np.float32: np.ascontiguousarray(a, t)
    arrays = [f(screen), f(mesh.uv), np.ones((len(screen), 3, 3), np.float32), f(mesh.material, np.int32), f(colors), f(textures, np.int32),
              f(np.concatenate(texels) if texels else np.zeros((1, 4)), np.uint8)]
    image, near = np.zeros((side, side, 4), np.float32), np.zeros((side, side), np.float32)
    LIBRARY.rasterise(len(screen), *(pointer(a) for a in arrays), side, side, pointer(image), pointer(near))
    return -near


def rows(name, values, form):
    return f"{name} {{ {len(values)}\n" + (form + "\n") * len(values) % tuple(values.ravel().tolist()) + "}\n"


def indexed(values, step):
    """Distinct rows of corners [n, 3, 2 or 3], rounded to `step`, and for each corner the number of its row."""
    whole = np.round(values.reshape(-1, values.shape[-1]).astype(np.float64) / step).astype(np.int64)
    bits = 62 // whole.shape[1]
    whole = np.clip(whole, 1 - 2**(bits - 1), 2**(bits - 1) - 1)
    key = sum((whole[:, k] + 2**(bits - 1)) << (bits * k) for k in range(whole.shape[1]))
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    return whole[first] * step, index.reshape(-1, 3)


class Book:
    """Collects what one scene is made of; pictures are written beside it."""

    def __init__(self, folder, rng):
        self.folder, self.rng, self.parts, self.pictures = Path(folder), rng, [SETTINGS], 0

    def add(self, text):
        self.parts.append(text + "\n")

    def picture(self, texels):
        """A pigment's image_map of RGB or RGBA U8 pixels."""
        name = f"t{self.pictures}.png"
        self.pictures += 1
        Image.fromarray(texels).save(self.folder / name, compress_level=1)
        return f'image_map {{ png "{name}" gamma srgb interpolate 2 }}'

    def texture(self, m, glow):
        """The texture of a material: glowing, translucent, metallic or plain with a little gloss of its own."""
        if m.texture is not None:
            pigment = f"pigment {{ uv_mapping {self.picture(m.texture)} }}"
        else:
            pigment = f"pigment {{ {srgb(m.color, 0 if m.alpha > 0.95 else 1 - m.alpha)} }}"
        if m.glow:
            return f"texture {{ {pigment} finish {{ diffuse 0 emission {glow * min(m.glow, 1.3):.3f} }} }}"
        if m.alpha <= 0.95:
            return f"texture {{ {pigment} finish {{ diffuse 0.5 specular 0.7 roughness 0.005 reflection {{ 0.03, 0.25 }} }} }}"
        grey = m.texture is None and max(m.color[:3]) - min(m.color[:3]) < 0.05 and 0.5 < max(m.color[:3]) < 0.87
        if grey:
            return f"texture {{ {pigment} finish {{ diffuse 0.45 specular 0.6 roughness 0.02 metallic reflection {{ {self.rng.uniform(0.15, 0.45):.2f} metallic }} }} }}"
        gloss = self.rng.choice([0, 0.08, 0.25, 0.5], p=[0.4, 0.3, 0.2, 0.1])
        return f"texture {{ {pigment} finish {{ diffuse 0.75 specular {gloss:.2f} roughness {0.15 if gloss < 0.1 else 0.02} {'reflection { 0.0, 0.12 }' if gloss > 0.4 else ''} }} }}"

    def mesh(self, mesh, glow=0.8):
        """A mesh; what glows casts no shadow, so that a light may stand inside."""
        shining = np.array([m.glow > 0 for m in mesh.materials])[mesh.material]
        for part in (~shining, shining):
            if part.any():
                self.triangles(mesh, np.flatnonzero(part), glow)

    def triangles(self, mesh, which, glow):
        p, n, uv, material = (a[which] for a in (mesh.position, mesh.normal, mesh.uv, mesh.material))
        keep = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=-1) > 1e-9
        p, n, uv, material = p[keep], n[keep], uv[keep], material[keep]
        if not len(p):
            return
        flat = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
        flat /= np.linalg.norm(flat, axis=-1, keepdims=True)
        length = np.linalg.norm(n, axis=-1, keepdims=True)
        n = np.where(length > 0.1, n / np.maximum(length, 1e-6), flat[:, None])
        used, material = np.unique(material, return_inverse=True)
        mirror = np.array([1, 1, -1])
        points, faces = indexed(p * mirror, 1e-4)
        normals, normal_faces = indexed(n * mirror, 1e-2)
        textured = any(mesh.materials[m].texture is not None for m in used)
        text = ["mesh2 {\n", rows("vertex_vectors", points, "<%.4f,%.4f,%.4f>,"), rows("normal_vectors", normals, "<%.2f,%.2f,%.2f>,")]
        if textured:
            maps, map_faces = indexed(uv, 1e-4)
            text.append(rows("uv_vectors", maps, "<%.4f,%.4f>,"))
        text.append(f"texture_list {{ {len(used)}\n" + "\n".join(self.texture(mesh.materials[m], glow) for m in used) + "}\n")
        text.append(rows("face_indices", np.column_stack([faces, material]), "<%d,%d,%d>,%d,"))
        text.append(rows("normal_indices", normal_faces, "<%d,%d,%d>,"))
        if textured:
            text.append(rows("uv_indices", map_faces, "<%d,%d,%d>,"))
        text.append("no_shadow\n" if mesh.materials[used[0]].glow else "")
        self.add("".join(text) + "}")

    def render(self, size):
        """The picture as linear light, float [size, size, 3]."""
        (self.folder / "scene.pov").write_text("".join(self.parts))
        command = ["povray", "+Iscene.pov", "+Oscene.ppm", "+FP16", f"+W{size}", f"+H{size}", "+A0.2", "+AM2", "+R2", "-J", "-D", "-GA", "+WT1", "File_Gamma=1.0"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.splitlines()
            first = next((i for i, line in enumerate(lines) if "Error" in line or "error" in line), len(lines) - 20)
            raise RuntimeError("povray failed:\n" + "\n".join(lines[max(0, first - 8):first + 4]))
        data = (self.folder / "scene.ppm").read_bytes()
        head = data.split(b"\n", 4)
        body = data[-6 * size * size:]
        assert head[0] == b"P6" and len(body) == 6 * size * size
        return np.frombuffer(body, ">u2").reshape(size, size, 3).astype(np.float32) / 65535
