"""Names of the labels, tags of the tagger and kinds of figures."""
import numpy as np

LABELS = ["company", "ticker", "exchange", "rating", "previous_rating", "target_price", "previous_target", "currency", "current_price",
          "price_date", "analyst", "broker", "metric", "period", "value", "change"]
TAGS = ["O"] + [f"{part}-{label}" for label in LABELS for part in "BI"]
KINDS = ["actual", "estimate", "consensus"]


def encode(spans, entities, kinds):
    """Tag per token and kind per token (255 where none). An entity takes the tokens of which it covers at least half."""
    tags, kind = np.zeros(len(spans), np.uint8), np.full(len(spans), 255, np.uint8)
    at = 0
    for start, end, label in entities:
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        first, i = True, at
        while i < len(spans) and spans[i][0] < end:
            covered = min(end, spans[i][1]) - max(start, spans[i][0])
            if 2 * covered >= spans[i][1] - spans[i][0]:
                tags[i] = 1 + 2 * LABELS.index(label) + (not first)
                if first and label == "value":
                    kind[i] = KINDS.index(kinds.get((start, end), "actual"))
                first = False
            i += 1
    return tags, kind
