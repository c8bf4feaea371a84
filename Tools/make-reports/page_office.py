"""Renders a document with LibreOffice, from a flat OpenDocument text."""
import os
import subprocess
import tempfile
from html import escape
from pathlib import Path

NAMES = ('xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
         'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
         'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
         'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"')


def inline(runs):
    out = []
    for run in runs:
        if run.breaks:
            out.append("<text:line-break/>")
            continue
        core = run.text.strip()
        if not core:
            out.append(escape(run.text))
            continue
        body = escape(core.replace(" ", "\u00a0") if run.mark and len(core) <= 26 else core)
        name = {(True, False): "B", (False, True): "S", (True, True): "S"}.get((run.bold, run.sup))
        if name:
            body = f'<text:span text:style-name="{name}">{body}</text:span>'
        body = f'<text:a xlink:type="simple" xlink:href="https://mill.invalid/mill:{run.id}" text:style-name="L" text:visited-style-name="L">{body}</text:a>'
        out.append((" " if run.text[0] == " " else "") + body + (" " if run.text[-1] == " " else ""))
    return "".join(out)


def paragraph(name, runs):
    return f'<text:p text:style-name="{name}">{inline(runs)}</text:p>'


def table(table, number, styles, document):
    look = table.options.get("look") or document.style.get("table", "booktabs")
    table.options["look"] = look
    width, total = len(table.keys), 17.2
    shares = [float(w) / 100 for w in table.options.get("widths", "").split()]
    shares = shares or [0.4 if k == 0 and width > 2 else (0.6 / (width - 1) if width > 2 else 0.5) for k in range(width)]
    styles.append(f'<style:style style:name="T{number}" style:family="table"><style:table-properties style:width="{total}cm" table:align="left" style:may-break-between-rows="false" fo:margin-bottom="0.2cm"/></style:style>')
    out = [f'<table:table table:name="T{number}" table:style-name="T{number}">']
    for k, share in enumerate(shares):
        styles.append(f'<style:style style:name="T{number}c{k}" style:family="table-column"><style:table-column-properties style:column-width="{total * share:.2f}cm"/></style:style>')
        out.append(f'<table:table-column table:style-name="T{number}c{k}"/>')
    left = set(int(c) for c in table.options.get("left", "0").split(","))
    for r, row in enumerate(table.rows):
        out.append("<table:table-row>")
        cell_style = "Cgrid" if look == "grid" else "Cplain"
        if row.head:
            cell_style = "Cgridhead" if look == "grid" else "Chead" if look != "plain" and r == table.head - 1 else "Ctop" if look != "plain" and r == 0 else "Cplain"
        elif look in ("booktabs", "lines") and (row.options.get("total")):
            cell_style = "Ctotal"
        elif look == "booktabs" and r == len(table.rows) - 1:
            cell_style = "Clast"
        elif look == "lines":
            cell_style = "Cline"
        taken, column = {c.column: c for c in row.cells}, 0
        while column < width:
            cell = taken.get(column)
            if cell is None:
                out.append("<table:covered-table-cell/>")
                column += 1
                continue
            strong = row.head or row.options.get("total") or row.options.get("section")
            side = "C" if row.head and cell.columns > 1 else "L" if column in left else "R"
            if row.options.get("sub") and column == 0:
                side = "I"
            span = (f' table:number-columns-spanned="{cell.columns}"' if cell.columns > 1 else "") + (f' table:number-rows-spanned="{cell.rows}"' if cell.rows > 1 else "")
            out.append(f'<table:table-cell table:style-name="{cell_style}"{span} office:value-type="string">{paragraph(("H" if strong else "D") + side, cell.runs)}</table:table-cell>')
            out.append("<table:covered-table-cell/>" * (cell.columns - 1))
            column += cell.columns
        out.append("</table:table-row>")
    out.append("</table:table>")
    return "".join(out)


def furniture(line):
    parts = [p.strip() for p in line.split("|")] if line else []
    body = "<text:tab/>".join(escape(p).replace("{pages}", "<text:page-count/>").replace("{page}", "<text:page-number/>") for p in parts)
    name = {1: "F1", 2: "F2"}.get(len(parts), "F3")
    return f'<text:p text:style-name="{name}">{body}</text:p>'


