"""Measures shipped weights on held-out scenes and on the demo's pictures; prints the tables of the card.

    python evaluate.py MODEL_DIR BANKS_DIR [SCENES]

The limits of grounding (`keep` and `add`, see docs/models/hearth.md) are those with the best F1 on a validation split of its
own: unseen views, in scenes that no other table shows.
"""
import itertools
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file
from tokenizers import Tokenizer

from bank import Bank
from generate import answers
from model import Hearth
from scene import cover, random_scene
from talk import conversation, corners, description, iou, where
from things import NAMES, STATES

SEED, VALIDATION_SEED = 424242, 515151
KEEP = (0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
ADD = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 2)
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "home"


def load(folder):
    """Model and tokenizer from shipped files; the stem's bias goes into an otherwise neutral batch normalisation."""
    folder = Path(folder)
    model = Hearth(json.loads((folder / "config.json").read_text()))
    state = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    for i in range(4):
        bias = state.pop(f"vision.stem.{i}.bias")
        state |= {f"vision.batch_norm.{i}.{name}": value for name, value in (
            ("bias", bias), ("weight", torch.ones_like(bias)), ("running_mean", torch.zeros_like(bias)), ("running_var", torch.full_like(bias, 1 - 1e-5)))}
    model.load_state_dict(state, strict=False)
    return model.eval(), Tokenizer.from_file(str(folder / "tokenizer.json"))


def ground(objects, slots, keep=0, add=2):
    """The objects of an answer with the boxes and scores of their slots, as docs/models/hearth.md says."""
    free, out = list(slots), []
    for o in objects:
        if not free or o["label"] not in NAMES:
            continue
        score = lambda s: float(s["objectness"] * s["items"][NAMES.index(o["label"])])
        best = max(free, key=score)
        if score(best) >= keep:
            free.remove(best)
            out.append(placed(best, score(best), o["label"], o["state"]))
    for s in free:
        item = int(s["items"].argmax())
        shown = any(o["label"] == NAMES[item] and shares(o["box"], s["box"]) for o in out)
        if s["objectness"] * s["items"][item] >= add and not shown:
            out.append(placed(s, float(s["objectness"] * s["items"][item]), NAMES[item], s["state"]))
    return out


def shares(a, b):
    """Whether two boxes share half of the smaller one."""
    return min(a[2] - a[0], b[2] - b[0]) * min(a[3] - a[1], b[3] - b[1]) > 0 and cover(a, b) >= 0.5


def placed(slot, score, label, state):
    return {"label": label, "state": state, "where": where(slot["box"]), "box": slot["box"], "score": score}


def match(found, wanted, limit=0.5):
    """Pairs of the same label with IoU >= 0.5, best first, one to one."""
    pairs = sorted(((iou(f["box"], w["box"]), i, j) for i, f in enumerate(found) for j, w in enumerate(wanted)
                    if f["label"] == w["label"]), reverse=True)
    taken, other, out = set(), set(), []
    for value, i, j in pairs:
        if value >= limit and i not in taken and j not in other:
            taken.add(i)
            other.add(j)
            out.append((found[i], wanted[j]))
    return out


def parse(text):
    try:
        answer = json.loads(text)
        return answer if isinstance(answer.get("objects"), list) and {"people", "activity", "light"} <= set(answer) else None
    except (ValueError, AttributeError):
        return None


class Judge:
    def __init__(self, model, tokenizer):
        self.model, self.tokenizer = model, tokenizer

    def prompt(self, instruction):
        return self.tokenizer.encode(f"<|user|>{instruction}<|assistant|>").ids

    @torch.no_grad()
    def see(self, pictures):
        seen = self.model.see(torch.from_numpy(np.stack(pictures)))
        return seen, *self.model.remember(seen)

    def describe(self, pictures, instruction="Describe the scene.\nHome: living_room_lamp=off"):
        """For each picture the answer, or None where it is no valid JSON, and the slots."""
        seen, memory, slots = self.see(pictures)
        texts = [self.tokenizer.decode(ids, skip_special_tokens=False) for ids in answers(self.model, memory, self.prompt(instruction))]
        boxes, objectness, items = corners(seen["box"]), seen["objectness"].sigmoid(), seen["classes"].softmax(-1)
        facts = lambda i, s: {"box": boxes[i, s].tolist(), "objectness": float(objectness[i, s]), "items": items[i, s].numpy(),
                              "state": STATES[int(seen["state"][i, s].argmax())]}
        return [(parse(text), [facts(i, s) for s in slots[i].tolist()]) for i, text in enumerate(texts)]

    def look(self, pictures):
        return [a for i in range(0, len(pictures), 64) for a in self.describe(pictures[i:i + 64])]

    def questions(self, scenes, pictures):
        """Share of right answers to the other instructions, by the key of the answer wanted."""
        rng, right = np.random.default_rng(SEED), {}
        for scene, picture in zip(scenes, pictures):
            while True:
                instruction, wanted = conversation(scene, scene.things, rng)
                if "objects" not in wanted:
                    break
            _, memory, _ = self.see([picture])
            text = self.tokenizer.decode(answers(self.model, memory, self.prompt(instruction), 12)[0], skip_special_tokens=False)
            key = "not visible" if "not visible" in wanted else next(iter(json.loads(wanted)))
            right.setdefault({"answer": "is there"}.get(key, key), []).append(text == wanted)
        return {key: float(np.mean(values)) for key, values in sorted(right.items())}


