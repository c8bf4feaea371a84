"""Names of companies, people and research houses, generated broadly."""
from lexicon import GIVEN, SURNAME

EN_ROOT = """North South East West High Stone River Lake Ash Oak Elm Birch Cedar Maple Silver Golden Iron Copper Blue Red Green White Black Bright Fair Clear Swift Strong Summit Ridge Valley Harbour Harbor Bay Coast Ocean Atlantic
Pacific Polar Arctic Nordic Alpine Delta Sigma Omega Alpha Apex Vertex Zenith Nova Stellar Lunar Solar Orion Phoenix Falcon Eagle Hawk Heron Kestrel Lion Tiger Bear Wolf Fox Stag Bison Atlas Titan Apollo Hermes Juno Vulcan Mercury Saturn
Global United General National Royal Imperial Central First Prime Premier Union Liberty Heritage Legacy Pioneer Frontier Beacon Anchor Compass Meridian Horizon Crescent Keystone Cornerstone Landmark Lighthouse Cascade Sierra Aurora Ember Flint
Granite Marble Quartz Cobalt Onyx Jade Pearl Coral Amber Crystal Diamond Sapphire Lotus Orchid Willow Juniper Laurel Myrtle Hazel Rowan Linden Aspen Sequoia Acacia Bamboo""".split()
EN_PLACE = """Ashford Barton Calder Dalton Easton Fenton Grafton Halden Ilford Kelso Langley Melrose Newbury Oakham Preston Radley Selby Tarrant Upton Wexham Yarrow Zurich Basel Bremen Lyon Turin Porto Malaga Gdansk Brno Tallinn Riga Vilnius Oslo Bergen
Malmo Aarhus Turku Texas Dakota Nevada Ohio Kansas Jersey Boston Dallas Denver Austin Queensland Perth Pilbara Otago Kyoto Osaka Nagoya Hanoi Penang Johor Manila Cebu Java Bengal Gujarat Mysore Deccan Malabar Shenzhen Suzhou Hangzhou Ningbo
Busan Daegu Taipei Santos Bahia Andes Pampas Atacama Sonora Nairobi Lagos Cairo Doha Muscat""".split()
EN_TRADE = """Energy Power Resources Mining Minerals Gold Metals Steel Materials Chemicals Pharma Pharmaceuticals Biotech Biosciences Therapeutics Health Healthcare Medical Foods Beverages Brewing Brewery Retail Stores Brands Apparel Motors Automotive Auto
Mobility Airlines Airways Shipping Marine Logistics Transport Rail Ports Bank Bancorp Financial Insurance Properties Property Realty REIT Land Homes Construction Cement Engineering Electronics Semiconductor Semiconductors Devices Instruments
Robotics Software Networks Cloud Digital Media Interactive Games Entertainment Telecom Communications Cable Utilities Water Gas Oil Petroleum Solar Renewables Hotels Hospitality Leisure Packaging Paper Forest Agri Farms Sciences Labs Aerospace
Defence Optical Display Batteries Lithium Industries Technologies Systems Dynamics Solutions Services Holdings Partners Works Tools Glass Textiles Footwear Toys Cosmetics Education Payments Lending Leasing Storage Drilling Plastics Coatings Rubber Tyres Salmon Seafood Dairy Sugar Palm Coffee Vision Genomics Diagnostics Dental Pet Care""".split()
EN_LEGAL = ["Inc", "Inc.", "Corp", "Corp.", "Corporation", "Ltd", "Ltd.", "Limited", "plc", "PLC", "Co.", "Co., Ltd.", "Group", "Holdings", "SA", "S.A.", "AG", "SE", "NV", "N.V.", "SpA", "AB", "ASA", "Oyj", "A/S", "Bhd", "Tbk", "Group plc", "Holdings Ltd", "Group Inc.", "& Co", "International", "a.s.", "Industries", "Pty Ltd"]
SYLLABLE = "ba be bo ca ce co da de do el en er fa fi ga gi ha he hi il in is ja ka ke ko la le li lo ma me mi mo na ne ni no or pa pe po qua ra re ri ro sa se si so ta te ti to ur va ve vi vo wa we xa ya za zo tra bri cle dra fro gla kri pla sta tri ver lin mar nor ten sol cor lux max tel dyn gen vex".split()
EN_SURNAME = """Smith Jones Taylor Brown Wilson Evans Walker White Roberts Green Hall Wood Harris Clarke Jackson Turner Hill Scott Cooper Morris Ward Moore King Baker Harrison Morgan Allen James Bell Murphy Kelly Ryan Byrne Walsh Doyle Carter Mitchell
Campbell Stewart Reid Ross Graham Henderson Hamilton Fraser Müller Schmidt Weber Fischer Becker Hoffmann Keller Lindqvist Johansson Nilsson Hansen Larsen Olsen Virtanen Korhonen Dubois Moreau Laurent Garnier Rossi Ferrari Bianchi Conti García
Martínez López Silva Santos Costa Pereira Novak Kowalski Horvat Popescu Ivanov Petrov Kaya Yilmaz Cohen Levy Haddad Khan Sharma Gupta Patel Reddy Iyer Nair Mehta Tan Lim Lee Wong Chan Cheung Ng Chen Wang Zhang Liu Huang Lin Wu Kim Park Choi Jung
Sato Suzuki Tanaka Watanabe Ito Nguyen Tran Pham Santoso Wijaya Okafor Mensah Dlamini Castle Ashworth Penrose Thornton Whitaker Marlowe Sinclair Beaumont Lockwood Carrington Hawthorne Prescott Winslow Granger""".split()
EN_GIVEN = [g.capitalize() for g in GIVEN.split()]
ZH_SURNAME = SURNAME.split()
ZH_NAME_CHARS = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文辉鹏飞宇浩然子涵雨桐欣怡梓轩博嘉诚思远志成建国海峰晓东晨曦若云雪梅兰清逸之琪瑶婷颖慧倩翔凯俊达睿哲铭泽瑞佳宁睦言初亦可书墨知行安和景元舒立朗川"
ZH_HEAD = """华 中 东 南 西 北 天 金 银 宝 海 江 山 云 星 光 新 安 恒 泰 康 瑞 祥 盛 兴 隆 达 通 联 科 创 智 信 诚 德 明 远 宏 大 长 万 世 永 国 民 龙 凤 鹏 麒 青 蓝 紫 绿 白 赤 腾 飞 立 正 博 卓 优 美 佳 丰 润 禾 嘉 宁 和 顺 利 亚 欧 富 贵 贝 阳 晨 景 元 启 力 威 固 精 仁 同 广 汇 聚 建 合 航 捷 迅 锐 拓 维 思 奥 迪 诺 凯 洛 伊 艾 森 沃 雅 澜 弘 鼎 鑫 淼 焱 垚 晶 辰 昊 旭 晟 铂 赛 迈 普 特 伟 博 道""".split()
ZH_PLACE = """江南 岭南 太行 长白 昆仑 泰山 黄山 庐山 峨眉 洞庭 鄱阳 西湖 珠江 湘江 闽江 钱塘 漓江 松花江 渤海 东海 南海 北海 浦东 滨海 临港 苏州 无锡 常州 宁波 温州 绍兴 嘉兴 台州 金华 合肥 芜湖 南昌 赣州 福州 厦门 泉州 济南 青岛 烟台 潍坊 郑州 洛阳 武汉 宜昌 襄阳 长沙 株洲 广州 深圳 东莞 佛山
珠海 中山 南宁 桂林 柳州 海口 三亚 成都 绵阳 重庆 贵阳 遵义 昆明 大理 拉萨 西安 宝鸡 兰州 西宁 银川 乌鲁木齐 天山 燕京 京华 津门 冀中 晋西 鲁北 皖南 苏北 浙东 川西 黔东 滇池 陇南 辽河 吉林 龙江 香江 濠江 台海""".split()
ZH_TRADE = """股份 科技 技术 电子 半导体 微电子 光电 精密 智能 机械 重工 机床 装备 汽车 动力 电池 新材料 材料 化学 化工 石化 能源 新能源 电力 燃气 煤业 矿业 锂业 黄金 铝业 铜业 钢铁 水泥 建材 建设 建筑 地产 置业 物业 港口 港务 航运 航空 机场 物流 快递 铁路 高速 银行 保险 人寿 信托 租赁 医药 制药 生物 医疗 药业 健康 食品
乳业 酒业 饮料 茶业 渔业 农业 牧业 种业 家居 电器 家电 服饰 纺织 户外 体育 零售 百货 超市 商业 免税 酒店 旅游 传媒 影视 游戏 网络 软件 信息 通信 数据 云 互动 教育 环保 水务 陶瓷 玻璃 纸业 包装 印刷 珠宝 化妆品 宠物 餐饮 火锅 啤酒 股份 光学 激光 仪器 传感 线缆 电缆 轴承 轮胎 橡胶 塑料 氟化 磷化 硅业 钛业 稀土 军工 船舶 卫星 导航 机器人 集团 控股 国际 实业 发展 投资""".split()
ZH_LEGAL = ["股份有限公司", "有限公司", "集团股份有限公司", "集团", "控股", "控股有限公司", "集团有限公司", "（集团）股份有限公司", "-W", "-SW", "-U", "A", "H", "股份"]
HOUSE_EN = ["Securities", "Capital", "Capital Markets", "Research", "Partners", "Brokerage", "Investment Bank", "Securities Research", "Equity Research", "Markets", "& Co", "& Co.", "Advisors", "Bank", "Investments", "Institutional Equities", "Global Research", "Brothers", "Asset Management"]
HOUSE_ZH = ["证券", "国际", "证券研究所", "资本", "研究", "证券（香港）", "金融", "证券研究", "期货", "投行", "研究院", "证券国际", "资产管理"]


