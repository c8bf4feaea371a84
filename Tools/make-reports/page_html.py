"""Renders a document as HTML, and that to PDF with WeasyPrint or Chromium."""
import os
import subprocess
import tempfile
from html import escape
from pathlib import Path

LINK = "mill:"


def inline(runs):
    out = []
    for run in runs:
        if run.breaks:
            out.append("<br>")
            continue
        text = escape(run.text)
        kind = "v" if run.mark and len(run.text) <= 26 else "t"
        body = f'<a class="{kind}" href="{LINK}{run.id}">{text}</a>'
        if run.text != run.text.strip() and kind == "t":
            lead, tail = run.text[:len(run.text) - len(run.text.lstrip())], run.text[len(run.text.rstrip()):]
            body = f'{lead}<a class="t" href="{LINK}{run.id}">{escape(run.text.strip())}</a>{tail}' if run.text.strip() else run.text
        if run.sup:
            body = f"<sup>{body}</sup>"
        out.append(f"<b>{body}</b>" if run.bold else body)
    return "".join(out)


def table_html(table):
    style = table.options.get("look", "")
    out = [f'<table class="{style} {table.options.get("class", "")}">']
    widths = table.options.get("widths", "").split()
    if widths:
        out.append("<colgroup>" + "".join(f'<col style="width:{w}%">' for w in widths) + "</colgroup>")
    out.append("<thead>")
    left = set(int(c) for c in table.options.get("left", "0").split(","))
    for row in table.rows:
        if not row.head and "<tbody>" not in out:
            out.append("</thead>")
            out.append("<tbody>")
        names = [n for n in ("section", "total", "rule", "sub") if row.options.get(n)]
        out.append(f'<tr class="{" ".join(names)}">')
        for cell in row.cells:
            tag = "th" if row.head else "td"
            span = (f' colspan="{cell.columns}"' if cell.columns > 1 else "") + (f' rowspan="{cell.rows}"' if cell.rows > 1 else "")
            names = ("l" if cell.column in left else "n") + (" span" if cell.columns > 1 and row.head else "")
            out.append(f'<{tag}{span} class="{names}">{inline(cell.runs)}</{tag}>')
        out.append("</tr>")
    out.append("</tbody></table>" if "<tbody>" in out else "</thead></table>")
    return "".join(out)


def chart_svg(data, accent):
    """A small bar chart from `labels` and `values`."""
    labels, values = data["labels"].split(","), [float(v) for v in data["values"].split(",")]
    width, height, top = 240, 92, max(values)
    step = width / len(values)
    bars = [f'<line x1="0" y1="{height - 14}" x2="{width}" y2="{height - 14}" stroke="#888" stroke-width="0.6"/>']
    for k, (label, value) in enumerate(zip(labels, values)):
        tall = value / top * (height - 30)
        bars.append(f'<rect x="{k * step + step * .2:.1f}" y="{height - 14 - tall:.1f}" width="{step * .6:.1f}" height="{tall:.1f}" fill="{accent}"/>')
        bars.append(f'<text x="{k * step + step / 2:.1f}" y="{height - 4}" font-size="7" text-anchor="middle">{escape(label.strip())}</text>')
    return f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}">{"".join(bars)}</svg>'


