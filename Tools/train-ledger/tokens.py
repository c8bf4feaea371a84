"""Text to tokens and the features of tokens, as docs/models/ledger.md says."""
import re

import numpy as np

from lexicon import build, is_cjk

LEXICONS = build()
NAMES = list(LEXICONS)
FLAGS = [f"{name}.{part}" for name in NAMES for part in ("first", "more")] + [
    "space_before", "line_start", "row", "first_cell", "first_line", "opening_lines", "in_brackets", "capital", "upper", "upper_short",
    "number", "signed", "decimal", "grouped", "percent_after", "unit_after", "currency_before", "year", "digits_1_2", "digits_3", "digits_4",
    "digits_5", "digits_6", "digits_more", "date", "period", "newline", "after_dot", "before_dot", "cjk", "repeated", "in_title"]
FLAG = {name: i for i, name in enumerate(FLAGS)}
SEEDS = ("w", "a", "b", "s")  # of the four hashed features

NEAR = 256  # tokens within which a repeated word counts as repeated
OPEN, CLOSE = "([{（【《", ")]}）】》"


def normalise(text):
    """One character for one: full-width forms to ASCII, kinds of spaces, dashes and quotes to one kind."""
    def one(c):
        code = ord(c)
        if 0xFF01 <= code <= 0xFF5E:
            return chr(code - 0xFEE0)
        if c in "\u3000\u00a0\u2009\u202f\t":
            return " "
        if c in "–—−‐‑":
            return "-"
        if c in "’‘“”「」『』":
            return '"'
        return {"￥": "¥", "\r": "\n"}.get(c, c)
    return "".join(map(one, text))


def is_letter(c):
    return c.isalpha() and not is_cjk(c)


def is_digit(c):
    return "0" <= c <= "9"


def scan_number(t, i):
    """End of the number that starts at i (a digit): groups of three after commas, then one decimal part."""
    n, start = len(t), i
    while i < n and is_digit(t[i]):
        i += 1
    if i - start <= 3:
        while i + 3 < n and t[i] == "," and t[i + 1:i + 4].isascii() and t[i + 1:i + 4].isdigit() and not (i + 4 < n and is_digit(t[i + 4])):
            i += 4
    if i + 1 < n and t[i] == "." and is_digit(t[i + 1]):
        i += 1
        while i < n and is_digit(t[i]):
            i += 1
    return i


def split(text):
    """Tokens as (start, end) over the normalised text: numbers with sign, runs of letters, single Chinese characters,
    single other characters, runs of line breaks (with blanks between) as one token."""
    t = normalise(text)
    spans, i, n = [], 0, len(t)
    while i < n:
        c = t[i]
        if c == "\n":
            j, end = i, i
            while j < n and t[j] in "\n ":
                if t[j] == "\n":
                    end = j + 1
                j += 1
            spans.append((i, end))
            i = end
        elif c == " ":
            i += 1
        elif is_digit(c) or (c in "+-" and i + 1 < n and is_digit(t[i + 1]) and not (i and (is_digit(t[i - 1]) or is_letter(t[i - 1]) or t[i - 1] in ").%"))):
            j = scan_number(t, i if is_digit(c) else i + 1)
            spans.append((i, j))
            i = j
        elif is_letter(c):
            j = i
            while j < n and is_letter(t[j]):
                j += 1
            spans.append((i, j))
            i = j
        else:
            spans.append((i, i + 1))
            i += 1
    return t, spans


def fnv(text):
    h = 2166136261
    for byte in text.encode():
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return h


MAX_PHRASE = max(len(p) for item in LEXICONS.values() for p in item["phrases"])
WORDS, PHRASES = {}, {}
for name, item in LEXICONS.items():
    for word in item["words"]:
        WORDS.setdefault(word, []).append(FLAG[name + ".first"])
    for phrase in item["phrases"]:
        PHRASES.setdefault(phrase, []).append(name)

DATE = re.compile(r"(?:19|20)\d\d ?[-/.年] ?\d{1,2} ?[-/.月] ?\d{1,2}日?|\d{1,2}月\d{1,2}日|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d"
                  r"|\d{1,2}(?:st|nd|rd|th)?[ -](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:[ -](?:20)?\d\d(?!\d))?"
                  r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}(?:, ?20\d\d|(?![\d.]))")
