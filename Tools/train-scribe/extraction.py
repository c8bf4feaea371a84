"""Extraction echoes: a short report in, its facts as JSON out. Held-out examples share no name and no sentence pattern with training."""
from words import ACTIVITIES, COLOURS, CITIES, GOODS, PEOPLE, ROOMS, THINGS, Words, coin, compact

NUMBERS = {"en": ["no", "one", "two", "three", "four", "five", "six"], "zh": ["没有", "一", "两", "三", "四", "五", "六"]}
RATINGS = {"en": ["Buy", "Hold", "Sell", "Outperform", "Neutral", "Reduce"], "zh": ["买入", "持有", "卖出", "增持", "中性", "减持"]}
# sentence patterns of each kind: training | held out, between them `/`
PATTERNS = {
    "room": {
        "en": ["{number} people are {activity} in the {room}. The {thing} is {state}.", "Report from the {room}: the {thing} is {state}, {number} people {activity}.", "In the {room} I see {number} people {activity}; {thing} {state}.",
               "{room}: {thing} {state}. People: {count}, {activity}.", "The {thing} in the {room} is {state} and {number} people are {activity} there.", "|",
               "Looking around the {room}: {number} people, all {activity}, while the {thing} stays {state}.", "{thing} {state} in the {room}; {activity} there, {number} people."],
        "zh": ["{room}里有{number}个人在{activity}，{thing}{state}。", "{room}报告：{thing}{state}，{number}个人正在{activity}。", "{thing}{state}。{room}有{number}人，都在{activity}。", "{room}：{thing}{state}，人数{count}，{activity}。", "|",
               "看到{number}个人在{room}{activity}，那里的{thing}{state}。", "{room}现在{thing}{state}，{activity}的有{number}个人。"]},
    "rating": {
        "en": ["{company} ({ticker}): we rate the shares {rating} with a target price of {target} {currency}, up from {previous}.", "We raise {company} ({ticker}) to {rating}. Target: {target} {currency} (previously {previous}).",
               "{rating} on {company}, ticker {ticker}. New target {currency} {target}, old target {previous}.", "Our target for {company} ({ticker}) moves from {previous} to {target} {currency}; rating {rating}.", "|",
               "{company} stays a {rating} for us ({ticker}); we now see {target} {currency} per share instead of {previous}.", "From {previous} to {target} {currency}: that is our view of {ticker}, {company}, {rating}."],
        "zh": ["{company}（{ticker}）：给予{rating}评级，目标价由{previous}上调至{target}{currency}。", "我们将{company}（{ticker}）评为{rating}，目标价{target}{currency}，此前为{previous}。", "{company}，代码{ticker}，评级{rating}，新目标价{target}{currency}，原目标价{previous}。", "|",
               "对{company}（{ticker}）维持{rating}，每股看到{target}{currency}，而不是{previous}。", "目标价从{previous}到{target}{currency}，{ticker}即{company}，{rating}。"]},
    "order": {
        "en": ["{person} from {city} orders {quantity} {item} for {date}.", "Order: {quantity} {item}, to {person} in {city}, by {date}.", "Please send {quantity} {item} to {person}, {city}, on {date}.", "On {date}, {person} ({city}) needs {quantity} {item}.", "|",
               "{city} wrote: {person} would like {quantity} {item}, latest {date}.", "{quantity} {item} go to {person} in {city}; they are due {date}."],
        "zh": ["{city}的{person}订购{quantity}份{item}，{date}送到。", "订单：{quantity}份{item}，收货人{person}，{city}，{date}。", "请于{date}把{quantity}份{item}寄给{city}的{person}。", "|", "{person}（{city}）要在{date}前收到{quantity}份{item}。", "{quantity}份{item}发往{city}，{date}交给{person}。"]},
    "figures": {
        "en": ["{company} reported revenue of {value} million {currency} in {period}, {change} percent more than a year ago.", "{period}: revenue of {company} was {value} million {currency}, a change of {change} percent.", "In {period} the revenue of {company} rose {change} percent to {value} million {currency}.", "|",
               "With {value} million {currency}, {company} sold {change} percent more in {period}.", "{company} grew by {change} percent in {period} and took in {value} million {currency}."],
        "zh": ["{company}{period}营收{value}百万{currency}，同比增长{change}%。", "{period}，{company}实现营收{value}百万{currency}，增长{change}%。", "{company}公布{period}业绩：营收{value}百万{currency}，增幅{change}%。", "|", "{period}{company}卖出{value}百万{currency}，比上年多{change}%。", "增长{change}%，{company}在{period}的收入达到{value}百万{currency}。"]},
    "person": {
        "en": ["{person} is {age} years old, lives in {city} and works with {colour} {item}.", "{person}, {age}, from {city}: likes {colour} {item}.", "Meet {person} of {city}, aged {age}, who sells {colour} {item}.", "|", "In {city} lives {person}; {age} years and a lot of {colour} {item}.", "{age}-year-old {person} keeps {colour} {item} in {city}."],
        "zh": ["{person}今年{age}岁，住在{city}，喜欢{colour}的{item}。", "{person}，{age}岁，来自{city}，卖{colour}{item}。", "{city}人{person}{age}岁，有很多{colour}{item}。", "|", "住在{city}的{person}（{age}岁）收集{colour}的{item}。", "{age}岁的{person}在{city}存着{colour}{item}。"]},
}
ASK = {"en": ["Extract the facts as JSON:", "As JSON:", "Write the facts of this text as JSON:"], "zh": ["提取为JSON：", "用JSON写出要点："]}


