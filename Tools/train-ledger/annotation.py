"""Inline annotation of reports: `{code ids|text}`.

`{c|Northgate Foods}` is an entity; `{m1,2|revenue}`, `{p1|FY25}`, `{a1|12.3}`, `{u1|bn}`, `{ch1|4}` also belong to the
tuples 1 and 2. The code of a value says what kind of figure it is: a (actual), e (estimate), k (consensus).

A file may hold several reports, with a line `====` between two.

    python annotation.py FOLDER      checks every file and prints its tuples
"""
import re
import sys
from pathlib import Path

CODES = {"c": "company", "t": "ticker", "x": "exchange", "r": "rating", "pr": "previous_rating", "tp": "target_price",
         "ptp": "previous_target", "cur": "currency", "px": "current_price", "pd": "price_date", "an": "analyst",
         "br": "broker", "m": "metric", "p": "period", "a": "value", "e": "value", "k": "value", "ch": "change", "u": "unit"}
KINDS = {"a": "actual", "e": "estimate", "k": "consensus"}
MARK = re.compile(r"\{(tp|ptp|pr|px|pd|cur|ch|an|br|[ctxrmpaeku])([0-9,]*)\|([^{}|]*)\}")


def parse(marked):
    """Text, entities [start, end, label] in order, tuples {id: {role: (start, end) or [(start, end)], kind}}."""
    parts, length, position, entities, tuples = [], 0, 0, [], {}
    for match in MARK.finditer(marked):
        before = marked[position:match.start()]
        parts.append(before)
        length += len(before)
        code, ids, text = match.groups()
        start, end = length, length + len(text)
        parts.append(text)
        length, position = end, match.end()
        label = CODES[code]
        if label != "unit":
            entities.append((start, end, label))
        for key in filter(None, ids.split(",")):
            item = tuples.setdefault(int(key), {})
            if label == "unit":
                item.setdefault("unit", []).append((start, end))
            else:
                item.setdefault(label, (start, end))
            if code in KINDS:
                item["kind"] = KINDS[code]
    parts.append(marked[position:])
    return "".join(parts), entities, tuples


def mark(text, entities, tuples):
    """The marked text of a report; the reverse of parse."""
    codes = {label: code for code, label in CODES.items() if label not in ("value", "unit")}
    spans = {(start, end): (codes.get(label, "a"), []) for start, end, label in entities}
    for key, item in enumerate(tuples, 1):
        for role, value in item.items():
            for span in value if role == "unit" else [value] if isinstance(value, tuple) else []:
                code, ids = spans.setdefault(tuple(span), ("u", []))
                if role == "value":
                    spans[tuple(span)] = (next(c for c, kind in KINDS.items() if kind == item["kind"]), ids)
                if key not in ids:
                    ids.append(key)
    parts, at = [], 0
    for (start, end), (code, ids) in sorted(spans.items()):
        if start >= at:
            parts += [text[at:start], "{", code, ",".join(map(str, ids)), "|", text[start:end].replace("|", "I"), "}"]
            at = end
    return "".join(parts) + text[at:]


def reports(path):
    """The marked reports of a file."""
    return [part.strip("\n") + "\n" for part in re.split(r"(?m)^====\n", path.read_text()) if part.strip()]


def triples(text, tuples):
    """The tuples that have a value, with texts in place of spans."""
    said = lambda span: text[span[0]:span[1]] if span else ""
    for key in sorted(tuples):
        item = tuples[key]
        if "value" in item:
            yield {"name": said(item.get("metric")), "period": said(item.get("period")), "value": said(item["value"]),
                   "span": item["value"], "unit": " ".join(map(said, item.get("unit", []))),
                   "change": said(item.get("change")), "kind": item["kind"], "name_span": item.get("metric")}


def check(marked):
    text, entities, tuples = parse(marked)
    problems = []
    if "{" in text or "}" in text:
        problems.append("a brace that is no annotation: " + text[max(0, text.find("{")):][:40])
    problems += [f"blank or empty span {text[s:e]!r}" for s, e, _ in entities if text[s:e] != text[s:e].strip() or s == e]
    problems += [f"overlap at {a}" for a, b in zip(entities, entities[1:]) if b[0] < a[1]]
    for key, item in tuples.items():
        if "metric" not in item:
            problems.append(f"tuple {key} has no metric")
        if "value" not in item and "change" not in item:
            problems.append(f"tuple {key} has neither value nor change")
    values = sum(1 for _, _, label in entities if label == "value")
    if values != sum(1 for _ in triples(text, tuples)):
        problems.append("values and tuples differ in number")
    return text, entities, tuples, problems


def main(folder):
    bad = 0
    for path in sorted(Path(folder).glob("*.txt")):
        for marked in reports(path):
            text, entities, tuples, problems = check(marked)
            print(f"{path.name}: {len(text)} characters, {len(entities)} entities")
            for item in triples(text, tuples):
                print("   ", item["name"], "|", item["period"], "|", item["value"], "|", item["unit"], "|", item["change"], "|", item["kind"])
            for problem in problems:
                bad += 1
                print("    PROBLEM", problem)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
