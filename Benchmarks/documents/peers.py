"""Reads PDF files with one peer and prints a JSON line for each: its tables as rows of texts by page, its text, seconds.

    python peers.py pdfplumber|pymupdf4llm|markitdown FILE…
"""
import json
import re
import sys
import time


def pdfplumber_tables(path):
    import pdfplumber
    with pdfplumber.open(path) as document:
        tables = [{"page": page.page_number, "rows": [[cell or "" for cell in row] for row in table]}
                  for page in document.pages for table in page.extract_tables()]
        text = "\n".join(page.extract_text() or "" for page in document.pages)
    return tables, text


def markdown_tables(markdown, page):
    """The pipe tables of a Markdown text."""
    tables, rows = [], []
    for line in markdown.split("\n") + [""]:
        line = line.strip()
        if line.startswith("|") and line.endswith("|"):
            cells = [cell.replace("<br>", " ").replace("\\|", "|").strip("* ") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not all(re.fullmatch(r":?-+:?", cell.strip()) for cell in cells):
                rows.append(cells)
        elif rows:
            tables.append({"page": page, "rows": rows})
            rows = []
    return tables


def pymupdf4llm_tables(path):
    import pymupdf4llm
    chunks = pymupdf4llm.to_markdown(path, page_chunks=True, show_progress=False)
    tables = [table for number, chunk in enumerate(chunks, 1) for table in markdown_tables(chunk["text"], number)]
    return tables, "\n".join(chunk["text"] for chunk in chunks)


def markitdown_tables(path):
    from markitdown import MarkItDown
    text = MarkItDown().convert(path).text_content
    # It does not say which page; any will do.
    return markdown_tables(text, None), text


READERS = {"pdfplumber": pdfplumber_tables, "pymupdf4llm": pymupdf4llm_tables, "markitdown": markitdown_tables}

if __name__ == "__main__":
    reader = READERS[sys.argv[1]]
    for path in sys.argv[2:]:
        start = time.monotonic()
        try:
            tables, text = reader(path)
            answer = {"tables": tables, "text": text}
        except Exception as error:  # whatever a peer throws is its result
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"file": path, "seconds": time.monotonic() - start, **answer}), flush=True)