def facts(kind, w):
    r, zh = w.r, w.language == "zh"
    company = coin(r, w.language) + (r.choice(["股份", "科技", "集团", "能源"]) if zh else " " + r.choice(["Corp", "Inc", "Group", "Energy", "Systems"]))
    money = r.choice(["元", "港元", "美元"] if zh else ["USD", "EUR", "CNY", "GBP"])
    price = lambda: f"{r.randrange(3, 400)}.{r.randrange(10)}0" if r.random() < 0.5 else str(r.randrange(3, 400))
    if kind == "room":
        count = r.randrange(7)
        state = r.choice(["on", "off"])
        thing = w.one(THINGS)
        return dict(room=w.one(ROOMS), people=count, activity=w.one(ACTIVITIES), thing=thing, state=state), dict(number=NUMBERS[w.language][count], count=str(count), state={"on": "开着", "off": "关着"}[state] if zh else state)
    if kind == "rating":
        ticker = "".join(r.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(r.choice([3, 4]))) if not zh else f"{r.choice([0, 3, 6])}{r.randrange(100000):05}"
        return dict(company=company, ticker=ticker, rating=r.choice(RATINGS[w.language]), target=price(), previous=price(), currency=money), {}
    if kind == "order":
        return dict(person=w.one(PEOPLE, 0.3), city=w.one(CITIES, 0.3), item=w.one(GOODS), quantity=r.randrange(1, 60), date=w.date()), {}
    if kind == "figures":
        year = r.randrange(2019, 2030)
        return dict(company=company, period=f"{year}年{r.choice(['第一季度', '上半年', '全年', '第三季度'])}" if zh else f"{r.choice(['Q1', 'Q2', 'Q3', 'H1', 'FY'])} {year}", value=f"{r.randrange(10, 9000)}.{r.randrange(10)}", currency=money, change=f"{r.randrange(1, 60)}.{r.randrange(10)}"), {}
    return dict(person=w.one(PEOPLE, 0.3), age=r.randrange(18, 90), city=w.one(CITIES, 0.3), colour=w.one(COLOURS), item=w.one(GOODS)), {}


def extraction(r, held):
    """{"prompt", "answer"} of one example."""
    language = "zh" if r.random() < 0.4 else "en"
    w = Words(r, language, held)
    sentences, found = [], []
    for _ in range(r.choice([1, 1, 2, 3])):
        kind = r.choice(list(PATTERNS))
        patterns = PATTERNS[kind][language]
        middle = patterns.index("|")
        text = r.choice(patterns[middle + 1:] if held else patterns[:middle])
        told, spoken = facts(kind, w)
        for name, value in (told | spoken).items():
            text = text.replace("{" + name + "}", str(value))
        sentences.append(text[0].upper() + text[1:])
        found.append({"kind": kind} | told)
    answer = compact(found[0] if len(found) == 1 else found)
    return {"prompt": f"<|bos|><|user|>{r.choice(ASK[language])} {' '.join(sentences) if language == 'en' else ''.join(sentences)}<|assistant|>", "answer": answer}
