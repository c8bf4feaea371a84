"""Makes the truth of a document from its source and the places of its runs."""
import re
import unicodedata

from source import RATINGS, currency_in, number_in, scale_in

AMOUNTS = ("target_price", "previous_target_price", "price", "total", "subtotal", "tax", "market_value", "issue_price", "nav")


class TruthError(Exception):
    pass


def squeeze(text):
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def rounded(box):
    return [round(v, 1) for v in box]


def union(boxes):
    return [min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)]


def lines_of(rects):
    """Merges the rectangles of one run that stand on one line."""
    merged = []
    for page, box in rects:
        for other in merged:
            if other[0] == page and min(other[1][3], box[3]) - max(other[1][1], box[1]) > 0.5 * min(box[3] - box[1], other[1][3] - other[1][1]) \
                    and box[0] - other[1][2] < 6 and other[1][0] - box[2] < 6:
                other[1] = union([other[1], box])
                break
        else:
            merged.append([page, list(box)])
    return merged


class Truth:
    def __init__(self, document, links, page_texts):
        self.document, self.links, self.page_texts = document, links, page_texts

    def rects(self, run):
        rects = lines_of(self.links.get(run.id, []))
        if len({page for page, _ in rects}) > 1:
            # Chromium leaves a sliver of a line's link on the page before.
            whole = [page for page in sorted({page for page, _ in rects}) if squeeze(run.text) in self.page_texts[page - 1]]
            if len(whole) == 1:
                rects = [rect for rect in rects if rect[0] == whole[0]]
        return rects

    def place(self, run):
        rects = self.rects(run)
        if not rects:
            raise TruthError(f"{self.document.name}: no place was found for “{run.text}”")
        page = rects[0][0]
        on_page = [box for number, box in rects if number == page]
        place = {"page": page, "box": rounded(union(on_page)), "text": run.text.strip()}
        if len(on_page) > 1:
            place["lines"] = [rounded(b) for b in on_page]
        return place

    def split_text(self, runs):
        """The text of a paragraph by page."""
        pages, last = {}, None
        for run in runs:
            if run.breaks:
                continue
            rects = self.rects(run)
            numbers = sorted({page for page, _ in rects})
            if not numbers:
                if run.text.strip() and last is None:
                    raise TruthError(f"{self.document.name}: no place was found for “{run.text}”")
                pages[last] = pages.get(last, "") + run.text
                continue
            if len(numbers) == 1:
                last = numbers[0]
                pages[last] = pages.get(last, "") + run.text
                continue
            if len(numbers) > 2:
                raise TruthError(f"{self.document.name}: “{run.text}” stands on pages {numbers}")
            first, second = numbers
            before, after = self.page_texts[first - 1], self.page_texts[second - 1]
            for k in range(len(run.text) - 1, 0, -1):
                if squeeze(run.text[:k]) in before and squeeze(run.text[k:]) in after:
                    pages[first] = pages.get(first, "") + run.text[:k]
                    pages[second] = pages.get(second, "") + run.text[k:]
                    break
            else:
                raise TruthError(f"{self.document.name}: where does “{run.text}” break between pages {first} and {second}?")
            last = second
        return {page: text.strip() for page, text in pages.items() if text.strip()}

    def make(self, sizes, rotation):
        document, head = self.document, self.document.head
        texts = {n: [] for n in range(1, len(sizes) + 1)}
        columns = {n: 1 for n in texts}
        tables, region = [], ""
        marked = []
        for block in document.blocks:
            if block.kind == "region":
                region = block.region
            elif block.kind == "table":
                made = self.table(block.table)
                if block.table.continues:
                    made["continues"] = len(tables) - 1
                tables.append(made)
                marked += [run for row in block.table.rows for cell in row.cells for run in cell.runs if run.mark]
            elif block.runs:
                marked += [run for run in block.runs if run.mark]
                for page, text in self.split_text(block.runs).items():
                    texts[page].append(f"{block.label} {text}" if block.label else text)
                    if region.startswith("columns"):
                        columns[page] = 3 if region.endswith("3") else 2
        pages = []
        for number, (width, height) in enumerate(sizes, 1):
            furniture = []
            for line in (head.get("header", ""), head.get("footer", "")):
                furniture += [p.strip().replace("{page}", str(number)).replace("{pages}", str(len(sizes))) for p in line.split("|") if p.strip()]
            pages.append({"number": number, "width": round(width, 1), "height": round(height, 1), "rotation": rotation, "columns": columns[number],
                          "text": "\n".join(texts[number]), "furniture": furniture})
        return {"file": document.name + ".pdf", "kind": head["kind"], "language": head["language"], "layer": head.get("layer", "text"),
                "password": head.get("password"), "pages": pages, "fields": self.fields(marked), "metrics": self.metrics(marked), "tables": tables}

    def table(self, table):
        rects, cells = [], []
        for row in table.rows:
            for cell in row.cells:
                here = [rect for run in cell.runs if not run.breaks for rect in self.rects(run)]
                rects += here
                made = {"row": cell.row, "column": cell.column, "row_span": cell.rows, "column_span": cell.columns, "text": cell.text}
                if here:
                    made["box"] = rounded(union([box for _, box in here]))
                cells.append(made)
        pages = {page for page, _ in rects}
        if len(pages) != 1:
            raise TruthError(f"{self.document.name}: a table stands on pages {sorted(pages)}: {table.rows[0].cells[0].text}")
        box = union([b for _, b in rects])
        ruled = table.options.get("ruled") or {"grid": True, "booktabs": True, "lines": True}.get(table.options.get("look", ""), False)
        return {"page": pages.pop(), "box": rounded([box[0] - 3, box[1] - 2, box[2] + 3, box[3] + 2]), "header_rows": table.head,
                "header_columns": int(table.options.get("hcols", 1)), "ruled": bool(ruled), "continues": None,
                "rows": len(table.rows), "columns": len(table.keys), "cells": cells}

    def fields(self, marked):
        document, head, fields = self.document, self.document.head, {}
        for run in marked:
            mark = run.mark
            if mark.kind != "field":
                continue
            place = self.place(run)
            name = mark.name
            if name not in fields:
                fields[name] = self.field(name, mark, run.text.strip())
            elif name == "analyst":
                if mark.value not in fields[name]["value"]:
                    fields[name]["value"].append(mark.value or run.text)
            else:
                forms = [fields[name]["value"]] + fields[name].get("also", [])
                if run.text.strip() not in forms and isinstance(fields[name]["value"], str) and not name.endswith("date"):
                    fields[name].setdefault("also", []).append(run.text.strip())
            fields[name]["places"].append(place)
        for name, found in fields.items():
            forms = [v.strip() for v in head.get(name, "").split(";") if v.strip()]
            if name in ("company", "ticker") and forms:
                found["value"] = forms[0]
                found["also"] = list(dict.fromkeys(forms[1:] + found.get("also", [])))
                found["also"] = [v for v in found["also"] if v != forms[0]]
            if name in document.also:
                found["also"] = list(dict.fromkeys(found.get("also", []) + document.also[name]))
        return fields

    def field(self, name, mark, text):
        if name in AMOUNTS and re.fullmatch(r"[\d,.]+p", mark.value or text):      # pence
            return {"value": number_in(mark.value or text) / 100, "currency": "GBP", "raw": text, "places": []}
        if name in AMOUNTS:
            value = number_in(mark.value or text) * (scale_in(text) or 1)
            return {"value": value, "currency": currency_in(text) or self.document.head.get("currency"), "raw": text, "places": []}
        if name in ("rating", "previous_rating"):
            value = mark.value or text
            scale = next((s for s, words in RATINGS.items() if value.lower().replace(" ", "-") in words.split()), None)
            if not scale:
                raise TruthError(f"{self.document.name}: what rating is {value}?")
            return {"value": value, "scale": scale, "places": []}
        if name == "analyst":
            return {"value": [mark.value or text], "places": []}
        return {"value": mark.value or text, **({"raw": text} if mark.value and mark.value != text else {}), "places": []}

    def metrics(self, marked):
        found = {}
        for run in marked:
            mark = run.mark
            if mark.kind == "field":
                continue
            key = (mark.name, mark.period)
            metric = found.setdefault(key, {"name": mark.name, "also": [], "period": mark.period, "value": None, "unit": None, "raw": None, "scale": 1,
                                            "change": None, "estimate": mark.estimate, "in": set(), "places": []})
            place = self.place(run)
            where = "table" if mark.table else "text"
            if mark.kind == "change":
                if metric["change"] is None:
                    unit = mark.unit or ("basis_points" if re.search(r"basis|bps?\b|基点", run.text) else "percentage_points" if re.search(r"pp|p\.p|point|百分点", run.text) else "percent")
                    metric["change"] = {"value": round(mark.value, 4), "unit": unit, "raw": run.text, "places": []}
                metric["change"]["places"].append(place)
                continue
            metric["estimate"] = metric["estimate"] or mark.estimate
            metric["in"].add(where)
            if metric["value"] is None or (where == "table" and "table" not in metric.get("from", "")):
                metric.update(value=mark.value, unit=mark.unit, raw=run.text.strip(), scale=mark.scale or scale_in(run.text) or 1)
                metric["from"] = where
            metric["also"] += [a for a in mark.also if a not in metric["also"]]
            metric["places"].append(place)
        out = []
        for (name, period), metric in found.items():
            metric.pop("from", None)
            if metric["value"] is None:
                if not metric["change"]:
                    continue
                metric["in"] = {"text"}
            if metric["unit"] is None and metric["value"] is not None:
                raise TruthError(f"{self.document.name}: what unit has {name} {period}, “{metric['raw']}”?")
            metric["also"] += [a for a in self.document.also.get(name, []) if a not in metric["also"]]
            metric["also"] = self.variants(name, metric["also"])
            metric["in"] = "both" if len(metric["in"]) == 2 else next(iter(metric["in"]))
            if metric["value"] is not None:
                metric["value"] = tidy(metric["value"])
            out.append(metric)
        return out

    def variants(self, name, also):
        """Other right names: the ones given, without a unit in parentheses, and either half of a name in two languages."""
        forms = list(also) + [re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", name).strip()]
        for form in [name] + forms:
            halves = re.fullmatch(r"([A-Za-z][\x20-\x7e’]*?) ([\u4e00-\u9fff][^A-Za-z]*)", form)
            forms += halves.groups() if halves else ()
            forms += [form.replace("&", "and")] if " & " in form else []
        return [f for f in dict.fromkeys(forms) if f and f != name]


def tidy(value):
    value = round(value, 6)
    return int(value) if value == int(value) else value
