"""Checks a folder of banks made by itembank.py: counts, splits apart from each other, pictures that show something.

    python check.py FOLDER [SPLIT…]
"""
import sys
from pathlib import Path

import numpy as np

from catalogue import STATES, added, trained, usable
from compose import ITEMS, LIGHTS, NUMBER, PERSON, kept_apart, random_scene, shelf
from itembank import ACTIVITIES, Bank, held_out, independent, is_common, shown_in, sources
from rooms import FAMILIES

CUED = ("lamp", "door", "window", "curtain", "tap", "oven", "washing machine", "tv", "fridge", "dishwasher", "microwave")


def check_catalogue(items):
    assert len(trained()) >= 1000, f"{len(trained())} names to train"
    assert not any(i.added for i in items[:len(trained())]), "names that training never shows are not the last"
    assert all(not i.common and i.of("model", "solid") for i in added())
    assert len({i.name for i in items}) == len(items), "a name is written twice"
    common = [i for i in items if is_common(i)]
    assert len(common) >= 120, f"{len(common)} common things"
    told_apart = [i for i in items if shown_in(i, "instances")]
    assert len(told_apart) >= 150, f"{len(told_apart)} names with three sources"
    for name in CUED:
        assert len(items[NUMBER[name]].states) > 1 and is_common(items[NUMBER[name]]), f"{name} has no states"
    for item in told_apart:
        seen = {s for split in ("train", "validation", "views") for group in sources(item, split) for s in group}
        assert held_out(item) not in seen and len(seen) >= 2, f"{item.name}: the held-out source is shown"
        assert len(set(independent(item))) >= 3
    assert not set(FAMILIES["train"]) & set(FAMILIES["test"]), "rooms of training in the test"
    return f"{len(trained())} names and {len(added())} never in training, {len(told_apart)} with a held-out source, {len(common)} common, {sum(len(i.states) > 1 for i in common)} of them with states"


def check_bank(folder, split, items):
    bank = Bank(Path(folder) / split)
    wanted = [k for k, i in enumerate(items) if shown_in(i, split)]
    missing = [items[k].name for k in wanted if k not in bank.of]
    assert not set(bank.of) - set(wanted), f"{split}: names that do not belong here"
    assert not missing, f"{split}: no sprites of {', '.join(missing)}"
    for n in range(len(bank.kind)):
        alpha = bank.sprite(n)[..., 3]
        assert (alpha > 60).sum() >= 30, f"{split}: sprite {n} ({items[bank.kind[n]].name}) is empty"
    for k, numbers in bank.of.items() if split != "added" else ():
        out = items[k].sources.index(held_out(items[k])) if held_out(items[k]) else None
        shown = set(bank.source[numbers].tolist())
        assert shown == {out} if split == "instances" else out not in shown, f"{split}: {items[k].name} shows sources {shown}"
    if split not in ("instances", "added"):
        for k, item in enumerate(items):
            if is_common(item) and len(item.states) > 1:
                shown = {STATES[s] for s in bank.state[bank.told[k]]}
                assert shown == set(item.states), f"{split}: {item.name} is shown {shown} of {item.states}"
        assert set(bank.activity[bank.of[PERSON]].tolist()) >= set(range(1, len(ACTIVITIES))), f"{split}: an activity is missing"
        assert set(k for k, i in enumerate(items) if is_common(i)) <= set(bank.told)
    return f"{split}: {len(bank.kind)} sprites of {len(bank.of)} names, {4 * bank.first[-1] / 1e6:.0f} MB, {bank.drawn.mean():.0%} drawn"


def check_scenes(folder, split, count=300):
    bank, rng, pairs, seen = Bank(Path(folder) / ("views" if split == "compositions" else split)), np.random.default_rng(7), 0, set()
    for i in range(count):
        scene = random_scene(bank, rng, split) if i % 3 else shelf(bank, rng, split)
        assert scene.picture.shape == (224, 224, 3) and scene.picture.dtype == np.uint8
        kinds = [t.kind for t in scene.things]
        apart = any(kept_apart(a, b) for a in kinds for b in kinds)
        assert (split == "compositions" and i % 3) or not apart, f"{split}: a held-out pair"
        if i % 3:
            assert all(STATES[t.state] in ITEMS[t.kind].states for t in scene.things)
            pairs += apart
        seen |= set(kinds)
        assert not any(ITEMS[k].added for k in kinds)
        for t in scene.things:
            assert 0 <= t.box[0] < t.box[2] <= 1 and 0 <= t.box[1] < t.box[3] <= 1
    return f"{split}: {count} pictures of {len(seen)} kinds, {pairs} with a held-out pair"


def main(folder, *splits):
    splits = splits or ("train", "validation", "views", "instances", "added")
    items = usable()
    assert set(LIGHTS) <= set(range(len(items)))
    print(check_catalogue(items))
    for split in splits:
        print(check_bank(folder, split, items))
    for split in ("train", "validation", "views", "compositions"):
        if split in splits or (split == "compositions" and "views" in splits):
            print(check_scenes(folder, split))


if __name__ == "__main__":
    main(*sys.argv[1:])