def syllables(r, low=2, high=3):
    return "".join(r.choice(SYLLABLE) for _ in range(r.randint(low, high))).capitalize()


def english_root(r):
    kind = r.random()
    if kind < 0.22:
        return r.choice(EN_ROOT)
    if kind < 0.32:
        return r.choice(EN_ROOT) + r.choice(["field", "gate", "stone", "wood", "bridge", "water", "line", "point", "mark", "well", "ton", "ford", "light", "star", "crest", "view", "port", "house", "path", "works"])
    if kind < 0.42:
        return r.choice(EN_PLACE)
    if kind < 0.5:
        return r.choice(EN_SURNAME)
    if kind < 0.84:
        return syllables(r)
    if kind < 0.88:
        return syllables(r, 1, 2).upper() if r.random() < 0.5 else "".join(r.choice("ABCDEFGHIKLMNOPRSTVWX") for _ in range(r.randint(2, 4)))
    if kind < 0.93:
        return syllables(r, 1, 2) + syllables(r, 1, 2)
    return r.choice(EN_ROOT) + r.choice(["", " "]) + syllables(r)


def english_company(r):
    """(full name, short name)"""
    root = english_root(r)
    kind = r.random()
    if kind < 0.14:
        root = root + " " + english_root(r)
    elif kind < 0.2:
        root = r.choice(EN_SURNAME) + r.choice([" & ", " and ", "-"]) + r.choice(EN_SURNAME)
    elif kind < 0.24:
        root = "Port of " + root if r.random() < 0.3 else "Bank of " + root if r.random() < 0.5 else "The " + root
    name = root
    if r.random() < 0.72:
        name += " " + r.choice(EN_TRADE)
        if r.random() < 0.15:
            name += " " + r.choice(EN_TRADE)
    full = name + (" " + r.choice(EN_LEGAL) if r.random() < 0.38 else "")
    if r.random() < 0.05:
        full = full.upper()
    short = root if len(root) > 3 and r.random() < 0.6 else name
    return full, short


