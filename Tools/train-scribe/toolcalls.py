"""Tool calls: a list of tools and a sentence in, one call as JSON out. Held-out examples share no tool name, word or sentence pattern with training."""
from pathlib import Path

from words import ACTIVITIES, CITIES, COLOURS, GOODS, LANGUAGES, PEOPLE, ROOMS, THINGS, TOPICS, TUNES, Words, compact, free_words

# name patterns; parameters with their types; sentence patterns: training | held out. `{thing}` becomes a word of the home.
KINDS = [
    dict(names="set_{thing}_level {thing}_level adjust_{thing} | change_{thing}_setting", about="set the level of the {thing}", parameters={"room": "string", "level": "integer"},
         en="set the {thing} in the {room} to {level}; {thing} in the {room} to {level} please; please bring the {room} {thing} to {level} percent; I want the {thing} at {level} in the {room}; change the {room} {thing} to {level}; "
            "could you put the {thing} of the {room} at {level} | make it {level} for the {room} {thing}; in the {room} the {thing} should be at {level}; let the {thing} in the {room} go to {level}",
         zh="把{room}的{thing}调到{level}; 请将{room}{thing}设为{level}; {room}的{thing}调成百分之{level}; 我想把{room}{thing}开到{level} | {room}里的{thing}请改成{level}; 麻烦让{room}{thing}变为{level}"),
    dict(names="switch_{thing} {thing}_power turn_{thing} | toggle_{thing}", about="switch the {thing} on or off", parameters={"room": "string", "state": ["on", "off"]},
         en="turn {state} the {thing} in the {room}; switch the {room} {thing} {state}; please turn the {thing} in the {room} {state}; {thing} {state} in the {room}; can you switch {state} the {room} {thing}; the {thing} in the {room} should be {state} | "
            "have the {room} {thing} {state} for me; would you get the {thing} {state} in the {room}; {room}: {thing} {state}, thanks",
         zh="{state}{room}的{thing}; 请{state}{room}{thing}; 帮我把{room}的{thing}{state}; {room}的{thing}要{state} | 麻烦{state}一下{room}里的{thing}; 现在就{state}{room}那边的{thing}"),
    dict(names="get_{thing}_status {thing}_status check_{thing} | query_{thing}", about="tell the state of the {thing}", parameters={"room": "string"},
         en="is the {thing} in the {room} on; check the {thing} in the {room}; what is the {room} {thing} doing; tell me about the {thing} in the {room}; how is the {thing} in the {room} | is everything all right with the {room} {thing}; did someone leave the {thing} on in the {room}",
         zh="{room}的{thing}开着吗; 查一下{room}的{thing}; {room}{thing}现在怎么样; 告诉我{room}{thing}的状态 | {room}里的{thing}是不是还开着; 看看{room}那边{thing}的情况"),
    dict(names="schedule_{thing} {thing}_schedule plan_{thing} | program_{thing}", about="start the {thing} at a time", parameters={"room": "string", "time": "string"},
         en="start the {thing} in the {room} at {time}; at {time} switch on the {room} {thing}; schedule the {room} {thing} for {time}; run the {thing} in the {room} from {time}; the {room} {thing} should start at {time} | "
            "get the {thing} in the {room} going by {time}; when it is {time}, let the {room} {thing} begin",
         zh="{time}打开{room}的{thing}; 请在{time}启动{room}{thing}; {room}的{thing}定在{time}开; 从{time}开始用{room}的{thing} | 到了{time}就让{room}{thing}运行; {room}那边的{thing}请于{time}开启"),
    dict(names="set_{thing}_colour {thing}_colour paint_{thing} | tint_{thing}", about="change the colour of the {thing}", parameters={"room": "string", "colour": "string"},
         en="make the {thing} in the {room} {colour}; set the {room} {thing} to {colour}; I would like a {colour} {thing} in the {room}; change the {thing} in the {room} to {colour} | let the {room} {thing} glow {colour}; {colour} is what the {thing} in the {room} should be",
         zh="把{room}的{thing}变成{colour}; 请将{room}{thing}设为{colour}; {room}的{thing}要{colour}的; {room}{thing}换成{colour} | 让{room}里的{thing}发出{colour}的光; {room}那边的{thing}我想要{colour}"),
    dict(names="send_message message_contact text_person | write_to", about="send a message to a person", parameters={"recipient": "string", "text": "string"},
         en="tell {recipient}: {text}; send {recipient} the message {text}; write to {recipient}: {text}; text {recipient} that we must {text}; message to {recipient}: {text} | let {recipient} know: {text}; drop {recipient} a line saying {text}",
         zh="告诉{recipient}：{text}; 给{recipient}发消息：{text}; 给{recipient}写：{text}; 发短信给{recipient}说{text} | 转告{recipient}：{text}; 让{recipient}知道要{text}"),
    dict(names="set_timer start_timer countdown | kitchen_timer", about="start a timer", parameters={"minutes": "integer", "label": "string"},
         en="set a timer of {minutes} minutes for {label}; start a {minutes} minute timer named {label}; timer for {label}: {minutes} minutes; count down {minutes} minutes for the {label}; {minutes} minutes for {label} please | "
            "wake me for the {label} in {minutes} minutes; the {label} need {minutes} minutes, watch the time",
         zh="给{label}定时{minutes}分钟; 设一个{minutes}分钟的计时器，叫{label}; {label}计时{minutes}分钟; 请为{label}倒数{minutes}分钟 | {label}还要{minutes}分钟，帮我看着; 过{minutes}分钟提醒我{label}"),
    dict(names="add_to_list shopping_add put_on_list | note_purchase", about="put goods on the shopping list", parameters={"item": "string", "quantity": "integer"},
         en="add {quantity} {item} to the shopping list; we need {quantity} {item}; put {quantity} {item} on the list; please note {quantity} {item} for shopping; buy {quantity} {item} | we have run out of {item}, get {quantity}; {quantity} more {item} would be good",
         zh="购物单上加{quantity}份{item}; 我们需要{quantity}份{item}; 把{quantity}份{item}记到清单; 要买{quantity}份{item} | {item}用完了，买{quantity}份; 再来{quantity}份{item}"),
    dict(names="play_music play_song start_tune | spin_record", about="play music in a room", parameters={"title": "string", "room": "string"},
         en="play {title} in the {room}; I want to hear {title} in the {room}; put on {title} in the {room}; start {title} on the {room} speakers | let {title} sound through the {room}; how about {title} in the {room}",
         zh="在{room}播放{title}; 我想在{room}听{title}; {room}放一首{title}; 请在{room}打开歌曲{title} | 让{room}响起{title}; {room}里来一曲{title}"),
    dict(names="get_weather weather_report forecast | sky_report", about="tell the weather of a city", parameters={"city": "string", "date": "string"},
         en="what is the weather in {city} on {date}; weather for {city}, {date}; will it rain in {city} on {date}; tell me the forecast of {date} for {city}; how warm is it on {date} in {city} | do I need a coat in {city} on {date}; {date}: sun or clouds over {city}",
         zh="{date}{city}天气怎么样; 查一下{city}{date}的天气; {city}在{date}会下雨吗; 告诉我{date}{city}的预报 | {date}去{city}要带伞吗; {city}{date}冷不冷"),
    dict(names="create_event add_appointment calendar_add | book_slot", about="put an appointment into the calendar", parameters={"title": "string", "date": "string", "time": "string"},
         en="put {title} into the calendar on {date} at {time}; new appointment: {title}, {date}, {time}; on {date} at {time}: {title}; plan {title} for {date} at {time}; add {title} at {time} on {date} | "
            "keep {date} {time} free for me to {title}; I have to {title}, {date} at {time}, write it down",
         zh="{date}{time}添加日程：{title}; 新日程：{title}，{date}，{time}; 请安排{title}在{date}{time}; {title}定在{date}的{time} | 帮我留出{date}{time}，要{title}; 我{date}{time}得{title}，记一下"),
    dict(names="set_reminder remind_me add_reminder | nudge", about="remind of something at a time", parameters={"text": "string", "time": "string"},
         en="remind me to {text} at {time}; at {time} remind me to {text}; reminder for {time}: {text}; do not let me forget to {text} at {time} | I should {text} at {time}, tell me then; {time} is when I want to {text}, ping me",
         zh="{time}提醒我{text}; 提醒我在{time}{text}; {time}的提醒：{text}; 别让我忘了{time}{text} | 我{time}要{text}，到时候叫我; 到{time}喊我{text}"),
    dict(names="translate_text translate to_language | render_in", about="translate words into a language", parameters={"text": "string", "language": "string"},
         en="translate {text} into {language}; how do you say {text} in {language}; what is {text} in {language}; say {text} in {language} | I need the {language} for {text}; put {text} in {language} words",
         zh="把{text}翻译成{language}; {text}用{language}怎么说; {text}的{language}是什么; 用{language}说{text} | 我要{text}的{language}说法; 请给出{language}版的{text}"),
    dict(names="call_person phone_contact make_call | ring", about="call a person by telephone", parameters={"contact": "string"},
         en="call {contact}; please phone {contact}; make a call to {contact}; I want to talk to {contact} on the phone; ring up {contact} | get {contact} on the line; connect me with {contact}",
         zh="打电话给{contact}; 请呼叫{contact}; 给{contact}打个电话; 我要和{contact}通话 | 帮我接通{contact}; 联系一下{contact}"),
    dict(names="navigate_to find_route drive_to | guide_me", about="show the way to a place", parameters={"destination": "string"},
         en="how do I get to {destination}; navigate to {destination}; take me to {destination}; show me the way to {destination}; route to {destination} please | which road leads to {destination}; I am lost, I want to reach {destination}",
         zh="怎么去{destination}; 导航到{destination}; 带我去{destination}; 去{destination}的路线 | 到{destination}走哪条路; 我想前往{destination}"),
    dict(names="set_temperature room_temperature heat_room | climate", about="set the temperature of a room", parameters={"room": "string", "degrees": "integer"},
         en="heat the {room} to {degrees} degrees; set the {room} to {degrees} degrees; make it {degrees} degrees in the {room}; I want {degrees} degrees in the {room}; {room} temperature {degrees} | it is cold, bring the {room} up to {degrees} degrees; {degrees} degrees would suit the {room}",
         zh="把{room}温度调到{degrees}度; {room}设为{degrees}度; {room}要{degrees}度; 请把{room}加热到{degrees}度 | 太冷了，{room}升到{degrees}度; {room}里{degrees}度比较合适"),
    dict(names="report_activity log_activity note_activity | track_person", about="note what a person does", parameters={"person": "string", "activity": "string", "room": "string"},
         en="{person} is {activity} in the {room}; note that {person} is {activity} in the {room}; in the {room}, {person} is {activity}; write down: {person}, {activity}, {room} | I saw {person} {activity} in the {room}; the {room}: there {person} is {activity}",
         zh="{person}在{room}{activity}; 记录：{person}在{room}{activity}; {room}里{person}正在{activity}; 请记下{person}{activity}，地点{room} | 我看到{person}在{room}{activity}; {room}那边{person}在{activity}"),
]
SAMPLE = {"room": ROOMS, "colour": COLOURS, "recipient": PEOPLE, "contact": PEOPLE, "person": PEOPLE, "text": TOPICS, "title": TUNES, "label": GOODS, "item": GOODS, "city": CITIES, "destination": CITIES,
          "language": LANGUAGES, "activity": ACTIVITIES}
