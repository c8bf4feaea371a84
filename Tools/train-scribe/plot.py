"""Loss curves of a training log as SVG.

    python plot.py LOG.jsonl OUT.svg
"""
import json
import sys
from pathlib import Path

COLOURS = {"english": "#1f77b4", "chinese": "#d62728", "code": "#2ca02c", "middle": "#9467bd", "instruction": "#8c564b", "tools": "#ff7f0e", "extraction": "#17becf"}
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 860, 460, 56, 44, 24, 120


def main(log, out):
    lines = [json.loads(line) for line in Path(log).read_text().splitlines()]
    # a leg that was broken off repeats the steps after its last checkpoint: the later ones count
    lines = list({line["step"]: line for line in lines}.values())
    lines.sort(key=lambda line: line["step"])
    most, high = lines[-1]["tokens"] / 1e6, 9.5
    x = lambda tokens: LEFT + (WIDTH - LEFT - RIGHT) * tokens / 1e6 / most
    y = lambda loss: TOP + (HEIGHT - TOP - BOTTOM) * (1 - loss / high)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for loss in range(0, 10):
        parts.append(f'<path d="M{LEFT} {y(loss):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/><text x="{LEFT - 8}" y="{y(loss) + 4:.1f}" text-anchor="end">{loss}</text>')
    for million in range(0, int(most) + 1, max(1, int(most / 8))):
        parts.append(f'<text x="{x(million * 1e6):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{million}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">million tokens</text><text x="{LEFT}" y="14">training loss in nats per token</text>')
    deeper = next((line["tokens"] for a, line in zip(lines, lines[1:]) if line["layers"] > a["layers"]), None)
    if deeper:
        parts.append(f'<path d="M{x(deeper):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#888" stroke-dasharray="4 4"/><text x="{x(deeper) + 4:.1f}" y="{TOP + 12}" fill="#555">layers added</text>')
    for place, (name, colour) in enumerate(COLOURS.items()):
        points = [(line["tokens"], line["loss"][name]) for line in lines if name in line["loss"]]
        if points:
            path = "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in points)
            parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.4"/><text x="{WIDTH - RIGHT + 10}" y="{TOP + 20 + 18 * place}" fill="{colour}">{name} {points[-1][1]:.2f}</text>')
    Path(out).write_text("\n".join(parts) + "\n</svg>\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
