"""From logits to entities and tuples, as docs/models/ledger.md says."""
import numpy as np

from labels import KINDS, LABELS
from tokens import FLAG, WORDS, is_letter, normalise

STRIPPED, OPENING, CLOSING = list(",;:|\"，、。；：-·•*"), list("([（【"), list(")]）】")
MORE = {label: FLAG[name + ".more"] for label, name in [("company", "company"), ("broker", "broker"), ("metric", "metric"), ("period", "period"),
                                                         ("rating", "rating"), ("previous_rating", "rating")]}
DETERMINERS = ["the", "its", "our", "their"]
CHANGE_UNITS = ["%", "pc", "per", "percent", "percentage", "pct", "pcts", "pp", "ppt", "ppts", "bp", "bps", "basis", "个", "百", "基"]
MISREAD = set("OoQDlIiZzASsGgTq")  # what digits look like to a scanner, without the letters that are units
NUMERIC = {"target_price", "previous_target", "current_price", "value", "change"}


def windows(count, size, overlap):
    """(start, end, first kept, last kept) of the windows over `count` tokens."""
    if count <= size:
        return [(0, count, 0, count)]
    out, start = [], 0
    while True:
        end = min(start + size, count)
        keep_from = 0 if start == 0 else start + overlap
        keep_to = count if end == count else end - overlap
        out.append((start, end, keep_from, keep_to))
        if end == count:
            return out
        start += size - 2 * overlap


def viterbi(logits):
    """Best sequence of tags; I-x follows only B-x or I-x."""
    count, n = logits.shape
    allowed = np.full((n, n), -np.inf)
    for a in range(n):
        for b in range(n):
            inside = b > 0 and b % 2 == 0
            if not inside or a in (b, b - 1):
                allowed[a, b] = 0
    first = np.array([-np.inf if b > 0 and b % 2 == 0 else 0 for b in range(n)])
    score, back = logits[0] + first, np.zeros((count, n), np.int64)
    for i in range(1, count):
        total = score[:, None] + allowed
        back[i] = total.argmax(0)
        score = total.max(0) + logits[i]
    tags = [int(score.argmax())]
    for i in range(count - 1, 0, -1):
        tags.append(int(back[i][tags[-1]]))
    return tags[::-1]


def ahead(words, i):
    """The next word in lower case, a closing bracket passed over."""
    i += i < len(words) and words[i] == ")"
    return words[i].lower() if i < len(words) else ""


def line_of(words, i):
    """Words of the line of word i."""
    a = b = i
    while a > 0 and not words[a - 1].isspace():
        a -= 1
    while b < len(words) and not words[b].isspace():
        b += 1
    return words[a:b]


def number_of(a, b, words, spans):
    """The part of the tokens a..<b that is one number: from their first token with a digit on what follows it without a
    blank, digits and what may be misread ones."""
    has_digit = lambda k: any("0" <= c <= "9" for c in words[k])
    joined = lambda k: spans[k][1] == spans[k + 1][0]
    first = last = next(k for k in range(a, b) if has_digit(k))
    while first > a and joined(first - 1) and words[first - 1] in MISREAD:
        first -= 1
    k = last + 1
    while k < b and joined(k - 1) and (has_digit(k) or len(words[k]) == 1 and words[k] != "|"):
        if has_digit(k) or words[k] in MISREAD:
            last = k
        k += 1
    return first, last + 1


def entities_of(tags, words, flags, spans):
    """[(first token, last token + 1, label)]: numbers need a digit and end with it; others lose punctuation at their ends."""
    found, i = [], 0
    while i < len(tags):
        if tags[i] % 2 == 1:
            j = i + 1
            while j < len(tags) and tags[j] == tags[i] + 1:
                j += 1
            a, b = i, j
            while a < b and words[a].isspace():
                a += 1
            while a < b and words[b - 1].isspace():
                b -= 1
            label = LABELS[(tags[i] - 1) // 2]
            digit = [k for k in range(a, b) if any("0" <= c <= "9" for c in words[k])]
            if label in NUMERIC and digit:
                last, in_row = digit[-1] + 1, any(w == "|" for w in line_of(words, a))
                a, b = number_of(a, b, words, spans)
                if label == "change" and not in_row and ahead(words, max(last, b)) not in CHANGE_UNITS:
                    label = "value"
            elif label not in NUMERIC:
                while a < b and (words[a] in STRIPPED + CLOSING or label in ("metric", "period") and words[a].lower() in DETERMINERS):
                    a += 1
                while a < b and (words[b - 1] in STRIPPED + OPENING or words[b - 1] in CLOSING and not any(w in OPENING for w in words[a:b - 1])):
                    b -= 1
                # no entity begins or ends within a phrase of its list
                more = MORE.get(label)
                while more is not None and a < b and flags[a, more] and a > 0 and tags[a - 1] == 0:
                    a -= 1
                while more is not None and a < b and b < len(tags) and flags[b, more] and tags[b] == 0:
                    b += 1
            if a < b and (label not in NUMERIC or digit):
                found.append((a, b, label))
            i = j
        else:
            i += 1
    return found


def propagate(found, words):
    """Other places with exactly the words of a company, or with its first word, become that company where nothing else was
    found."""
    free = [True] * len(words)
    for a, b, _ in found:
        free[a:b] = [False] * (b - a)
    names = sorted({tuple(words[a:b]) for a, b, label in found if label == "company" and (b - a > 1 or len(words[a]) > 3)}, key=lambda n: (-len(n), n))
    more = []
    for name in names:
        for i in range(len(words) - len(name) + 1):
            if words[i] == name[0] and tuple(words[i:i + len(name)]) == name and all(free[i:i + len(name)]):
                more.append((i, i + len(name), "company"))
                free[i:i + len(name)] = [False] * len(name)
    # the first word alone, unless the lists know it or a name goes on after it
    firsts = {name[0] for name in names if len(name) > 1 and len(name[0]) > 3 and is_letter(name[0][0]) and name[0][0].isupper() and name[0].lower() not in WORDS}
    for i, word in enumerate(words):
        if free[i] and word in firsts and not (i + 1 < len(words) and words[i + 1][0].isupper()):
            more.append((i, i + 1, "company"))
    return sorted(found + more)


def decode(tag_logits, kind_logits, text, spans, flags):
    """Entities [(start, end, label)] and kinds {start of value: kind}."""
    if not len(spans):
        return [], {}
    text = normalise(text)
    words = [text[a:b] for a, b in spans]
    tags = viterbi(tag_logits)
    found = propagate(entities_of(tags, words, flags, spans), words)
    kinds = {spans[a][0]: KINDS[int(kind_logits[a].argmax())] for a, b, label in found if label == "value"}
    return [(spans[a][0], spans[b - 1][1], label) for a, b, label in found], kinds
