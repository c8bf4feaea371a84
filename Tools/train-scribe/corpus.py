"""Documents of english, chinese and code: cleaned, without duplicates, the held-out ones apart.

    python corpus.py UNPACKED_DIR OUT_DIR

Writes OUT_DIR/DOMAIN-train.jsonl and DOMAIN-held.jsonl, one {"source", "text"} a line. A document is held out by the hash of its path;
what training documents share with held-out ones (paragraphs, or half of their eight-word shingles) is left out of training.
"""
import hashlib
import json
import re
import sys
from pathlib import Path

SPLIT, LONGEST = 48, 60000
LICENCE = re.compile(r"permission is hereby granted|without warrant|redistribut(e|ion)|all rights reserved|free software foundation|licensed under the|copyright \(c\)|gnu (lesser |library )?general public|"
                     r"this manual page (is part of|was)|reporting bugs|colophon|verbatim copies|spdx-license|允许.{0,12}复制|自由软件基金会|版权所有|著作权", re.I)
TRADITIONAL = re.compile("[這個們說為時對過還開關點電檔錄後從處應該並]")
FOREIGN = re.compile("[\u00c0-\u024f\u0370-\u06ff\u3040-\u30ff]")
CJK = re.compile("[\u4e00-\u9fff]")


def digest(text):
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def paragraphs(text, domain):
    """Pieces between empty lines, without licence texts and tables of control codes."""
    for piece in re.split(r"\n{2,}", text):
        if LICENCE.search(piece) and (domain != "code" or len(piece) < 4000):
            continue
        letters = sum(c.isalpha() for c in piece)
        if len(piece) > 80 and letters < 0.35 * len(piece):
            continue
        yield piece


def shingles(text):
    """A sample (one in eight) of the hashes of eight words, or of sixteen Chinese characters."""
    words = re.findall(r"[\u4e00-\u9fff]{2}|\w+", text)
    found = (hash_words(words[i:i + 8]) for i in range(len(words) - 7))
    return {h for h in found if h % 8 == 0}


def hash_words(words):
    h = 1469598103934665603
    for w in words:
        h = ((h ^ WORDS.setdefault(w, len(WORDS) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return h >> 7


WORDS = {}


def gather(root):
    """(domain, source, text) of every file that sources.txt names, in a fixed order."""
    from extract import read
    for line in (Path(__file__).parent / "sources.txt").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        domain, package, limit, pattern = line.split(maxsplit=3)
        wanted, room = re.compile(pattern), float(limit) * 1e6
        files = [p for p in sorted((root / package).rglob("*")) if p.is_file() and not p.is_symlink() and wanted.search(str(p.relative_to(root)))]
        files.sort(key=lambda p: digest(str(p.relative_to(root))))
        for path in files:
            if room <= 0:
                break
            if path.stat().st_size > 3_000_000 or "/tests/" in str(path) or "/test/" in str(path) or "test_" in path.name or path.name.endswith("_test.go"):
                continue
            text = read(path, domain)
            share = len(CJK.findall(text)) / max(1, len(text))
            if domain == "chinese" and (share < 0.12 or len(TRADITIONAL.findall(text)) > 0.02 * len(CJK.findall(text))):
                continue
            if domain != "chinese" and (share > 0.02 or len(FOREIGN.findall(text)) > 0.01 * len(text)):
                continue
            if package.startswith("fortunes"):
                text = text.replace("\n%\n", "\n\n")
                text = re.sub(r"\x1b\[[0-9;]*m", "", text)
            if domain == "code" and max(map(len, text.split("\n"))) > 400:
                continue
            room -= len(text)
            yield domain, str(path.relative_to(root)), text


def main(root, out):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    held, train = [], []
    for domain, source, text in gather(Path(root)):
        text = text[:LONGEST]
        (held if digest(source) % SPLIT == 0 else train).append((domain, source, text))
    seen, known = set(), set()
    for part, documents in (("held", held), ("train", train)):
        files = {d: open(out / f"{d}-{part}.jsonl", "w") for d in ("english", "chinese", "code")}
        counts = {d: [0, 0] for d in files}
        for domain, source, text in documents:
            kept = []
            for piece in paragraphs(text, domain):
                mark = digest(re.sub(r"\s+", " ", piece))
                if len(piece) >= (60 if domain != "chinese" else 24) and mark in seen:
                    continue
                seen.add(mark)
                kept.append(piece)
            text = "\n\n".join(kept)
            if len(text) < 300:
                continue
            marks = shingles(text)
            if len(marks) > 4 and len(marks & known) > 0.5 * len(marks):
                continue
            known |= marks
            files[domain].write(json.dumps({"source": source, "text": text}, ensure_ascii=False) + "\n")
            counts[domain][0] += 1
            counts[domain][1] += len(text)
        print(part, counts, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
