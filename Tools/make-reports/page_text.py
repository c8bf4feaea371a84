"""Writes a document as plain text or Markdown; its places are lines and columns, counted from 1."""
import unicodedata


def wide(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Page:
    def __init__(self):
        self.lines, self.links = [], {}

    def add(self, before, runs, after=""):
        line, number = before, len(self.lines)
        for run in runs:
            if run.breaks:
                line += " "
                continue
            if run.text.strip():
                at = len(line) + len(run.text) - len(run.text.lstrip())
                self.links.setdefault(run.id, []).append((1, [at, number, at + len(run.text.strip()), number + 1]))
            line += run.text
        self.lines.append((line + after).rstrip())

    def table(self, table, markdown):
        widths = [max([wide(" ".join(c.text.split("\n"))) for row in table.rows for c in row.cells if c.column == k and c.columns == 1] or [3]) for k in range(len(table.keys))]
        for r, row in enumerate(table.rows):
            line, number = "| " if markdown else "", len(self.lines)
            for cell in row.cells:
                room = sum(widths[cell.column:cell.column + cell.columns]) + 3 * (cell.columns - 1)
                pad = " " * max(0, room - wide(cell.text.replace("\n", " ")))
                line += pad if cell.column else ""
                for run in cell.runs:
                    if not run.breaks and run.text.strip():
                        self.links.setdefault(run.id, []).append((1, [len(line), number, len(line) + len(run.text), number + 1]))
                    line += " " if run.breaks else run.text
                line += ("" if cell.column else pad) + (" | " if markdown else "   ")
            self.lines.append(line.rstrip())
            if r == table.head - 1:
                self.lines.append("|" + "|".join("---" if k == 0 else "---:" for k in range(len(widths))) + "|" if markdown else "-" * (sum(widths) + 3 * len(widths) - 3))
        self.lines.append("")


def write(document, markdown):
    """The text and the links, as of a PDF, with columns and lines for points."""
    page = Page()
    for block in document.blocks:
        if block.kind == "table":
            page.table(block.table, markdown)
        elif block.kind == "heading":
            page.add("#" * block.level + " " if markdown else "", block.runs)
            if not markdown:
                page.lines.append(("=" if block.level == 1 else "-") * wide(page.lines[-1]))
            page.lines.append("")
        elif block.kind == "item":
            page.add((("-" if block.label == "•" else block.label) if markdown else "  " + block.label) + " ", block.runs)
        elif block.runs:
            if page.lines and page.lines[-1] and not markdown and block.kind != "paragraph":
                page.lines.append("")
            page.add("", block.runs)
            page.lines.append("")
    return "\n".join(page.lines).strip() + "\n", page.links


def lines_for_boxes(node):
    if isinstance(node, list):
        for item in node:
            lines_for_boxes(item)
    elif isinstance(node, dict):
        if "box" in node:
            box = node.pop("box")
            node.update(line=int(round(box[1])) + 1, column=int(box[0]) + 1) if "rows" not in node and "row" not in node else node.update(line=max(1, int(round(box[1])) + (3 if "rows" in node else 1)))
        for value in node.values():
            lines_for_boxes(value)