TERM = re.compile(r"(?<![a-z0-9.])(?:fy ?'?(?:20)?\d\d(?:/\d\d)?(?:[-/](?:20)?\d\d)?[aefp]?|[1-4] ?q(?: ?fy)? ?'?(?:20)?\d\d[aefp]?|[12] ?h(?: ?fy)? ?'?(?:20)?\d\d[aefp]?|q[1-4](?: ?fy)?[ -]?'?(?:20)?\d\d[aefp]?"
                  r"|h[12](?: ?fy)?[ -]?'?(?:20)?\d\d[aefp]?|(?:3|6|9|8|7|11|10)m'?\d\d|20\d\d ?(?:q[1-4]|h[12])|(?:20)?\d\d[aefp](?![a-z])|[1-4]q(?![a-z0-9])|q[1-4](?![a-z0-9])|h[12](?![a-z0-9])|[12]h(?![a-z0-9]))"
                  r"|20\d\d(?:[-/~]20\d\d)?年(?:度|[一二三四]季度|第[一二三四]季度|上半年|下半年|前三季度|中期|\d{1,2}月(?!\d))?|20\d\d财年|\d{1,2}(?:-\d{1,2})?月份?(?!\d)|[12]\d年")


def shape(word):
    return "".join("9" if is_digit(c) else "X" if c.isupper() else "x" if is_letter(c) else c for c in word)


