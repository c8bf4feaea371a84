"""The loss of the text side: what the model says about generated scenes."""
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from answers import LIGHTS, NAMES, QUESTIONS, WHERE, describe, in_slots, question, sample_texts
from config import MERGES
from persons import ACTIVITIES
from text import train_tokenizer


def corners(box):
    """cx, cy, w, h → x0, y0, x1, y1, clipped."""
    return torch.cat([box[..., :2] - box[..., 2:] / 2, box[..., :2] + box[..., 2:] / 2], -1).clamp(0, 1)


class Talk:
    """Tokenizer of a run and the loss of answers."""

    def __init__(self, folder):
        path = Path(folder) / "tokenizer.json"
        if not path.exists():
            train_tokenizer(sample_texts(), NAMES, MERGES).save(str(path))
        from tokenizers import Tokenizer
        self.tokenizer = Tokenizer.from_file(str(path))
        number = self.tokenizer.token_to_id
        self.user, self.assistant, self.end, self.items = number("<|user|>"), number("<|assistant|>"), number("<|end|>"), number(NAMES[0])
        plain = ["none", "on", "off", "open", "closed", *WHERE, *ACTIVITIES, *LIGHTS, "yes", "no", "not", " visible", *"0123456789"]
        self.telling = {i for w in plain for i in self.tokenizer.encode(w).ids[:1]}

    def ids(self):
        return {"item_token_start": self.items, "vocab_size": self.items + len(NAMES), "eos_token_id": self.end}

    def loss(self, model, seen, scenes, step):
        """Cross-entropy of the answers: every picture described once and asked about QUESTIONS times."""
        rng = np.random.default_rng([17, step])
        memory, slots = model.remember(seen)
        boxes, g = corners(seen["box"].detach()).numpy(), model.config["image_size"] // 16
        told = [describe(s, in_slots(s, boxes[i], slots[i].tolist(), g), rng) for i, s in enumerate(scenes)]
        asked = [question(s, rng) for s in scenes for _ in range(QUESTIONS)]
        first, parts = self.answer_loss(model, memory, told)
        second, more = self.answer_loss(model, memory.repeat_interleave(QUESTIONS, 0), asked)
        return first + second, {"items": parts["items"], "telling": parts["telling"], "answer": more["telling"]}

    def answer_loss(self, model, memory, pairs):
        """Tokens that tell something weigh more than the JSON around them."""
        texts = self.tokenizer.encode_batch([x for pair in pairs for x in pair])
        rows = [([self.user, *q.ids, self.assistant], [*a.ids, self.end]) for q, a in zip(texts[::2], texts[1::2])]
        length = max(len(q) + len(a) for q, a in rows)
        ids, is_prompt, weight = torch.full((len(rows), length), self.end), torch.zeros(len(rows), length, dtype=torch.bool), torch.zeros(len(rows), length)
        for i, (q, a) in enumerate(rows):
            ids[i, :len(q) + len(a)] = torch.tensor(q + a)
            is_prompt[i, :len(q)] = True
            weight[i, len(q):len(q) + len(a)] = torch.tensor([1.0 if x >= self.items or x in self.telling else 0.3 for x in a])
        h = model.read(memory, ids[:, :-1], is_prompt[:, :-1])
        chosen = weight[:, 1:] > 0
        logits, wanted, w = model.logits(h[chosen]), ids[:, 1:][chosen], weight[:, 1:][chosen]
        loss = (F.cross_entropy(logits, wanted, reduction="none") * w).sum() / w.sum()
        right, item = logits.argmax(-1) == wanted, wanted >= self.items
        share = lambda where: float(right[where].float().mean())
        return loss, {"items": share(item), "telling": share((w == 1) & ~item)}
