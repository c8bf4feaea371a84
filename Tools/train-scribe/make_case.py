"""A case for `millrace models verify` from the shipped weights: what `reference.py` computes on texts of the test sets.

    python make_case.py MODEL_DIR OUT_DIR
"""
import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from reference import Reference

GREEDY = 24


def main(folder, out):
    folder, out = Path(folder), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "model.safetensors"):
        (out / name).unlink(missing_ok=True)
        (out / name).symlink_to((folder / name).resolve())
    tokenizer, reference, prompts = Tokenizer.from_file(str(folder / "tokenizer.json")), Reference(folder), {}
    for name, file, size in (("a", "perplexity-english", 48), ("b", "perplexity-tools", 96), ("long", "perplexity-chinese", 600)):
        text = "".join(json.loads(line)["text"] for line in open(folder / "test" / f"{file}.jsonl"))
        prompts[name] = ([0] + tokenizer.encode(text, add_special_tokens=False).ids)[:size]
    expected = {}
    for name, tokens in prompts.items():
        for step, value in reference.forward(tokens).items():
            if name == "a" or step == "logits":
                expected[f"{name}.{step}" + ("_last4" if name == "long" else "")] = np.ascontiguousarray(value[-4:] if name == "long" else value, np.float32)
    save_file({f"{name}.input_ids": np.array([tokens], np.int64) for name, tokens in prompts.items()}, out / "inputs.safetensors")
    save_file(expected, out / "expected.safetensors")
    tokens, tops, margins = list(prompts["a"]), [], []
    for _ in range(GREEDY):
        logits = reference.forward(tokens)["logits"][-1]
        order = np.argsort(-logits)
        tokens.append(int(order[0]))
        tops.append(float(logits[order[0]]))
        margins.append(float(logits[order[0]] - logits[order[1]]))
    (out / "greedy.json").write_text(json.dumps({"prompt": prompts["a"], "ids": tokens[len(prompts["a"]):], "top_logit": tops, "margin": margins}))
    (out / "case.json").write_text(json.dumps({"kind": "text", "name": "scribe", "class": "LlamaForCausalLM", "about": "the shipped weights", "weights": "float16"}))
    print("largest logit", max(float(abs(v).max()) for k, v in expected.items() if "logits" in k))


if __name__ == "__main__":
    main(*sys.argv[1:])
