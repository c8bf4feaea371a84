"""Makes page pictures of a PDF as a scanner would, and moves the truth's boxes to where the ink is then."""
import io
import math
import random
import subprocess

import numpy
import pikepdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from source import options_of

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
CJK = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"


def listed(options, key, page, default):
    """The page's entry of a list `a,b,c`; the last one holds for the pages after it."""
    values = [float(v) for v in str(options.get(key, default)).split(",")]
    return values[min(page, len(values) - 1)]


def pages_of(text, count):
    if text in (None, "all"):
        return list(range(count))
    found = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first) - 1, int(last or first))
    return found


def stamp(picture, text, at, colour, angle, dpi):
    """A rubber stamp: a double frame or a ring with text, partly worn."""
    size = int(dpi * 1.9)
    chinese = any(ord(c) > 0x2e80 for c in text)
    layer = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(layer)
    lines, unit = text.split("/"), size // 10
    font = ImageFont.truetype(CJK if chinese else FONT, int(unit * (1.3 if chinese else 0.95)))
    if chinese:
        draw.ellipse([unit, unit, size - unit, size - unit], outline=255, width=max(2, unit // 4))
    else:
        tall = unit * (1 + 1.4 * len(lines))
        for inset in (0, unit // 2):
            draw.rectangle([unit // 2 + inset, size / 2 - tall / 2 + inset, size - unit // 2 - inset, size / 2 + tall / 2 - inset], outline=255, width=max(1, unit // 7))
    for k, line in enumerate(lines):
        draw.text((size / 2, size / 2 + (k - (len(lines) - 1) / 2) * unit * 1.45), line, 255, font=font, anchor="mm")
    layer = layer.rotate(angle, resample=Image.BICUBIC)
    worn = numpy.asarray(layer, dtype=numpy.float32) * numpy.random.default_rng(7).choice([0.35, 0.7, 0.8], size=(size, size))
    mask = Image.fromarray(worn.astype(numpy.uint8)).filter(ImageFilter.GaussianBlur(0.6))
    x, y = int(at[0] * picture.width - size / 2), int(at[1] * picture.height - size / 2)
    ink = Image.new(picture.mode, (size, size), colour if picture.mode == "RGB" else 90)
    picture.paste(ink, (x, y), mask)


def worn(picture, options, page, seed):
    """Paper tone, uneven light, blur and noise."""
    chance = numpy.random.default_rng(seed)
    blur = listed(options, "blur", page, 0.5)
    if blur:
        picture = picture.filter(ImageFilter.GaussianBlur(blur))
    pixels = numpy.asarray(picture, dtype=numpy.float32)
    height, width = pixels.shape[:2]
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    light = listed(options, "light", page, 0.08)
    angle = chance.uniform(0, 2 * math.pi)
    field = 1 - light * (0.5 + 0.5 * ((x / width - 0.5) * math.cos(angle) + (y / height - 0.5) * math.sin(angle)) * 2)
    field -= light * 0.6 * numpy.exp(-(x / width) / 0.03) if page % 2 == 0 else light * 0.6 * numpy.exp(-(1 - x / width) / 0.03)
    noise = chance.normal(0, listed(options, "noise", page, 5), (height, width)).astype(numpy.float32)
    ink = listed(options, "ink", page, 25)      # the darkest print is not black
    pixels = ink + pixels * ((248 - ink) / 255)
    if pixels.ndim == 3:
        pixels = pixels * field[..., None] * numpy.array([1, 0.99, 0.96], dtype=numpy.float32) + noise[..., None]
    else:
        pixels = pixels * field + noise
    return Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8))


def one(picture, options, page, seed):
    """The scanned picture and the map of its pixels: (x, y) upright -> (x, y) as scanned."""
    turn, skew = int(listed(options, "turn", page, 0)) % 360, listed(options, "skew", page, 0)
    width, height = picture.size
    if turn:
        picture = picture.transpose({90: Image.ROTATE_270, 180: Image.ROTATE_180, 270: Image.ROTATE_90}[turn])
    paper = (255, 255, 255) if picture.mode == "RGB" else 255
    if skew:
        picture = picture.rotate(-skew, resample=Image.BICUBIC, fillcolor=paper)    # clockwise is positive here
    full_width, full_height = picture.size
    sine, cosine = math.sin(math.radians(skew)), math.cos(math.radians(skew))

    def moved(x, y):
        if turn == 90:
            x, y = height - y, x
        elif turn == 180:
            x, y = width - x, height - y
        elif turn == 270:
            x, y = y, width - x
        x, y = x - full_width / 2, y - full_height / 2
        return x * cosine - y * sine + full_width / 2, x * sine + y * cosine + full_height / 2
    return worn(picture, options, page, seed), moved, turn, skew


def apply(document, clean, pdf, truth, room):
    """Replaces the pages that the source names by pictures of them. Returns the PDF, or a picture's bytes."""
    options = options_of(document.head["scan"])
    dpi = float(options.get("dpi", 200))
    colour = options.get("colour", "gray")
    chosen = pages_of(options.get("pages"), len(pdf.pages))
    subprocess.run(["pdftoppm", "-r", f"{dpi:g}", *([] if colour == "rgb" else ["-gray"]), clean, room / "p"], check=True)
    pictures = sorted(room.glob("p-*.p?m"))
    maps = {}
    for index in chosen:
        picture = Image.open(pictures[index]).convert("RGB" if colour == "rgb" else "L")
        for key in ("stamp", "stamp2"):
            # stamp=page,x,y,angle,text/second line
            if key in options and int(options[key].split(",")[0]) == index + 1:
                _, x, y, angle, text = options[key].split(",", 4)
                stamp(picture, text, (float(x), float(y)), (176, 32, 40) if key == "stamp" else (40, 60, 140), float(angle), dpi)
        picture, moved, turn, skew = one(picture, options, index, random.Random(document.name).randrange(1 << 30) + index)
        maps[index + 1] = moved
        data = io.BytesIO()
        if options.get("as") == "png":
            picture.save(data, "PNG", dpi=(dpi, dpi), optimize=True)
        else:
            picture.save(data, "JPEG", quality=int(options.get("quality", 45)), dpi=(dpi, dpi), optimize=True)
        width, height = picture.width * 72 / dpi, picture.height * 72 / dpi
        about = truth["pages"][index]
        about.update(width=round(width, 1), height=round(height, 1), turned=turn, skew=skew, dpi=dpi, scanned=True)
        if options.get("as"):
            continue
        image = pikepdf.Stream(pdf, data.getvalue())
        about_image = {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": picture.width, "/Height": picture.height, "/BitsPerComponent": 8,
                      "/ColorSpace": pikepdf.Name.DeviceRGB if colour == "rgb" else pikepdf.Name.DeviceGray, "/Filter": pikepdf.Name.DCTDecode}
        for key, value in about_image.items():
            image[key] = value
        fresh = pikepdf.Dictionary(Type=pikepdf.Name.Page, MediaBox=[0, 0, round(width, 2), round(height, 2)],
                                   Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=pdf.make_indirect(image))),
                                   Contents=pdf.make_stream(f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /Im0 Do Q".encode()))
        pdf.pages[index] = pikepdf.Page(pdf.make_indirect(fresh))
    move(truth, maps, dpi / 72)
    if not options.get("as"):
        pdf.remove_unreferenced_resources()
        return pdf
    # A plain picture: its truth counts in pixels.
    ratio = dpi / 72
    each_box(truth, lambda page, box: [round(v * ratio, 1) for v in box])
    truth["file"] = f"{document.name}.{options['as']}"
    truth["unit"] = "pixel"
    truth["pages"][0].update(width=picture.width, height=picture.height)
    return data.getvalue()


def each_box(node, change, page=None):
    """Applies change(page, box) to every box below `node`."""
    if isinstance(node, list):
        for item in node:
            each_box(item, change, page)
    elif isinstance(node, dict):
        page = node.get("page", page)
        for key, value in node.items():
            if key == "box":
                node[key] = change(page, value)
            elif key == "lines":
                node[key] = [change(page, box) for box in value]
            else:
                each_box(value, change, page)


def move(truth, maps, ratio):
    def change(page, box):
        moved = maps.get(page)
        if not moved:
            return box
        corners = [moved(x * ratio, y * ratio) for x in (box[0], box[2]) for y in (box[1], box[3])]
        return [round(v / ratio, 1) for v in (min(c[0] for c in corners), min(c[1] for c in corners), max(c[0] for c in corners), max(c[1] for c in corners))]
    each_box(truth, change)
