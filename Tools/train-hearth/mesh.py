"""Triangle meshes: Wavefront OBJ files of the furniture catalogues, and a few solids for parametric things."""
import io
import zipfile
from dataclasses import dataclass, field

import numpy as np
from PIL import Image


@dataclass
class Material:
    color: tuple = (0.8, 0.8, 0.8)
    alpha: float = 1.0
    texture: np.ndarray | None = None  # RGBA U8
    glow: float = 0.0  # light it gives itself
    tintable: bool = True


@dataclass
class Mesh:
    """Triangles with positions [n,3,3] in metres (y up, z to the viewer), normals [n,3,3], uv [n,3,2], material [n]."""
    position: np.ndarray
    normal: np.ndarray
    uv: np.ndarray
    material: np.ndarray
    materials: list = field(default_factory=list)

    def moved(self, offset=(0, 0, 0), rotation=None, scale=1.0):
        p, n = self.position * scale, self.normal
        if rotation is not None:
            p, n = p @ rotation.T, n @ rotation.T
        return Mesh(p + np.asarray(offset, np.float32), n, self.uv, self.material, self.materials)


def join(meshes):
    parts = [m for m in meshes if len(m.position)]
    shift, materials, index = 0, [], []
    for m in parts:
        index.append(m.material + shift)
        materials += m.materials
        shift += len(m.materials)
    stack = lambda name: np.concatenate([getattr(m, name) for m in parts]).astype(np.float32)
    return Mesh(stack("position"), stack("normal"), stack("uv"), np.concatenate(index).astype(np.int32), materials)


def rotation(axis, degrees):
    a = np.radians(degrees)
    c, s = np.cos(a), np.sin(a)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    r = np.eye(3, dtype=np.float32)
    r[i, i] = r[j, j] = c
    r[i, j], r[j, i] = -s, s
    return r


def face_normals(p):
    n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    n /= np.linalg.norm(n, axis=1, keepdims=True) + 1e-12
    return np.repeat(n[:, None], 3, axis=1)


def quads(corners, material, uv=((0, 0), (1, 0), (1, 1), (0, 1))):
    """corners [n,4,3], each counter-clockwise seen from outside."""
    c = np.asarray(corners, np.float32)
    t = np.asarray(uv, np.float32)
    p = np.concatenate([c[:, [0, 1, 2]], c[:, [0, 2, 3]]])
    u = np.concatenate([np.repeat(t[None, [0, 1, 2]], len(c), 0), np.repeat(t[None, [0, 2, 3]], len(c), 0)])
    return Mesh(p, face_normals(p), u, np.zeros(len(p), np.int32), [material])


def box(size, center, material):
    w, h, d = np.asarray(size) / 2
    f = [[-w, -h, d], [w, -h, d], [w, h, d], [-w, h, d]]
    faces = [f, *(np.asarray(f) * 0 + v for v in (
        [[w, -h, -d], [-w, -h, -d], [-w, h, -d], [w, h, -d]], [[-w, -h, -d], [-w, -h, d], [-w, h, d], [-w, h, -d]],
        [[w, -h, d], [w, -h, -d], [w, h, -d], [w, h, d]], [[-w, h, d], [w, h, d], [w, h, -d], [-w, h, -d]],
        [[-w, -h, -d], [w, -h, -d], [w, -h, d], [-w, -h, d]]))]
    return quads(np.asarray(faces) + np.asarray(center), material)


def turned(profile, material, sides=16):
    """Solid of revolution around y; profile is a list of (radius, y) from bottom to top."""
    a = np.linspace(0, 2 * np.pi, sides + 1)
    ring = lambda r, y: np.stack([r * np.sin(a), np.full_like(a, y), r * np.cos(a)], -1)
    meshes = []
    for (r0, y0), (r1, y1) in zip(profile, profile[1:]):
        low, high = ring(r0, y0), ring(r1, y1)
        meshes.append(quads(np.stack([low[:-1], low[1:], high[1:], high[:-1]], 1), material))
        slope = np.stack([np.sin(a), np.full_like(a, (r0 - r1) / (abs(y1 - y0) + 1e-6)), np.cos(a)], -1)
        slope /= np.linalg.norm(slope, axis=1, keepdims=True)
        n, m = slope[:-1], slope[1:]
        meshes[-1].normal = np.concatenate([np.stack([n, m, m], 1), np.stack([n, m, n], 1)]).astype(np.float32)
    return join(meshes)


