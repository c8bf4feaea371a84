"""What happens to a rendered PDF: its links are read as places and taken out, pages are turned, text is garbled, a password is set."""
import os
import random
import re
import subprocess

import pikepdf

LINK = "mill:"


def read_links(pdf):
    """Run id -> [(page number, [left, top, right, bottom])] in points from the top left."""
    found = {}
    for number, page in enumerate(pdf.pages, 1):
        left, bottom, right, top = (float(v) for v in page.mediabox)
        for annotation in page.obj.get("/Annots", []):
            action = annotation.get("/A")
            uri = str(action.get("/URI", "")) if action is not None else ""
            if LINK not in uri:
                continue
            key = uri.split(LINK, 1)[1].strip("/")
            a = [float(v) for v in annotation["/Rect"]]
            x0, x1, y0, y1 = min(a[0], a[2]), max(a[0], a[2]), min(a[1], a[3]), max(a[1], a[3])
            if x1 - x0 < 0.3 or y1 - y0 < 0.3:
                continue
            found.setdefault(key, []).append((number, [x0 - left, top - y1, x1 - left, top - y0]))
    return found


def strip(pdf, title):
    """Takes out links, outlines, structure and dates."""
    for page in pdf.pages:
        if "/Annots" in page.obj:
            del page.obj["/Annots"]
        for key in ("/StructParents", "/Tabs"):
            if key in page.obj:
                del page.obj[key]
    for key in ("/StructTreeRoot", "/MarkInfo", "/Outlines", "/Metadata", "/OpenAction", "/Names", "/Dests", "/ViewerPreferences"):
        if key in pdf.Root:
            del pdf.Root[key]
    for key in ("/DocChecksum", "/ID"):     # of the renderer's own file; saving writes a new /ID
        if key in pdf.trailer:
            del pdf.trailer[key]
    info = {key: str(pdf.docinfo[key]) for key in ("/Producer", "/Creator") if key in pdf.docinfo}
    pdf.trailer["/Info"] = pdf.make_indirect(pikepdf.Dictionary(**{"/Title": title, **info}))


def turn_stored(pdf):
    """Stores each page turned, with /Rotate 90, so that it shows as before."""
    for page in pdf.pages:
        left, bottom, right, top = (float(v) for v in page.mediabox)
        width, height = right - left, top - bottom
        # (x, y) -> (-y + height, x): a quarter turn anticlockwise, which /Rotate 90 turns back
        page.contents_add(f"q 0 1 -1 0 {height:g} 0 cm ".encode(), prepend=True)
        page.contents_add(b" Q", prepend=False)
        page.mediabox = [0, 0, height, width]
        for key in ("/CropBox", "/TrimBox", "/ArtBox", "/BleedBox"):
            if key in page.obj:
                del page.obj[key]
        page.obj["/Rotate"] = 90


def garble(pdf, seed):
    """Gives every font a ToUnicode map that is wrong: codes are exchanged among the letters."""
    chance, done = random.Random(seed), set()
    for page in pdf.pages:
        fonts = page.obj.get("/Resources", {}).get("/Font", {})
        for name in sorted(fonts.keys()):
            font = fonts[name]
            if font.objgen in done or "/ToUnicode" not in font:
                continue
            done.add(font.objgen)
            data = font["/ToUnicode"].read_bytes().decode("latin-1")
            targets = re.findall(r"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]{4})>", data)
            mixed = targets[:]
            chance.shuffle(mixed)
            swap = dict(zip(targets, mixed))
            data = re.sub(r"(<[0-9A-Fa-f]+>\s*)<([0-9A-Fa-f]{4})>", lambda m: f"{m.group(1)}<{swap.get(m.group(2), m.group(2))}>", data)
            font["/ToUnicode"] = pdf.make_stream(data.encode("latin-1"))


def save(pdf, target, password=None):
    pdf.save(target, static_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    if password:
        open_copy = f"{target}.open"
        os.replace(target, open_copy)
        subprocess.run(["qpdf", "--static-id", "--static-aes-iv", "--encrypt", password, password + "-owner", "128", "--use-aes=y", "--", open_copy, target], check=True)
        os.remove(open_copy)
