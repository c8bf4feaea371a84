"""Writes the realistic test sets: rooms with furniture, light, shadow and reflection, rendered with POV-Ray.

    python realistic.py OUT [WORKERS [PICTURES [FIRST]]]

Nothing of the training generator's rooms, light or composition is used: rooms are boxes with covered walls and floors, things
stand at their real sizes where people put them, and boxes come from what is seen of each mesh. `realistic-known` is furnished
with models and builders that training uses, too; `realistic-new` with the models that no training picture shows (unseen in
itembank.py); people are built by persons.py in both. `realistic` is both together. Every object says its `source` and whether
it was `trained`.
"""
import json
import multiprocessing
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import interiors
from catalogue import furniture, usable
from itembank import is_common, solid_of, sources, unseen
from layout import SIDE, Layout, Piece, board, worktop
from mesh import Material, Mesh, rotation
from persons import ACTIVITIES, figure
from povray import Book, Camera

SEED, PICTURES = 777000, 100
ITEMS = {item.name: item for item in usable()}

# What is in which room: along the back wall, along the sides, on the floor, on tops, on the walls, under the ceiling.
ROOMS = {
    "living": dict(floor="any", back="sofa, sofa, armchair, bookcase, fireplace, piano, drawers, table, tv", side="armchair, bookcase, drawers, plant, floor lamp, bicycle, fan, cat tree", middle="rug, treadmill, table, cat, dog, beanbag, ball, rocking chair, stool, armchair, heater, speaker, plant, christmas tree, guitar, suitcase",
                   top="tv, lamp, vase, flowers, plant, radio, candle, book, speaker, box, cactus, aquarium", wall="painting, wall clock, window, window, curtain, mirror, radiator, air conditioner, door", ceiling="ceiling lamp, chandelier"),
    "bedroom": dict(floor="any", back="bed, wardrobe, bed, drawers, desk", side="wardrobe, drawers, chair, floor lamp, crib, plant, armchair", middle="rug, cat, suitcase, backpack, beanbag, laundry basket, teddy bear, stool, sneakers, guitar, fan",
                    top="lamp, pillow, teddy bear, book, laptop, cat, radio, flowers, handbag, towel, doll", wall="window, painting, mirror, curtain, window blind, wall clock, door, radiator", ceiling="ceiling lamp, chandelier"),
    "kitchen": dict(floor="hard", counter=True, back="fridge, oven, dishwasher, washing machine", side="chair, bin, fridge, plant, drawers", middle="table, chair, bar chair, baby high chair, bin, cat, dog, stool, broom, bucket",
                    top="microwave, coffee machine, toaster, kettle, knife block, fruit bowl, blender, mixer, saucepan, bottle, bread, cake, bowl, hot plate, frying pan", wall="range hood, wall clock, window, window, radiator", ceiling="ceiling lamp"),
    "bathroom": dict(floor="hard", wet=True, back="bathtub, toilet, washing machine, toilet", side="toilet, laundry basket, drawers, bathtub", middle="bathroom scale, bucket, stool, bin, laundry basket, mop, cat",
                     top="towel, toilet paper, hair dryer, bottle, plant, box", wall="washbasin, washbasin, mirror, towel rack, radiator, toilet paper holder, water heater, window", ceiling="ceiling lamp"),
    "study": dict(floor="any", back="desk, bookcase, desk, table, drawers, sofa", side="bookcase, plant, floor lamp, chair, safe", middle="office chair, chair, treadmill, bin, globe, rug, backpack, dog, ladder, box",
                  top="monitor, laptop, lamp, printer, keyboard, book, plant, speaker, router, globe, tablet, radio, cup, cactus", wall="whiteboard, blackboard, bulletin board, window, wall clock, painting, window blind, radiator, air conditioner, door", ceiling="ceiling lamp"),
    "hall": dict(floor="any", back="coat stand, drawers, bicycle, ladder, safe", side="umbrella, plant, bin, suitcase, stool, vacuum cleaner, broom", middle="stroller, sneakers, backpack, suitcase, dog, cat, toolbox, wheelchair, skateboard, rug, robot vacuum, box, umbrella, basket, bicycle",
                 top="telephone, hat, handbag, vase, lamp, flowers, helmet, basket", wall="door, door, mirror, painting, wall clock, radiator, water heater, coat hanger", ceiling="ceiling lamp, chandelier"),
    "nursery": dict(floor="any", back="bunk bed, crib, bed, drawers, bookcase, desk", side="drawers, wardrobe, crib, chair", middle="rug, ball, soccer ball, teddy bear, doll, skateboard, beanbag, toy car, globe, guitar, box, stool, dog, gift",
                    top="lamp, teddy bear, doll, book, globe, radio, gift, toy car, cactus", wall="blackboard, window, painting, curtain, wall clock, dart board, window shutter", ceiling="ceiling lamp"),
    "utility": dict(floor="hard", back="washing machine, fridge, drawers, table, ladder", side="ladder, bicycle, broom, mop, suitcase, fan, bin, heater", middle="ironing board, clothes horse, laundry basket, bucket, vacuum cleaner, toolbox, watering can, fire extinguisher, fan, safe, box, barbecue, sewing machine, ladder, skateboard",
                    top="iron, box, toolbox, drill, spray bottle, radio, basket, bottle, towel, helmet, bucket", wall="water heater, window, radiator, coat hanger, towel rack, door", ceiling="ceiling lamp"),
}
# Near views of a worktop, a desk, a sideboard or a shelf.
TOPS = {
    "kitchen": ("microwave, coffee machine, toaster, kettle, knife block, fruit bowl, blender, mixer, saucepan, bottle, bread, cake, bowl, hot plate, frying pan, cup, teapot, milk carton, spray bottle, tap, radio, plant", "wall clock, window, towel rack, light switch", True),
    "desk": ("monitor, laptop, lamp, printer, keyboard, book, plant, speaker, router, globe, tablet, phone, cup, headphones, camera, telephone, candle, remote control, watch, cactus, fan, bottle, cat", "wall clock, painting, bulletin board, window, whiteboard", False),
    "sideboard": ("lamp, vase, flowers, radio, telephone, candle, speaker, fruit bowl, book, teapot, cake, gift, teddy bear, plant, globe, tv, doll, chessboard, cup, cactus, aquarium, bird cage, box, bowl, cat, christmas tree, bottle", "painting, mirror, wall clock, window", False),
    "bath": ("towel, toilet paper, hair dryer, bottle, spray bottle, plant, tap, cup, radio, box, basket, candle", "mirror, towel rack, toilet paper holder, light switch", True),
    "bench": ("hammer, drill, toolbox, spray bottle, box, helmet, radio, iron, bucket, bottle, lamp, fan, watering can, backpack, camera, cap", "wall clock, coat hanger, dart board, light switch", False),
    "shelf": ("hat, cap, handbag, helmet, watch, sneakers, camera, book, basket, headphones, soccer ball, ball, toy car, teddy bear, gift, backpack, box, doll, vase, skateboard, umbrella", "mirror, painting, coat hanger, wall clock", False),
}
HEIGHT = {"door": 0.0, "radiator": (0.1, 0.2), "washbasin": (0.5, 0.6), "painting": (1.2, 1.6), "mirror": (1.1, 1.4), "wall clock": (1.6, 2.0), "whiteboard": (0.9, 1.2), "blackboard": (0.9, 1.2), "bulletin board": (1.1, 1.5),
          "towel rack": (1.0, 1.3), "toilet paper holder": (0.6, 0.8), "window": (0.85, 1.1), "window blind": (0.85, 1.0), "window shutter": (0.85, 1.0), "curtain": 0.15, "range hood": (1.5, 1.65), "air conditioner": (1.95, 2.1),
          "dart board": (1.2, 1.5), "coat hanger": (1.3, 1.6), "water heater": (1.1, 1.4), "light switch": (1.1, 1.3)}