def css(document):
    s, h = document.style, document.head
    accent, size, font = s.get("accent", "#1b3f6b"), float(s.get("size", 9.5)), s.get("font", "Liberation Sans")
    paper, margin = h.get("paper", "A4"), s.get("margin", "18mm 17mm 18mm 17mm")

    def box(text):
        text = text.strip()
        parts = []
        while text:
            at = min((text.find(k) for k in ("{page}", "{pages}") if k in text), default=-1)
            if at < 0:
                parts.append(f'"{text}"')
                break
            if at:
                parts.append(f'"{text[:at]}"')
            parts.append("counter(pages)" if text.startswith("{pages}", at) else "counter(page)")
            text = text[at + (7 if text.startswith("{pages}", at) else 6):]
        return " ".join(parts) or '""'
    boxes = []
    for where, line in (("top", h.get("header", "")), ("bottom", h.get("footer", ""))):
        parts = [p.strip() for p in line.split("|")] if line else []
        sides = ["left", "right"] if len(parts) == 2 else ["left", "center", "right"] if len(parts) == 3 else ["center"]
        for side, part in zip(sides, parts):
            boxes.append(f"@{where}-{side} {{ content: {box(part)}; font: {size - 2}pt '{font}'; color: #444; white-space: nowrap; }}")
    look = s.get("table", "booktabs")
    rules = {"booktabs": f"table {{ border-top: 1pt solid {accent}; border-bottom: 1pt solid {accent}; }} thead tr:last-child th {{ border-bottom: .6pt solid {accent}; }} th.span {{ border-bottom: .4pt solid {accent}; }} tr.total td {{ border-top: .5pt solid #333; }}",
             "grid": "td, th { border: .5pt solid #555; } thead th { background: #e8ecf1; }",
             "plain": "thead th { color: #222; } tr.total td { font-weight: bold; }",
             "zebra": f"thead th {{ background: {accent}; color: white; }} tbody tr:nth-child(even) td {{ background: #eef2f6; }}",
             "lines": "tr td { border-bottom: .3pt solid #bbb; } thead th { border-bottom: .8pt solid #222; } tr.total td { border-top: .8pt solid #222; }"}
    scoped = {name: " ".join(scope(part, name) for part in split_rules(text)) for name, text in rules.items()}
    return f"""
@page {{ size: {paper}; margin: {margin}; {" ".join(boxes)} }}
* {{ box-sizing: border-box; }}
html {{ font: {size}pt/{s.get("leading", "1.38")} '{font}', 'WenQuanYi Zen Hei'; color: #111; }}
body {{ margin: 0; }}
a {{ color: inherit; text-decoration: none; }}
a.v {{ white-space: nowrap; }}
p {{ margin: 0 0 {s.get("gap", "5pt")} 0; text-align: {s.get("align", "justify")}; text-indent: {s.get("indent", "0")}; }}
h1 {{ font-size: {size * 1.9}pt; line-height: 1.15; color: {accent}; margin: 0 0 4pt; }}
h2 {{ font-size: {size * 1.25}pt; color: {accent}; margin: 9pt 0 3pt; line-height: 1.2; break-after: avoid; }}
h3 {{ font-size: {size * 1.05}pt; margin: 6pt 0 2pt; break-after: avoid; }}
sup {{ font-size: 65%; line-height: 1; }}
.masthead {{ {s.get("masthead", "border-bottom=2pt solid " + accent + ", padding-bottom=4pt, margin-bottom=8pt").replace("=", ":").replace(",", ";")} }}
.masthead p {{ margin: 0; text-align: left; text-indent: 0; }}
.lead {{ font-weight: bold; font-size: {size * 1.1}pt; text-align: left; text-indent: 0; }}
.side {{ float: {s.get("side", "right")}; width: {s.get("sidewidth", "33%")}; margin-{"left" if s.get("side", "right") == "right" else "right"}: 12pt; margin-bottom: 6pt; padding: 6pt; {s.get("sidelook", "background=#eef1f5").replace("=", ":").replace(",", ";")}; font-size: {size * .87}pt; }}
.side p {{ text-align: left; text-indent: 0; }}
.side h2 {{ margin-top: 4pt; }}
.main {{ margin-{s.get("side", "right")}: {int(s.get("sidewidth", "33%").rstrip("%")) + 3}%; {s.get("mainlook", "").replace("=", ":").replace(",", ";")} }}
.cols {{ column-count: 2; column-gap: 16pt; column-fill: {s.get("fill", "balance")}; }}
.cols.three {{ column-count: 3; }}
.half {{ width: 62%; }}
.page {{ break-before: page; clear: both; }}
.clear {{ clear: both; }}
p.item {{ margin: 0 0 3pt {s.get("mark", "14pt")}; text-indent: 0; }}
.item .mark {{ display: inline-block; width: {s.get("mark", "14pt")}; margin-left: -{s.get("mark", "14pt")}; }}
.caption {{ font-weight: bold; font-size: {size * .9}pt; margin: 6pt 0 2pt; text-align: left; text-indent: 0; break-after: avoid; }}
.footnote {{ font-size: {size * .78}pt; color: #333; text-indent: 0; margin-bottom: 2pt; }}
.right p {{ text-align: right; text-indent: 0; }}
.center p, .center h1, .center h2 {{ text-align: center; text-indent: 0; }}
.stamped {{ color: {accent}; }}
table {{ border-collapse: collapse; width: 100%; font-size: {size * .88}pt; margin: 2pt 0 6pt; break-inside: avoid; line-height: 1.25; }}
.side table {{ font-size: {size * .82}pt; }}
td, th {{ padding: {s.get("pad", "1.6pt 3pt")}; vertical-align: {s.get("valign", "top")}; font-weight: normal; }}
th {{ font-weight: bold; vertical-align: bottom; }}
.n {{ text-align: right; }} .l {{ text-align: left; }} th.span {{ text-align: center; }}
tr.section td {{ font-weight: bold; }} tr.total td {{ font-weight: bold; }} tr.sub td.l {{ padding-left: 10pt; }}
.chart {{ display: block; margin: 2pt 0 4pt; max-width: 100%; }}
{" ".join(scoped.values())}
{s.get("extra", "")}
"""


