"""Writes a bank of tokenised reports: python bank.py OUT.npz COUNT FIRST_SEED [PROCESSES]"""
import multiprocessing
import random
import re
import sys

import numpy as np

import grammar
import noise
import separate
from labels import encode
from tokens import LEXICONS, features

FAMILIES = None
DROPS = None


def prepare():
    global FAMILIES, DROPS
    # the widest families more often than the others
    often = {"fragments": 4, "moves": 6, "terse": 4, "passing": 4, "prices": 4, "macro-hard": 3, "macro": 2, "prose": 2, "free": 2}
    FAMILIES = {language: [f for f in grammar.load("train") if f.language == language for _ in range(often.get(f.name.split("-", 3)[3], 1))]
                for language in ("en", "zh")}
    r = random.Random(5)
    words = [(w, 0.2 if n in ("metric", "company", "broker", "rating") else 0.1) for n, item in LEXICONS.items() for w in item["words"] + item["phrases"] if n not in ("currency", "unit")]
    DROPS = [frozenset(w for w, share in words if r.random() < share) for _ in range(64)] + [frozenset()] * 16


def noise_words():
    """Words of the fixed text of the templates, to disturb other templates with."""
    def texts(language):
        return " ".join(re.sub(r"\{[^}]*\}|[\[\]~]", " ", t) for f in FAMILIES[language] for lines in f.sections.values() for t in lines)
    chinese = re.findall(r"[\u3400-\u9fff]+", texts("zh"))
    return {"en": sorted(set(re.findall(r"(?<![A-Za-z0-9.])[a-z]{2,}(?![A-Za-z0-9.])", texts("en")))),
            "zh": sorted({run[i:i + n] for run in chinese for n in (1, 2, 2, 3) for i in range(0, len(run) - n + 1)})}


def one(seed):
    r = random.Random(seed * 7919 + 1)
    language = "en" if seed % 2 else "zh"
    for attempt in range(20):
        text, entities, tuples, writer = grammar.write_report(seed + attempt * 1_000_000_000, FAMILIES[language], FAMILIES[language], WORDS[language])
        if not TESTS.intersection(writer.patterns):
            break
    else:
        raise ValueError(f"every report of seed {seed} says a sentence of the test families")
    noisy = r.random() < 0.7
    wrap = (r.randint(50, 110) if language == "en" else r.randint(22, 46)) if r.random() < 0.25 else 0
    text, entities, tuples = noise.apply(r, text, entities, tuples, rate=r.uniform(0, 0.05) if noisy else 0, spaces=r.uniform(0, 0.02) if noisy else 0,
                                         wrap=wrap, wide=language == "zh" and r.random() < 0.04)
    if r.random() < 0.3:
        text = text.replace("'", "’")
    spans, hashes, flags = features(text, r.choice(DROPS))
    kinds = {item["value"]: item["kind"] for item in tuples if "value" in item}
    tags, kind = encode(spans, entities, kinds)
    return hashes, np.packbits(flags, axis=1), tags, kind


def start():
    global WORDS, TESTS
    prepare()
    WORDS = noise_words()
    TESTS = separate.test_patterns()


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