# Frames, clocks and balls may be turned; what has a front faces the viewer more or less.
TURNS = {"cat": 150, "dog": 120, "ball": 180, "soccer ball": 180, "toy car": 150, "skateboard": 150, "plant": 180, "cactus": 180, "vase": 180, "flowers": 180, "cup": 180, "bowl": 180, "fruit bowl": 180, "bottle": 180, "sneakers": 150, "bicycle": 110,
         "stool": 180, "bin": 180, "bucket": 180, "cake": 180, "globe": 180, "ladder": 110, "chair": 130, "hat": 180, "cap": 180, "robot vacuum": 180, "rug": 12, "table": 12}
# Materials of catalogue lamps that shine when they are lit.
SHADES = {"BlendSwap-CC-0#15": (0,), "BlendSwap-CC-BY#98": (2,), "Scopia#55": (3, 4), "Scopia#56": (4,), "Scopia#57": (3, 5), "Scopia#65": (0,), "BlendSwap-CC-BY#29": (3, 4), "KatorLegaz#40": (0,), "Scopia#213": (2,), "Scopia#87": (1,), "BlendSwap-CC-0#121": (2,)}
# Catalogue models whose state is plain, although that of their kind's models in general is not told.
PLAIN = {"BlendSwap-CC-0#22": "off", "KatorLegaz#71": "off", "KatorLegaz#27": "off"}
LAMPS = {"lamp": 0.22, "floor lamp": 0.3, "ceiling lamp": 0.4, "chandelier": 0.35, "candle": 0.04, "fireplace": 0.2, "heater": 0.03, "tv": 0.1, "monitor": 0.05, "laptop": 0.03}
SHINES = {"lamp", "floor lamp", "ceiling lamp", "chandelier", "candle", "fireplace"}  # light that makes a dark room dim
# Models that stand badly or show another thing as well.
UNFIT = {"Scopia#113", "Scopia#337", "Scopia#166", "Scopia#165", "Scopia#53", "Scopia#316", "BlendSwap-CC-0#121"}
SOFT = {"pillow", "cat", "teddy bear", "towel", "handbag", "doll", "laptop", "book"}


