"""What scanning and layout do to a text: wrong characters, lost spaces, broken lines, full-width digits."""
from lexicon import is_cjk

LOOKALIKE = {"0": "OoQ", "1": "lI|7", "2": "Z", "3": "8", "4": "A", "5": "S6", "6": "b5G", "7": "1", "8": "B3", "9": "g", "O": "0", "o": "0c", "l": "1I", "I": "l1", "S": "5", "B": "8", "e": "c", "c": "e", "a": "o", "n": "r", "m": "n", "u": "v", "v": "u",
             "i": "l", "t": "f", "f": "t", "h": "b", "b": "h", "g": "q", "q": "g", "y": "v", "r": "n", "w": "v", "s": "a", ".": ",", ",": ".", "%": "9", ":": ";", "。": ".", "，": ",", "人": "入", "入": "人", "未": "末", "末": "未", "日": "曰", "土": "士", "千": "干", "己": "已",
             "大": "太", "元": "无", "上": "土", "下": "不", "目": "日", "标": "柘", "持": "特", "增": "憎", "买": "卖", "净": "淨", "润": "涧", "利": "和", "营": "管", "收": "攸", "率": "宰", "亿": "忆", "万": "方", "同": "向", "比": "此", "预": "顶", "期": "朝", "评": "坪", "级": "极"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def apply(r, text, entities, tuples, rate=0.0, spaces=0.0, wrap=0, wide=False):
    """Noisy text with entities and tuples moved along. `rate`: share of wrong characters; `spaces`: share of lost
    spaces; `wrap`: width at which lines break, 0 for none; `wide`: digits become full-width."""
    pieces, column = [], 0
    for c in text:
        piece, column = c, 0 if c == "\n" else column + 1
        if c == " " and spaces and r.random() < spaces:
            piece = ""
        elif wrap and column > wrap and (c == " " or is_cjk(c)):
            piece, column = ("\n" if c == " " else c + "\n"), 0
        elif rate and not c.isspace() and r.random() < rate:
            kind = r.random()
            if kind < 0.7:
                piece = r.choice(LOOKALIKE.get(c) or (chr(ord(c) + r.choice([-3, -2, -1, 1, 2, 3])) if is_cjk(c) else LETTERS if c.isalpha() else str(r.randint(0, 9)) if c.isdigit() else c))
            elif kind < 0.87:
                piece = ""
            else:
                piece = c + r.choice(LETTERS + ".,'" if not is_cjk(c) else "，.' 一")
        if wide and "0" <= piece <= "9" and len(piece) == 1:
            piece = chr(ord(piece) + 0xFEE0)
        pieces.append(piece)
    at = [0]
    for piece in pieces:
        at.append(at[-1] + len(piece))
    noisy = "".join(pieces)

    def move(span):
        start, end = at[span[0]], at[span[1]]
        while start < end and noisy[start].isspace():
            start += 1
        while start < end and noisy[end - 1].isspace():
            end -= 1
        return (start, end) if start < end else None

    moved = [(*span, label) for start, end, label in entities for span in [move((start, end))] if span]
    again = []
    for item in tuples:
        new = {}
        for role, value in item.items():
            if role == "unit":
                new[role] = [s for s in map(move, value) if s]
            elif isinstance(value, tuple):
                if move(value):
                    new[role] = move(value)
            else:
                new[role] = value
        again.append(new)
    return noisy, moved, again