def features(text, drop=frozenset()):
    """Spans [(start, end)], hashes U32 [tokens, 4] (before the modulus) and flags bool [tokens, len(FLAGS)].

    `drop` holds words and phrases that the lexicons are to forget; only training uses it."""
    t, spans = split(text)
    low = t.lower() if len(t.lower()) == len(t) else "".join(c.lower() if len(c.lower()) == 1 else c for c in t)
    count = len(spans)
    hashes, flags = np.zeros((count, 4), np.uint32), np.zeros((count, len(FLAGS)), bool)
    words = [t[s:e] for s, e in spans]
    lows = [low[s:e] for s, e in spans]
    kinds = ["n" if w[0] == "\n" else "d" if is_digit(w[-1]) else "c" if is_cjk(w[0]) else "w" if is_letter(w[0]) else "o" for w in words]
    rows = set()
    lines, line = [], 0
    for i, (w, k) in enumerate(zip(words, kinds)):
        lines.append(line)
        if w == "|":
            rows.add(line)
        if k == "n":
            line += 1
    depth, cells = 0, 0
    for i, (start, end) in enumerate(spans):
        w, l, k, f = words[i], lows[i], kinds[i], flags[i]
        if w in OPEN:
            depth = 1
        elif w in CLOSE or k == "n":
            depth = 0
        begins = i == 0 or kinds[i - 1] == "n"
        if begins:
            cells = 0
        if w == "|":
            cells += 1
        # words
        if k == "d":
            digits = w.lstrip("+-")
            number = digits.replace(",", "")
            size = len(number.split(".")[0])
            year = number.isdigit() and size == 4 and "1980" <= number <= "2059" and digits == w
            name = "0Y" if year else "0#" + number if number.isdigit() and int(number) <= 12 and size <= 2 else "0" + shape(digits)
            before, after = shape(digits)[:3], str(min(size, 9)) + ("." if "." in number else "")
            f[FLAG["number"]] = True
            f[FLAG["signed"]] = digits != w
            f[FLAG["decimal"]] = "." in number
            f[FLAG["grouped"]] = "," in digits
            f[FLAG["year"]] = year
            if "." not in number and "," not in digits:
                f[FLAG["digits_1_2" if size <= 2 else f"digits_{size}" if size <= 6 else "digits_more"]] = True
            following = lows[i + 1] if i + 1 < count else ""
            f[FLAG["percent_after"]] = following == "%"
            f[FLAG["unit_after"]] = FLAG["unit.first"] in WORDS.get(following, ())
            previous = lows[i - 1] if i else ""
            f[FLAG["currency_before"]] = FLAG["currency.first"] in WORDS.get(previous, ())
        elif k == "c":
            name = w
            before = (words[i - 1] if i and kinds[i - 1] == "c" else "_") + w
            after = w + (words[i + 1] if i + 1 < count and kinds[i + 1] == "c" else "_")
        else:
            name, before, after = ("\n", "\n", "\n") if k == "n" else (l, l[:3], l[-3:])
        form = (shape(w[:1]) + shape(w[-1:]) + str(min(len(w), 6))) if k == "w" else k + ("" if k != "o" else w)
        neighbours = (kinds[i - 1] if i else "^") + form + (kinds[i + 1] if i + 1 < count else "$")
        for j, value in enumerate((name, before, after, neighbours)):
            hashes[i, j] = fnv(SEEDS[j] + value)
        # lists
        if l not in drop:
            for flag in WORDS.get(l, ()):
                if flag != FLAG["exchange.first"] or w[0].isupper():
                    f[flag] = True
        # forms
        f[FLAG["space_before"]] = i > 0 and spans[i - 1][1] < start
        f[FLAG["line_start"]] = begins
        f[FLAG["row"]] = lines[i] in rows
        f[FLAG["first_cell"]] = lines[i] in rows and cells == 0
        f[FLAG["first_line"]] = lines[i] == 0
        f[FLAG["opening_lines"]] = lines[i] < 4
        f[FLAG["in_brackets"]] = depth > 0
        f[FLAG["newline"]] = k == "n"
        f[FLAG["cjk"]] = k == "c"
        if k == "w":
            f[FLAG["capital"]] = w[0].isupper()
            f[FLAG["upper"]] = w.isupper() and len(w) > 1
            f[FLAG["upper_short"]] = w.isupper() and len(w) <= 5
        f[FLAG["after_dot"]] = i > 0 and words[i - 1] in ".:" and spans[i - 1][1] == start
        f[FLAG["before_dot"]] = i + 1 < count and words[i + 1] in ".:" and spans[i + 1][0] == end
    # Chinese phrases: per list the longest match from left to right within runs of Chinese characters
    i = 0
    while i < count:
        if kinds[i] != "c":
            i += 1
            continue
        j = i
        while j < count and kinds[j] == "c" and (j == i or spans[j - 1][1] == spans[j][0]):
            j += 1
        run = "".join(words[i:j])
        free = dict.fromkeys(NAMES, 0)
        for a in range(len(run)):
            for size in range(min(MAX_PHRASE, len(run) - a), 0, -1):
                phrase = run[a:a + size]
                if phrase in PHRASES and phrase not in drop:
                    for name in PHRASES[phrase]:
                        if free[name] <= a:
                            free[name] = a + size
                            flags[i + a, FLAG[name + ".first"]] = True
                            flags[i + a + 1:i + a + size, FLAG[name + ".more"]] = True
        i = j
    # the same capitalised word, or the same two Chinese characters, close by or in the first line
    places = {}
    for i, k in enumerate(kinds):
        pairs = []
        if k == "w" and len(words[i]) > 2 and words[i][0].isupper():
            pairs = [(lows[i], (i,))]
        elif k == "c" and i + 1 < count and kinds[i + 1] == "c" and spans[i][1] == spans[i + 1][0]:
            pairs = [(words[i] + words[i + 1], (i, i + 1))]
        for key, tokens_ in pairs:
            places.setdefault(key, []).append(tokens_)
    title = next((lines[i] for i, k in enumerate(kinds) if k != "n"), 0)
    for found in places.values():
        for n, group in enumerate(found):
            near = (n and group[0] - found[n - 1][0] <= NEAR) or (n + 1 < len(found) and found[n + 1][0] - group[0] <= NEAR)
            for i in group:
                flags[i, FLAG["repeated"]] |= bool(near)
                flags[i, FLAG["in_title"]] |= lines[found[0][0]] == title and len(found) > 1
    # dates and periods
    for pattern, flag in ((DATE, FLAG["date"]), (TERM, FLAG["period"])):
        at = 0
        for match in pattern.finditer(low):
            while at < count and spans[at][1] <= match.start():
                at += 1
            for k in range(at, count):
                if spans[k][0] >= match.end():
                    break
                flags[k, flag] = True
    return spans, hashes, flags