def words(text):
    return [w.strip() for w in text.split(",")]


def sized(mesh, item):
    """Models far from a thing's usual size are brought to it."""
    longest = float((mesh.position.max((0, 1)) - mesh.position.min((0, 1))).max())
    scale = item.metres * 1.15 / longest if longest > 1.6 * item.metres else item.metres * 0.9 / longest if longest < 0.6 * item.metres else 1.0
    return mesh.moved(scale=scale)


def lit_model(mesh, key):
    materials = [Material(m.color, 1.0, m.texture, 1.1, False) if k in SHADES[key] else m for k, m in enumerate(mesh.materials)]
    return Mesh(mesh.position, mesh.normal, mesh.uv, mesh.material, materials)


def made(name, new, light, rng):
    """A piece of that name, standing at the origin, or None."""
    item = ITEMS[name]
    if name == "person":
        activity = ACTIVITIES[rng.integers(1, len(ACTIVITIES))]
        return Piece(name, figure(rng, activity), "none", activity, "solid person")
    if new:
        source = unseen(item)
        choice = [source] if source and source[0] == "model" else []
    else:
        choice = sources(item, "train")[0]
    choice = [s for s in choice if s[1] not in UNFIT]
    for _ in range(4):
        if not choice:
            return None
        built = [s for s in choice if s[0] == "solid"]
        source = built[0] if built and rng.random() < (0.75 if len(item.states) > 1 else 0.4) else choice[rng.integers(len(choice))]
        mesh, state, _ = solid_of(item, source, rng)
        if mesh is None or len(mesh.position) > 160_000:
            continue
        if source[0] == "model":
            state = PLAIN.get(source[1], state)
            mesh = sized(mesh, item)
            if source[1] in SHADES and rng.random() < (0.3 if light == "bright" else 0.65):
                mesh, state = lit_model(mesh, source[1]), "on"
        if state not in item.states:
            continue
        if source[0] == "solid" and rng.random() < 0.5:
            mesh = tinted(mesh, rng)
        return Piece(name, mesh, state, "none", " ".join(source), not new)
    return None