def capsule(start, end, r0, r1, material):
    """Rounded rod from start to end."""
    start, end = np.asarray(start, np.float32), np.asarray(end, np.float32)
    length = np.linalg.norm(end - start)
    t = np.linspace(0, np.pi / 2, 5)
    profile = [(r0 * np.sin(v), -r0 * np.cos(v)) for v in t] + [(r1 * np.cos(v), length + r1 * np.sin(v)) for v in t]
    up = (end - start) / (length + 1e-9)
    side = np.cross(up, [0.3, 0.1, 1.0])
    side /= np.linalg.norm(side) + 1e-9
    return turned(profile, material, 12).moved(start, np.stack([side, up, np.cross(side, up)], 1))


class Catalogue:
    """A Sweet Home 3D furniture library (.sh3f): a zip of OBJ models with a properties file."""

    def __init__(self, path):
        self.name = path.stem
        self.zip = zipfile.ZipFile(path)
        self.files = {n.lower(): n for n in self.zip.namelist()}
        self.entries = {}
        for line in self.zip.read("PluginFurnitureCatalog.properties").decode("latin-1").splitlines():
            key, equals, value = line.partition("=")
            key, hash_, number = key.partition("#")
            if equals and hash_ and number.strip().isdigit():
                self.entries.setdefault(int(number), {})[key] = value.strip()

    def read(self, name):
        return self.zip.read(self.files[name.lower().lstrip("/")])

    def mesh(self, entry, limit=3_500_000):
        """The model in metres, standing on y = 0 and centred; None if larger than the limit."""
        path = entry["model"].lstrip("/")
        if self.zip.getinfo(self.files[path.lower()]).file_size > limit:
            return None
        mesh = self.parse(path)
        if "modelRotation" in entry:
            r = np.array(entry["modelRotation"].split(), np.float32).reshape(3, 3)
            mesh = mesh.moved(rotation=r)
        low, high = mesh.position.min((0, 1)), mesh.position.max((0, 1))
        size = np.array([float(entry[k]) / 100 for k in ("width", "height", "depth")], np.float32)
        scale = size / np.maximum(high - low, 1e-6)
        center = (low + high) / 2
        center[1] = low[1]
        mesh.position = (mesh.position - center) * scale
        return mesh

    def parse(self, path):
        v, vt, vn, corners, materials, current, index = [], [], [], [], [], 0, []
        library, names = {}, {}
        for line in self.read(path).decode("latin-1").splitlines():
            word, _, rest = line.strip().partition(" ")
            if word in ("v", "vt", "vn"):
                {"v": v, "vt": vt, "vn": vn}[word].append([float(x) for x in rest.split()[:3]])
            elif word == "mtllib":
                library = self.parse_materials(path, rest.strip())
            elif word == "usemtl":
                name = rest.strip()
                if name not in names:
                    names[name] = len(materials)
                    materials.append(library.get(name, Material()))
                current = names[name]
            elif word == "f":
                face = [[int(x) if x else 0 for x in (c.split("/") + ["", ""])[:3]] for c in rest.split()]
                for k in range(1, len(face) - 1):
                    corners.append((face[0], face[k], face[k + 1]))
                    index.append(current)
        at = lambda i, n: np.where(i > 0, i - 1, i + n)
        c = np.array(corners, np.int64)
        position = np.array(v, np.float32)[at(c[..., 0], len(v))]
        uv = np.zeros((*c.shape[:2], 2), np.float32)
        if vt:
            uv = np.array([t[:2] for t in vt], np.float32)[at(c[..., 1], len(vt)) % len(vt)] * (c[..., 1:2] != 0)
        normal = face_normals(position)
        if vn:
            given = np.array(vn, np.float32)[at(c[..., 2], len(vn)) % len(vn)]
            normal = np.where(c[..., 2:3] != 0, given, normal)
        return Mesh(position, normal.astype(np.float32), uv, np.array(index, np.int32), materials or [Material()])

    def parse_materials(self, path, name):
        folder = path.rpartition("/")[0]
        library, material = {}, None
        if f"{folder}/{name}".lower() not in self.files:
            return library
        for line in self.read(f"{folder}/{name}").decode("latin-1").splitlines():
            word, _, rest = line.strip().partition(" ")
            rest = rest.strip()
            if word == "newmtl":
                material = library[rest] = Material()
            elif word == "Kd":
                material.color = tuple(float(x) for x in rest.split()[:3])
            elif word == "d":
                material.alpha = max(0.15, float(rest.split()[-1]))
            elif word == "map_Kd" and f"{folder}/{rest}".lower() in self.files:
                image = Image.open(io.BytesIO(self.read(f"{folder}/{rest}"))).convert("RGBA")
                image.thumbnail((256, 256))
                material.texture, material.color = np.asarray(image), (1.0, 1.0, 1.0)
        return library
