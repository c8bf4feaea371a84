"""Chat instructions with one right answer: lists and formats, counting, questions about a text, commands for the home."""
from words import ACTIVITIES, CITIES, COLOURS, GOODS, MONTHS, PEOPLE, ROOMS, THINGS, Words, compact


def lists(w):
    r, zh = w.r, w.language == "zh"
    items = w.some(r.choice([GOODS, THINGS, CITIES, COLOURS, PEOPLE]), r.randrange(3, 7))
    comma = "、" if zh else ", "
    forms = {"bullets": "\n".join("- " + i for i in items), "numbers": "\n".join(f"{n}. {i}" for n, i in enumerate(items, 1)), "commas": comma.join(items), "json": compact(items), "lines": "\n".join(items)}
    source, goal = r.sample(list(forms), 2)
    named = {"bullets": ["a bulleted list", "bullet points"], "numbers": ["a numbered list", "a list with numbers"], "commas": ["one line with commas", "a comma list"], "json": ["a JSON array", "JSON"], "lines": ["one item a line", "plain lines"]}
    chinese = {"bullets": "项目列表", "numbers": "编号列表", "commas": "用顿号隔开的一行", "json": "JSON数组", "lines": "每行一项"}
    what = r.randrange(7)
    shown = forms[source]
    if what < 3:
        ask = f"把下面的内容写成{chinese[goal]}：\n{shown}" if zh else r.choice(["Write this as {}:", "Turn this into {}:", "Give me {} of:"]).format(r.choice(named[goal])) + "\n" + shown
        return ask, forms[goal]
    if what == 3:
        return (f"下面有几项？\n{shown}" if zh else r.choice(["How many items are in this list?", "Count the items:"]) + "\n" + shown), str(len(items))
    if what == 4:
        at = r.randrange(len(items))
        name = ["first", "second", "third", "fourth", "fifth", "sixth"][at]
        return (f"第{at + 1}项是什么？\n{shown}" if zh else r.choice(["What is the {} item?", "Which item comes {}?"]).format(name) + "\n" + shown), items[at]
    if what == 5:
        return (f"倒过来写：{comma.join(items)}" if zh else r.choice(["Reverse the list:", "Write it backwards:"]) + " " + comma.join(items)), comma.join(reversed(items))
    gone = r.choice(items)
    return (f"去掉{gone}：{comma.join(items)}" if zh else r.choice([f"Remove {gone} from:", f"Leave out {gone}:"]) + " " + comma.join(items)), comma.join(i for i in items if i != gone)


def records(w):
    r, zh = w.r, w.language == "zh"
    pairs = r.sample([("name", w.one(PEOPLE, 0.3)), ("city", w.one(CITIES, 0.3)), ("colour", w.one(COLOURS)), ("age", r.randrange(18, 90)), ("room", w.one(ROOMS)), ("item", w.one(GOODS)), ("count", r.randrange(1, 50)), ("date", w.date())], r.randrange(2, 5))
    forms = {"json": compact(dict(pairs)), "lines": "\n".join(f"{k}: {v}" for k, v in pairs), "csv": ",".join(k for k, _ in pairs) + "\n" + ",".join(str(v) for _, v in pairs), "yaml": "\n".join(f"- {k}: {v}" for k, v in pairs)}
    source, goal = r.sample(list(forms), 2)
    if r.random() < 0.35:
        key, value = r.choice(pairs)
        return (f"{key}是什么？\n{forms[source]}" if zh else r.choice(["What is the {}?", "Tell me the {}:"]).format(key) + "\n" + forms[source]), str(value)
    name = {"json": "JSON", "lines": "lines of key and value", "csv": "CSV", "yaml": "a list of keys and values"}[goal]
    return (f"转换成{ {'json': 'JSON', 'lines': '每行一个键值', 'csv': 'CSV', 'yaml': '键值列表'}[goal]}：\n{forms[source]}" if zh else r.choice(["Convert to {}:", "Write as {}:"]).format(name) + "\n" + forms[source]), forms[goal]


