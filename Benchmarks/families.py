"""Record how fast a model of each text family writes: random weights of one shape, in the INT4 mix of `millrace models convert`.

    families.py docs/models-speed.json [--millrace .build/release/millrace] [--threads 4]

Needs torch and transformers, which make the checkpoints; `docs/models.md` takes its column tokens/s from the file.
"""
import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile

from transformers import AutoConfig, AutoModelForCausalLM

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import machine  # noqa: E402

SHAPE = dict(hidden_size=1024, num_hidden_layers=12, num_attention_heads=16, num_key_value_heads=4, head_dim=64,
             intermediate_size=3072, vocab_size=32000, max_position_embeddings=4096, tie_word_embeddings=False,
             pad_token_id=0, bos_token_id=1, eos_token_id=2)
EXPERTS = dict(num_local_experts=8, num_experts=8, num_experts_per_tok=2, moe_intermediate_size=1024,
               shared_expert_intermediate_size=1024, decoder_sparse_step=1)
FAMILIES = {
    "llama": {}, "mistral": dict(sliding_window=None), "mixtral": dict(EXPERTS, intermediate_size=1024), "qwen2": {},
    "qwen2_moe": EXPERTS, "qwen3": {}, "qwen3_moe": EXPERTS, "glm": {}, "glm4": {}, "phi3": {}, "smollm3": {},
}


def measure(family, options, millrace, threads, folder):
    import torch
    torch.manual_seed(0)
    config = AutoConfig.for_model(family, **{**SHAPE, **options})
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    hub, file = os.path.join(folder, family), os.path.join(folder, family + ".gguf")
    model.save_pretrained(hub)
    parameters = sum(p.numel() for p in model.parameters())
    subprocess.run([millrace, "models", "convert", hub, "-o", file, "--precision", "int4"], check=True, stdout=subprocess.DEVNULL)
    busy, own = machine.busy_seconds(), machine.own_seconds()
    result = subprocess.run([millrace, "bench", file, "-p", "0", "-n", "64", "-t", str(threads), "-r", "8", "--no-limits", "--json"],
                            check=True, stdout=subprocess.PIPE)
    others = machine.busy_seconds() - busy - (machine.own_seconds() - own)
    report = json.loads(result.stdout)
    row = next(r for r in report["rows"] if r["test"].startswith("tg"))
    subprocess.run(["rm", "-r", hub, file], check=True)
    return dict(tokens_per_second=round(row["tokensPerSecond"]["greatest"], 1), parameters=parameters, processor_seconds_of_others=round(others, 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--millrace", default=".build/release/millrace")
    parser.add_argument("--threads", type=int, default=machine.cores())
    arguments = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for family, options in FAMILIES.items():
            try:
                rows[family] = measure(family, options, arguments.millrace, arguments.threads, folder)
            except Exception as error:
                print(f"{family}: {error}", file=sys.stderr)
                continue
            print(family, rows[family], file=sys.stderr)
    record = dict(
        machine=f"{machine.processor()}, {arguments.threads} threads", date=datetime.date.today().isoformat(),
        shape="12 layers, 1024 wide, 16 heads and 4 for keys, vocabulary 32000; experts 2 of 8",
        weights="random, the INT4 mix of `millrace models convert`", test="writing 64 tokens, the fastest of 8 runs", families=rows)
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
