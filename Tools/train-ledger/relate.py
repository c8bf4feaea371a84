"""Joins values to metrics, periods, changes and units by position alone, as docs/models/ledger.md says."""
import re

from lexicon import CODES, CURRENCIES, UNITS, is_cjk
from tokens import is_digit, is_letter, normalise

ENDS = ".!?;。！？；"


def longest(text, at, words):
    """Length of the longest of the words that stands at a place; a word that ends in a letter is not followed by one."""
    for word in words:
        if text.startswith(word, at):
            following = text[at + len(word):at + len(word) + 1]
            if not (is_letter(word[-1]) and following and is_letter(following)):
                return len(word)
    return 0


def unit_after(low, at):
    """(start, end) of the unit at a place, after a blank if need be, with a currency after the unit; None if there is none."""
    at += low[at:at + 1] == " "
    size = longest(low, at, UNITS)
    if not size:
        return None
    end = at + size
    if low[end:end + 1] == " ":
        more = longest(low, end + 1, CODES)
        end += 1 + more if more else 0
    return at, end


def currency_before(low, first, end):
    """(start, end) of the currency that ends at a place (a blank between does not matter), not before `first`."""
    while end > first and low[end - 1] in " (+-~":
        end -= 1
    for word in CURRENCIES:
        start = end - len(word)
        if start >= first and low.startswith(word, start) and not (is_letter(word[0]) and start > first and is_letter(low[start - 1])):
            return start, end
    return None


def row_unit(low, first, last):
    """The unit named in a cell or caption: the first place where a unit stands that no letter or digit precedes."""
    for at in range(first, last):
        before = low[at - 1:at] if at > first else ""
        if low[at] == " " or (before and (is_letter(before) or is_digit(before))) or (is_cjk(low[at]) and before and is_cjk(before)):
            continue
        size = longest(low, at, CURRENCIES)
        end = at + size + (low[at + size:at + size + 1] == " " if size else 0)
        more = longest(low, end, UNITS)
        if more and end + more <= last:
            return at, end + more
        if size and at + size <= last:
            return at, at + size
    return None


RELATIVE = re.compile("year (?:earlier|ago|before)|(?:same|prior|previous|corresponding) (?:period|quarter|year|half|month)|last year|上年|去年|前一年|上一年|上一?季度|同期")
BY_TIME = re.compile(r"^ (?:in|for|during|by|at|of|over)(?: the)? $")
OF = re.compile(r"^(?: ?(?:of|in|worth of)(?: (?:the|its|total|net|adjusted|record|in))?| ?的)? ?$")


class Layout:
    """Sentences, rows, columns and tables of a text."""

    def __init__(self, text):
        self.text = t = normalise(text)
        self.low = "".join(c.lower() if len(c.lower()) == 1 else c for c in t)
        self.lines, start = [], 0
        for line in t.split("\n"):
            self.lines.append((start, start + len(line)))
            start += len(line) + 1
        self.is_row = ["|" in t[a:b] for a, b in self.lines]
        self.line_of, self.sentence_of = [], []
        sentence, depth = 0, 0
        for n, (a, b) in enumerate(self.lines):
            depth = 0
            for i in range(a, b):
                depth = max(0, depth + (t[i] in "([") - (t[i] in ")]"))
                self.line_of.append(n)
                self.sentence_of.append(sentence)
                follows = t[i + 1:i + 2]
                if (t[i] in "!?。！？" or t[i] in ";；" and not depth) and not self.is_row[n] or t[i] == "." and (follows in ("", " ", "\n") or follows > "\u3000") and not t[max(0, i - 2):i + 1].lower() in ("vs.", " rs.", "rs.", "no.") and not (follows == " " and t[i + 2:i + 3].islower()):
                    sentence += 1
            self.line_of.append(n)
            self.sentence_of.append(sentence)
            if n + 1 < len(self.lines):
                c, d = self.lines[n + 1]
                ended = b > a and t[b - 1] in ENDS + ":："
                wrapped = not self.is_row[n] and not self.is_row[n + 1] and d > c and b > a and not ended and (t[c].islower() or (t[c] > "\u3400" and b - a >= 18 and t[b - 1] > "\u3000" or is_digit(t[c]) and b - a >= 40))
                if not wrapped:
                    sentence += 1
        self.table_of, table = [], -1
        for n, row in enumerate(self.is_row):
            if row and (n == 0 or not self.is_row[n - 1]):
                table += 1
            self.table_of.append(table if row else None)

    def column(self, position):
        a, _ = self.lines[self.line_of[position]]
        return self.text.count("|", a, position)