def scope(rule, name):
    """Makes a rule of a look hold for tables of that look only."""
    where, _, rest = rule.partition("{")
    where = ",".join(f"table.{name}{part.strip()[5:]}" if part.strip().startswith("table") else f"table.{name} {part.strip()}" for part in where.split(","))
    return where + " {" + rest


def split_rules(text):
    return [part.strip() + " }" for part in text.split("}") if part.strip()]


def body(document):
    accent, look = document.style.get("accent", "#1b3f6b"), document.style.get("table", "booktabs")
    out, open_region = [], False
    page_next = False
    for block in document.blocks:
        text = inline(block.runs)
        if block.kind == "page":
            out.append('<div class="page"></div>')
        elif block.kind == "region":
            if open_region:
                out.append("</div>")
            names = {"full": "clear", "columns 2": "cols", "columns 3": "cols three", "sidebar": "side", "main": "main"}.get(block.region, block.region)
            out.append(f'<div class="{names}">')
            open_region = True
        elif block.kind == "heading":
            out.append(f"<h{block.level}>{text}</h{block.level}>")
        elif block.kind == "item":
            out.append(f'<p class="item"><span class="mark">{escape(block.label)}</span>{text}</p>')
        elif block.kind in ("caption", "footnote", "lead"):
            out.append(f'<p class="{block.kind}">{text}</p>')
        elif block.kind == "table":
            block.table.options.setdefault("look", look)
            out.append(table_html(block.table))
        elif block.kind == "chart":
            out.append(chart_svg(block.data, accent))
        else:
            out.append(f"<p>{text}</p>")
    if open_region:
        out.append("</div>")
    return "".join(out)


def html(document):
    language = {"zh": "zh-CN"}.get(document.head["language"], "en")
    title = escape(document.head.get("title", document.name))
    return f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title><style>{css(document)}</style></head><body>{body(document)}</body></html>'


def weasyprint(document, target):
    import logging
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    from weasyprint import HTML
    HTML(string=html(document), base_url=".").write_pdf(str(target))


def chromium(document, target):
    with tempfile.TemporaryDirectory() as room:
        source = Path(room, "in.html")
        source.write_text(html(document), encoding="utf-8")
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={room}/profile",
                        f"--print-to-pdf={target}", source.as_uri()], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
                       env={**os.environ, "HOME": room})
