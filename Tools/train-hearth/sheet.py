"""Contact sheets for looking at sprites or scenes.

    python sheet.py sprites OUT.png BANK PER_NAME [FIRST [COUNT]]  rows of names, each with PER_NAME sprites
    python sheet.py sources OUT.png FIRST COUNT [GROUP]                   every source of the names FIRST…, marked with its key
    python sheet.py scenes OUT.png BANK SPLIT COUNT                       composed scenes with their boxes
    python sheet.py shelves OUT.png BANK SPLIT COUNT [ONE]                things of any name, alone if ONE is given
"""
import sys

import numpy as np
from PIL import Image, ImageDraw

CELL = 88


def grid(rows, path, columns):
    """rows: lists of (sprite, caption)."""
    cells = [c for row in rows for c in (row + [None] * (-len(row) % columns) if len(rows) > 1 else row)]
    sheet = Image.new("RGB", (columns * CELL, -(-len(cells) // columns) * (CELL + 11)), (150, 150, 150))
    pen = ImageDraw.Draw(sheet)
    for i, cell in enumerate(cells):
        if cell is not None:
            x, y = i % columns * CELL, i // columns * (CELL + 11)
            image = Image.fromarray(cell[0])
            image.thumbnail((CELL - 4, CELL - 4))
            sheet.paste(image, (x + 2, y + 2), image)
            pen.text((x + 1, y + CELL - 1), cell[1][:15], fill=(0, 0, 0))
    sheet.save(path)


def sprites(path, bank, per_name, first=0, count=40):
    from catalogue import STATES, usable
    from itembank import ACTIVITIES, Bank
    bank, items = Bank(bank), usable()
    per_name, rows = int(per_name), []
    for kind in sorted(bank.of)[int(first):int(first) + int(count)]:
        mark = lambda n: ACTIVITIES[bank.activity[n]] if bank.activity[n] else STATES[bank.state[n]] + " " if bank.state[n] else ""
        rows.append([(bank.sprite(n), f"{mark(n)}{items[kind].name}") for n in bank.of[kind][:per_name]])
    grid([[c for row in rows for c in row + [row[-1]] * (per_name - len(row))]], path, per_name * (max(1, 16 // per_name)))


def sources(path, first, count, group=None):
    from catalogue import usable
    from itembank import DRAWN, drawn, solid_of
    from render import render
    cells, rng = [], np.random.default_rng(1)
    for item in usable()[int(first):int(first) + int(count)]:
        for source in item.sources:
            if group not in (None, source[0]) or (source[0] == "solid" and item.name == "person"):
                continue
            if source[0] in DRAWN:
                picture = drawn(*source, CELL, rng)
            else:
                mesh, *_ = solid_of(item, source, rng)
                picture = render(mesh, 25, 14, rng, CELL)[0] if mesh is not None else None
            cells.append((picture if picture is not None else np.zeros((4, 4, 4), np.uint8), item.name))
    grid([cells], path, 18)


def tile(pictures, path, columns=6):
    pictures += [np.zeros_like(pictures[0])] * (-len(pictures) % columns)
    Image.fromarray(np.concatenate([np.concatenate(pictures[i:i + columns], 1) for i in range(0, len(pictures), columns)])).save(path)


def marked(scene):
    from compose import ITEMS
    image = Image.fromarray(scene.picture)
    pen = ImageDraw.Draw(image)
    for t, o in zip(scene.things, scene.objects()):
        pen.rectangle([v * s for v, s in zip(t.box, image.size * 2)], outline=(255, 0, 0))
        pen.text((t.box[0] * image.width + 2, t.box[1] * image.height), ITEMS[t.kind].name + {"none": ""}.get(o["state"], " " + o["state"]), fill=(255, 255, 0))
    pen.text((2, image.height - 12), f"{scene.light} {scene.people} {scene.activity}", fill=(0, 255, 0))
    return np.asarray(image)


def scenes(path, bank, split, count):
    from compose import random_scene
    from itembank import Bank
    bank, rng = Bank(bank), np.random.default_rng(3)
    tile([marked(random_scene(bank, rng, split)) for _ in range(int(count))], path)


def shelves(path, bank, split, count, one=None):
    from compose import shelf
    from itembank import Bank
    bank, rng = Bank(bank), np.random.default_rng(3)
    kinds = lambda: [int(rng.choice(sorted(bank.of)))] if one else None
    tile([marked(shelf(bank, rng, split, kinds=kinds())) for _ in range(int(count))], path)


if __name__ == "__main__":
    {"sprites": sprites, "sources": sources, "scenes": scenes, "shelves": shelves}[sys.argv[1]](*sys.argv[2:])