def measure(found, truths, keep=0, add=2):
    """Figures of answers (Judge.look) against what is true, grounded with these limits."""
    good = [(f | {"objects": ground(f["objects"], slots, keep, add)}, t) for (f, slots), t in zip(found, truths) if f]
    pairs = [p for f, t in good for p in match(f["objects"], t["objects"])]
    said, there = sum(len(f["objects"]) for f, _ in good), sum(len(t["objects"]) for t in truths)
    stateful = [(f["state"], w["state"]) for f, w in pairs if w["state"] != "none"]
    share = lambda values: float(np.mean(list(values))) if values else float("nan")
    recall, precision = len(pairs) / max(there, 1), len(pairs) / max(said, 1)
    listed = lambda a: sorted((o["label"], o["state"], where(o["box"])) for o in a["objects"])
    told = ("people", "activity", "light")
    return {"pictures": len(truths), "objects": there, "valid JSON": len(good) / len(truths), "found": recall, "false": 1 - precision,
            "F1": 2 * recall * precision / max(recall + precision, 1e-9), "state": share([a == b for a, b in stateful]),
            "where": share([f["where"] == where(w["box"]) for f, w in pairs]),
            "person yes/no": share([bool(f["people"]) == bool(t["people"]) for f, t in good]),
            **{key: share([f[key] == t[key] for f, t in good]) for key in told},
            "exact": share([listed(f) == listed(t) and all(f[key] == t[key] for key in told) for f, t in good])}


def choose_limits(found, truths):
    return max(itertools.product(KEEP, ADD), key=lambda limits: measure(found, truths, *limits)["F1"])


def truth_of(scene):
    answer = description(scene.things, scene)
    answer["objects"] = [o | {"box": t.box} for o, t in zip(answer["objects"], scene.things)]
    return answer


def demo(size):
    truth = json.loads((SAMPLES / "ground-truth.json").read_text())["frames"]
    upright = lambda name: ImageOps.exif_transpose(Image.open(SAMPLES / name)).convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
    return [np.asarray(upright(t["file"])) for t in truth], truth


def table(report):
    names = list(next(iter(report.values())))
    print("| | " + " | ".join(names) + " |\n|" + " --- |" * (len(names) + 1))
    for name, values in report.items():
        print(f"| {name} | " + " | ".join(str(v) if isinstance(v, int) else f"{v:.2f}" for v in values.values()) + " |")


def main(folder, banks, count=400):
    torch.set_num_threads(2)
    model, tokenizer = load(folder)
    judge, count = Judge(model, tokenizer), int(count)

    def split(name, seed):
        bank, rng = Bank(Path(banks) / f"{name}.npz"), np.random.default_rng(seed)
        scenes = [random_scene(bank, rng) for _ in range(count)]
        return scenes, judge.look([s.picture for s in scenes]), [truth_of(s) for s in scenes]

    limits = choose_limits(*split("views", VALIDATION_SEED)[1:])
    scenes, *views = split("views", SEED)
    pictures, truths = demo(model.config["image_size"])
    splits = {"unseen views": views, "unseen instances": split("instances", SEED)[1:], "demo": (judge.look(pictures), truths)}
    print("grounded with keep {}, add {}:".format(*limits))
    table({name: measure(*answers, *limits) for name, answers in splits.items()})
    print("\nas the text says:")
    table({name: measure(*answers) for name, answers in splits.items()})
    questions = judge.questions(scenes[:300], [s.picture for s in scenes[:300]])
    print("\nquestions (unseen views): " + ", ".join(f"{k} {v:.2f}" for k, v in questions.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