MADE_UP = {"room": 0.25, "recipient": 0.4, "contact": 0.4, "person": 0.4, "title": 0.4, "label": 0.3, "item": 0.3, "city": 0.4, "destination": 0.4, "language": 0.2, "colour": 0.15}


def halves(text, separator):
    train, held = text.split(" | ")
    return [s.strip() for s in train.split(separator)], [s.strip() for s in held.split(separator)]


def more_sentences():
    """Adds those of sentences.txt to the ones for training; refuses what a held-out pattern says, too."""
    kinds = {k["names"].split()[0]: k for k in KINDS}
    held = {s for k in KINDS for language in ("en", "zh") for s in halves(k[language], ";")[True]}
    for line in Path(__file__).with_name("sentences.txt").read_text().splitlines():
        if line.startswith(("en ", "zh ")):
            if line[3:] in held:
                raise ValueError(f"held out: {line}")
            train, rest = kind[line[:2]].split(" | ")
            kind[line[:2]] = f"{train}; {line[3:]} | {rest}"
        elif line and not line.startswith("#"):
            kind = kinds[line]


more_sentences()
# what may stand before and after any sentence in training
BEFORE = {"en": ["hey, ", "okay, ", "hello, ", "one more thing: ", "well, ", "so ", "listen, ", "now ", "and ", "good morning, "], "zh": ["你好，", "好的，", "嗯，", "还有，", "现在", "那个，", "早上好，"]}
AFTER = {"en": [", please", ", thank you", " now", " today", " if you can", ", would you", ", that is all"], "zh": ["，谢谢", "吧", "，可以吗", "，拜托", "，就这样"]}


