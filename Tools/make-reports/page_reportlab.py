"""Renders a document with ReportLab: one column or two, tables, running lines."""
from html import escape

from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, KeepTogether, NextPageTemplate, PageBreak, PageTemplate, Paragraph, Table, TableStyle

LIBERATION, ZENHEI = "/usr/share/fonts/truetype/liberation2/Liberation{}-{}.ttf", "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"


def fonts(style):
    """Registers the style's fonts and gives the names of the regular and the bold one."""
    family = style.get("font", "Sans")
    for weight in ("Regular", "Bold"):
        font = TTFont(f"{family}-{weight}", ZENHEI, subfontIndex=0) if family == "ZenHei" else TTFont(f"{family}-{weight}", LIBERATION.format(family, weight))
        pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(f"{family}-Regular", normal=f"{family}-Regular", bold=f"{family}-Bold", italic=f"{family}-Regular", boldItalic=f"{family}-Bold")
    return f"{family}-Regular", f"{family}-Bold"


def inline(runs):
    out = []
    for run in runs:
        if run.breaks:
            out.append("<br/>")
            continue
        core = run.text.strip()
        if not core:
            out.append(run.text)
            continue
        body = escape(core.replace(" ", "\u00a0") if run.mark and len(core) <= 26 else core)
        body = f'<a href="mill:{run.id}">{body}</a>'
        if run.sup:
            body = f"<super>{body}</super>"
        if run.bold:
            body = f"<b>{body}</b>"
        out.append((" " if run.text[0] == " " else "") + body + (" " if run.text[-1] == " " else ""))
    return "".join(out)