def tinted(mesh, rng):
    shade = np.clip(rng.normal(0.95, 0.15, 3), 0.5, 1.2)
    materials = [Material(tuple(np.clip(np.asarray(m.color) * shade, 0.02, 1)), m.alpha, m.texture, m.glow, m.tintable) if m.tintable and not m.glow and m.texture is None else m for m in mesh.materials]
    return Mesh(mesh.position, mesh.normal, mesh.uv, mesh.material, materials)


def is_view(m):
    return m.glow > 0 and m.texture is not None and m.texture.shape[:2] == (40, 40)


def glazed(piece, room, layout):
    """A window: its painted view goes, and the wall behind it opens."""
    keep = np.array([not is_view(m) for m in piece.mesh.materials])[piece.mesh.material]
    m = piece.mesh
    piece.mesh = Mesh(m.position[keep], m.normal[keep], m.uv[keep], m.material[keep], m.materials)
    low, high = piece.low, piece.high
    wall = "back" if high[0] - low[0] > 0.35 and low[2] < 0.1 else "left" if low[0] < 0 else "right"
    along = (low[0], high[0]) if wall == "back" else (low[2], high[2])
    room.openings.append(interiors.Opening(wall, along[0] + 0.04, along[1] - 0.04, low[1] + 0.04, high[1] - 0.04))


def furnish(layout, plan, new, light, rng, count):
    """Fills a room with about `count` things."""
    room, lists = layout.room, {k: [n for n in words(plan[k]) if is_common(ITEMS[n])] for k in ("back", "side", "middle", "top", "wall", "ceiling")}
    people = int(rng.choice([1, 2, 3], p=[0.72, 0.2, 0.08])) if rng.random() < 0.45 else 0
    if plan.get("counter"):
        run = rng.uniform(1.2, 2.2)
        left = rng.choice([-1, 1]) * (room.width - run) / 2 - run / 2
        colors = interiors.paint(rng, 0.3, 0.95, 0.1), interiors.paint(rng, 0.2, 0.85, 0.05), np.full(3, 0.2)
        layout.fixed(worktop(rng, left, left + run, 0.6, 0.9, colors))
    used, tries = [], 0
    while len(layout.named()) < count and tries < 45:
        tries += 1
        have = len(layout.named())
        kind = "back" if have < min(2, count) and tries < 8 else rng.choice(["back", "side", "middle", "top", "wall", "ceiling"], p=[0.14, 0.14, 0.27, 0.25, 0.16, 0.04])
        if people and have >= 1:
            kind, people = "person", people - 1
            name = "person"
        else:
            name = lists[kind][rng.integers(len(lists[kind]))] if lists[kind] else None
        if name is None or (name in used and name not in ("chair", "book", "plant", "person", "window", "bottle") or used.count(name) > 2):
            continue
        piece = made(name, new, light, rng)
        if piece is None:
            continue
        if put(layout, kind, piece, rng):
            used.append(name)
            if name == "window":
                glazed(piece, room, layout)
    return layout