def phrase(kind, tool, about):
    return {"name": tool, "about": about, "parameters": kind["parameters"]}


def offer(kind, r, held, taken, free=0.0):
    """A tool of this kind under one of its names, and its thing."""
    names = halves(kind["names"], " ")[held]
    thing = r.choice(THINGS["en"][held]) if "{thing}" in kind["names"] else None
    name = r.choice(names)
    if thing and free and r.random() < free:
        thing = free_words(r, "en", 1)
    if free and r.random() < free:
        name = free_words(r, "en", 2).replace(" ", "_") + r.choice(["", "_{thing}"] if thing else [""])
    if thing:
        name = name.replace("{thing}", thing)
    if not held and r.random() < 0.25:
        name = r.choice(["do_", "home_", "my_", "api_", "run_"]) + name
    return None if name in taken else (phrase(kind, name, kind["about"].replace("{thing}", thing or "")), thing)


def value(name, kind, words, free=0.0):
    r = words.r
    if isinstance(kind, list):
        return r.choice(kind)
    if kind == "integer":
        return r.randrange(12, 30) if name == "degrees" else r.randrange(1, 21) if name == "quantity" else r.choice([r.randrange(1, 101), 5 * r.randrange(1, 20)])
    if name == "time":
        return words.time()
    if name == "date":
        return words.date()
    if free and r.random() < free:
        said = free_words(r, words.language, 4 if name == "text" else 2)
        return said.title() if name in ("recipient", "contact", "person", "city", "destination", "title", "language") and r.random() < 0.7 else said
    said = words.one(SAMPLE[name], 0 if words.held else MADE_UP.get(name, 0))
    return said.lower() if name in ("room", "colour", "item", "label") else said


