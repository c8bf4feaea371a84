"""Renders a document with XeLaTeX."""
import os
import re
import subprocess
import tempfile
from pathlib import Path

SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def escape(text):
    return "".join(SPECIAL.get(c, c) for c in text)


def inline(runs):
    out = []
    for run in runs:
        if run.breaks:
            out.append(r"\newline ")
            continue
        core = run.text.strip()
        if not core:
            out.append(run.text)
            continue
        body = escape(core)
        if run.mark and len(core) <= 26:
            body = rf"\mbox{{{body}}}"
        body = rf"\mill{{{run.id}}}{{{body}}}"
        if run.bold:
            body = rf"\textbf{{{body}}}"
        if run.sup:
            body = rf"\textsuperscript{{{body}}}"
        out.append((" " if run.text[0] == " " else "") + body + (" " if run.text[-1] == " " else ""))
    return "".join(out)


def table(table, document):
    look = table.options.get("look") or document.style.get("table", "booktabs")
    table.options["look"] = look
    width = len(table.keys)
    left = set(int(c) for c in table.options.get("left", "0").split(","))
    bar = "|" if look == "grid" else ""
    shares = [float(w) for w in table.options.get("widths", "").split()]
    kinds = []
    for k in range(width):
        share = shares[k] / 100 if shares else (0.4 if k == 0 and width > 2 else (0.6 / (width - 1) if width > 2 else 0.5))
        kinds.append(rf">{{\{'raggedright' if k in left else 'raggedleft'}\arraybackslash}}p{{\dimexpr {share:.3f}\linewidth-2\tabcolsep\relax}}")
    out = [r"\noindent{\tablesize\begin{tabular}{@{}" + bar + bar.join(kinds) + bar + "@{}}"]
    if look in ("booktabs", "lines", "grid"):
        out.append(r"\hline")
    for number, row in enumerate(table.rows):
        cells, column = [], 0
        taken = {c.column: c for c in row.cells}
        while column < width:
            cell = taken.get(column)
            if cell is None:
                cells.append("")
                column += 1
                continue
            text = inline(cell.runs)
            if row.head or row.options.get("total") or row.options.get("section"):
                text = rf"\bfseries {text}" if text else ""
            if row.options.get("sub") and column == 0:
                text = r"\hspace*{8pt}" + text
            if cell.columns > 1:
                how = "l" if row.options.get("section") else "c"
                text = rf"\multicolumn{{{cell.columns}}}{{{bar if column == 0 else ''}{how}{bar}}}{{{text}}}"
            cells.append(text)
            column += cell.columns
        if row.options.get("total") and look in ("booktabs", "lines"):
            out.append(r"\hline")
        line = " & ".join(cells) + r" \\"
        out.append(line)
        spans = [c for c in row.cells if c.columns > 1 and row.head]
        if look == "grid" or (number == table.head - 1 and look != "plain"):
            tall = [c for r in table.rows[:number + 1] for c in r.cells if c.row + c.rows - 1 > number and c.rows > 1]
            out.append(r"\hline" if not tall else "")
        elif spans and look != "plain":
            out += [rf"\cline{{{c.column + 1}-{c.column + c.columns}}}" for c in spans]
    if look == "booktabs" or look == "lines":
        out.append(r"\hline")
    out.append(r"\end{tabular}\par}\vspace{4pt}")
    return "\n".join(filter(None, out))


def furniture(line, places):
    parts = [p.strip() for p in line.split("|")] if line else []
    sides = ["L", "R"] if len(parts) == 2 else ["L", "C", "R"] if len(parts) == 3 else ["C"]
    out = []
    for side, part in zip(sides, parts):
        text = escape(part).replace(r"\{page\}", r"\thepage{}").replace(r"\{pages\}", r"\pageref{lastpage}")
        out.append(rf"\{places}[{side}]{{\small {text}}}")
    return "\n".join(out)


