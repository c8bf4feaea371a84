"""Lines as text: one of progress as each comes, and the table at the end."""
import statistics

from harness.line import not_judged, number

HEADER = ["row", "threads", "Millrace", "peer", "ratio (min–max)", "CPU", "roofline"]


def progress(line):
    """A short line for standard error."""
    text = f"  {line.what}, {line.threads} threads: {number(statistics.median(line.ours))} {line.unit}"
    if line.peer:
        text += f"; {line.peer_name} {number(statistics.median(line.peer))}; ratio {number(line.ratio)}"
    return text + (f" ({not_judged(line.others)})" if line.disturbed else "")


def cells(line):
    ratio = ""
    if line.peer:
        ratio = number(line.ratio)
        if len(line.ratios) > 1:
            ratio += f" ({number(min(line.ratios))}–{number(max(line.ratios))})"
    return [
        f"{line.row}: {line.what}", str(line.threads), f"{number(statistics.median(line.ours))} {line.unit}",
        f"{number(statistics.median(line.peer))} {line.peer_name}" if line.peer else "", ratio,
        f"{line.cpu_ratio:.2f}" if line.cpu_ratio is not None else "",
        f"{line.percent:.0f} %" if line.percent is not None else "",
    ]


def show(lines):
    """Aligned; below every line what is asked for and what there is to say of it."""
    table = [HEADER] + [cells(line) for line in lines]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    for row, line in zip(table, [None] + lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        if line:
            below = [bar.text(line.others) for bar in line.bars]
            if line.disturbed and not below:
                below.append(not_judged(line.others))
            for text in below + line.notes:
                print(f"    {text}")
