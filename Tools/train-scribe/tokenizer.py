"""The tokenizer: byte-level BPE over the words that Qwen 2's pattern makes (digits stand alone).

    python tokenizer.py TEXT_DIR OUT_DIR
"""
import json
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from config import MODEL
from toolcalls import call

SPECIAL = ["<|bos|>", "<|eos|>", "<|system|>", "<|user|>", "<|assistant|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|pad|>"]
PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SHARES = {"english": 12_000_000, "chinese": 5_000_000, "code": 10_000_000}
TEMPLATE = ("{{ bos_token }}{% for message in messages %}{% if message['role'] == 'system' %}<|system|>{{ message['content'] }}{% elif message['role'] == 'user' %}<|user|>{{ message['content'] }}"
            "{% elif message['role'] == 'assistant' %}<|assistant|>{{ message['content'] }}<|eos|>{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}")


def texts(folder):
    for domain, room in SHARES.items():
        lines = (Path(folder) / f"{domain}-train.jsonl").read_text().splitlines()
        random.Random(5).shuffle(lines)
        for line in lines:
            text = json.loads(line)["text"]
            room -= len(text)
            yield text
            if room < 0:
                break
    r = random.Random(6)
    for _ in range(3000):
        example = call(r, False)
        yield example["prompt"].replace("<|", "\n").replace("|>", "\n") + example["answer"]


def main(folder, out):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(PATTERN), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=MODEL["vocab_size"], special_tokens=[AddedToken(t, special=True, normalized=False) for t in SPECIAL],
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), max_token_length=24, show_progress=False)
    tokenizer.train_from_iterator(texts(folder), trainer)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    named = {"bos_token": "<|bos|>", "eos_token": "<|eos|>", "pad_token": "<|pad|>"}
    (out / "tokenizer_config.json").write_text(json.dumps(named | {
        "tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": False, "model_max_length": MODEL["max_position_embeddings"], "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE}, indent=1) + "\n")
    print(tokenizer.get_vocab_size(), "tokens")


if __name__ == "__main__":
    main(*sys.argv[1:])