def said(language, name, value):
    if name == "state" and language == "zh":
        return {"on": "打开", "off": "关掉"}[value]
    return str(value)


def schema(tools):
    def argument(kind):
        return {"enum": kind} if isinstance(kind, list) else {"type": kind}
    return {"oneOf": [{"type": "object", "properties": {"name": {"const": t["name"]}, "arguments": {
        "type": "object", "properties": {n: argument(k) for n, k in t["parameters"].items()}, "required": list(t["parameters"]), "additionalProperties": False}},
        "required": ["name", "arguments"], "additionalProperties": False} for t in tools]}


def call(r, held, free=0.0):
    """{"prompt", "answer", "schema", "expected"} of one example; `free` is the share of names and values that are any words."""
    language = "zh" if r.random() < 0.35 else "en"
    words = Words(r, language, held)
    kind = r.choice(KINDS)
    tool, thing = offer(kind, r, held, set(), free)
    tools, taken = [tool], {tool["name"]}
    for _ in range(r.choice([1, 2, 2, 3])):
        other = offer(r.choice(KINDS), r, held, taken, free)
        # two tools that a sentence could mean alike are not offered together
        if other and other[0]["about"] != tool["about"]:
            tools.append(other[0])
            taken.add(other[0]["name"])
    r.shuffle(tools)
    values = {n: value(n, k, words, free) for n, k in kind["parameters"].items()}
    if "text" in values and "language" in values:
        values["text"] = words.one(GOODS, 0 if held else 0.3)
    sentence = r.choice(halves(kind[language], ";")[held])
    if free and r.random() < 0.4:
        sentence = (r.choice(BEFORE[language]) if r.random() < 0.6 else "") + sentence + (r.choice(AFTER[language]) if r.random() < 0.4 else "")
    if thing:
        spoken = thing if language == "en" or thing not in THINGS["en"][held] else THINGS["zh"][held][THINGS["en"][held].index(thing)]
        sentence = sentence.replace("{thing}", spoken)
    for n, v in values.items():
        sentence = sentence.replace("{" + n + "}", said(language, n, v))
    if language == "en" and r.random() < 0.5:
        sentence = sentence[0].upper() + sentence[1:] + r.choice([".", "", "!"])
    expected = {"name": tool["name"], "arguments": values}
    listing = "\n".join(compact(t) for t in tools)
    return {"prompt": f"<|bos|><|system|>Tools:\n{listing}<|user|>{sentence}<|assistant|>", "answer": compact(expected), "schema": schema(tools), "expected": expected}
