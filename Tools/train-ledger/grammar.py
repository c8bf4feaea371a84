"""Reports from families of templates (families/*.txt), with the truth about them.

A family file has sections `## name` with one template per line; `## doc` holds layouts. In a template
`[a~b~]` chooses, `{slot}` is filled (see Writer.slot), `<name>` is one of the words of that name in
`families/LANGUAGE-words.txt`, `\\n` breaks the line. In a layout a word names a section of which
one template is taken: `name?` (half of the time), `name*1-3` (that many, different ones), `/` ends a line, `//` leaves
a blank one. Several tuples are numbered within a template: `{M1} rose {C1} to {V1} in {P1}`.
"""
import random
import re
from pathlib import Path

from figures import EN, EN_EXCHANGES, EN_MARKETS, EN_MONTHS, EN_RATINGS, RIC, ZH, ZH_RATINGS, Style, pick
from names import chinese_company, chinese_house, chinese_person, english_company, english_house, english_person

FOLDER = Path(__file__).with_name("families")


def parse_template(text, words):
    """Nested lists: strings, ("slot", name) and ("choice", [alternatives])."""
    def sequence(i, stops):
        parts, literal = [], ""
        while i < len(text) and text[i] not in stops:
            named = NAMED.match(text, i)
            if text[i] == "[":
                options = []
                while text[i] in "[~":
                    inner, i = sequence(i + 1, "~]")
                    options.append(inner)
                parts += [literal, ("choice", options)]
                literal, i = "", i + 1
            elif text[i] == "{":
                end = text.index("}", i)
                parts += [literal, ("slot", text[i + 1:end])]
                literal, i = "", end + 1
            elif named:
                parts += [literal, words[named.group(1)]]
                literal, i = "", named.end()
            else:
                literal += text[i]
                i += 1
        return parts + [literal], i
    return sequence(0, "")[0]


