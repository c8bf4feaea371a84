"""Logits of the shipped weights as `reference.py` computes them, for the test that compares Millrace with it.

    python make_logits.py MODEL_DIR
"""
import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from reference import Reference

SIZE, LAST = 96, 2


def main(folder):
    folder, found = Path(folder), {}
    tokenizer, reference = Tokenizer.from_file(str(folder / "tokenizer.json")), Reference(folder)
    for name in ("english", "chinese", "tools"):
        text = json.loads(open(folder / "test" / f"perplexity-{name}.jsonl").readline())["text"]
        ids = [0] + tokenizer.encode(text, add_special_tokens=False).ids[:SIZE - 1]
        found[f"{name}.input_ids"] = np.array(ids, np.int64)
        found[f"{name}.logits"] = np.ascontiguousarray(reference.forward(ids)["logits"][-LAST:], np.float32)
    save_file(found, folder / "test" / "logits.safetensors")
    (folder / "test" / "logits.safetensors").chmod(0o644)


if __name__ == "__main__":
    main(*sys.argv[1:])