def put(layout, kind, piece, rng):
    turn = TURNS.get(piece.name, 35)
    wall = rng.choice(["back", "back", "left", "right"])
    if kind == "person":
        if piece.activity == "lying":
            beds = [p for p in layout.pieces if p.name in ("bed", "rug")]
            carrier = beds[rng.integers(len(beds))] if beds else None
            piece.mesh = piece.mesh.moved(rotation=rotation("y", 90)) if carrier and carrier.name == "bed" and carrier.high[2] - carrier.low[2] > carrier.high[0] - carrier.low[0] else piece.mesh
            if carrier and carrier.name == "bed":
                return layout.on_top(piece, carrier, 6, 0.45, 0.2, 0.9)
            return layout.on_floor(piece, 30)
        return layout.on_floor(piece, 40 if piece.activity in ("reading", "typing", "cooking") else 70)
    if kind == "back":
        return layout.against(piece, "back") if piece.name != "tv" else False
    if kind == "side":
        return layout.against(piece, wall if len(ITEMS[piece.name].states) < 2 else "back")
    if kind == "wall":
        hangs = "back" if len(ITEMS[piece.name].states) > 1 or rng.random() < 0.6 else wall
        if piece.name == "curtain":
            windows = [p for p in layout.pieces if p.name == "window" and p.low[2] < 0.1 and p.high[0] - p.low[0] > 0.35]
            if windows and piece.state == "open":
                low, high = windows[0].low, windows[0].high
                piece.mesh = piece.mesh.moved((0, 0, 0.14))
                return layout.on_wall(piece, "back", 2.2 - piece.high[1], (low[0] + high[0]) / 2)
        return layout.on_wall(piece, hangs, HEIGHT[piece.name])
    if kind == "ceiling":
        return layout.hung(piece)
    if kind == "top":
        soft = [p for p in layout.pieces if p.name in ("bed", "sofa", "armchair")] if piece.name in SOFT else []
        firm = [p for p in layout.pieces if not p.name or p.name in ("table", "desk", "drawers", "bookcase", "stool", "piano", "safe", "washing machine", "dishwasher", "wardrobe", "fridge", "fireplace") and p.place != "wall"]
        for carrier in rng.permutation(np.array([*soft, *firm], object)) if soft or firm else []:
            if layout.on_top(piece, carrier, turn, 0.1 if carrier in soft else 0.012):
                return True
        return False
    tables = [p for p in layout.pieces if p.name in ("table", "desk")]
    if piece.name in ("chair", "office chair", "stool", "bar chair") and tables:
        return layout.around(piece, tables[rng.integers(len(tables))])
    return layout.on_floor(piece, turn)


def room_view(new, light, rng):
    plan = ROOMS[sorted(ROOMS)[rng.integers(len(ROOMS))]]
    room = interiors.Room(rng.uniform(3.2, 4.4), rng.uniform(3.1, 3.9), rng.uniform(2.35, 2.7))
    eye = np.array([rng.uniform(-0.9, 0.9), rng.uniform(1.15, 1.95), room.depth - 0.15])
    camera = Camera(eye, np.array([rng.uniform(-0.45, 0.45), rng.uniform(0.75, 1.1), 0.4]), rng.uniform(50, 62))
    layout = Layout(room, camera, rng)
    furnish(layout, plan, new, light, rng, int(rng.choice(np.arange(1, 9), p=[0.05, 0.08, 0.14, 0.18, 0.19, 0.16, 0.12, 0.08])))
    return layout, plan.get("floor", "any"), plan.get("wet", False)