def unit_of(layout, start, end):
    """Spans of the currency before and the unit after the number at start..<end."""
    low = layout.low
    before = currency_before(low, layout.lines[layout.line_of[start]][0], start)
    after = unit_after(low, end + (low[end:end + 1] == ")"))
    return [span for span in (before, after) if span]


def pair_lists(run, first, second, passed=None):
    """Pairs by order where n entities of the one label are followed by n of the other (n >= 2); among these entities of the
    label `passed` do not count."""
    pairs, i = {}, 0
    while i < len(run):
        j = i
        while j < len(run) and run[j][2] == first:
            j += 1
        k = j
        while k < len(run) and run[k][2] in (second, passed):
            k += 1
        others = [e for e in run[j:k] if e[2] == second]
        if j - i >= 2 and len(others) == j - i:
            for one, other in zip(run[i:j], others):
                pairs.setdefault(other, one)
        i = max(j, i + 1)
    return pairs


def relate(text, entities, kinds):
    """Tuples of the entities [(start, end, label)]: dictionaries with spans of value, metric, period, change and unit, and
    the kind of the figure. `kinds` maps the start of a value to its kind."""
    layout = Layout(text)
    t = layout.text
    entities = sorted(e for e in entities if e[2] in ("metric", "period", "value", "change"))
    by_sentence, by_table = {}, {}
    for e in entities:
        line = layout.line_of[e[0]]
        if layout.is_row[line]:
            by_table.setdefault(layout.table_of[line], []).append(e)
        else:
            by_sentence.setdefault(layout.sentence_of[e[0]], []).append(e)
    tuples, last_period, last_metric = [], None, None
    used_changes = set()
    seen_sentences, seen_tables = set(), set()

    def between(a, b):
        return t[min(a[1], b[1]):max(a[0], b[0])]

    def in_table(group):
        nonlocal last_period
        line_of, column = lambda e: layout.line_of[e[0]], lambda e: layout.column(e[0])
        rows = {}
        for e in group:
            rows.setdefault(line_of(e), []).append(e)
        first_line = min(n for n, k in enumerate(layout.table_of) if k == layout.table_of[line_of(group[0])])
        for v in group:
            if v[2] != "value":
                continue
            n, c = line_of(v), column(v)
            row = rows[n]
            left = [e for e in row if e[2] == "metric" and e[0] < v[0]]
            above = lambda label: [e for m in sorted((m for m in rows if m < n), reverse=True) for e in rows[m] if e[2] == label]
            over = lambda label: next((e for e in above(label) if column(e) == c), None)
            name = left[-1] if left else over("metric") or next(iter(e for e in row if e[2] == "metric"), None) or next(iter(above("metric")), None)
            same = [e for e in row if e[2] == "period"]
            period = next((e for e in same if column(e) == c), None) or over("period") or (same[-1] if same else None) or next(iter(above("period")), None) or last_period
            unit = unit_of(layout, v[0], v[1])
            for source in (n, first_line):
                if not unit:
                    # the row's name, then the first cell of the table's first row
                    a, b = layout.lines[source]
                    a = name[1] if name and a <= name[1] <= b else a
                    stop = layout.low.find("|", a + (layout.low[a:a + 1] == "|"), b)
                    found = row_unit(layout.low, a, b if stop < 0 else stop)
                    unit = [found] if found else []
            tuples.append({"value": v[:2], "metric": name and name[:2], "period": period and period[:2], "unit": unit, "kind": kinds.get(v[0], "actual")})
            rest = [e for e in row if e[2] == "change" and e not in used_changes]
            if rest and v == [e for e in row if e[2] == "value"][-1]:
                tuples[-1]["change"] = rest[0][:2]
                used_changes.add(rest[0])
        for e in group:
            if e[2] == "period":
                last_period = e

    def in_sentence(group):
        nonlocal last_period, last_metric
        values = [e for e in group if e[2] == "value"]
        metrics = [e for e in group if e[2] == "metric"]
        periods = [e for e in group if e[2] == "period"]
        names = pair_lists([e for e in group if e[2] != "period"], "metric", "value", "change")
        dated = [e for e in group if e[2] in ("period", "value")]
        times = pair_lists(dated, "period", "value") or {v: p for p, v in pair_lists(dated, "value", "period").items()}
        numbers = [e for e in group if e[2] in ("value", "change")]
        taken = {}
        for p in [p for p in periods if RELATIVE.search(layout.low[p[0]:p[1]])]:
            # "a year earlier" speaks of one figure, the nearest; of none if that is a change
            near = min(numbers, key=lambda n: len(between(n, p)) + 15 * len(re.findall(r"[,，、;；]", between(n, p))), default=None)
            named = any(m[0] >= p[1] and t[p[1]:m[0]].strip(" 的") == "" for m in metrics)
            if near is not None and not named and (len(periods) + (last_period is not None) > 1 or len(values) > 1):
                taken[p] = near
                times.setdefault(near, p)
        free = [p for p in periods if p not in taken]
        for v in values:
            name = names.get(v)
            if name is None:
                before = [m for m in metrics if m[0] < v[0]]
                after = [m for m in metrics if m[0] > v[0]]
                unit_end = max([v[1]] + [u[1] for u in unit_of(layout, v[0], v[1])])
                close = after and OF.match(t[unit_end:after[0][0]]) and t[unit_end:after[0][0]].strip() and not any(v[1] <= o[0] < after[0][0] for o in values)
                name = after[0] if close else before[-1] if before else after[0] if after else last_metric
            period = times.get(v)
            if period is None and free:
                def cost(p):
                    low, high = (p, v) if p[0] < v[0] else (v, p)
                    others = sum(1 for o in values if low[0] < o[0] < high[0])
                    gap = between(p, v)
                    if p[0] > v[0] and BY_TIME.match(layout.low[max([v[1]] + [u[1] for u in unit_of(layout, v[0], v[1])]):p[0]]):
                        return -30
                    return len(gap) + 25 * others + (12 if p[0] > v[0] else 0) + 15 * len(re.findall(r"[,，、;(（]", gap)) * (p[0] > v[0]) - (20 if re.fullmatch(r"[ 的:：=(（]*", gap) else 0)
                period = min(free, key=cost)
            tuples.append({"value": v[:2], "metric": name and name[:2], "period": (period or last_period) and (period or last_period)[:2],
                           "unit": unit_of(layout, v[0], v[1]), "kind": kinds.get(v[0], "actual")})
        changes = [e for e in group if e[2] == "change"]
        own = {item["value"][0]: item for item in tuples if "value" in item}
        pairs = pair_lists([e for e in group if e[2] in ("value", "change")], "value", "change")
        for ch in changes:
            v = pairs.get(ch)
            if v is None and values:
                options = [o for o in values if "change" not in own[o[0]]]
                score = lambda o: len(between(o, ch)) + 40 * sum(1 for m in metrics if min(o[0], ch[0]) < m[0] < max(o[0], ch[0]))
                v = min(options, key=score) if options else None
                if v is not None and score(v) > 60:
                    v = None
            if v is not None:
                own[v[0]]["change"] = ch[:2]
            elif metrics:
                before = [m for m in metrics if m[0] < ch[0]]
                name, period = (before or metrics)[-1 if before else 0], periods[-1] if periods else last_period
                tuples.append({"metric": name[:2], "period": period and period[:2], "change": ch[:2]})
        if free:
            last_period = free[-1]
        if metrics:
            last_metric = metrics[-1]

    for e in entities:
        line = layout.line_of[e[0]]
        if layout.is_row[line]:
            table = layout.table_of[line]
            if table not in seen_tables:
                seen_tables.add(table)
                in_table(by_table[table])
        else:
            sentence = layout.sentence_of[e[0]]
            if sentence not in seen_sentences:
                seen_sentences.add(sentence)
                in_sentence(by_sentence[sentence])
    return sorted(tuples, key=lambda item: item.get("value", item.get("change")))
