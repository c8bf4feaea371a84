"""Instructions and answers about generated scenes."""
import json

import numpy as np

from catalogue import STATES, trained, usable
from config import MODEL
from persons import ACTIVITIES

NAMES = MODEL["item_names"]
# Also of the things that training never shows.
LABELS = [item.name for item in usable()]
COMMON = [i for i, item in enumerate(trained()) if item.common]
LIGHTS = ["bright", "dim", "dark"]
WHERE = ["left", "center", "right"]
DESCRIBE = ["Describe the scene.", "Describe the scene", "What do you see?", "Describe the room.", "List what is in the picture.", "What is in the room?", "Look at the picture and describe it."]
IS_THERE = ["Is there a {}?", "Is there any {}?", "Do you see a {}?", "Can you see the {}?"]
WHERE_IS = ["Where is the {}?", "Where is the {} in the picture?", "Find the {}."]
HOW_MANY = ["How many: {}?", "Count: {}.", "How many {} are there?"]
WHAT_STATE = ["Is the {0} {1}?", "What state is the {0} in?", "State of the {0}?"]
# Questions about every picture, beside its description.
QUESTIONS = 3
DEVICES = ["light", "lamp", "porch_light", "hall_light", "kitchen_lamp", "living_room_lamp", "heater", "radiator", "fan", "tv", "door_lock", "front_door", "window", "blinds", "curtain",
           "thermostat", "alarm", "speaker", "plug_1", "plug_2", "washing machine", "oven", "coffee machine", "camera", "bedroom_light", "desk_lamp", "garage_door", "air conditioner"]
VALUES = ["on", "off", "on", "off", "open", "closed", "locked", "unlocked", "20", "21.5", "40%", "75%", "unknown"]
HEADS = ["Home: ", "Home state: ", "Devices: ", "Home:\n"]


def dump(answer):
    return json.dumps(answer, separators=(",", ":"))


def where(box):
    return WHERE[min(2, int((box[0] + box[2]) / 2 * 3))]


def home_line(rng):
    if rng.random() < 0.35:
        return ""
    names = rng.choice(DEVICES, rng.integers(1, 6), replace=False)
    between = [", ", "; ", "\n"][rng.integers(3)]
    equals = ["=", ": ", " is "][rng.choice(3, p=[0.7, 0.2, 0.1])]
    return "\n" + HEADS[rng.choice(4, p=[0.7, 0.1, 0.1, 0.1])] + between.join(n + equals + VALUES[rng.integers(len(VALUES))] for n in names)


def description(things, scene):
    objects = [{"label": LABELS[t.kind], "state": STATES[t.state], "where": where(t.box)} for t in things]
    return {"objects": objects, "people": scene.people, "activity": scene.activity, "light": scene.light}


def pick(rng, options):
    return options[rng.integers(len(options))]


def describe(scene, things, rng):
    """(instruction, answer) that lists a picture; `things` are those in the memory's slots, in their order."""
    return pick(rng, DESCRIBE) + home_line(rng), dump(description(things, scene))


def question(scene, rng):
    """(instruction, answer) about one kind of thing: three in five times about one that is there, else often about one that
    looks as if it could be."""
    present = bool(scene.things) and rng.random() < 0.6
    kind = pick(rng, scene.things).kind if present else rng.choice(COMMON) if rng.random() < 0.7 else rng.integers(len(NAMES))
    same = [t for t in scene.things if t.kind == kind]
    state = STATES[same[0].state] if same else "none"
    family = rng.choice(4, p=[0.25, 0.35, 0.2, 0.2])
    name, missing = NAMES[kind], {"answer": "not visible"}
    tail = home_line(rng) if rng.random() < 0.2 else ""
    if family == 0:
        return pick(rng, IS_THERE).format(name) + tail, dump({"answer": "yes" if same else "no"})
    if family == 1:
        largest = max(same, key=lambda t: (t.box[2] - t.box[0]) * (t.box[3] - t.box[1])) if same else None
        return pick(rng, WHERE_IS).format(name) + tail, dump({"where": where(largest.box)} if same else missing)
    if family == 2:
        return pick(rng, HOW_MANY).format(name) + tail, dump({"count": len(same)})
    asked = STATES[rng.integers(1, 5)]
    return pick(rng, WHAT_STATE).format(name, asked) + tail, dump({"state": state} if same else missing)


def iou(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(w, 0) * max(h, 0)
    area = lambda r: (r[2] - r[0]) * (r[3] - r[1])
    return shared / (area(a) + area(b) - shared + 1e-9)


def in_slots(scene, boxes, slots, g):
    """The scene's things in the order of the memory's slots: each at the first slot whose cell holds its centre, or whose box
    overlaps it by half. A thing without a slot is left out, so that the answer names only what the memory shows."""
    order = []
    for thing in scene.things:
        x, y = (thing.box[0] + thing.box[2]) / 2, (thing.box[1] + thing.box[3]) / 2
        cell = min(int(y * g), g - 1) * g + min(int(x * g), g - 1)
        rank = next((r for r, s in enumerate(slots) if s == cell or iou(boxes[s], thing.box) >= 0.5), None)
        if rank is not None:
            order.append((rank, len(order), thing))
    return [t for _, _, t in sorted(order, key=lambda o: o[:2])]


def sample_texts(count=4000):
    """Texts to train the tokenizer on, without pictures."""
    from compose import Scene, Thing
    rng = np.random.default_rng(5)
    for _ in range(count):
        box = lambda: (x := rng.uniform(0, 0.8), 0.3, x + 0.2, 0.7)
        things = [Thing(int(rng.integers(len(NAMES))), int(rng.integers(5)), int(rng.integers(5)), box()) for _ in range(rng.integers(0, 6))]
        scene = Scene(None, things, pick(rng, LIGHTS))
        yield "\n".join(describe(scene, things, rng) + question(scene, rng))
