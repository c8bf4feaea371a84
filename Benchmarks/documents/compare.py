"""Reads the same documents with Millrace and its peers; prints time, memory and table F1 of each as a table in Markdown.

    python compare.py MILLRACE PIPELINE FOLDER… [--repetitions 3] [--out results.json]

Every folder holds PDF files and their ground truth in `truth/`. A tool reads all files of a folder in one process, as a user
would start it; the tools take turns, and medians are printed. A cell is right when the same text (blanks and case aside) stands in
the same row and column of a table on that page; tables are paired so that most cells are right. Tools that give cells that span
others repeat or leave out their text, so a cell of the truth that spans several counts once, at its first place.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ["pdfplumber", "pymupdf4llm", "markitdown"]


def normal(text):
    return re.sub(r"\s+", "", text or "").replace("−", "-").replace("–", "-").lower()


def measured(command):
    """(output, seconds, CPU seconds, peak MiB) of a program and those that it starts."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.communicate()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in (0, 3):
        sys.exit(f"{command[0]} ended with {process.returncode}: {errors.decode()[-2000:]}")
    return output.decode(), time.monotonic() - start, usage.ru_utime + usage.ru_stime


def apart(arguments):
    """Runs `measured` in a process of its own, whose children are only that command's."""
    code = "import compare, json, sys; o, s, c = compare.measured(sys.argv[1:]); " \
           "import resource; print(json.dumps([o, s, c, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=HERE)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def truth_tables(truth):
    """Tables by page: {(row, column): text}; one that continues another belongs to its first page, too."""
    tables = []
    for table in truth["tables"]:
        cells = {(cell["row"], cell["column"]): normal(cell["text"]) for cell in table["cells"] if normal(cell["text"])}
        tables.append((table["page"], cells))
    return tables


def grid(rows):
    return {(r, c): normal(text) for r, row in enumerate(rows) for c, text in enumerate(row) if normal(text)}


def shifted(found, rows, columns):
    return {(r + rows, c + columns): text for (r, c), text in found.items()}


def right_cells(found, true):
    """Most cells that agree, where the found table may begin a row or column earlier or later."""
    best = 0
    for rows in range(-3, 4):
        for columns in range(-1, 2):
            best = max(best, sum(true.get(place) == text for place, text in shifted(found, rows, columns).items()))
    return best


def table_counts(found, true):
    """(right, found, true) cells of one document."""
    pairs = sorted(((right_cells(cells, wanted), i, j)
                    for i, (page, cells) in enumerate(found) for j, (number, wanted) in enumerate(true)
                    if page in (None, number)), reverse=True)
    right, used, met = 0, set(), set()
    for count, i, j in pairs:
        if count and i not in used and j not in met:
            right, used, met = right + count, used | {i}, met | {j}
    return right, sum(len(cells) for _, cells in found), sum(len(cells) for _, cells in true)


def millrace(options, files):
    with tempfile.TemporaryDirectory() as out:
        listing = pathlib.Path(out) / "list.txt"
        listing.write_text("".join(f"{pathlib.Path(file).resolve()}\n" for file in files))
        _, seconds, cpu, memory = apart([
            options.millrace, "run", options.pipeline, "--set", f"inbox={pathlib.Path(files[0]).parent}", "--set", f"out={out}/out",
            "--set", f"list={listing}"])
        answers = {}
        for line in open(f"{out}/out/records.jsonl"):
            record = json.loads(line)
            tables = []
            for table in record["tables"]:
                cells = {}
                for cell in table["cells"]:
                    cells[(cell["row"], cell["column"])] = normal(cell["text"])
                # One that goes on over pages is compared page by page, as the others have it.
                tables.append((table, {place: text for place, text in cells.items() if text}))
            answers[os.path.basename(record["file"])] = tables
        return answers, seconds, cpu, memory


def by_page(table, cells):
    """A table that goes on over pages, apart: rows belong to the page where their cells stand."""
    pages = {}
    for cell in table["cells"]:
        if not normal(cell["text"]):
            continue
        page = cell["places"][0]["page"] if cell.get("places") else table["places"][0]["page"]
        pages.setdefault(page, {})[(cell["row"], cell["column"])] = normal(cell["text"])
    parts = []
    for page, found in pages.items():
        first = min(row for row, _ in found)
        parts.append((page, shifted(found, -first, 0)))
    return parts


def peer(name, files):
    output, seconds, cpu, memory = apart([sys.executable, str(HERE / "peers.py"), name, *files])
    answers = {}
    for line in output.splitlines():
        if line.startswith("{"):
            answer = json.loads(line)
            if "error" in answer:
                print(f"{name}: {answer['file']}: {answer['error']}", file=sys.stderr)
                continue
            answers[os.path.basename(answer["file"])] = [(t["page"], grid(t["rows"])) for t in answer.get("tables", [])]
    if not answers:
        sys.exit(f"{name} read none of the documents; is Benchmarks/documents/requirements.txt installed?")
    return answers, seconds, cpu, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("millrace", type=os.path.abspath)
    parser.add_argument("pipeline", type=os.path.abspath)
    parser.add_argument("folders", nargs="+", type=os.path.abspath)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--out")
    options = parser.parse_args()
    documents = []
    for folder in options.folders:
        for path in sorted(pathlib.Path(folder).glob("truth/*.json")):
            truth = json.loads(path.read_text())
            file = pathlib.Path(folder) / truth["file"]
            if file.suffix == ".pdf" and not truth.get("password") and file.exists():
                documents.append((str(file), truth))
    groups = {"text layer": [d for d in documents if d[1]["layer"] == "text"],
              "scans, mixed, garbage": [d for d in documents if d[1]["layer"] != "text"]}
    results = []
    for group, members in groups.items():
        if not members:
            continue
        files, tools = [file for file, _ in members], ["millrace", *PEERS]
        runs = {tool: [] for tool in tools}
        for _ in range(options.repetitions):
            for tool in tools:
                runs[tool].append(millrace(options, files) if tool == "millrace" else peer(tool, files))
        for tool in tools:
            answers = runs[tool][0][0]
            right = found = true = 0
            for file, truth in members:
                tables = answers.get(os.path.basename(file), [])
                if tool == "millrace":
                    tables = [part for table, cells in tables for part in by_page(table, cells)]
                counts = table_counts(tables, truth_tables(truth))
                right, found, true = right + counts[0], found + counts[1], true + counts[2]
            median = [statistics.median(run[index] for run in runs[tool]) for index in (1, 2, 3)]
            pages = sum(len(truth["pages"]) for _, truth in members)
            results.append({
                "group": group, "tool": tool, "documents": len(members), "pages": pages, "seconds": median[0], "cpu": median[1],
                "memory": median[2], "precision": right / max(found, 1), "recall": right / max(true, 1),
                "f1": 2 * right / max(found + true, 1)})
    print("| documents | tool | s | CPU s | ms/page | peak MiB of one process | table cells: precision | recall | F1 |\n|---|---|---|---|---|---|---|---|---|")
    for row in results:
        print(f"| {row['group']} ({row['documents']}, {row['pages']} pages) | {row['tool']} | {row['seconds']:.1f} | {row['cpu']:.1f} | "
              f"{1000 * row['seconds'] / row['pages']:.0f} | {row['memory']:.0f} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} |")
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