def near_view(new, light, rng):
    theme = sorted(TOPS)[rng.integers(len(TOPS))]
    small, wall, wet = TOPS[theme]
    room = interiors.Room(rng.uniform(2.6, 4.0), 2.6, 2.5)
    height, depth = {"kitchen": 0.9, "bath": 0.85, "desk": 0.74, "sideboard": 0.8, "bench": 0.85, "shelf": 1.1}[theme], rng.uniform(0.5, 0.65)
    away = rng.uniform(1.1, 1.55)
    camera = Camera(np.array([rng.uniform(-0.4, 0.4), height + rng.uniform(0.3, 0.65), away]), np.array([rng.uniform(-0.15, 0.15), height + rng.uniform(0.1, 0.22), 0.2]), rng.uniform(44, 58))
    layout = Layout(room, camera, rng)
    color = interiors.WOODS[rng.integers(len(interiors.WOODS))] if rng.random() < 0.6 else interiors.paint(rng, 0.2, 0.9)
    if theme == "kitchen":
        carrier = layout.fixed(worktop(rng, -1.29, 1.29, depth, height, (interiors.paint(rng, 0.3, 0.95, 0.1), color, np.full(3, 0.2))))
    else:
        carrier = layout.fixed(board(rng, 2.5, height, depth, color))
    count, used, tries = int(rng.choice(np.arange(1, 9), p=[0.06, 0.12, 0.18, 0.2, 0.18, 0.13, 0.08, 0.05])), [], 0
    while carrier is not None and len(layout.named()) < count and tries < 40:
        tries += 1
        hangs = rng.random() < 0.15
        names = [n for n in words(wall if hangs else small) if is_common(ITEMS[n])]
        name = names[rng.integers(len(names))]
        if name in used and name not in ("book", "cup", "bottle"):
            continue
        piece = made(name, new, light, rng)
        if piece is None:
            continue
        if hangs:
            bottom = height + rng.uniform(0.25, 0.5) if name != "window" else height + 0.1
            done = layout.on_wall(piece, "back", bottom)
        else:
            done = layout.on_top(piece, carrier, TURNS.get(name, 35), lowest=0.5)
        if done:
            used.append(name)
            if name == "window":
                glazed(piece, room, layout)
    return layout, "any", wet


def lights(layout, light):
    """The light level as a person would tell it: a lamp makes the dark dim."""
    shining = [p for p in layout.named() if p.state == "on" and p.name in SHINES]
    return "dim" if light == "dark" and shining else light


def exposed(linear, target, rng):
    """A camera's picture of linear light: exposure, a soft shoulder, white balance, falling off to the corners, noise."""
    side = linear.shape[0]
    y, x = np.mgrid[-1:1:side * 1j, -1:1:side * 1j]
    linear = linear * (1 - rng.uniform(0, 0.12) * (x**2 + y**2))[..., None] * rng.uniform(0.94, 1.06, 3)
    low, high = 0.05, 500.0
    develop = lambda gain: (lambda v: np.where(v < 0.6, v, 0.6 + 0.4 * (1 - np.exp(-(v - 0.6) / 0.4))))(linear * gain)
    encode = lambda v: np.where(v < 0.0031308, 12.92 * v, 1.055 * np.maximum(v, 1e-6)**(1 / 2.4) - 0.055)
    for _ in range(30):
        gain = (low * high)**0.5
        low, high = (gain, high) if encode(develop(gain)).mean() < target else (low, gain)
    picture = encode(develop(gain)) * 255 + rng.normal(0, rng.uniform(0.8, 3.0), linear.shape)
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def written(layout, light, floor, wet, rng, folder):
    """The linear picture of a layout."""
    book, room = Book(folder, rng), layout.room
    book.add(layout.camera.text())
    side = "left" if rng.random() < 0.5 else "right"
    if not any(o.wall == side for o in room.openings):
        middle = room.depth - rng.uniform(0.6, 1.1)
        room.openings.append(interiors.Opening(side, middle - rng.uniform(0.4, 0.6), middle + 0.5, 0.9, 2.1))
    room.write(book, rng, light, floor, wet)
    view = (interiors.view(rng, light) * 255).astype(np.uint8)
    view = np.concatenate([view, np.full((*view.shape[:2], 1), 255, np.uint8)], -1)
    day = {"bright": 0.85, "dim": 0.16, "dark": 0.02}[light]
    screens, lamps = {"bright": (0.5, 0.8), "dim": (0.12, 0.35), "dark": (0.05, 0.22)}[light]
    for piece in layout.pieces:
        mesh = piece.mesh
        glow = lamps if piece.name in SHINES or piece.name == "heater" else screens
        if any(is_view(m) for m in mesh.materials):
            mesh = Mesh(mesh.position, mesh.normal, mesh.uv, mesh.material, [Material(m.color, m.alpha, view, m.glow, False) if is_view(m) else m for m in mesh.materials])
            glow = day
        book.mesh(mesh, glow)
        if piece.state == "on" and piece.name in LAMPS:
            shines = np.array([m.glow > 0 for m in mesh.materials])[mesh.material]
            if shines.any():
                at = mesh.position[shines].mean((0, 1))
                if piece.name in ("tv", "monitor", "laptop", "heater", "fireplace"):
                    facing = mesh.normal[shines].mean((0, 1))
                    at = at + 0.15 * facing / max(np.linalg.norm(facing), 1e-3)
                color = (0.6, 0.75, 1.0) if piece.name in ("tv", "monitor", "laptop") else (1.0, 0.45, 0.2) if piece.name in ("heater", "fireplace") else (1.0, 0.74, 0.45)
                interiors.lamp(book, rng, at, LAMPS[piece.name], color)
    return book.render(SIDE)


