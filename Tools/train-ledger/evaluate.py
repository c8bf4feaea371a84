"""Measures a model, also one in training, in plain numpy: python evaluate.py MODEL_DIR|CHECKPOINT.pt [FOLDER_OF_REPORTS...]"""
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

import grammar
import noise
from annotation import parse, reports
from labels import LABELS
from lexicon import is_cjk
from reference import Reference, load
from relate import relate

HERE = Path(__file__).parent
TESTS = HERE / "../../samples/models/ledger/test"
RATINGS = ("rating", "previous_rating", "target_price", "previous_target")


def from_checkpoint(path):
    import torch
    from config import MODEL
    state = torch.load(path)["model"]
    return Reference(MODEL, {k: v.float().numpy() for k, v in state.items()})


def generated(split, count):
    """Reports of every family of the split, the same number of each: (language, text, entities, tuples)."""
    for family in grammar.load(split):
        for i in range(count):
            text, entities, tuples, _ = grammar.write_report(10_000_000 + i, [family])
            yield family.language, text, entities, tuples, family.name


def written(folder):
    for path in sorted(Path(folder).glob("*.txt")):
        for marked in reports(path):
            text, entities, tuples = parse(marked)
            language = "zh" if 10 * sum(map(is_cjk, text)) >= len(text) else "en"
            yield language, text, entities, list(tuples.values()), path.stem


def noisy(reports, rate):
    for n, (language, text, entities, tuples, name) in enumerate(reports):
        r = random.Random(n)
        yield (language, *noise.apply(r, text, entities, tuples, rate=rate, spaces=0.005), name)


class Score:
    def __init__(self):
        self.hit, self.said, self.true = Counter(), Counter(), Counter()

    def add(self, key, said, true):
        said, true = set(said), set(true)
        self.hit[key] += len(said & true)
        self.said[key] += len(said)
        self.true[key] += len(true)

    def f1(self, keys):
        h, s, t = (sum(c[k] for k in keys) for c in (self.hit, self.said, self.true))
        return 2 * h / (s + t) if s + t else float("nan")


def triple(text, item):
    said = lambda key: " ".join(text[item[key][0]:item[key][1]].lower().split()) if item.get(key) else ""
    return said("metric"), said("period"), item["value"]


def measure(model, reports, detail=False, gold=False):
    scores, by_family, extra = defaultdict(Score), defaultdict(Score), defaultdict(Counter)
    for language, text, entities, tuples, name in reports:
        entities = {tuple(e) for e in entities if text[e[0]:e[1]].strip()}
        if gold:
            found, related = entities, relate(text, entities, {i["value"][0]: i["kind"] for i in tuples if "value" in i})
        else:
            found, related = model.read(text)
        for group in (language, "all"):
            for label in LABELS:
                scores[group].add(label, [e for e in found if e[2] == label], [e for e in entities if e[2] == label])
            said = {triple(text, i): i for i in related if "value" in i}
            true = {triple(text, i): i for i in tuples if "value" in i}
            scores[group].add("triples", said, true)
            for key in said.keys() & true.keys():
                extra[group]["n"] += 1
                extra[group]["kind"] += said[key]["kind"] == true[key]["kind"]
                join = lambda i: "".join(text[a:b] for a, b in sorted(set(i.get("unit") or ()))).replace(" ", "").lower()
                extra[group]["unit"] += join(said[key]) == join(true[key])
                extra[group]["change"] += (said[key].get("change") or None) == (true[key].get("change") or None)
        by_family[name].add("e", found, entities)
        by_family[name].add("t", said, true)
    return scores, by_family, extra


def table(title, result, detail):
    scores, by_family, extra = result
    print(f"\n{title}\n| | en | zh | all |\n| --- | --- | --- | --- |")
    row = lambda name, keys: print(f"| {name} | " + " | ".join(f"{scores[g].f1(keys):.3f}" if g in scores else "-" for g in ("en", "zh", "all")) + " |")
    row("entities F1", LABELS)
    row("triples (name, period, value) F1", ["triples"])
    row("rating and target, now and before, F1", RATINGS)
    if detail:
        for what in ("kind", "unit", "change"):
            print(f"| {what} right in right triples | " + " | ".join(f"{extra[g][what] / max(1, extra[g]['n']):.3f}" for g in ("en", "zh", "all")) + " |")
        for label in LABELS:
            row(label, [label])
    if detail == "families":
        for name, s in by_family.items():
            print(f"    {name}: entities {s.f1('e'):.3f} triples {s.f1('t'):.3f}")


def main(path, *options):
    model = from_checkpoint(path) if str(path).endswith(".pt") else load(path)
    print(f"parameters: {sum(v.size for v in model.w.values())}")
    folders = [Path(o) for o in options if o != "families"] or sorted(p for p in TESTS.iterdir() if p.is_dir())
    for folder in folders:
        found = list(written(folder))
        table(f"{folder.name}: {len(found)} reports", measure(model, found), "families" if "families" in options else True)
        table(f"{folder.name}, relations on true spans", measure(model, found, gold=True), False)


if __name__ == "__main__":
    main(*sys.argv[1:])
