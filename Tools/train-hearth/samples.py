"""Draws the pictures of the demo, a short story of one living room, and what is true of them.

    python samples.py ../../samples/home

Nothing here is in the training set: the room's background, its arrangement and the views (yaws that training never shows)
are its own.
"""
import json
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from mesh import Catalogue, Mesh
from parametric import BUILDERS, screen_picture
from people import catalogue_activity, with_book
from render import render
from scene import FLAT, draw
from story import AMBIENT, EVENTS, FURNITURE, STORY
from things import NAMES, STATES, models

W, H = 640, 480
SEED = 90210
FURNITURE_FOLDER = Path("/usr/share/sweethome3d/furniture")
# What the catalogue of names calls the one ball of the story.
LABELS = {"ball": "soccer ball"}


def load_models():
    """(kind, model key, title, mesh) of the catalogue models in use, in a fixed order."""
    catalogues = [Catalogue(path) for path in sorted(FURNITURE_FOLDER.glob("*.sh3f"))]
    found = []
    for kind, catalogue, number, entry in models(catalogues):
        mesh = catalogue.mesh(entry)
        if mesh is not None:
            found.append((kind, f"{catalogue.name}#{number}", entry["name"], mesh))
    return found


def held_out(found):
    """The model of each kind with at least three that the first weights, of 80 kinds, were not trained on."""
    out = set()
    for kind in NAMES:
        keys = [key for k, key, _, _ in found if k == kind]
        if len(keys) >= 3:
            out.add(keys[zlib.crc32(kind.encode()) % len(keys)])
    return out


class Studio:
    """Renders things at picture size, each (kind, model, yaw, state, height) once."""

    def __init__(self):
        found = load_models()
        unseen = held_out(found)
        self.models = {}
        for kind, key, title, mesh in found:
            if key not in unseen:
                self.models.setdefault(kind, []).append((title, mesh))
        self.made = {}

    def sprite(self, kind, model, yaw, state, height, activity):
        """model: a number (catalogue) or `built-SEED`."""
        key = (kind, model, yaw, state, activity)
        if key not in self.made:
            rng = np.random.default_rng([SEED, yaw + 180])
            if isinstance(model, str):
                mesh = switched(kind, int(model.removeprefix("built-")), state)
            elif kind == "person":
                mesh = self.person(activity, model, rng)
            else:
                mesh = self.models[kind][model][1]
            self.made[key] = render(mesh, yaw, 3 if kind in FLAT else 9, rng, 440)[0]
        image = Image.fromarray(self.made[key])
        h = round(height * H)
        return np.asarray(image.resize((max(4, round(image.width * h / image.height)), h), Image.Resampling.LANCZOS))

    def person(self, activity, model, rng):
        pose = "sitting" if activity == "reading" else activity
        figures = [mesh for title, mesh in self.models["person"] if catalogue_activity(title) == pose]
        mesh = figures[model % len(figures)]
        return with_book(mesh, rng) if activity == "reading" else mesh


def switched(kind, seed, state):
    """The same built thing in either state."""
    if kind == "lamp":
        mesh = BUILDERS[kind](np.random.default_rng(seed), "on")
        dull = lambda m: replace(m, glow=0.0, color=tuple(0.8 * c for c in m.color)) if m.glow else m
        return mesh if state == "on" else Mesh(mesh.position, mesh.normal, mesh.uv, mesh.material, [dull(m) for m in mesh.materials])
    if kind == "tv" and state == "on":
        mesh = BUILDERS[kind](np.random.default_rng(seed), "off")
        picture = screen_picture(np.random.default_rng(seed))
        shine = lambda m: replace(m, glow=1.0, texture=picture) if m.texture is not None else m
        return Mesh(mesh.position, mesh.normal, mesh.uv, mesh.material, [shine(m) for m in mesh.materials])
    return BUILDERS[kind](np.random.default_rng(seed), state)