def truth(layout, light, file, place):
    objects = []
    shown = layout.shown(layout.pieces)
    people = []
    for piece, (seen, _, pixels, edges) in zip(layout.pieces, shown):
        if not piece.name:
            continue
        box = [round(v / SIDE, 4) for v in edges]
        where = ["left", "center", "right"][min(2, int((box[0] + box[2]) / 2 * 3))]
        objects.append({"label": piece.name, "state": piece.state, "where": where, "box": box, "source": piece.source, "trained": piece.trained, "shown": round(float(seen), 2)})
        if piece.name == "person":
            people.append(((box[2] - box[0]) * (box[3] - box[1]), piece.activity))
    return {"file": file, "objects": objects, "people": len(people), "activity": max(people)[1] if people else "none", "light": lights(layout, light), "questions": [], "place": place}


def picture(number):
    """Picture and truth of one number; even numbers are furnished with new models."""
    rng = np.random.default_rng([SEED, number])
    new, near = number % 2 == 0, number // 2 % 5 in (1, 3)
    light = ["bright", "dim", "dark"][rng.choice(3, p=[0.55, 0.22, 0.23])]
    for _ in range(8):
        layout, floor, wet = (near_view if near else room_view)(new, light, rng)
        if layout.named():
            break
    with tempfile.TemporaryDirectory() as folder:
        linear = written(layout, light, floor, wet, rng, folder)
    told = lights(layout, light)
    low, high = {"bright": (0.38, 0.58), "dim": (0.22, 0.32), "dark": (0.11, 0.17)}[told]
    image = exposed(linear, rng.uniform(low, high), rng)
    return number, image, truth(layout, light, f"{number:04}.png", "near" if near else "room"), new


def main(out, workers=4, count=PICTURES, first=0):
    out, frames = Path(out), {"realistic": [], "realistic-known": [], "realistic-new": []}
    for split in frames:
        shutil.rmtree(out / split, ignore_errors=True)
        (out / split).mkdir(parents=True)
    with multiprocessing.Pool(int(workers), furniture.cache_clear) as pool:  # each opens the zips for itself
        for number, image, told, new in pool.imap(picture, range(int(first), int(first) + int(count))):
            for split in ("realistic", "realistic-new" if new else "realistic-known"):
                Image.fromarray(image).save(out / split / told["file"])
                frames[split].append(told)
    for split, found in frames.items():
        (out / split / "ground-truth.json").write_text(json.dumps({"frames": found, "events": [], "actions": []}, indent=0) + "\n")
        print(f"{out / split}: {len(found)} pictures, {sum(len(f['objects']) for f in found)} things", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
