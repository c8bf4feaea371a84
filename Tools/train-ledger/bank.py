"""Writes a bank of tokenised reports: python bank.py OUT.npz COUNT FIRST_SEED [PROCESSES]"""
import multiprocessing
import random
import sys

import numpy as np

import grammar
import noise
from labels import encode
from tokens import LEXICONS, features

FAMILIES = None
DROPS = None


def prepare():
    global FAMILIES, DROPS
    FAMILIES = {language: [f for f in grammar.load("train") if f.language == language] for language in ("en", "zh")}
    r = random.Random(5)
    words = [(w, 0.2 if n in ("metric", "company", "broker", "rating") else 0.1) for n, item in LEXICONS.items() for w in item["words"] + item["phrases"] if n not in ("currency", "unit")]
    DROPS = [frozenset(w for w, share in words if r.random() < share) for _ in range(64)] + [frozenset()] * 16


def noise_words():
    import re
    text = " ".join(t for f in FAMILIES["en"] for lines in f.sections.values() for t in lines)
    return sorted(set(re.findall(r"(?<![{A-Za-z0-9.])[a-z]{4,}(?![}A-Za-z0-9.])", text)))


def one(seed):
    r = random.Random(seed * 7919 + 1)
    language = "en" if seed % 2 else "zh"
    text, entities, tuples, _ = grammar.write_report(seed, FAMILIES[language], FAMILIES[language], WORDS)
    noisy = r.random() < 0.5
    wrap = (r.randint(50, 110) if language == "en" else r.randint(22, 46)) if r.random() < 0.25 else 0
    text, entities, tuples = noise.apply(r, text, entities, tuples, rate=r.uniform(0, 0.04) if noisy else 0, spaces=r.uniform(0, 0.02) if noisy else 0,
                                         wrap=wrap, wide=language == "zh" and r.random() < 0.04)
    spans, hashes, flags = features(text, r.choice(DROPS))
    kinds = {item["value"]: item["kind"] for item in tuples if "value" in item}
    tags, kind = encode(spans, entities, kinds)
    return hashes, np.packbits(flags, axis=1), tags, kind


def start():
    global WORDS
    prepare()
    WORDS = noise_words()


def main(out, count, first, processes=2):
    seeds = range(int(first), int(first) + int(count))
    with multiprocessing.Pool(int(processes), initializer=start) as pool:
        parts = pool.map(one, seeds, chunksize=200)
    lengths = np.array([len(p[2]) for p in parts])
    np.savez(out, hashes=np.concatenate([p[0] for p in parts]), flags=np.concatenate([p[1] for p in parts]), tags=np.concatenate([p[2] for p in parts]),
             kinds=np.concatenate([p[3] for p in parts]), offsets=np.concatenate([[0], np.cumsum(lengths)]))
    print(f"{count} reports, {lengths.sum()} tokens, longest {lengths.max()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