def source(document):
    s, h = document.style, document.head
    font, size, accent = s.get("font", "Carlito"), float(s.get("size", 10)), s.get("accent", "#1b3f6b")
    asian = s.get("asian", "Noto Sans CJK SC")
    styles, body, number = [], [], 0
    for block in document.blocks:
        if block.kind == "region":
            continue
        if block.kind == "page":
            body.append('<text:p text:style-name="Break"/>')
        elif block.kind == "heading":
            body.append(paragraph(f"Heading{block.level}", block.runs))
        elif block.kind == "item":
            body.append(f'<text:p text:style-name="Item">{escape(block.label)}<text:tab/>{inline(block.runs)}</text:p>')
        elif block.kind in ("caption", "footnote", "lead"):
            body.append(paragraph(block.kind.capitalize(), block.runs))
        elif block.kind == "table":
            number += 1
            body.append(table(block.table, number, styles, document))
        elif block.kind != "chart":
            region = next((b.region for b in reversed(document.blocks[:document.blocks.index(block)]) if b.kind == "region"), "")
            body.append(paragraph({"right": "Right", "center": "Center", "masthead": "Mast"}.get(region, "Body"), block.runs))

    def style(name, para="", text=""):
        return (f'<style:style style:name="{name}" style:family="paragraph">'
                f'<style:paragraph-properties {para}/><style:text-properties {text}/></style:style>')
    base = f'style:font-name="{font}" fo:font-family="{font}" fo:font-size="{{0}}pt" style:font-family-asian="{asian}" style:font-size-asian="{{0}}pt" fo:language="en" fo:country="GB"'
    strong = ' fo:font-weight="bold" style:font-weight-asian="bold"'
    cell = 'fo:padding="0.06cm" '
    thin, thick = "0.5pt solid #333333", f"1pt solid {accent}"
    fixed = [
        style("Body", f'fo:margin-bottom="0.16cm" fo:text-align="{s.get("align", "justify")}" fo:line-height="{s.get("leading", "112%")}"', base.format(size)),
        style("Right", 'fo:text-align="end"', base.format(size)), style("Center", 'fo:text-align="center"', base.format(size)),
        style("Mast", f'fo:border-bottom="none"', base.format(size) + f' fo:color="{accent}"'),
        style("Heading1", 'fo:margin-top="0.2cm" fo:margin-bottom="0.2cm" fo:text-align="left" fo:keep-with-next="always"', base.format(size * 1.7) + strong + f' fo:color="{accent}"'),
        style("Heading2", 'fo:margin-top="0.3cm" fo:margin-bottom="0.1cm" fo:keep-with-next="always"', base.format(size * 1.2) + strong + f' fo:color="{accent}"'),
        style("Heading3", 'fo:margin-top="0.2cm" fo:margin-bottom="0.05cm" fo:keep-with-next="always"', base.format(size) + strong),
        style("Item", 'fo:margin-left="0.6cm" fo:text-indent="-0.6cm" fo:margin-bottom="0.1cm"', base.format(size)),
        style("Caption", 'fo:margin-top="0.15cm" fo:margin-bottom="0.08cm" fo:keep-with-next="always"', base.format(size * .9) + strong),
        style("Footnote", 'fo:margin-bottom="0.05cm"', base.format(size * .8)), style("Lead", 'fo:margin-bottom="0.15cm"', base.format(size * 1.05) + strong),
        style("Break", 'fo:break-before="page"', 'fo:font-size="2pt"')]
    for kind, weight in (("D", ""), ("H", strong)):
        for side, align in (("L", 'fo:text-align="start"'), ("R", 'fo:text-align="end"'), ("C", 'fo:text-align="center"'), ("I", 'fo:text-align="start" fo:margin-left="0.4cm"')):
            fixed.append(style(kind + side, align, base.format(size * .88) + weight))
    cells = {"Cplain": 'fo:border="none"', "Cgrid": f'fo:border="{thin}"', "Cgridhead": f'fo:border="{thin}" fo:background-color="#e6ebf1"',
             "Chead": f'fo:border-bottom="{thin}" style:vertical-align="bottom"', "Ctop": f'fo:border-top="{thick}"', "Ctotal": f'fo:border-top="{thin}"',
             "Clast": f'fo:border-bottom="{thick}"', "Cline": 'fo:border-bottom="0.3pt solid #bbbbbb"'}
    fixed += [f'<style:style style:name="{n}" style:family="table-cell"><style:table-cell-properties {cell}{v}/></style:style>' for n, v in cells.items()]
    fixed += [f'<style:style style:name="B" style:family="text"><style:text-properties{strong}/></style:style>',
              '<style:style style:name="S" style:family="text"><style:text-properties style:text-position="super 62%"/></style:style>',]
    plain = '<style:style style:name="L" style:family="text"><style:text-properties fo:color="#111111" style:text-underline-style="none"/></style:style>'
    small = base.format(size * .82)
    tabs = {"F1": "", "F2": '<style:tab-stops><style:tab-stop style:position="17.2cm" style:type="right"/></style:tab-stops>',
            "F3": '<style:tab-stops><style:tab-stop style:position="8.6cm" style:type="center"/><style:tab-stop style:position="17.2cm" style:type="right"/></style:tab-stops>'}
    furn = "".join(f'<style:style style:name="{n}" style:family="paragraph"><style:paragraph-properties fo:text-align="{"center" if n == "F1" else "start"}">{t}</style:paragraph-properties>'
                   f'<style:text-properties {small} fo:color="#555555"/></style:style>' for n, t in tabs.items())
    return (f'<?xml version="1.0" encoding="UTF-8"?><office:document {NAMES} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">'
            f'<office:styles>{plain}</office:styles><office:automatic-styles>{"".join(fixed)}{furn}{"".join(styles)}'
            '<style:page-layout style:name="P"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="1.4cm" fo:margin-bottom="1.3cm" fo:margin-left="1.9cm" fo:margin-right="1.9cm"/>'
            '<style:header-style><style:header-footer-properties fo:min-height="0.8cm" fo:margin-bottom="0.3cm"/></style:header-style><style:footer-style><style:header-footer-properties fo:min-height="0.8cm" fo:margin-top="0.3cm"/></style:footer-style></style:page-layout></office:automatic-styles>'
            f'<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="P"><style:header>{furniture(h.get("header", ""))}</style:header><style:footer>{furniture(h.get("footer", ""))}</style:footer></style:master-page></office:master-styles>'
            f'<office:body><office:text>{"".join(body)}</office:text></office:body></office:document>')


def render(document, target):
    with tempfile.TemporaryDirectory() as room:
        Path(room, "in.fodt").write_text(source(document), encoding="utf-8")
        done = subprocess.run(["soffice", f"-env:UserInstallation=file://{room}/profile", "--headless", "--convert-to", "pdf:writer_pdf_Export", "--outdir", room, f"{room}/in.fodt"],
                              capture_output=True, text=True, env={**os.environ, "HOME": room}, timeout=180)
        made = Path(room, "in.pdf")
        if not made.exists():
            raise RuntimeError("LibreOffice wrote no PDF: " + done.stderr[-300:])
        Path(target).write_bytes(made.read_bytes())
