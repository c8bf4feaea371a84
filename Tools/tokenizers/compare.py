"""Compares `millrace tokenize --batch` with the libraries, string by string. See Tools/verify-tokenizers."""
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import zlib

import sentencepiece
from tokenizers import Tokenizer

import families
import gguf
from texts import texts

PROGRAM = shlex.split(os.environ.get("MILLRACE_TOKENIZE", ".build/release/millrace tokenize --batch -m"))
ORACLES = pathlib.Path("Tests/Oracles/tokenizers")
SHOWN = 3
# What text without tokens becomes; no steering token.
UNKNOWN = {"<unk>", "[UNK]"}


def answers(path, strings):
    """For each string the ids with special tokens read as such (`parsed`) and without (`ids`), and the text of `parsed`."""
    given = "".join(json.dumps(s, ensure_ascii=False) + "\n" for s in strings)
    done = subprocess.run(PROGRAM + [str(path)], input=given.encode(), stdout=subprocess.PIPE, check=True)
    rows = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
    assert len(rows) == len(strings), f"{path}: {len(rows)} answers to {len(strings)} strings"
    return rows


def compare(name, path, strings, expected, special):
    """`expected`: for each string the ids, and the text of these or None; `special`: the special tokens by id."""
    wrong = []
    special_ids = set(special)
    # Here no special token comes of what is no spelling of it before normalization; with the library's Unigram some do.
    for index, (string, (ids, _)) in enumerate(zip(strings, expected)):
        if sum(i in special_ids for i in ids) > sum(string.count(content) for content in special.values()):
            strings, expected = strings[:index] + [""] + strings[index + 1:], expected[:index] + [([], "")] + expected[index + 1:]
    for string, row, (ids, text) in zip(strings, answers(path, strings), expected):
        if row["parsed"] != ids:
            wrong.append((string, "ids", ids, row["parsed"]))
        elif text is not None and row["text"] != text:
            wrong.append((string, "text", text, row["text"]))
        elif special_ids & set(row["ids"]):
            wrong.append((string, "special tokens from text", [], row["ids"]))
    print(f"{name:34} {len(strings):6} strings, {len(wrong)} differ", flush=True)
    for string, what, want, got in wrong[:SHOWN]:
        print(f"    {string!r}\n      {what}: {want}\n      here: {got}")
    return len(wrong)


def library(name, path, tokenizer, count, decodes=True):
    tokenizer.no_padding()
    tokenizer.no_truncation()
    added = tokenizer.get_added_tokens_decoder()
    strings = texts(zlib.crc32(name.encode()), count, [token.content for token in added.values()])
    encoded = [e.ids for e in tokenizer.encode_batch(strings, add_special_tokens=False)]
    decoded = tokenizer.decode_batch(encoded, skip_special_tokens=False)
    return compare(name, path, strings, list(zip(encoded, decoded if decodes else [None] * count)), {i: t.content for i, t in added.items() if t.special and t.content not in UNKNOWN})


def pieces(name, path, processor, count):
    strings = texts(zlib.crc32(name.encode()), count, [])
    # The library matches no control tokens in text; the strings hold none.
    encoded = processor.encode(strings)
    return compare(name, path, strings, [(ids, None) for ids in encoded], {})


def main(count, chosen):
    wrong = 0
    wanted = lambda name: not chosen or any(part in name for part in chosen)
    with tempfile.TemporaryDirectory() as folder:
        folders = [ORACLES] + ([pathlib.Path(os.environ["MILLRACE_ORACLES"]) / "tokenizers"] if "MILLRACE_ORACLES" in os.environ else [])
        committed = {path.name: path for place in folders for path in place.glob("*.json") if not path.name.endswith(".cases.json")}
        for path in sorted(committed.values()):
            if wanted(path.stem):
                wrong += library(path.stem, path, Tokenizer.from_file(str(path)), count)
        for name, path, tokenizer in families.make(folder):
            if wanted(name):
                wrong += library(name, path, tokenizer, count)
            twin = name.replace("json-", "gguf-")
            file = os.path.join(folder, twin + ".gguf")
            if name[5:] in families.PATTERNS and wanted(twin):
                gguf.byte_level(file, tokenizer, name[5:])
                wrong += library(twin, file, tokenizer, count)
            if name == "json-bert-uncased" and wanted(twin):
                gguf.bert(file, tokenizer)
                wrong += library(twin, file, tokenizer, count, decodes=False)
        for kind, options in (("unigram", {}), ("unigram", {"byte_fallback": True}), ("bpe", {}), ("bpe", {"byte_fallback": True})):
            for rule in ("nmt_nfkc", "identity"):
                name = f"sentencepiece-{kind}-{rule}{'-bytes' if options else ''}"
                collapses = rule == "nmt_nfkc"
                if not wanted(name) and not wanted(name.replace("sentencepiece", "gguf")):
                    continue
                model = families.sentence_piece(
                    folder, name, model_type=kind, normalization_rule_name=rule, remove_extra_whitespaces=collapses,
                    vocab_size=700 if options else 420, **options)
                processor = sentencepiece.SentencePieceProcessor(model_file=model)
                wrong += pieces(name, model, processor, count)
                twin = name.replace("sentencepiece", "gguf")
                file = os.path.join(folder, twin + ".gguf")
                with open(model, "rb") as source:
                    data = source.read()
                gguf.pieces(
                    file, processor, {"unigram": "t5", "bpe": "llama"}[kind],
                    families.charsmap(data) if collapses else None, collapses)
                wrong += pieces(twin, file, processor, count)
    print("all are the same" if wrong == 0 else f"{wrong} strings differ")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, sys.argv[2:]))