class Counted(Canvas):
    """Draws the running lines once the number of pages is known."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.kept = []

    def showPage(self):
        self.kept.append(dict(self.__dict__))
        self._startPage()

    def save(self):
        for state in self.kept:
            self.__dict__.update(state)
            self.running(len(self.kept))
            super().showPage()
        super().save()

    def running(self, total):
        width, height = self._pagesize
        self.setFont(self.look["font"], self.look["size"] - 2)
        self.setFillColor(colors.HexColor("#444444"))
        for line, y in ((self.look["header"], height - 32), (self.look["footer"], 26)):
            parts = [p.strip().replace("{page}", str(self._pageNumber)).replace("{pages}", str(total)) for p in line.split("|")] if line else []
            if len(parts) == 1:
                self.drawCentredString(width / 2, y, parts[0])
                continue
            for k, part in enumerate(parts):
                if k == 0:
                    self.drawString(50, y, part)
                elif k == len(parts) - 1:
                    self.drawRightString(width - 50, y, part)
                else:
                    self.drawCentredString(width / 2, y, part)


def table(block, document, style, width):
    table = block.table
    look = table.options.get("look") or document.style.get("table", "booktabs")
    table.options["look"] = look
    columns, size = len(table.keys), float(document.style.get("size", 9.5)) * .88
    shares = [float(w) / 100 for w in table.options.get("widths", "").split()] or [0.4 if k == 0 and columns > 2 else (0.6 / (columns - 1) if columns > 2 else 0.5) for k in range(columns)]
    left = set(int(c) for c in table.options.get("left", "0").split(","))
    accent = colors.HexColor(document.style.get("accent", "#1b3f6b"))
    rows, commands = [], [("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 1.6), ("BOTTOMPADDING", (0, 0), (-1, -1), 2), ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3)]
    last = len(table.rows) - 1
    for r, row in enumerate(table.rows):
        line = [""] * columns
        for cell in row.cells:
            strong = row.head or row.options.get("total") or row.options.get("section")
            align = TA_CENTER if row.head and cell.columns > 1 else TA_LEFT if cell.column in left else TA_RIGHT
            white = row.head and look == "zebra"
            text = ParagraphStyle("c", fontName=style["bold"] if strong else style["plain"], fontSize=size, leading=size * 1.25, alignment=align, wordWrap="CJK" if style["chinese"] else None,
                                  textColor=colors.white if white else colors.black, leftIndent=9 if row.options.get("sub") and cell.column == 0 else 0)
            line[cell.column] = Paragraph(inline(cell.runs), text)
            if cell.columns > 1 or cell.rows > 1:
                commands.append(("SPAN", (cell.column, r), (cell.column + cell.columns - 1, r + cell.rows - 1)))
        rows.append(line)
        if row.options.get("total") and look in ("booktabs", "lines"):
            commands.append(("LINEABOVE", (0, r), (-1, r), 0.5, colors.black))
        if look == "lines" and not row.head:
            commands.append(("LINEBELOW", (0, r), (-1, r), 0.25, colors.HexColor("#bbbbbb")))
        if look == "zebra" and not row.head and r % 2:
            commands.append(("BACKGROUND", (0, r), (-1, r), colors.HexColor("#eef2f6")))
    if look == "grid":
        commands.append(("GRID", (0, 0), (-1, -1), 0.5, colors.HexColor("#555555")))
    if look in ("booktabs", "lines") and table.head:
        commands += [("LINEABOVE", (0, 0), (-1, 0), 1, accent), ("LINEBELOW", (0, table.head - 1), (-1, table.head - 1), 0.6, accent), ("LINEBELOW", (0, last), (-1, last), 1, accent)]
    if look == "zebra" and table.head:
        commands.append(("BACKGROUND", (0, 0), (-1, table.head - 1), accent))
    return Table(rows, colWidths=[s * width for s in shares], style=TableStyle(commands), spaceBefore=2, spaceAfter=8, hAlign="LEFT")


def render(document, target):
    rl_config.invariant = 1
    plain, bold_face = fonts(document.style)
    size, accent = float(document.style.get("size", 9.5)), colors.HexColor(document.style.get("accent", "#1b3f6b"))
    paper = LETTER if document.head.get("paper") == "Letter" else A4
    chinese = document.head["language"] != "en"
    width, height = paper[0] - 100, paper[1] - 100
    wrap = {"wordWrap": "CJK"} if chinese else {}

    def style(name, scale=1.0, bold=False, **more):
        return ParagraphStyle(name, fontName=bold_face if bold else plain, fontSize=size * scale, leading=size * scale * (1.5 if chinese else 1.32), **{"spaceAfter": 5, **wrap, **more})
    styles = {"paragraph": style("p", alignment=TA_LEFT if chinese else TA_JUSTIFY, firstLineIndent=size * 2 if document.style.get("indent") else 0),
              "caption": style("c", .9, True, spaceBefore=5, spaceAfter=2, keepWithNext=1), "footnote": style("f", .78, spaceAfter=2), "lead": style("l", 1.08, True),
              1: style("h1", 1.8, True, textColor=accent, spaceAfter=6), 2: style("h2", 1.22, True, textColor=accent, spaceBefore=7, spaceAfter=3, keepWithNext=1), 3: style("h3", 1, True, spaceBefore=4, spaceAfter=2, keepWithNext=1),
              "item": style("i", leftIndent=14, bulletIndent=2, bulletFontName=plain, spaceAfter=3), "right": style("r", alignment=TA_RIGHT, spaceAfter=1), "center": style("m", alignment=TA_CENTER, spaceAfter=2),
              "masthead": style("t", spaceAfter=1, textColor=accent)}
    single = PageTemplate("one", [Frame(50, 50, width, height, 0, 0, 0, 0)])
    gap = 18
    double = PageTemplate("two", [Frame(50 + k * (width + gap) / 2, 50, (width - gap) / 2, height, 0, 0, 0, 0) for k in (0, 1)])
    made, region, inner, held = [], "", width, []
    for block in document.blocks:
        if block.kind == "region":
            region = block.region
            if region == "columns 2":
                made += [NextPageTemplate("two"), PageBreak()]
                inner = (width - gap) / 2
            elif inner != width:
                made += [NextPageTemplate("one")]
                inner = width
            continue
        if block.kind == "page":
            made.append(PageBreak())
        elif block.kind == "table":
            made.append(KeepTogether([table(block, document, {"chinese": chinese, "plain": plain, "bold": bold_face}, inner)]))
        elif block.kind == "heading":
            made.append(Paragraph(inline(block.runs), styles[block.level]))
        elif block.kind == "item":
            made.append(Paragraph(inline(block.runs), styles["item"], bulletText=block.label))
        elif block.kind != "chart":
            name = region if block.kind == "paragraph" and region in styles else block.kind
            made.append(Paragraph(inline(block.runs), styles[name]))

    class Own(Counted):
        look = {"size": size, "font": plain, "header": document.head.get("header", ""), "footer": document.head.get("footer", "")}
    BaseDocTemplate(str(target), pagesize=paper, pageTemplates=[single, double], title=document.head.get("title", ""), author="").build(made, canvasmaker=Own)