def questions(w):
    r, zh = w.r, w.language == "zh"
    count = r.randrange(2, 5)
    people, rooms, things, doing = w.some(PEOPLE, count), w.some(ROOMS, count), w.some(GOODS, count), w.some(ACTIVITIES, count)
    count = min(count, len(people), len(rooms), len(things), len(doing))
    told = []
    for i in range(count):
        said = r.choice([f"{people[i]}在{rooms[i]}{doing[i]}，带着{things[i]}。", f"{rooms[i]}里{people[i]}在{doing[i]}，手里有{things[i]}。"] if zh else
                        [f"{people[i]} is {doing[i]} in the {rooms[i]} and has the {things[i]}.", f"In the {rooms[i]}, {people[i]} is {doing[i]} with the {things[i]}."])
        told.append(said)
    r.shuffle(told)
    i = r.randrange(count)
    text = ("" if zh else " ").join(told)
    kind = r.randrange(5)
    if kind == 0:
        return (f"{text}\n{people[i]}在哪里？" if zh else f"{text}\nWhere is {people[i]}?"), (f"在{rooms[i]}。" if zh else f"In the {rooms[i]}.")
    if kind == 1:
        return (f"{text}\n谁有{things[i]}？" if zh else f"{text}\nWho has the {things[i]}?"), (f"{people[i]}。" if zh else f"{people[i]}.")
    if kind == 2:
        return (f"{text}\n{people[i]}在做什么？" if zh else f"{text}\nWhat is {people[i]} doing?"), (f"{doing[i]}。" if zh else f"{doing[i].capitalize()}.")
    if kind == 3:
        return (f"{text}\n提到了几个人？" if zh else f"{text}\nHow many people are named?"), (f"{count}个。" if zh else f"{count}.")
    there = r.random() < 0.5
    asked = rooms[i] if there else w.some(ROOMS, 6)[-1]
    there = asked in rooms[:count]
    who = people[rooms.index(asked)] if there else None
    return (f"{text}\n{asked}里有人吗？" if zh else f"{text}\nIs anybody in the {asked}?"), ((f"有，{who}。" if there else "没有提到。") if zh else (f"Yes, {who}." if there else "The text does not say so."))


def commands(w):
    r, zh = w.r, w.language == "zh"
    thing, room = w.one(THINGS), w.one(ROOMS, 0.2).lower()
    if r.random() < 0.5:
        on = r.random() < 0.5
        ask = r.choice(["{s}{room}的{thing}", "请把{room}的{thing}{s}"]).format(s="打开" if on else "关掉", room=room, thing=thing) if zh else r.choice(["Turn {s} the {thing} in the {room}.", "Switch the {room} {thing} {s}.", "{thing} {s} in the {room}, please"]).format(s="on" if on else "off", thing=thing, room=room)
        return ask, (f"好的，{room}的{thing}已{'打开' if on else '关闭'}。" if zh else f"Done: the {thing} in the {room} is {'on' if on else 'off'}.")
    level = r.randrange(1, 101)
    ask = f"{room}的{thing}调到{level}" if zh else r.choice(["Set the {thing} in the {room} to {level}.", "{room}: {thing} to {level} percent"]).format(thing=thing, room=room, level=level)
    return ask, (f"好的，{room}的{thing}已调到{level}。" if zh else f"Done: the {thing} in the {room} is at {level} percent.")


def letters(w):
    r, zh = w.r, w.language == "zh"
    words = w.some(GOODS, 2) + w.some(COLOURS, 1) + w.some(CITIES, 1)
    r.shuffle(words)
    kind = r.randrange(4)
    if kind == 0:
        y, m, d = w.date().split("-")
        return (f"换一种写法：{y}-{m}-{d}" if zh else r.choice(["Write the date in words: ", "Spell out this date: "]) + f"{y}-{m}-{d}"), (f"{y}年{int(m)}月{int(d)}日" if zh else f"{int(d)} {MONTHS[int(m) - 1]} {y}")
    if kind == 1:
        return (f"重复一遍：{'，'.join(words)}" if zh else r.choice(["Repeat: ", "Say again: "]) + " ".join(words)), ("，".join(words) if zh else " ".join(words))
    if kind == 2:
        a, b = r.randrange(1, 50), r.randrange(1, 50)
        return (f"{a}加{b}等于多少？" if zh else r.choice([f"What is {a} plus {b}?", f"Add {a} and {b}."])), str(a + b)
    if zh:
        return f"最后一个词是什么？{'，'.join(words)}", words[-1]
    return r.choice(["In capital letters: ", "Write in upper case: "]) + " ".join(words), " ".join(words).upper()


def instruction(r, held):
    """{"prompt", "answer"} of one example."""
    w = Words(r, "zh" if r.random() < 0.35 else "en", held)
    ask, answer = r.choice([lists, lists, records, questions, questions, commands, letters])(w)
    return {"prompt": f"<|bos|><|user|>{ask}<|assistant|>", "answer": answer}
