"""Token streams for training: one file of 16-bit tokens a domain, every document between `<|bos|>` and `<|eos|>`.

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

EXAMPLES = {"instruction": (instruction, 14000), "tools": (call, 9000), "extraction": (extraction, 9000)}
MIDDLES = 3000


def documents(folder, part, domain):
    return [json.loads(line) for line in open(Path(folder) / f"{domain}-{part}.jsonl")]


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


def write(path, tokenizer, texts):
    with open(path, "wb") as file:
        total = 0
        for at in range(0, len(texts), 500):
            for encoded in tokenizer.encode_batch(texts[at:at + 500], add_special_tokens=False):
                np.array(encoded.ids, np.uint16).tofile(file)
                total += len(encoded.ids)
    print(path.stem, len(texts), "documents", total, "tokens", flush=True)


def main(folder, model, out):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    for domain in ("english", "chinese", "code"):
        texts = [d["text"] for d in documents(folder, "train", domain)]
        random.Random(7).shuffle(texts)
        write(out / f"{domain}.bin", tokenizer, [f"<|bos|>{t}<|eos|>" for t in texts])
        if domain == "code":
            write(out / "middle.bin", tokenizer, [e["prompt"] + e["answer"] + "<|eos|>" for e in middles(random.Random(8), texts, MIDDLES)])
    for domain, (make, count) in EXAMPLES.items():
        r = random.Random("train " + domain)
        examples = (make(r, False) for _ in range(count))
        write(out / f"{domain}.bin", tokenizer, [e["prompt"] + e["answer"] + "<|eos|>" for e in examples])


if __name__ == "__main__":
    main(*sys.argv[1:])
