"""The test sets that come along with scribe, from held-out documents and held-out halves of the grammars.

    python testsets.py TEXT_DIR MODEL_DIR
"""
import json
import random
import sys
from pathlib import Path

from extraction import extraction
from instructions import instruction
from streams import documents, middles
from toolcalls import call

LONGEST, ROOM = 6000, {"english": 105_000, "chinese": 45_000, "code": 90_000}


def write(path, lines):
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    print(path.name, len(lines), path.stat().st_size)


def held_out(folder, domain):
    """The beginnings of held-out documents, in a random order."""
    found, room = documents(folder, "held", domain), ROOM[domain]
    random.Random(9).shuffle(found)
    for document in found:
        text = document["text"][:LONGEST]
        room -= len(text)
        if room < 0:
            return
        yield {"text": text, "source": document["source"]}


def unique(make, name, count):
    r, seen = random.Random("test " + name), {}
    while len(seen) < count:
        example = make(r, True)
        seen.setdefault(example["prompt"], example)
    return list(seen.values())


def origin(example):
    """The text that a hole was made in."""
    before, _, after = example["prompt"].removeprefix("<|bos|><|fim_prefix|>").removesuffix("<|fim_middle|>").partition("<|fim_suffix|>")
    return before + example["answer"] + after


def main(folder, model):
    out = Path(model) / "test"
    out.mkdir(parents=True, exist_ok=True)
    for domain in ROOM:
        write(out / f"perplexity-{domain}.jsonl", list(held_out(folder, domain)))
    as_text = lambda e: {"text": e["prompt"].removeprefix("<|bos|>") + e["answer"] + "<|eos|>"}
    for name, make in (("instruction", instruction), ("tools", call), ("extraction", extraction)):
        write(out / f"perplexity-{name}.jsonl", [as_text(e) for e in unique(make, "perplexity " + name, 120)])
    write(out / "chat.jsonl", unique(instruction, "chat", 160))
    write(out / "tools.jsonl", unique(call, "tools", 120))
    held = documents(folder, "held", "code")
    sources = {d["text"]: d["source"] for d in held}
    write(out / "code.jsonl", [e | {"source": next(s for t, s in sources.items() if origin(e) in t)} for e in middles(random.Random("test code"), list(sources), 120)])


if __name__ == "__main__":
    main(*sys.argv[1:])
