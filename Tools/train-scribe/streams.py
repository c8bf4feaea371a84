"""Token streams for training: one file of 16-bit tokens a domain, every document between `<|bos|>` and `<|eos|>`, and beside it a byte
for each token, 1 where its prediction counts in full: in texts and answers, not in prompts, whose words are drawn at random.

    python streams.py TEXT_DIR MODEL_DIR OUT_DIR
"""
import json
import random
import sys
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from extraction import extraction
from instructions import instruction
from toolcalls import call
from words import learn_free_words

# most names and values of tool calls are any words, so that they are read from the prompt and not remembered
FREE = 0.7
EXAMPLES = {"instruction": (instruction, 14000), "tools": (lambda r, held: call(r, held, FREE), 24000), "extraction": (extraction, 12000)}
MIDDLES = 3000


def documents(folder, part, domain):
    return [json.loads(line) for line in open(Path(folder) / f"{domain}-{part}.jsonl")]


def tested(model):
    """The prompts of the test sets."""
    found = [json.loads(line) for path in sorted((Path(model) / "test").glob("*.jsonl")) for line in open(path)]
    return {f["prompt"] if "prompt" in f else "<|bos|>" + f["text"].partition("<|assistant|>")[0] + "<|assistant|>" for f in found}


def examples(make, r, count, tests):
    """`count` examples for training whose prompts are none of the tests'."""
    while count > 0:
        example = make(r, False)
        if example["prompt"] not in tests:
            count -= 1
            yield example


def middle(r, text):
    """A piece of code with a hole of a few lines or words: (prompt, middle)."""
    size = min(len(text), r.randrange(300, 1400))
    start = r.randrange(len(text) - size + 1)
    start = text.rfind("\n", 0, start) + 1
    piece = text[start:start + size]
    breaks = [i for i, c in enumerate(piece) if c == "\n"]
    if r.random() < 0.6 and len(breaks) > 4:
        # whole lines
        first = r.randrange(1, len(breaks) - 2)
        a, b = breaks[first] + 1, breaks[min(len(breaks) - 1, first + r.choice([1, 1, 1, 2, 3]))]
    else:
        # the rest of a line
        a = r.randrange(len(piece) // 4, max(len(piece) // 4 + 1, 3 * len(piece) // 4))
        b = piece.find("\n", a)
        b = len(piece) if b < 0 else b
    return f"<|bos|><|fim_prefix|>{piece[:a]}<|fim_suffix|>{piece[b:]}<|fim_middle|>", piece[a:b]


def middles(r, texts, count):
    """`count` holes; none empty and none of more than 300 characters."""
    while count > 0:
        text = r.choice(texts)
        prompt, answer = middle(r, text)
        if 3 < len(answer.strip()) and len(answer) < 300:
            count -= 1
            yield {"prompt": prompt, "answer": answer}


def write(path, tokenizer, pairs):
    """Documents as (prompt, text)."""
    read = lambda texts: [np.array(e.ids, np.uint16) for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
    with open(path, "wb") as tokens, open(path.with_suffix(".counts"), "wb") as counts:
        total = 0
        for at in range(0, len(pairs), 500):
            for prompt, text in zip(read([p for p, _ in pairs[at:at + 500]]), read([t + "<|eos|>" for _, t in pairs[at:at + 500]])):
                np.concatenate([prompt, text]).tofile(tokens)
                np.concatenate([np.zeros(len(prompt), np.uint8), np.ones(len(text), np.uint8)]).tofile(counts)
                total += len(prompt) + len(text)
    print(path.stem, len(pairs), "documents", total, "tokens", flush=True)


def main(folder, model, out):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    texts = {domain: [d["text"] for d in documents(folder, "train", domain)] for domain in ("english", "chinese", "code")}
    learn_free_words(texts)
    for domain, found in texts.items():
        random.Random(7).shuffle(found)
        write(out / f"{domain}.bin", tokenizer, [("<|bos|>", t) for t in found])
    write(out / "middle.bin", tokenizer, [(e["prompt"], e["answer"]) for e in middles(random.Random(8), texts["code"], MIDDLES)])
    tests = tested(model)
    for domain, (make, count) in EXAMPLES.items():
        found = examples(make, random.Random("train " + domain), count, tests)
        write(out / f"{domain}.bin", tokenizer, [(e["prompt"], e["answer"]) for e in found])


if __name__ == "__main__":
    main(*sys.argv[1:])