def living_room():
    """Wall with a faint stripe, skirting, planks in perspective."""
    line = int(0.66 * H)
    image = np.empty((H, W, 3), np.float32)
    image[:line] = (196, 188, 170)
    image[:line][:, (np.arange(W) // 40) % 2 == 0] += 6
    image[line - 10:line] = (226, 222, 214)
    depth = (np.arange(H - line)[:, None] + 1) / (H - line)
    plank = np.floor((np.arange(W)[None] / W - 0.5) / (0.4 + depth) * 9)
    shade = 0.88 + 0.18 * ((np.sin(plank * 12.9898) * 43758.5) % 1)
    image[line:] = np.array((158, 116, 78)) * shade[..., None] * (0.85 + 0.2 * depth)[..., None]
    return image


def frame(studio, room, entry, rng):
    """The scene of one entry of the story."""
    pieces = [] if entry.get("unfurnished") else [(k, m, y, entry.get(k, s), "none", x, b, h) for k, m, y, s, x, b, h in FURNITURE]
    pieces += [(k, m, y, s, "none", x, b, h) for k, m, y, s, x, b, h in entry.get("more", [])]
    pieces += [("person", m, y, "none", a, x, b, h) for a, m, y, x, b, h in entry.get("people", [])]
    placed = []
    for kind, model, yaw, state, activity, x, bottom, height in pieces:
        sprite = studio.sprite(kind, model, yaw, state, height, activity)
        number = NAMES.index(kind)
        code = ["none", "standing", "sitting", "lying", "reading"].index(activity)
        placed.append((number, STATES.index(state), code, sprite, round(x * W - sprite.shape[1] / 2), round(bottom * H) - sprite.shape[0]))
    placed.sort(key=lambda p: (0 if NAMES[p[0]] in FLAT else 1, p[5] + p[3].shape[0]))
    scene = draw(room.copy(), placed, entry["light"], AMBIENT[entry["light"]], rng)
    noise = rng.normal(0, 4 if entry["light"] == "dark" else 2, scene.picture.shape)
    scene.picture = np.clip(scene.picture + noise, 0, 255).astype(np.uint8)
    return scene


def write(path, picture, how):
    """Saves one picture; `how` names what is special about the file."""
    image = Image.fromarray(picture)
    if "blurred" in how:
        image = image.filter(ImageFilter.GaussianBlur(3))
    if "small" in how:
        image = image.resize((320, 240), Image.Resampling.LANCZOS)
    if "grey" in how:
        image = image.convert("L")
    if "alpha" in how:
        image.putalpha(255)
    if "palette" in how:
        image = image.quantize(200)
    exif = Image.Exif()
    for value, turn in ((3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270)):
        if f"exif-{value}" in how:
            exif[0x0112], image = value, image.transpose(turn)
    if path.suffix == ".png":
        image.save(path, optimize=True)
    else:
        image.save(path, quality=84, progressive="progressive" in how, exif=exif)


def events(frames):
    """`new` at the second frame in a row that shows a label, `end` at the second in a row without it."""
    found, present, run = [], set(), {}
    for number, entry in enumerate(frames):
        seen = {o["label"] for o in entry["objects"]}
        for label in sorted(seen | present):
            here = label in seen
            count = run[label] = run.get(label, (here, 0))[1] + 1 if run.get(label, (here, 0))[0] == here else 1
            run[label] = (here, count)
            if here != (label in present) and count == 2:
                found.append({"file": entry["file"], "type": "new" if here else "end", "label": label})
                (present.add if here else present.discard)(label)
        for label in set(run) - seen - present:
            del run[label]
    return found


def actions(frames, found):
    """The lamp goes on when a person is new in the dark, and off when the last person is gone while it is lit."""
    out = []
    for event in found:
        entry = next(f for f in frames if f["file"] == event["file"])
        lit = any(o["label"] == "lamp" and o["state"] == "on" for o in entry["objects"])
        if event["label"] == "person" and event["type"] == "new" and entry["light"] == "dark":
            out.append({"file": entry["file"], "device": "living_room_lamp", "command": "turn_on"})
        if event["label"] == "person" and event["type"] == "end" and lit:
            out.append({"file": entry["file"], "device": "living_room_lamp", "command": "turn_off"})
    return out


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.jpg"), *folder.glob("*.png")):
        old.unlink()
    studio, room, frames = Studio(), living_room(), []
    for number, entry in enumerate(STORY, 1):
        scene = frame(studio, room, entry, np.random.default_rng([SEED, number]))
        how = entry.get("how", "")
        name = f"{number:02d}-{entry['name']}.{'png' if 'png' in how else 'jpg'}"
        write(folder / name, scene.picture, how)
        objects = [{"label": LABELS.get(NAMES[t.kind], NAMES[t.kind]), "state": STATES[t.state], "box": [round(float(v), 4) for v in t.box]} for t in scene.things]
        frames.append({"file": name, "objects": objects, "people": scene.people, "activity": scene.activity, "light": scene.light})
    found = events(frames)
    truth = {"about": EVENTS, "frames": frames, "events": found, "actions": actions(frames, found)}
    lines = json.dumps(truth, indent=1)
    (folder / "ground-truth.json").write_text(lines + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
