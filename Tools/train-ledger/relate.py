"""Joins values to metrics, periods, changes and units by position alone, as docs/models/ledger.md says."""
import re

from tokens import FLAG, WORDS, is_digit, normalise, split

ENDS = ".!?;。！？；"
UNIT_WORD, CURRENCY_WORD = FLAG["unit.first"], FLAG["currency.first"]
CJK_UNITS = sorted("亿元人民币 亿人民币 万亿元 亿美元 亿港元 百万港元 百万美元 百万元 千万元 元人民币 亿元 万元 万亿 百万 亿 万 个百分点 百分点 个基点 基点 倍 元/股 元/吨 元/平方米 元/方 万吨 百万吨 亿吨 吨 万辆 辆 万台 台 万套 套 家 座 万户 户 亿人 万人 人次 亿件 件 亿股 万股 万平方米 万标箱 盎司 亿千瓦时 亿立方米 亿方 天 架 张 片 港仙 港元 美元 日元 欧元 元 分 仙".split(), key=len, reverse=True)
UNIT = re.compile(r" ?(?:%|[a-z$€£]{0,3}/(?:t|oz|bbl|boe|lb)\b|(?:%s)|(?:bn|billion|mn|mln|million|bln|trillion|tn|crore|lakh|thousand|per cent|percent|percentage points|basis points|bps|bp|ppts|ppt|pp|times|koz|oz|kt|mt|m tonnes|million tonnes|tonnes|boe|kboepd|kbpd|barrels|units|stores|clinics|rooms|vehicles|days|cases|wafers|flights|gwh|mwh|twh|gw|mw|teu|cents|pence|pc|m|b|k|x|p|c)(?![a-z]))(?: (?:yuan|euros|dollars|pounds|won|yen|usd|eur|hkd|rmb|cny|inr|huf|gbp|jpy|krw|chf|sek|nok|dkk|pln|czk|brl|mxn|zar|idr|thb|myr|twd|sgd|aud|cad)(?![a-z]))?" % "|".join(CJK_UNITS))
MONEY = re.compile(r"(?:us\$|hk\$|nt\$|a\$|c\$|s\$|r\$|\$|€|£|¥|₹|(?<![a-z])(?:usd|hkd|rmb|cny|cnh|eur|gbp|jpy|krw|inr|rs\.?|aud|cad|sgd|twd|chf|sek|nok|dkk|huf|pln|czk|brl|rm|mxn|zar|idr|thb|myr|w|php)|人民币|港元|港币|美元) ?$")
ROW_UNIT = re.compile(r"(?:[\(（,，/：:] ?|\b)((?:(?:usd|hkd|rmb|cny|eur|gbp|jpy|krw|inr|rs|aud|cad|sgd|twd|chf|sek|nok|dkk|huf|pln|czk|brl|mxn|zar|idr|thb|myr|us\$|hk\$|a\$|\$|€|£|₹|¥|人民币) ?)?(?:%%|bn|billion|million|mn|mln|m\b|crore|x\b|p\b|%s))" % "|".join(CJK_UNITS))
OF = re.compile(r"^(?: ?(?:of|in|worth of)(?: (?:the|its|total|net|adjusted|record|in))?| ?的)? ?$")


