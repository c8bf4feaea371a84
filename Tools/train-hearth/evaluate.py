"""Measures shipped weights on held-out scenes and on the demo's pictures; prints a table for the card.

    python evaluate.py MODEL_DIR BANKS_DIR [SCENES]
"""
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
from scene import random_scene
from talk import conversation, corners, description, iou
from things import NAMES

SEED = 424242
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "home"


def load(folder):
    """Model and tokenizer from shipped files; the stem's bias goes into an otherwise neutral batch normalisation."""
    folder = Path(folder)
    model = Hearth(json.loads((folder / "config.json").read_text()))
    state = {name: value.float() for name, value in load_file(folder.with_name("hearth-f16.safetensors")).items()}
    for i in range(4):
        bias = state.pop(f"vision.stem.{i}.bias")
        state |= {f"vision.batch_norm.{i}.{name}": value for name, value in (
            ("bias", bias), ("weight", torch.ones_like(bias)), ("running_mean", torch.zeros_like(bias)), ("running_var", torch.full_like(bias, 1 - 1e-5)))}
    model.load_state_dict(state, strict=False)
    return model.eval(), Tokenizer.from_file(str(folder / "tokenizer.json"))


def ground(objects, boxes, objectness, classes, slots):
    """Box and score of each object of an answer: the best slot not yet taken, by objectness times class probability."""
    free, out = list(slots), []
    for o in objects:
        if not free or o["label"] not in NAMES:
            continue
        score = lambda s: float(objectness[s] * classes[s, NAMES.index(o["label"])])
        best = max(free, key=score)
        free.remove(best)
        out.append(o | {"box": boxes[best].tolist(), "score": score(best)})
    return out


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
        """An answer with boxes for each picture, or None where it is no valid JSON."""
        seen, memory, slots = self.see(pictures)
        texts = [self.tokenizer.decode(ids, skip_special_tokens=False) for ids in answers(self.model, memory, self.prompt(instruction))]
        out = []
        for i, text in enumerate(texts):
            answer = parse(text)
            if answer is not None:
                answer["objects"] = ground(answer["objects"], corners(seen["box"][i]), seen["objectness"][i].sigmoid(),
                                           seen["classes"][i].softmax(-1), slots[i].tolist())
            out.append(answer)
        return out

    def measure(self, pictures, truths):
        found = [a for i in range(0, len(pictures), 64) for a in self.describe(pictures[i:i + 64])]
        good = [(f, t) for f, t in zip(found, truths) if f]
        pairs = [p for f, t in good for p in match(f["objects"], t["objects"])]
        said, there = sum(len(f["objects"]) for f, _ in good), sum(len(t["objects"]) for t in truths)
        stateful = [(f["state"], w["state"]) for f, w in pairs if w["state"] != "none"]
        person = [(bool(f["people"]), bool(t["people"])) for f, t in good]
        share = lambda values: float(np.mean(list(values))) if values else float("nan")
        recall, precision = len(pairs) / max(there, 1), len(pairs) / max(said, 1)
        exact = lambda f, t: sorted((o["label"], o["state"], o.get("where")) for o in f["objects"]) == sorted((o["label"], o["state"], o.get("where")) for o in t["objects"]) \
            and all(f[k] == t[k] for k in ("people", "activity", "light"))
        return {"pictures": len(truths), "objects": there, "valid JSON": len(good) / len(truths), "found": recall, "false": 1 - precision,
                "F1": 2 * recall * precision / max(recall + precision, 1e-9), "state": share([a == b for a, b in stateful]),
                "where": share([f["where"] == w["where"] for f, w in pairs if "where" in w]), "person yes/no": share([a == b for a, b in person]),
                "people": share([f["people"] == t["people"] for f, t in good]), "activity": share([f["activity"] == t["activity"] for f, t in good]),
                "light": share([f["light"] == t["light"] for f, t in good]), "exact": share([exact(f, t) for f, t in good])}

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


def truth_of(scene):
    answer = description(scene.things, scene)
    answer["objects"] = [o | {"box": t.box} for o, t in zip(answer["objects"], scene.things)]
    return answer


def demo(size):
    truth = json.loads((SAMPLES / "ground-truth.json").read_text())["frames"]
    upright = lambda name: ImageOps.exif_transpose(Image.open(SAMPLES / name)).convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
    return [np.asarray(upright(t["file"])) for t in truth], truth


def main(folder, banks, count=400):
    torch.set_num_threads(2)
    model, tokenizer = load(folder)
    judge, report = Judge(model, tokenizer), {}
    for split in ("views", "instances"):
        bank, rng = Bank(Path(banks) / f"{split}.npz"), np.random.default_rng(SEED)
        scenes = [random_scene(bank, rng) for _ in range(int(count))]
        report[f"unseen {split}"] = judge.measure([s.picture for s in scenes], [truth_of(s) for s in scenes])
        if split == "views":
            questions = judge.questions(scenes[:300], [s.picture for s in scenes[:300]])
    report["demo"] = judge.measure(*demo(model.config["image_size"]))
    print("| | " + " | ".join(report["demo"]) + " |\n|" + " --- |" * (len(report["demo"]) + 1))
    for name, values in report.items():
        print(f"| {name} | " + " | ".join(str(v) if isinstance(v, int) else f"{v:.3f}" for v in values.values()) + " |")
    print("questions (unseen views): " + ", ".join(f"{k} {v:.2f}" for k, v in questions.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
