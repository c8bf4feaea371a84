"""Instructions and answers about generated scenes, and the loss of the text side."""
import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from catalogue import STATES, trained, usable
from config import MERGES, MODEL
from text import train_tokenizer
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


def corners(box):
    """cx, cy, w, h → x0, y0, x1, y1, clipped."""
    return torch.cat([box[..., :2] - box[..., 2:] / 2, box[..., :2] + box[..., 2:] / 2], -1).clamp(0, 1)


def sample_texts(count=4000):
    """Texts to train the tokenizer on, without pictures."""
    from compose import Scene, Thing
    rng = np.random.default_rng(5)
    for _ in range(count):
        box = lambda: (x := rng.uniform(0, 0.8), 0.3, x + 0.2, 0.7)
        things = [Thing(int(rng.integers(len(NAMES))), int(rng.integers(5)), int(rng.integers(5)), box()) for _ in range(rng.integers(0, 6))]
        scene = Scene(None, things, pick(rng, LIGHTS))
        yield "\n".join(describe(scene, things, rng) + question(scene, rng))


class Talk:
    """Tokenizer of a run and the loss of answers."""

    def __init__(self, folder):
        path = Path(folder) / "tokenizer.json"
        if not path.exists():
            train_tokenizer(sample_texts(), NAMES, MERGES).save(str(path))
        from tokenizers import Tokenizer
        self.tokenizer = Tokenizer.from_file(str(path))
        number = self.tokenizer.token_to_id
        self.user, self.assistant, self.end, self.items = number("<|user|>"), number("<|assistant|>"), number("<|end|>"), number(NAMES[0])
        plain = ["none", "on", "off", "open", "closed", *WHERE, *ACTIVITIES, *LIGHTS, "yes", "no", "not", " visible", *"0123456789"]
        self.telling = {i for w in plain for i in self.tokenizer.encode(w).ids[:1]}

    def ids(self):
        return {"item_token_start": self.items, "vocab_size": self.items + len(NAMES), "eos_token_id": self.end}

    def loss(self, model, seen, scenes, step):
        """Cross-entropy of the answers: every picture described once and asked about QUESTIONS times."""
        rng = np.random.default_rng([17, step])
        memory, slots = model.remember(seen)
        boxes, g = corners(seen["box"].detach()).numpy(), model.config["image_size"] // 16
        told = [describe(s, in_slots(s, boxes[i], slots[i].tolist(), g), rng) for i, s in enumerate(scenes)]
        asked = [question(s, rng) for s in scenes for _ in range(QUESTIONS)]
        first, parts = self.answer_loss(model, memory, told)
        second, more = self.answer_loss(model, memory.repeat_interleave(QUESTIONS, 0), asked)
        return first + second, {"items": parts["items"], "telling": parts["telling"], "answer": more["telling"]}

    def answer_loss(self, model, memory, pairs):
        """Tokens that tell something weigh more than the JSON around them."""
        texts = self.tokenizer.encode_batch([x for pair in pairs for x in pair])
        rows = [([self.user, *q.ids, self.assistant], [*a.ids, self.end]) for q, a in zip(texts[::2], texts[1::2])]
        length = max(len(q) + len(a) for q, a in rows)
        ids, is_prompt, weight = torch.full((len(rows), length), self.end), torch.zeros(len(rows), length, dtype=torch.bool), torch.zeros(len(rows), length)
        for i, (q, a) in enumerate(rows):
            ids[i, :len(q) + len(a)] = torch.tensor(q + a)
            is_prompt[i, :len(q)] = True
            weight[i, len(q):len(q) + len(a)] = torch.tensor([1.0 if x >= self.items or x in self.telling else 0.3 for x in a])
        h = model.read(memory, ids[:, :-1], is_prompt[:, :-1])
        chosen = weight[:, 1:] > 0
        logits, wanted, w = model.logits(h[chosen]), ids[:, 1:][chosen], weight[:, 1:][chosen]
        loss = (F.cross_entropy(logits, wanted, reduction="none") * w).sum() / w.sum()
        right, item = logits.argmax(-1) == wanted, wanted >= self.items
        share = lambda where: float(right[where].float().mean())
        return loss, {"items": share(item), "telling": share((w == 1) & ~item)}
