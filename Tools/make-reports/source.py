"""Reads a document's source (documents/NAME.txt) into blocks of runs; README.md describes the notation."""
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

PERIOD = r"(?:\d{4}(?:FY|H[12]|Q[1-4]|M\d+)E?|\d{4}-\d\d-\d\dE?)"
SCALES = (("trillion", 1e12), ("billion", 1e9), ("million", 1e6), ("thousand", 1e3), ("cents", 0.01), ("pence", 0.01), ("p", 0.01), ("万亿", 1e12), ("百万", 1e6), ("千万", 1e7),
          ("亿", 1e8), ("万", 1e4), ("千", 1e3), ("bn", 1e9), ("mn", 1e6), ("m", 1e6), ("k", 1e3))
CURRENCIES = (("US$", "USD"), ("HK$", "HKD"), ("A$", "AUD"), ("S$", "SGD"), ("NT$", "TWD"), ("港元", "HKD"), ("港币", "HKD"), ("美元", "USD"), ("RMB", "CNY"),
              ("人民币", "CNY"), ("CNY", "CNY"), ("USD", "USD"), ("HKD", "HKD"), ("EUR", "EUR"), ("GBP", "GBP"), ("€", "EUR"), ("£", "GBP"),
              ("¥", "CNY"), ("￥", "CNY"), ("元", "CNY"), ("$", "USD"))
RATINGS = {"buy": "buy outperform overweight accumulate add 买入 增持 推荐 强烈推荐 跑赢行业",
           "hold": "hold neutral equal-weight market-perform 持有 中性 观望 谨慎增持",
           "sell": "sell underperform underweight reduce 卖出 减持 回避 跑输行业"}
NUMBER = re.compile(r"[-+−–]?\(?[-+−–]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")


class SourceError(Exception):
    pass


@dataclass
class Mark:
    kind: str               # "field", "metric" or "change"
    name: str
    period: str = None
    estimate: bool = False
    unit: str = None
    scale: float = None     # of a table's cell
    value: object = None
    also: tuple = ()
    table: bool = False


@dataclass
class Run:
    text: str
    id: str = None
    bold: bool = False
    sup: bool = False
    mark: Mark = None
    breaks: bool = False    # a forced new line, no text


@dataclass
class Cell:
    runs: list
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    text: str = ""


@dataclass
class Row:
    cells: list
    options: dict
    head: bool = False


@dataclass
class Table:
    rows: list
    keys: list              # what each column holds
    options: dict
    head: int = 1
    continues: bool = False


@dataclass
class Block:
    kind: str               # heading, paragraph, item, caption, footnote, table, region, page, chart, signature
    runs: list = field(default_factory=list)
    level: int = 0
    label: str = ""         # of a list item
    table: Table = None
    region: str = ""
    data: dict = field(default_factory=dict)


def options_of(text):
    """`a=1; b; c=x y` as a dictionary."""
    found = {}
    for part in filter(None, (p.strip() for p in (text or "").split(";"))):
        key, _, value = part.partition("=")
        found[key.strip()] = value.strip() if "=" in part else True
    return found


def number_in(text):
    """The first number in `text`, with its sign, or None."""
    found = NUMBER.search(text)
    if not found:
        return None
    raw = found.group()
    closed = "(" in raw and ")" in text or re.search(r"[(（]\s*(?:[A-Z$]+)?" + re.escape(raw.strip("(")) + r"%?[)）]", text)
    value = float(re.sub(r"[^\d.]", "", raw))
    return -value if closed or raw[0] in "-−–" or raw[1:2] in ("-", "−") else value


def scale_in(text):
    """The scale that the words around a number state, or None."""
    rest = text[NUMBER.search(text).end():].strip(" \u00a0)").lower() if NUMBER.search(text) else ""
    for word, scale in SCALES:
        if rest.startswith(word) and not re.match(r"[a-z]", rest[len(word):]):
            return scale
    return None


def currency_in(text):
    for word, code in CURRENCIES:
        if word in text:
            return code
    return None


def unit_in(text):
    """The unit that the text of a value states, or None."""
    if "%" in text or "％" in text:
        return "percent"
    if re.search(r"\d\s*(bps?|basis points?)\b|基点", text):
        return "basis_points"
    if re.search(r"\d\s*x\b|\dx|倍|\btimes\b", text):
        return "times"
    return currency_in(text)


