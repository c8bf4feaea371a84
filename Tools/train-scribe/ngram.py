"""The baseline: 5-grams with back-off by interpolated, modified Kneser-Ney smoothing, trained on the streams that scribe is trained on.

    python ngram.py STREAM_DIR MODEL_DIR

Writes MODEL_DIR/test/baseline.json. Two models are made for each domain, from all streams and from its own alone; the better one counts.
"""
import json
import sys
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

ORDER, DOMAINS = 5, ["english", "chinese", "code", "instruction", "tools", "extraction"]


class KneserNey:
    """Counts as sorted arrays: an n-gram is the number of its first n-1 tokens times 8192 plus its last token."""

    def __init__(self, tokens, bos):
        self.grams, self.counts = [], []
        prefix = np.zeros(len(tokens), np.int64)
        valid = np.ones(len(tokens), bool)
        for n in range(1, ORDER + 1):
            # position i holds the n-gram that ends at i; none reaches over the beginning of a document
            if n > 1:
                valid = np.concatenate([[False], valid[:-1]]) & (tokens != bos)
                prefix = np.concatenate([[0], index[:-1]])
            code = np.where(valid, prefix * 8192 + tokens, -1)
            grams, counts = np.unique(code[code >= 0], return_counts=True)
            index = np.searchsorted(grams, code)
            index[~valid] = 0
            self.grams.append(grams)
            self.counts.append(counts)
            if n > 1:
                # how many different words stand before each (n-1)-gram
                self.suffix(n, tokens, code, valid)
        self.finish(bos)

    def suffix(self, n, tokens, code, valid):
        order = n - 1
        at = np.flatnonzero(valid)
        first = np.unique(code[at], return_index=True)[1]
        at = at[first]
        ends = self.lookup([tokens[at - k] for k in range(order - 1, -1, -1)])
        kept = self.counts[order - 1]
        continuation = np.bincount(ends, minlength=len(kept))
        # n-grams at the beginning of a document have nothing before them: their own count stands
        self.counts[order - 1] = np.where(continuation > 0, continuation, kept) if order > 1 else np.maximum(continuation, 0)

    def lookup(self, columns):
        """Index of the n-gram whose tokens are the columns, -1 where it was never seen."""
        index = np.zeros(len(columns[0]), np.int64)
        for n, column in enumerate(columns):
            code = index * 8192 + column
            found = np.minimum(np.searchsorted(self.grams[n], code), len(self.grams[n]) - 1)
            index = np.where((index >= 0) & (self.grams[n][found] == code), found, -1)
        return index

    def finish(self, bos):
        self.discounts, self.totals, self.backoffs = [], [], []
        for n, (grams, counts) in enumerate(zip(self.grams, self.counts)):
            c = [max(1, int((counts == k).sum())) for k in (1, 2, 3, 4)]
            y = c[0] / (c[0] + 2 * c[1])
            discount = np.clip([0, 1 - 2 * y * c[1] / c[0], 2 - 3 * y * c[2] / c[1], 3 - 4 * y * c[3] / c[2]], 0, [0, 1, 2, 3])
            history = grams // 8192
            size = int(history.max()) + 1
            weight = discount[np.minimum(counts, 3)]
            self.totals.append(np.bincount(history, counts, minlength=size))
            self.backoffs.append(np.bincount(history, weight, minlength=size))
            self.discounts.append(discount)

    def nats(self, document, bos):
        """Negative log-probability of every token after the first, which is `bos`."""
        tokens = np.asarray(document, np.int64)
        at = np.arange(1, len(tokens))
        p = np.full(len(at), 1 / 8192)
        for n in range(1, ORDER + 1):
            ready = at >= n - 1
            columns = [tokens[np.maximum(at - k, 0)] for k in range(n - 1, -1, -1)]
            history = self.lookup(columns[:-1]) if n > 1 else np.zeros(len(at), np.int64)
            total = np.where(history >= 0, self.totals[n - 1][np.clip(history, 0, len(self.totals[n - 1]) - 1)], 0) if n > 1 else np.full(len(at), self.totals[0][0])
            if n > 1:
                total = np.where(history < len(self.totals[n - 1]), total, 0)
            use = ready & (total > 0)
            gram = self.lookup(columns)
            count = np.where(gram >= 0, self.counts[n - 1][np.maximum(gram, 0)], 0)
            kept = np.maximum(count - self.discounts[n - 1][np.minimum(count, 3)], 0)
            back = self.backoffs[n - 1][np.clip(history, 0, len(self.backoffs[n - 1]) - 1)]
            p = np.where(use, (kept + back * p) / np.where(use, total, 1), p)
        return -np.log(p)


def main(streams, model):
    model = Path(model)
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    bos = tokenizer.token_to_id("<|bos|>")
    read = lambda name: np.fromfile(Path(streams) / f"{name}.bin", np.uint16).astype(np.int64)
    everything = KneserNey(np.concatenate([read(p.stem) for p in sorted(Path(streams).glob("*.bin"))]), bos)
    result = {}
    for domain in DOMAINS:
        lines = (model / "test" / f"perplexity-{domain}.jsonl").read_text().splitlines()
        documents = [[bos] + tokenizer.encode(json.loads(line)["text"], add_special_tokens=False).ids for line in lines]
        alone = KneserNey(read(domain), bos)
        measured = [float(np.concatenate([m.nats(d, bos) for d in documents]).mean()) for m in (everything, alone)]
        result[domain] = {"tokens": sum(len(d) - 1 for d in documents), "five_gram_perplexity": round(float(np.exp(min(measured))), 3)}
        print(domain, result[domain], "all streams / own stream:", [round(float(np.exp(m)), 2) for m in measured], flush=True)
    (model / "test" / "baseline.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
