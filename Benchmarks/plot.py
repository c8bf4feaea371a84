"""Line charts as SVG, written directly."""
import dataclasses
import html
import math

WIDTH, HEIGHT = 780, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 270, 44, 48
OURS, PEER, GRID, TEXT = "#1d4ed8", "#c2410c", "#d4d4d8", "#27272a"


@dataclasses.dataclass
class Curve:
    name: str
    points: list  # [(x, y)], ascending
    mark: int     # curves of one kind share mark and dashes
    ours: bool

    @property
    def color(self):
        return OURS if self.ours else PEER

    @property
    def dashes(self):
        return ["", "6 4", "2 3", "8 3 2 3"][self.mark % 4]


def steps(top):
    """Round numbers from 0 to at least `top`."""
    rough = top / 5
    size = 10 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= rough)
    return [step * i for i in range(math.ceil(top / step) + 1)]


def chart(title, x_label, y_label, curves):
    places = sorted({x for curve in curves for x, _ in curve.points})
    levels = steps(max(y for curve in curves for _, y in curve.points) or 1)
    low, high = places[0], places[-1]

    def across(x):
        return LEFT + (WIDTH - LEFT - RIGHT) * ((x - low) / (high - low) if high > low else 0.5)

    def up(y):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / levels[-1]

    def text(x, y, content, anchor="middle", size=12, color=TEXT):
        return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{color}">'
                f"{html.escape(str(content))}</text>")

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" role="img">',
           f"<title>{html.escape(title)}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           text(LEFT, 24, title, "start", 15)]
    for level in levels:
        out.append(f'<path d="M{LEFT} {up(level):.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>')
        out.append(text(LEFT - 8, up(level) + 4, f"{level:g}", "end"))
    out += [text(across(x), HEIGHT - BOTTOM + 20, x) for x in places]
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_label))
    out.append(text(LEFT - 8, TOP - 8, y_label, "end"))
    for index, curve in enumerate(curves):
        line = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in curve.points)
        dashes = f' stroke-dasharray="{curve.dashes}"' if curve.dashes else ""
        out.append(f'<polyline points="{line}" fill="none" stroke="{curve.color}" stroke-width="2"{dashes}/>')
        out += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.5" fill="{curve.color}"/>' for x, y in curve.points]
        y = TOP + 12 + index * 20
        out.append(f'<path d="M{WIDTH - RIGHT + 12} {y - 4}h24" stroke="{curve.color}" stroke-width="2"{dashes}/>')
        out.append(text(WIDTH - RIGHT + 42, y, curve.name, "start", 11))
    return "\n".join(out) + "\n</svg>\n"