def read_words(language):
    """{name: choice} of a language's words; a line may name others that stand before it."""
    found = {}
    for line in (FOLDER / f"{language}-words.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, options = line.split(": ", 1)
            found[name] = parse_template("[" + options + "]", found)[1]
    return found


NAMED = re.compile("<([A-Za-z]+)>")
WORDS = {language: read_words(language) for language in ("en", "zh")}


def patterns(flat):
    """What is said in the sentences of a template with all choices made: lower case, every slot `{}`. Mere labels, one word
    and one slot, are left out."""
    masked = "".join(part if isinstance(part, str) else "{}" for part in flat).lower()
    found = [" ".join(sentence.split()).strip(" -•*·:,，：") for sentence in re.split(r"[.!?;。！？；\n](?= |$)|[。！？；\n]", masked)]
    return [sentence for sentence in found if said(sentence)]


def said(sentence):
    words = len(re.findall(r"[a-z]+", sentence)) + len(re.findall(r"[\u3400-\u9fff]", sentence)) // 2
    return words >= 2 or words and sentence.count("{}") >= 2


class Family:
    def __init__(self, path):
        self.name, self.sections, section = path.stem, {}, None
        self.language, self.split = self.name.split("-")[:2]
        for line in path.read_text().splitlines():
            if line.startswith("## "):
                section = self.sections.setdefault(line[3:].strip(), [])
            elif line.strip() and not line.startswith("# "):
                section.append(line.rstrip() if line.startswith("layout ") else line.strip().replace("\\n", "\n"))
        self.layouts = self.sections.pop("doc", [])
        self.templates = {name: [parse_template(t, WORDS[self.language]) for t in lines] for name, lines in self.sections.items()}

    def count(self):
        return sum(len(v) for v in self.sections.values())


def load(split):
    return [Family(p) for p in sorted(FOLDER.glob(f"*-{split}-*.txt"))]


class Writer:
    """Writes one document: text parts, entities and tuples."""

    def __init__(self, r, language, noise_words=()):
        self.r, self.language = r, language
        self.parts, self.length, self.entities, self.tuples = [], 0, [], []
        self.noise_words, self.disturbed = noise_words, pick(r, [0.0, 0.12, 0.3])
        self.patterns = []
        self.house = (english_house if language == "en" else chinese_house)(r)
        self.people = [(english_person if language == "en" else chinese_person)(r) for _ in range(2)]
        self.style = Style(r, language)
        self.last_period = None
        self.next_company()

    def next_company(self):
        r, en = self.r, self.language == "en"
        self.full, self.short = (english_company if en else chinese_company)(r)
        self.rating, self.old_rating = r.sample(EN_RATINGS if en else ZH_RATINGS, 2)
        if r.random() < 0.12:
            self.rating, self.old_rating = (self.rating.upper(), self.old_rating.upper())
        elif en and r.random() < 0.18:
            self.rating, self.old_rating = (self.rating.lower(), self.old_rating.lower())
        top = pick(r, [4, 30, 150, 900, 20000])
        decimals = 0 if top > 900 else pick(r, [0, 1, 2, 2, 2])
        price = r.uniform(top * 0.08, top)
        form = lambda v: f"{v:,.{decimals}f}" if decimals or v >= 10 else f"{v:.2f}"
        self.price = f"{price:,.{pick(r, [1, 2, 2, 2]) if top <= 900 else 0}f}"
        self.target, self.old_target = form(price * r.uniform(0.6, 1.8)), form(price * r.uniform(0.6, 1.8))
        while self.old_target == self.target:
            self.old_target = form(price * r.uniform(0.6, 1.8))
        if en:
            letters = "".join(pick(r, "ABCDEFGHIJKLMNOPRSTUVWXZ") for _ in range(pick(r, [2, 3, 3, 3, 4, 4, 5])))
            digits = pick(r, [f"{r.randint(1, 9999):04d}", str(r.randint(100, 9999)), f"{r.randint(1000, 9999)}", f"{r.randint(5, 390) * 1000 + r.randint(0, 99) * 10:06d}", f"{r.randint(600000, 605999)}"])
            self.ticker = digits if r.random() < 0.2 else letters
        else:
            code = pick(r, [f"600{r.randint(0, 999):03d}", f"601{r.randint(0, 999):03d}", f"603{r.randint(0, 999):03d}", f"000{r.randint(1, 999):03d}", f"002{r.randint(1, 999):03d}", f"300{r.randint(1, 999):03d}", f"688{r.randint(1, 799):03d}", f"301{r.randint(1, 599):03d}", f"605{r.randint(0, 599):03d}"])
            self.ticker = pick(r, [code, code, code, f"{r.randint(1, 9999):04d}", f"0{r.randint(1, 9999):04d}", f"{r.randint(1000, 9999)}", "".join(pick(r, "ABCDEFGHIJKLMNOPRSTUVWXZ") for _ in range(pick(r, [2, 3, 4, 4])))])

    def write(self, text, label=None, ids=(), kind=None, relative=False):
        start = self.length
        self.parts.append(text)
        self.length += len(text)
        if label:
            span = (start, self.length)
            if label != "unit":
                self.entities.append((*span, label))
            for item in ids:
                if label == "unit":
                    item.setdefault("unit", []).append(span)
                else:
                    item.setdefault(label, span)
                if kind:
                    item["kind"] = kind
            if label == "period" and not relative:
                self.last_period = span
        return self

    def unit(self, text, ids):
        bare = text.strip()
        if bare:
            at = text.index(bare)
            self.write(text[:at]).write(bare, "unit", ids).write(text[at + len(bare):])
        else:
            self.write(text)

    def priced(self, number, label, bare=False):
        s = self.style
        if bare:
            return self.write(number, label)
        if s.pence:
            return self.write(number, label).write("p" if s.r.random() < 0.8 else " pence"[0:0] + "p")._tag_last("currency")
        if s.suffix:
            code = s.prefix if self.language == "zh" else s.code
            return self.write(number, label).write(s.price_space if self.language == "zh" else " ").write(code, "currency")
        return self.write(s.prefix, "currency").write(s.price_space).write(number, label)

    def _tag_last(self, label):
        self.entities.append((self.length - len(self.parts[-1]), self.length, label))
        return self

    def ticker_and_exchange(self):
        r, t = self.r, self.ticker
        T = lambda: self.write(t, "ticker")
        X = lambda x: self.write(x, "exchange")
        kind = r.random()
        if self.language == "en":
            if kind < 0.34:
                T(), self.write(pick(r, [" ", " ", " ", "-", ":"])), X(pick(r, EN_EXCHANGES))
                if r.random() < 0.08:
                    self.write(" Equity")
            elif kind < 0.54:
                T(), self.write("."), X(pick(r, RIC))
            elif kind < 0.8:
                X(pick(r, EN_MARKETS)), self.write(pick(r, [": ", ":", ": ", " ", "-"])), T()
            elif kind < 0.86:
                self.write(pick(r, ["Bloomberg: ", "Ticker: ", "Reuters: ", "BBG: ", "RIC: "])), T(), self.write(pick(r, [" ", "."])), X(pick(r, EN_EXCHANGES))
            elif kind < 0.9:
                T(), self.write(", "), X(pick(r, EN_MARKETS))
            else:
                T()
            return
        if not t[0].isdigit():
            if kind < 0.5:
                X(pick(r, ["NASDAQ", "NYSE", "纳斯达克", "纽交所", "US", "Nasdaq", "美股"][:6])), self.write(pick(r, ["：", ":", ": "])), T()
            elif kind < 0.85:
                T(), self.write(pick(r, [".", " "])), X(pick(r, ["US", "O", "N", "US", "UW"]))
            else:
                T()
        elif len(t) == 6:
            if kind < 0.62:
                T(), self.write(pick(r, [".", ".", ".", " "])), X(pick(r, ["SH", "SZ", "SS", "CH", "SH", "SZ", "BJ"]))
            elif kind < 0.7:
                X(pick(r, ["SH", "SZ", "上交所", "深交所", "科创板", "创业板", "sh", "SSE"])), self.write(pick(r, ["：", ":", "", ": "])), T()
            else:
                T()
        elif kind < 0.66:
            T(), self.write(pick(r, [".", ".", " ", "-", " "])), X("HK")
        elif kind < 0.8:
            X(pick(r, ["港交所", "HK", "HKEX", "联交所", "SEHK", "港股"][:5])), self.write(pick(r, ["：", ":", ""])), T()
        else:
            T()

    def number(self):
        r = self.r
        return pick(r, [lambda: str(r.randint(2, 99)), lambda: f"{r.uniform(0.1, 99):.1f}", lambda: f"{r.randint(100, 9999):,}", lambda: f"{r.uniform(0.1, 9):.2f}"])()

    def slot(self, name, tuples, kinds):
        r, s, en = self.r, self.style, self.language == "en"
        match = re.fullmatch(r"([MPVBCUQ])([0-9,]+)([a-z]*)(?:\.(\w+))?", name)
        if match:
            letter, numbers, mark, _ = match.groups()
            keys = [int(k) for k in numbers.split(",")]
            ids = [tuples.setdefault(k, {}) for k in keys]
            kind = kinds.get(keys[0], "money")
            if letter == "M":
                text = s.metric(kind)
                if en and (not self.parts or self.parts[-1][-1:] in ("\n", "") or "".join(self.parts[-2:])[-2:] in (". ", "\n- ")) and r.random() < 0.9 or (en and mark == "u"):
                    text = text[0].upper() + text[1:]
                self.write(text, "metric", ids)
            elif letter == "P":
                text = s.before() if mark == "b" else s.period(mark == "e")
                if en and re.match(r"[a-z]+[ -](quarter|half|months|period|year)|year|half", text) and not re.match(r"(last|this|next|full|half)[ -]", text):
                    before = next((p for p in reversed(self.parts) if p), "")
                    if (mark == "b" or before.endswith((" in ", " for ", " of ", " during ", " over ", " to ", " from ", " with ", " vs ", " at "))) and not before.endswith("the ") and r.random() < 0.85:
                        self.write("the ")
                if en and (mark == "u" or not self.parts or "".join(self.parts[-2:])[-1:] in ("\n", "")):
                    text = text[0].upper() + text[1:]
                self.write(text, "period", ids, relative=mark == "b")
                self.main_period = self.main_period or (None if mark == "b" else ids[0]["period"])
            elif letter in "VB":
                value_kind = {"e": "estimate", "k": "consensus"}.get(mark, "actual")
                family = self.aliases.get(keys[0], keys[0])
                before, number, after = s.figure(kind)
                if family in self.figures and r.random() < 0.85:
                    before, base, after = self.figures[family]
                    decimals = len(base.split(".")[1]) if "." in base else 0
                    number = f"{float(base.replace(',', '')) * r.uniform(0.75, 1.3):,.{decimals}f}"
                    number = number if "," in base or len(base) < 4 else number.replace(",", "")
                self.figures[family] = (before, number, after)
                if letter == "B":
                    before = after = ""
                    ids[0]["bare"] = True
                self.unit(before, ids)
                if r.random() < 0.012 and kind in ("money", "ps"):
                    number = "-" + number
                self.write(number, "value", ids, kind=value_kind)
                self.unit(after, ids)
            elif letter == "C":
                number, after = s.change()
                if mark in ("s", "d"):
                    number = pick(r, ["+", "+", "-"]) + number
                if kind == "macro" and not after.startswith(("%", " per", "pc", "％")):
                    after = s.per_cent
                self.write(number, "change", ids)
                self.write("" if mark == "n" else after)
            elif letter == "U":
                before, _, after = s.figure(kind)
                self.unit((before.strip() + (" " if before.strip() and after.strip() and r.random() < 0.6 else "") + after.strip()).strip() or "%", ids)
            return
        if name == "c":
            self.write(self.full, "company")
        elif name == "cs":
            self.write(self.short, "company")
        elif name == "ca":
            self.write(self.full if r.random() < 0.4 else self.short, "company")
        elif name == "t":
            self.write(self.ticker, "ticker")
        elif name == "TX":
            self.ticker_and_exchange()
        elif name == "x":
            self.write(pick(r, EN_MARKETS + EN_EXCHANGES if en else ["上交所", "深交所", "港交所", "NASDAQ", "NYSE", "HK", "SH", "SZ", "纳斯达克", "纽交所"]), "exchange")
        elif name in ("an", "an2"):
            self.write(self.people[name == "an2"], "analyst")
        elif name == "br":
            self.write(self.house, "broker")
        elif name == "nbr":
            self.house = (english_house if en else chinese_house)(r)
            self.write(self.house, "broker")
        elif name in ("r", "pr"):
            text, label = (self.rating, "rating") if name == "r" else (self.old_rating, "previous_rating")
            quote = pick(r, [("", "")] * 7 + ([("'", "'"), ('"', '"'), ("“", "”")] if en else [("“", "”"), ("「", "」"), ("“", "”")]))
            self.write(quote[0]).write(text, label).write(quote[1])
        elif name in ("rq", "prq"):
            self.write(self.rating if name == "rq" else self.old_rating, "rating" if name == "rq" else "previous_rating")
        elif name in ("TP", "PTP", "PX", "TPn", "PTPn", "PXn"):
            base = name.rstrip("n")
            number, label = {"TP": (self.target, "target_price"), "PTP": (self.old_target, "previous_target"), "PX": (self.price, "current_price")}[base]
            self.priced(number, label, name.endswith("n"))
        elif name == "CUR":
            self.write(s.code if en else s.prefix, "currency")
        elif name == "PD":
            self.write(s.day(), "price_date")
        elif name == "D":
            self.write(s.day())
        elif name == "OC":
            self.write(pick(r, (english_company if en else chinese_company)(r)))
        elif name == "OP":
            self.write((english_person if en else chinese_person)(r))
        elif name == "OBR":
            self.write((english_house if en else chinese_house)(r))
        elif name == "N":
            self.write(self.number())
        elif name == "PCT":
            self.write(f"{r.uniform(0.1, 60):.{pick(r, [0, 1, 1, 2])}f}" + s.per_cent)
        elif name == "YR":
            self.write(str(r.randint(1985, 2024)))
        elif name == "MON":
            self.write(pick(r, EN_MONTHS) if en else f"{r.randint(1, 12)}月")
        elif name == "OM":
            before, number, after = s.figure("money")
            self.write(before + number + after)
        elif name == "OPX":
            entity = len(self.entities)
            self.priced(f"{r.uniform(1, 300):,.2f}", "current_price")
            del self.entities[entity:]
        elif name == "LVL":
            self.write(pick(r, [f"{r.uniform(800, 45000):,.0f}", f"{r.uniform(800, 45000):,.2f}", f"{r.uniform(800, 9000):.0f}"]))
        elif name == "PHONE":
            self.write(pick(r, [lambda: f"+{r.randint(1, 99)} {r.randint(10, 999)} {r.randint(100, 9999)} {r.randint(1000, 9999)}", lambda: f"({r.randint(10, 999)}) {r.randint(1000, 9999)} {r.randint(1000, 9999)}", lambda: f"0{r.randint(10, 999)}-{r.randint(1000000, 99999999)}", lambda: f"1{r.randint(3000000000, 9999999999)}", lambda: f"{r.randint(200, 999)}-{r.randint(200, 999)}-{r.randint(1000, 9999)}"])())
        elif name == "LIC":
            self.write(pick(r, [f"S{r.randint(1000000000000, 9999999999999)}", f"{pick(r, ['ABC', 'AXT', 'BGK', 'BPL'])}{r.randint(100, 999)}"]))
        elif name == "NEXT":
            self.next_company()
        elif name == "TABLE":
            self.table()
        else:
            raise ValueError(f"no slot {name}")

    def table(self):
        """Rows `cell | cell`: metrics down and periods across, or the other way."""
        r, s, en = self.r, self.style, self.language == "en"
        columns = r.randint(2, 5)
        first = s.year - r.randint(0, 2)
        form = pick(r, ["a", "fy", "q", "bare", "cn"])
        estimates = r.randint(0, columns)
        periods = []
        for i in range(columns):
            late = i >= columns - estimates
            y, m = first + i, ("E" if late else "A")
            if form == "bare":
                periods.append((str(y) if en or r.random() < 0.5 else f"{y}年", False if not late else True))
            elif form == "fy":
                periods.append((f"FY{y % 100:02d}" + (m if r.random() < 0.7 or late else ""), late))
            elif form == "q":
                q = (first * 4 + i) % 4 + 1
                periods.append((pick(r, [f"{q}Q{first % 100:02d}", f"Q{q} {first}", f"{q}Q{first % 100:02d}"]) if en else pick(r, [f"{first}Q{q}", f"{q}Q{first % 100:02d}", f"{first % 100:02d}Q{q}"]), late))
            elif form == "cn" and not en:
                periods.append((f"{y}年" + ("E" if late and r.random() < 0.5 else ""), late))
            else:
                periods.append((f"{y}{m}" if r.random() < 0.8 or late else str(y), late))
        pipe = pick(r, [" | ", " | ", " | ", "|", " |"])
        unit_in_header = r.random() < 0.5
        head_unit = None
        names, rows = EN if en else ZH, []
        used = set()
        for _ in range(r.randint(2, 6)):
            kind = pick(r, ["money"] * 6 + ["pct", "pct", "ps", "x", "vol", "growth"])
            name = s.metric("money" if kind == "growth" else kind) if kind != "growth" else pick(r, ["yoy (%)", "growth, %", "% change", "YoY", "growth (%)"] if en else ["同比（%）", "增长率(%)", "YoY", "同比增长", "增速（%）"])
            if name not in used or kind == "growth":
                used.add(name)
                rows.append((name, kind))
        if rows[0][1] == "growth":
            rows = rows[1:] or [("Revenue" if en else "营业收入", "money")]
        edge = r.random() < 0.15
        lead = "| " if edge else ""
        header_items = [{} for _ in periods]
        money_unit = pick(r, [f"{s.code} m", f"{s.code}m", f"{s.code} mn", f"{s.code} bn", f"({s.code} million)", f"{s.prefix}m", f"in {s.code} m"] if en else ["百万元", "亿元", "单位：百万元", "（百万元）", "人民币百万元", "单位：亿元", "RMB mn", "百万港元", "会计年度（百万元）", "万元"])
        self.write(lead)
        by_value = [[{} for _ in rows] for _ in periods]
        if unit_in_header:
            core = re.sub(r"^(单位：|in |（|\(|会计年度（)|(）|\))$", "", money_unit)
            at = money_unit.index(core)
            ids = [by_value[i][j] for i in range(columns) for j, (_, k) in enumerate(rows) if k == "money"]
            self.write(money_unit[:at]).write(core, "unit", ids).write(money_unit[at + len(core):])
        elif r.random() < 0.6:
            self.write(pick(r, ["", "Year to Dec", "Key figures", "Summary", "Y/E December", "Financials"] if en else ["", "财务摘要", "项目", "主要指标", "盈利预测", "指标"]))
        for i, (text, _) in enumerate(periods):
            self.write(pipe if i or self.parts[-1] or True else "").write(text, "period", [by_value[i][j] for j, (_, k) in enumerate(rows) if k != "growth"])
        columns_after = pick(r, [None, None, None, "change"])
        if columns_after:
            self.write(pipe + pick(r, ["chg", "Change", "yoy", "% chg", "y/y"] if en else ["同比", "变动", "增减", "YoY"]))
        for j, (name, kind) in enumerate(rows):
            self.write("\n" + lead)
            ids = [by_value[i][j] for i in range(columns)]
            if kind == "growth":
                self.write(name)
                for i in range(columns):
                    self.write(pipe).write(pick(r, ["", "", "-", "+"]) + f"{r.uniform(0.1, 60):.1f}", "change").write(pick(r, ["", "", "%"]))
                continue
            self.write(name, "metric", ids)
            before, _, after = s.figure(kind)
            in_name = not (unit_in_header and kind == "money") and r.random() < 0.55
            unit_text = (before.strip() + after.strip()) if kind != "money" else re.sub(r"^(单位：|in |（|\(|会计年度（)|(）|\))$", "", money_unit)
            if in_name and unit_text:
                opening, closing = pick(r, [(" (", ")"), (", ", ""), ("(", ")")] if en else [("（", "）"), ("(", ")"), ("/", "")])
                self.write(opening).write(unit_text, "unit", ids).write(closing)
            digits = pick(r, [0, 1, 1, 2]) if kind != "ps" else 2
            base = {"money": pick(r, [30, 900, 20000]), "pct": 40, "ps": 4, "x": 30, "vol": 500}[kind]
            if kind == "money" and base == 20000:
                digits = 0
            commas = r.random() < 0.75
            for i in range(columns):
                number = f"{r.uniform(0.4, 1.6) * base:,.{digits}f}"
                if not commas:
                    number = number.replace(",", "")
                self.write(pipe)
                opens = r.random() < 0.03
                self.write("(" if opens else "")
                self.write(number, "value", [ids[i]], kind="estimate" if periods[i][1] else "actual")
                self.write(")" if opens else "")
                if not in_name and kind in ("pct", "x") and r.random() < 0.8:
                    self.write("%" if kind == "pct" else "x", "unit", [ids[i]])
            if columns_after:
                self.write(pipe).write(pick(r, ["", "", "-", "+"]) + f"{r.uniform(0.1, 60):.1f}", "change", [ids[-1]]).write(pick(r, ["%", "%", ""]))
        for i in range(columns):
            for item in by_value[i]:
                if "value" in item:
                    self.tuples.append(item)

    def flatten(self, parts, out):
        for part in parts:
            if isinstance(part, str):
                if part:
                    out.append(part)
            elif part[0] == "choice":
                self.flatten(pick(self.r, part[1]), out)
            else:
                out.append(part)
        return out

    def template(self, parts):
        flat = self.flatten(parts, [])
        tuples, kinds = {}, {}
        for part in flat:
            if not isinstance(part, str):
                match = re.fullmatch(r"M([0-9,]+)[a-z]*(?:\.(\w+))?", part[1])
                if match:
                    kind = match.group(2) or "money"
                    kind = pick(self.r, ["money", "money", "pct", "ps", "vol"]) if kind == "any" else kind
                    for key in match.group(1).split(","):
                        kinds[int(key)] = kind
        # a figure without a metric of its own belongs to the metric that stands before it
        sources, last = {}, None
        slots = [m.groups() for p in flat if not isinstance(p, str) for m in [re.fullmatch(r"([MPVBCU])([0-9,]+)[a-z]*(?:\.\w+)?", p[1])] if m]
        named = {int(k) for letter, keys in ((a, b.split(",")) for a, b in slots) if letter == "M" for k in keys}
        for letter, keys in slots:
            for key in map(int, keys.split(",")):
                if letter == "M":
                    last = key
                elif letter in "VBC" and key not in named and key not in sources:
                    sources[key] = last or next(iter(named), None)
        self.aliases, self.figures = {k: v for k, v in sources.items() if v is not None}, {}
        for key, source in self.aliases.items():
            kinds[key] = kinds.get(source, "money")
        self.patterns += patterns(flat)
        if self.language == "en" and flat and isinstance(flat[0], str) and flat[0][0].islower() and self.r.random() < 0.85:
            flat[0] = flat[0][0].upper() + flat[0][1:]
        period, self.main_period = self.last_period, None
        for part in flat:
            if isinstance(part, str):
                if self.noise_words and self.r.random() < self.disturbed:
                    part = self.disturb(part)
                self.write(part)
            else:
                self.slot(part[1], tuples, kinds)
        for key, source in self.aliases.items():
            if key in tuples and source in tuples:
                for role in ("metric", "period", "unit"):
                    if role in tuples[source] and (role != "unit" or "bare" in tuples[key]):
                        tuples[key].setdefault(role, tuples[source][role])
        for item in tuples.values():
            if "period" not in item and (self.main_period or period) and not (item.get("kind") is None):
                item["period"] = self.main_period or period
            if "value" in item or "change" in item:
                self.tuples.append(item)

    def disturb(self, text):
        """One word of the fixed text becomes another or another slips in, so that no wording is a certain sign."""
        r = self.r
        if self.language == "zh":
            runs = [m.span() for m in re.finditer(r"[\u3400-\u9fff]+", text)]
            if not runs:
                return text
            start, end = pick(r, runs)
            at = r.randint(start, end - 1)
            return text[:at] + pick(r, self.noise_words) + text[at + pick(r, [0, 1, 2, 2]):] if end - at > 2 or r.random() < 0.5 else text
        words = text.split(" ")
        i = r.randrange(len(words))
        if words[i].isalpha():
            words[i] = pick(r, self.noise_words) + (" " + words[i] if r.random() < 0.3 else "")
        return " ".join(words)

    def document(self, families, layout):
        """One layout; each section comes from one of the families that have it."""
        glue = " " if self.language == "en" else ""
        after_break = True
        for word in layout.split():
            if word == "/" or word == "//":
                if not after_break:
                    self.write("\n" if word == "/" else "\n\n")
                after_break = True
                continue
            low = high = 1
            separator = glue
            if word.endswith("+"):
                word, separator = word[:-1], "\n"
            elif "+*" in word:
                word, separator = word.replace("+*", "*"), "\n"
            if "*" in word:
                word, span = word.split("*")
                low, high = map(int, span.split("-")) if "-" in span else (int(span), int(span))
            elif word.endswith("?"):
                word, low = word[:-1], 0
            pool = [t for f in families for t in f.templates.get(word, ())] or ([[("slot", "TABLE")]] if word == "TABLE" else [])
            if not pool:
                raise ValueError(f"no section {word} in {[f.name for f in families]}")
            count = min(self.r.randint(low, high), len(pool))
            for parts in self.r.sample(pool, count):
                if not after_break:
                    self.write(separator)
                self.template(parts)
                after_break = False
        return "".join(self.parts), sorted(self.entities), self.tuples


def write_report(seed, families, mixed=(), noise_words=()):
    """Text, entities, tuples and the writer of the report that belongs to the seed."""
    r = random.Random(seed)
    family = pick(r, families)
    layout = pick(r, family.layouts)
    sources = [family]
    if mixed and r.random() < 0.35:
        sections = {re.sub(r"[?*+].*", "", w) for w in layout.split()}
        same = [f for f in mixed if f.language == family.language]
        if all(any(s in f.templates for f in same) for s in sections if s not in ("/", "//", "TABLE")):
            sources = same
    writer = Writer(r, family.language, noise_words)
    text, entities, tuples = writer.document(sources, layout)
    return text, entities, tuples, writer