def decimals_in(text):
    found = NUMBER.search(text)
    return len(found.group().partition(".")[2]) if found else 0


def grouped(value, decimals, negative="paren"):
    body = f"{abs(value):,.{decimals}f}"
    if value < 0 and float(body.replace(",", "")) != 0:
        return f"({body})" if negative == "paren" else f"-{body}"
    return body


class Document:
    def __init__(self, path):
        self.path, self.name = Path(path), Path(path).stem
        self.head, self.blocks, self.also = {}, [], {}
        self.values = {}        # (name, period) -> value in base units, from tables
        self.changes = {}       # (name, period) -> (value, unit)
        self.count = 0
        head, _, body = self.path.read_text(encoding="utf-8").partition("\n---\n")
        for line in head.splitlines():
            if not line.strip() or line.startswith("//"):
                continue
            key, equals, value = line.partition("=")
            if not equals:
                raise SourceError(f"{self.path.name}: a line of the head without =: {line}")
            key, value = key.strip(), value.strip()
            if key.startswith("also "):
                self.also[key[5:].strip()] = [v.strip() for v in value.split(";")]
            else:
                self.head[key] = value
        self.style = options_of(self.head.get("style", "").replace(":", "="))
        self.named = []         # strings that are fields wherever they stand
        for key in ("company", "ticker", "analyst"):
            for form in filter(None, (v.strip() for v in self.head.get(key, "").split(";"))):
                self.named.append((form, key))
        self.named.sort(key=lambda pair: -len(pair[0]))
        if self.head.get("quotes") == "curly":
            body = re.sub(r'"([^"\n]*)"', "“\\1”", body).replace("'", "’")
        lines = body.splitlines()
        for table in self.tables_first(lines):
            self.evaluate(table)
        self.read(lines)

    def fail(self, why):
        raise SourceError(f"{self.path.name}: {why}")

    # Tables are read before the text, which may quote their values.
    def tables_first(self, lines):
        self.parsed, at = {}, 0
        while at < len(lines):
            if lines[at].startswith("table"):
                end = next((k for k in range(at, len(lines)) if lines[k].strip() == "end"), None)
                if end is None:
                    self.fail(f"a table without end: {lines[at]}")
                self.parsed[at] = (self.grid(lines[at + 1:end], options_of(lines[at][5:])), end)
                at = end
            at += 1
        return [t for t, _ in self.parsed.values()]

    def grid(self, lines, options):
        keys = ["."]
        rows, split = [], []
        for line in lines:
            if not line.strip():
                continue
            if line.startswith("cols:"):
                keys = line[5:].split()
                keys = [k.replace("_", " ") for k in keys]
                continue
            if line.strip() == "split":
                split.append(len(rows))
                continue
            row_options = {}
            found = re.match(r"\[([^\]]*)\]\s*", line)
            if found:
                row_options, line = options_of(found.group(1)), line[found.end():]
            rows.append((row_options, [c.strip() for c in re.split(r"\|(?![^{]*\})", line)]))
        return {"keys": keys, "rows": rows, "split": split, "options": options, "head": int(options.get("head", 1))}

    def row_unit(self, table, options, label):
        for key in options:
            if re.fullmatch(r"(per_share|times|count|percent|basis_points|none|days|[A-Z]{3})( [\de.]+)?", key):
                unit, _, scale = key.partition(" ")
                if unit == "per_share":
                    unit = "per_share:" + table["options"].get("unit", "USD")
                return unit, float(scale) if scale else 1.0
        if "%" in label or "％" in label:
            return "percent", 1.0
        return table["options"].get("unit", "none"), float(table["options"].get("scale", 1))

    def row_name(self, options, label):
        plain = re.sub(r"\^[^^]+\^|\*\*", "", label).replace("//", " ").strip()
        plain = re.sub(r"\{[^|}]*\|([^}]*)\}", r"\1", plain)
        bare = re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", plain).rstrip(":：, ")
        return options.get("name") or bare or plain, plain

    def evaluate(self, table):
        """Fills in formulas and changes and notes every value by name and period."""
        keys, named = table["keys"], {}
        opts = table["options"]
        for number, (options, cells) in enumerate(table["rows"]):
            if number < table["head"]:
                continue
            unit, scale = self.row_unit(table, options, cells[0])
            name, _ = self.row_name(options, cells[0])
            periods = [k for k, key in enumerate(keys) if re.fullmatch(PERIOD, key.split("@")[-1])]
            if len(cells) > 1 and any(c.startswith("=") for c in cells):
                formula = next(c for c in cells if c.startswith("=")).lstrip("=").strip()
                cells += [""] * (len(keys) - len(cells))
                before = None
                for k in periods:
                    places = int(options.get("d", 1 if re.match(r"%|g \w+$", formula) else opts.get("d", 0)))
                    if re.fullmatch(r"g \w+", formula):
                        now = named[formula[2:].strip()].get(k)
                        cells[k] = "" if before in (None, 0) else self.shown((now / before - 1) * 100, places, opts)
                        if before is None:
                            cells[k] = options.get("first", "–")
                        before = now
                        continue
                    scope = {n: v.get(k, 0.0) for n, v in named.items()}
                    try:
                        value = eval(formula.lstrip("%"), {"__builtins__": {}}, scope)
                    except Exception as error:
                        self.fail(f"the formula {formula}: {error}")
                    if formula.startswith("%"):
                        value *= 100
                    cells[k] = self.shown(value, places, opts) + ("%" if opts.get("sign") and formula.startswith("%") else "")
            numbers = {k: number_in(cells[k]) for k in range(1, len(cells)) if k < len(keys) and "{" not in cells[k]}
            numbers = {k: v for k, v in numbers.items() if v is not None and re.search(r"\d", cells[k])}
            if "k" in options:
                named[options["k"]] = numbers
            for k in periods:
                if k in numbers and unit != "none":
                    own = name
                    if "@" in keys[k]:
                        own = self.composed(name, keys[k].split("@")[0], options)
                    key = (own, keys[k].split("@")[-1].rstrip("E"))
                    this = unit_in(cells[k]) if unit_in(cells[k]) in ("percent", "times") else unit
                    value = numbers[k] * (scale if this == unit else 1)
                    before = self.values.setdefault(key, (value, this))[0]
                    if abs(before - value) > 0.006 * max(abs(before), abs(value)):
                        self.fail(f"two values of {key}: {before:g} and {value:g}")
            for k, key in enumerate(keys):
                if not key.startswith("change:") or unit == "none":
                    continue
                cells += [""] * (k + 1 - len(cells))
                new, old = (keys.index(p) for p in key[7:].split("/"))
                if not cells[k] and new in numbers and old in numbers:
                    cells[k] = self.change_text(numbers[new], numbers[old], unit, opts)
                value = number_in(cells[k]) if cells[k] else None
                if value is not None:
                    points = "basis_points" if re.search(r"bp|basis|基点", cells[k]) else "percentage_points" if re.search(r"p|百分点", cells[k]) else "percent"
                    self.changes.setdefault((name, key[7:].split("/")[0].rstrip("E")), (value, points))

    def composed(self, label, column, options):
        if options.get("whole"):
            return options.get("whole") if options["whole"] is not True else column
        chinese = re.search(r"[\u4e00-\u9fff]", label + column)
        return f"{label}{column}" if chinese else f"{label} {column[0].lower() + column[1:] if column[1:2].islower() else column}"

    def shown(self, value, places, opts):
        return grouped(value, places, opts.get("neg", "paren"))

    def change_text(self, new, old, unit, opts):
        form, tail = opts.get("chg", "plus"), "" if opts.get("chgbare") else "%"
        if unit in ("percent", "basis_points"):
            value, tail = new - old, opts.get("points", "pp")
        elif new * old <= 0:
            return opts.get("nm", "n.m.")
        else:
            value = (new / old - 1) * 100
        body = f"{abs(value):.1f}{tail}"
        if float(f"{abs(value):.1f}") == 0:
            return body
        if value < 0:
            return f"({body})" if form == "paren" else f"-{body}"
        return f"+{body}" if form == "plus" else body

    # Inline text
    def runs(self, text, table=False):
        found, bold = [], False
        for part in re.split(r"(\{[^{}]*\}|\*\*|\^[^^]+\^|//)", text):
            if not part:
                continue
            if part == "**":
                bold = not bold
            elif part == "//":
                if table:
                    found.append(Run("", breaks=True))
                else:
                    found.append(Run(part, bold=bold))
            elif part.startswith("^") and part.endswith("^"):
                found.append(Run(part[1:-1], bold=bold, sup=True))
            elif part.startswith("{"):
                found.append(self.marked(part[1:-1], bold, table))
            else:
                found += self.plain(part, bold)
        for run in found:
            if not run.breaks:
                run.id = f"r{self.count}"
                self.count += 1
        return found

    def plain(self, text, bold):
        """Splits plain text where a company, ticker or analyst stands, and long text at sentences."""
        for form, key in self.named:
            at = text.find(form)
            if at >= 0 and not (form.isascii() and (text[at - 1:at].isalpha() and at > 0 or text[at + len(form):at + len(form) + 1].isalpha())):
                return self.plain(text[:at], bold) + [Run(form, bold=bold, mark=Mark("field", key, value=form))] + self.plain(text[at + len(form):], bold)
        return [Run(piece, bold=bold) for piece in re.split(r"(?<=[.;。；，] )|(?<=[。；])", text) if piece]

    def marked(self, inner, bold, table):
        spec, bar, text = inner.partition("|")
        if not bar:
            self.fail(f"a mark without |: {inner}")
        if spec.startswith("@"):
            key, _, value = spec[1:].partition("=")
            return Run(text, bold=bold, mark=Mark("field", key.strip(), value=value.strip() or None, table=table))
        found = re.fullmatch(rf"(.+?) ({PERIOD})((?: change| [-+]| \[[^\]]+\])*)", spec.strip())
        if not found:
            self.fail(f"what is this mark? {inner}")
        name, period, flags = found.groups()
        estimate, period = period.endswith("E"), period.rstrip("E")
        unit = re.search(r"\[([^\]]+)\]", flags)
        unit, _, scale = unit.group(1).partition(" ") if unit else (None, "", "")
        scale = float(scale) if scale else None
        kind = "change" if " change" in flags else "metric"
        known = (self.changes if kind == "change" else self.values).get((name, period))
        if kind == "change" and not known:
            now, before = (self.values.get((name, p)) for p in (period, f"{int(period[:4]) - 1}{period[4:]}"))
            if now and before:
                known = (now[0] - before[0], "percentage_points") if now[1] == "percent" else ((now[0] / before[0] - 1) * 100, "percent")
        if "#" in text:
            if not known:
                self.fail(f"no table gives {name} {period} {kind}, which a text quotes")
            number, _ = known
            probe = re.sub(r"#[#,.]*", "1", text)
            places = len(re.search(r"#[#,]*(\.#+)?", text).group(1) or ".") - 1
            text = re.sub(r"#[#,.]*#|#", f"{abs(number) / (scale or scale_in(probe) or 1):,.{places}f}", text, count=1)
        value = number_in(text)
        if value is None:
            self.fail(f"no number in {inner}")
        if " -" in flags:
            value = -abs(value)
        if kind == "metric":
            unit = unit or unit_in(text)
            scale = scale or scale_in(text)
            value = value * (scale or 1)
            if known:
                size = 0.5 * 10 ** -decimals_in(text) * (scale or 1)
                if abs(abs(value) - abs(known[0])) > size * 1.02 + 1e-9:
                    self.fail(f"{inner} says {value}, the table {known[0]}")
        elif known:
            if abs(abs(value) - abs(known[0])) > 0.5 * 10 ** -decimals_in(text) * 1.3 + 0.05:
                self.fail(f"{inner} says {value}, the table {known[0]}")
            value = math.copysign(value, known[0])
        return Run(text, bold=bold, mark=Mark(kind, name, period, estimate, unit, scale, value, table=table))

    # Blocks
    def read(self, lines):
        at = 0
        while at < len(lines):
            line = lines[at].rstrip()
            if at in self.parsed:
                table, end = self.parsed[at]
                self.blocks += self.table_blocks(table)
                at = end + 1
                continue
            at += 1
            if not line:
                continue
            if line.startswith("::"):
                word = line[2:].strip()
                self.blocks.append(Block("page") if word == "page" else Block("region", region=word))
            elif line.startswith("#"):
                level = len(line) - len(line.lstrip("#"))
                self.blocks.append(Block("heading", self.runs(line[level:].strip()), level))
            elif line.startswith("- "):
                self.blocks.append(Block("item", self.runs(line[2:]), label=self.head.get("bullet", "•")))
            elif re.match(r"(\d+\.|\(\d+\)|（[一二三四五六]）|[a-d]\)) ", line) and not line.startswith("("):
                label, _, rest = line.partition(" ")
                self.blocks.append(Block("item", self.runs(rest), label=label))
            elif line.startswith("~ "):
                self.blocks.append(Block("footnote", self.runs(line[2:])))
            elif line.startswith("! "):
                self.blocks.append(Block("caption", self.runs(line[2:])))
            elif line.startswith("chart "):
                self.blocks.append(Block("chart", data=options_of(line[6:])))
            elif line.startswith("> "):
                self.blocks.append(Block("lead", self.runs(line[2:])))
            else:
                self.blocks.append(Block("paragraph", self.runs(line)))

    def table_blocks(self, table):
        """One block, or several where the source splits the table over pages; the header rows are repeated."""
        head, rows, options = table["head"], table["rows"], table["options"]
        cuts = [head] + table["split"] + [len(rows)]
        blocks = []
        for part, (start, end) in enumerate(zip(cuts, cuts[1:])):
            caption = options.get("caption")
            if part:
                blocks.append(Block("page"))
            if caption:
                again = options.get("again", " (continued)") if part else ""
                blocks.append(Block("caption", self.runs(caption + again)))
            blocks.append(Block("table", table=self.table(table, rows[:head] + rows[start:end], part > 0)))
        return blocks

    def table(self, table, rows, continues):
        keys, options, head = table["keys"], table["options"], table["head"]
        made, width = [], len(keys)
        owner = {}
        for r, (row_options, texts) in enumerate(rows):
            if len(texts) > width:
                self.fail(f"a row of {len(texts)} cells in a table of {width}: {texts}")
            cells, c = [], 0
            if len(texts) == 1 and r >= head and width > 1:
                cell = Cell(self.runs(texts[0], True), r, 0, 1, width)
                row_options = {**row_options, "section": True}
                cells.append(cell)
                made.append(Row(cells, row_options, False))
                self.finish(cell)
                continue
            for c in range(width):
                text = texts[c] if c < len(texts) else ""
                if text == "<":
                    owner[r, c] = owner[r, c - 1]
                    owner[r, c].columns = c - owner[r, c].column + 1
                    continue
                if text == "^":
                    owner[r, c] = owner[r - 1, c]
                    owner[r, c].rows = r - owner[r, c].row + 1
                    continue
                runs = self.runs(text, True)
                if r >= head and c > 0:
                    self.mark_cell(table, row_options, texts[0], keys[c], text, runs)
                owner[r, c] = cell = Cell(runs, r, c)
                cells.append(cell)
                self.finish(cell)
            made.append(Row(cells, row_options, r < head))
        return Table(made, keys, options, head, continues)

    def finish(self, cell):
        cell.text = "".join("\n" if run.breaks else run.text for run in cell.runs)

    def mark_cell(self, table, options, label, key, text, runs):
        plain = [run for run in runs if not run.sup and not run.breaks]
        if len(plain) != 1 or plain[0].mark or number_in(text) is None:
            return
        unit, scale = self.row_unit(table, options, label)
        name, full = self.row_name(options, label)
        if unit == "none":
            return
        also = [v.strip() for v in options.get("also", "").split(",") if v.strip()]
        if key.startswith("change:"):
            period = key[7:].split("/")[0]
            value, points = self.changes.get((name, period.rstrip("E")), (None, None))
            plain[0].mark = Mark("change", name, period.rstrip("E"), period.endswith("E"), points, 1, number_in(text), table=True)
            return
        if not re.fullmatch(PERIOD, key.split("@")[-1]):
            return
        period, column = key.split("@")[-1], key.split("@")[0] if "@" in key else None
        if column:
            also += [f"{label} {column}", f"{column} {label}", f"{column} – {label}", f"{column} ({label})", label]
            name = self.composed(name, column, options)
        elif full != name:
            also.append(full)
        value = number_in(text)
        stated = unit_in(text)
        if stated in ("percent", "times"):
            unit, scale = stated, 1
        plain[0].mark = Mark("metric", name, period.rstrip("E"), period.endswith("E"), unit, scale, value * scale, tuple(also), True)