def source(document):
    s, h = document.style, document.head
    chinese = h["language"] != "en"
    size, accent = float(s.get("size", 10)), s.get("accent", "#1b3f6b").lstrip("#").upper()
    fonts = rf"\setmainfont{{{s['font']}}}" if "font" in s else ""
    head = [rf"\documentclass[{s.get('class', '10pt')},{'a4paper' if h.get('paper', 'A4') == 'A4' else 'letterpaper'}]{{article}}",
            r"\usepackage{fontspec,fancyhdr,multicol,array,xcolor,graphicx}",
            rf"\usepackage[margin={s.get('texmargin', '20mm')},headheight=14pt]{{geometry}}", fonts,
            rf"\definecolor{{accent}}{{HTML}}{{{accent}}}\definecolor{{pale}}{{HTML}}{{EEF1F5}}",
            r"\newcommand{\mill}[2]{\leavevmode\special{pdf:bann << /Type/Annot /Subtype/Link /Border [0 0 0] /A << /S/URI /URI (mill:#1) >> >>}#2\special{pdf:eann}}",
            r"\XeTeXlinebreaklocale ""\"zh\"\n\\XeTeXlinebreakskip=0pt plus 1pt minus 0.1pt" if chinese else "",
            r"\pagestyle{fancy}\fancyhf{}\renewcommand{\headrulewidth}{0.3pt}",
            furniture(h.get("header", ""), "fancyhead"), furniture(h.get("footer", ""), "fancyfoot"),
            rf"\newcommand{{\tablesize}}{{\fontsize{{{size * .86:.1f}}}{{{size * 1.12:.1f}}}\selectfont\setlength{{\tabcolsep}}{{3pt}}\renewcommand{{\arraystretch}}{{1.12}}}}",
            rf"\setlength{{\parindent}}{{{s.get('indent', '0pt')}}}\setlength{{\parskip}}{{{s.get('gap', '5pt')}}}\setlength{{\columnsep}}{{16pt}}",
            r"\sloppy\begin{document}", rf"\fontsize{{{size}}}{{{size * 1.28:.1f}}}\selectfont"]
    parts, region, regions = [], None, []
    for block in document.blocks:
        if block.kind == "region":
            regions.append((block.region, []))
            continue
        if not regions:
            regions.append(("full", []))
        text, out = inline(block.runs), regions[-1][1]
        if block.kind == "page":
            out.append(r"\clearpage")
        elif block.kind == "heading":
            look = {1: rf"\vspace{{2pt}}{{\fontsize{{{size * 1.8:.1f}}}{{{size * 2.1:.1f}}}\selectfont\bfseries\color{{accent}}\raggedright {text}\par}}",
                    2: rf"\vspace{{5pt}}{{\fontsize{{{size * 1.2:.1f}}}{{{size * 1.4:.1f}}}\selectfont\bfseries\color{{accent}}\raggedright {text}\par}}\nopagebreak",
                    3: rf"\vspace{{2pt}}{{\bfseries\raggedright {text}\par}}\nopagebreak"}[block.level]
            out.append(look)
        elif block.kind == "item":
            room = "28pt" if block.label.startswith("（") else "14pt"
            out.append(rf"{{\parskip=2pt\leftskip={room}\noindent\hspace*{{-{room}}}\makebox[{room}][l]{{{escape(block.label)}}}{text}\par}}")
        elif block.kind == "caption":
            out.append(rf"\vspace{{3pt}}{{\tablesize\bfseries\noindent {text}\par}}\nopagebreak")
        elif block.kind == "footnote":
            out.append(rf"{{\fontsize{{{size * .76:.1f}}}{{{size * .95:.1f}}}\selectfont\noindent {text}\par}}")
        elif block.kind == "lead":
            out.append(rf"{{\bfseries\noindent {text}\par}}")
        elif block.kind == "table":
            out.append(table(block.table, document))
        elif block.kind != "chart":
            out.append(text + r"\par")
    at = 0
    while at < len(regions):
        name, content = regions[at]
        body = "\n".join(content)
        if name == "sidebar" and at + 1 < len(regions):
            beside = "\n".join(regions[at + 1][1])
            parts.append(r"\noindent\begin{minipage}[t]{0.63\textwidth}\setlength{\parskip}{5pt}\vspace{0pt}" + beside + r"\end{minipage}\hfill"
                         r"\colorbox{pale}{\begin{minipage}[t]{0.31\textwidth}\setlength{\parskip}{3pt}\vspace{0pt}" + body + r"\end{minipage}}\par")
            at += 1
        elif name.startswith("columns"):
            parts.append(rf"\begin{{multicols}}{{{3 if name.endswith('3') else 2}}}" + body + r"\end{multicols}")
        elif name == "masthead":
            parts.append(r"\noindent{\color{accent}\rule{\textwidth}{3pt}}\par{\parindent=0pt " + body + r"}\noindent{\color{accent}\rule{\textwidth}{0.6pt}}\par")
        elif name == "center":
            parts.append(r"{\centering " + body + r"\par}")
        elif name == "right":
            parts.append(r"{\raggedleft " + body + r"\par}")
        else:
            parts.append(body)
        at += 1
    return "\n".join(filter(None, head)) + "\n" + "\n".join(parts) + "\n\\label{lastpage}\\end{document}\n"


def render(document, target):
    with tempfile.TemporaryDirectory() as room:
        Path(room, "in.tex").write_text(source(document), encoding="utf-8")
        for _ in range(2):
            done = subprocess.run(["xelatex", "-interaction=nonstopmode", "-halt-on-error", "in.tex"], cwd=room, capture_output=True, text=True,
                                  env={**os.environ, "FORCE_SOURCE_DATE": "1"})
            if done.returncode:
                raise RuntimeError("xelatex: " + " ".join(re.findall(r"^!.*|^l\.\d+.*", done.stdout, re.M))[:400])
        Path(target).write_bytes(Path(room, "in.pdf").read_bytes())