def chinese_company(r):
    kind = r.random()
    if kind < 0.05:
        return english_company(r)
    if kind < 0.62:
        root = r.choice(ZH_HEAD) + r.choice(ZH_HEAD)
    elif kind < 0.76:
        root = r.choice(ZH_PLACE)
    elif kind < 0.86:
        root = r.choice(ZH_HEAD) + r.choice(ZH_HEAD) + r.choice(ZH_HEAD)
    else:
        root = chr(r.randint(0x4E00, 0x6000)) + r.choice(ZH_HEAD)
    name = root + (r.choice(ZH_TRADE) if r.random() < 0.88 else "")
    full = name
    if r.random() < 0.16:
        full = (r.choice(ZH_PLACE) if r.random() < 0.3 else "") + name + r.choice(ZH_LEGAL)
    short = name if r.random() < 0.7 or len(root) < 2 else root
    return full, short


def english_person(r):
    given = r.choice(EN_GIVEN) if r.random() < 0.75 else syllables(r, 1, 2)
    family = r.choice(EN_SURNAME) if r.random() < 0.7 else syllables(r)
    kind = r.random()
    if kind < 0.08:
        return f"{given} {r.choice('ABCDEFGHJKLMNPRST')}. {family}"
    if kind < 0.11:
        return f"{given[0]}. {family}"
    if kind < 0.15:
        return f"{r.choice(EN_SURNAME)} {syllables(r, 1, 1)}-{syllables(r, 1, 1).lower()}"
    if kind < 0.18:
        return given
    if kind < 0.2:
        return f"{given} O'{family}"
    return f"{given} {family}"


def chinese_person(r):
    if r.random() < 0.05:
        return english_person(r)
    return r.choice(ZH_SURNAME) + "".join(r.choice(ZH_NAME_CHARS) for _ in range(2 if r.random() < 0.72 else 1))


def english_house(r):
    kind = r.random()
    if kind < 0.6:
        return (english_root(r) if r.random() < 0.6 else r.choice(EN_SURNAME)) + " " + r.choice(HOUSE_EN)
    if kind < 0.78:
        return r.choice(EN_SURNAME) + r.choice([" ", " & ", " "]) + r.choice(EN_SURNAME)
    if kind < 0.9:
        return english_root(r)
    return english_root(r) + " " + r.choice(["Street", "Quay", "Row", "Square", "Hill", "Point", "Park", "Gate", "Lane", "Wharf", "Court"])


def chinese_house(r):
    kind = r.random()
    root = r.choice(ZH_PLACE) if kind < 0.35 else r.choice(ZH_HEAD) + r.choice(ZH_HEAD)
    if kind > 0.95:
        return english_house(r)
    return root + (r.choice(HOUSE_ZH) if r.random() < 0.93 else "")