class Layout:
    """Sentences, rows, columns and tables of a text."""

    def __init__(self, text):
        self.text = t = normalise(text)
        self.lines, start = [], 0
        for line in t.split("\n"):
            self.lines.append((start, start + len(line)))
            start += len(line) + 1
        self.is_row = ["|" in t[a:b] for a, b in self.lines]
        self.line_of, self.sentence_of = [], []
        sentence = 0
        for n, (a, b) in enumerate(self.lines):
            for i in range(a, b):
                self.line_of.append(n)
                self.sentence_of.append(sentence)
                follows = t[i + 1:i + 2]
                if t[i] in "!?;。！？；" and not self.is_row[n] or t[i] == "." and (follows in ("", " ", "\n") or follows > "\u3000") and not t[max(0, i - 2):i + 1].lower() in ("vs.", " rs.", "rs.", "no.") and not (follows == " " and t[i + 2:i + 3].islower()):
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
    """Spans of currency before and unit after the number at start..<end."""
    t, spans = layout.text, []
    low = t.lower()
    if len(low) != len(t):
        low = t
    a = layout.lines[layout.line_of[start]][0]
    head = low[max(a, start - 6):start].rstrip("(+-~约 ")
    match = MONEY.search(low[max(a, start - 6):start] if low[start - 1:start] not in "(+-" else head)
    if match and start:
        base = max(a, start - 6)
        text = match.group().rstrip()
        spans.append((base + match.start(), base + match.start() + len(text)))
    at = end + (t[end:end + 1] == ")")
    match = UNIT.match(low, at)
    if match and match.group().strip():
        text = match.group()
        spans.append((at + len(text) - len(text.lstrip()), at + len(text)))
    return spans


def pair_lists(run, first, second):
    """Pairs by order where n entities of the one label are followed by n of the other (n >= 2)."""
    pairs, i = {}, 0
    labels = [e[2] for e in run]
    while i < len(run):
        if labels[i] == first:
            j = i
            while j < len(run) and labels[j] == first:
                j += 1
            k = j
            while k < len(run) and labels[k] == second:
                k += 1
            if j - i >= 2 and k - j == j - i:
                for n in range(j - i):
                    pairs[run[j + n]] = run[i + n]
            i = max(j, i + 1)
        else:
            i += 1
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
            same = [e for e in row if e[2] == "period" and (column(e) == c or not left or True)]
            period = next((e for e in same if column(e) == c), None) or over("period") or (same[-1] if same else None) or next(iter(above("period")), None) or last_period
            unit = unit_of(layout, v[0], v[1])
            for source in (n, first_line):
                if not unit and (source != first_line or source < n):
                    a, b = layout.lines[source]
                    low = t[a:b].lower()
                    match = ROW_UNIT.search(low, name[1] - a if name and source == n and a <= name[1] <= b else 0)
                    limit = low.find("|", low.find("|") + 1) if source == first_line and source != n else low.find("|", name[1] - a if name and a <= name[1] <= b else 0)
                    if match and (limit < 0 or match.start() <= limit):
                        unit = [(a + match.start(1), a + match.end(1))]
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
        names = pair_lists([e for e in group if e[2] in ("metric", "value")], "metric", "value")
        times = pair_lists([e for e in group if e[2] in ("period", "value")], "period", "value")
        for v in values:
            name = names.get(v)
            if name is None:
                before = [m for m in metrics if m[0] < v[0]]
                after = [m for m in metrics if m[0] > v[0]]
                unit_end = max([v[1]] + [u[1] for u in unit_of(layout, v[0], v[1])])
                close = after and OF.match(t[unit_end:after[0][0]]) and t[unit_end:after[0][0]].strip() and not any(v[1] <= o[0] < after[0][0] for o in values)
                name = after[0] if close else before[-1] if before else after[0] if after else last_metric
            period = times.get(v)
            if period is None and periods:
                def cost(p):
                    low, high = (p, v) if p[0] < v[0] else (v, p)
                    others = sum(1 for o in values if low[0] < o[0] < high[0])
                    gap = between(p, v)
                    return len(gap) + 25 * others + (12 if p[0] > v[0] else 0) + 15 * len(re.findall(r"[,，、;(（]", gap)) * (p[0] > v[0]) - (20 if re.fullmatch(r"[ 的:：=(（]*", gap) else 0)
                period = min(periods, key=cost)
            tuples.append({"value": v[:2], "metric": name and name[:2], "period": (period or last_period) and (period or last_period)[:2],
                           "unit": unit_of(layout, v[0], v[1]), "kind": kinds.get(v[0], "actual")})
        changes = [e for e in group if e[2] == "change"]
        own = {item["value"][0]: item for item in tuples}
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
        if periods:
            last_period = periods[-1]
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
