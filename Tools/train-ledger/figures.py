"""Metrics, figures, periods, dates and prices in the many ways that reports write them."""

# kind of figure: names. money (with scale), pct, x (multiples), ps (per share), vol (counts with a unit), idx (bare)
EN = {
    "money": """revenue|revenues|sales|net sales|group sales|turnover|total revenue|operating revenue|net revenue|top line|EBITDA|adjusted EBITDA|core EBITDA|EBIT|adjusted EBIT|operating profit|operating income|core operating profit|net profit|net income|net earnings|core net profit|profit after tax|PAT|NPAT|PBT|pretax profit|pre-tax profit|profit before tax|attributable profit|adjusted net income|underlying profit|recurring net profit|gross profit|free cash flow|FCF|operating cash flow|capex|capital expenditure|net debt|net cash|order intake|orders|order backlog|backlog|order book|bookings|contracted sales|presales|R&D expenses|opex|operating expenses|SG&A|net interest income|NII|fee income|provisions|premiums|gross written premiums|new business value|assets under management|AUM|deposits|loans|market cap|market capitalisation|GMV|operating loss|net loss|cash burn|cash|inventories|impairments|restructuring costs|licence revenue|subscription revenue|service revenue|advertising revenue|cloud revenue|export sales|rental income|trading income|cash and equivalents|working capital|interest expense|net inflows|enterprise value|equity value|PPE sales|OP|NP|sales excluding fuel|net new assets""",
    "pct": """gross margin|EBIT margin|EBITDA margin|operating margin|net margin|net profit margin|gross profit margin|adjusted EBITDA margin|same-store sales|like-for-like sales|occupancy|occupancy rate|utilisation rate|utilisation|ROE|return on equity|ROIC|ROCE|net interest margin|NIM|NPL ratio|GNPA|CET1 ratio|CET1|cost-to-income ratio|cost income ratio|combined ratio|loan growth|dividend yield|FCF yield|payout ratio|net gearing|gearing|load factor|churn|take rate|market share|tax rate|renewal rate|loan-to-value|inflation|core inflation|headline inflation|unemployment|unemployment rate|policy rate|jobless rate|fiscal deficit|savings rate|capacity utilisation|attach rate|hit rate|expense ratio|vacancy rate|retention|net revenue retention|service margin|segment margin|current account deficit""",
    "x": """P/E|PE|P/B|P/BV|EV/EBITDA|EV/sales|P/S|net debt/EBITDA|leverage|interest cover|book-to-bill|price to book|forward P/E|earnings|forward earnings|EV/EBIT|P/NAV""",
    "ps": """EPS|diluted EPS|adjusted EPS|core EPS|earnings per share|DPS|dividend|dividend per share|final dividend|interim dividend|NAV|NAV per share|book value per share|BVPS|FCF per share|EPS (diluted)|basic EPS|special dividend|total dividend""",
    "vol": """production|output|shipments|deliveries|volumes|sales volume|throughput|subscribers|active users|MAU|DAU|net adds|RevPAR|ARPU|ASP|average selling price|AISC|unit cost|cash cost|passenger traffic|units sold|store count|headcount|cargo volume|gold production|capacity|installed base|rigs|inventory days|average daily rate|reserves|vehicle sales|wafer starts|copper output|crude runs|electricity sales""",
    "idx": """PMI|manufacturing PMI|services PMI|consumer confidence|business confidence|composite PMI|sentiment index|housing starts|payrolls|freight index""",
    "macro": """GDP|CPI|PPI|core CPI|consumer prices|producer prices|retail sales|industrial production|industrial output|exports|imports|fixed asset investment|house prices|wages|real GDP|household consumption|money supply|car registrations|construction output|core prices|export orders|household credit|rents|services output|food prices|manufacturing output|private investment|factory orders|bank lending""",
}
ZH = {
    "money": """收入|营收|营业收入|营业总收入|总收入|主营业务收入|净利润|净利|归母净利润|归母净利|归属于上市公司股东的净利润|扣非净利润|扣非归母净利润|经调整净利润|调整后净利润|非IFRS净利润|Non-GAAP净利润|核心净利润|股东应占溢利|股东应占利润|纯利|核心盈利|经营利润|营业利润|利润总额|毛利|EBITDA|经调整EBITDA|自由现金流|经营现金流|经营性现金流|经营活动现金流净额|资本开支|净现金|净负债|现金及等价物|货币资金|新签订单|在手订单|合同负债|销售额|合同销售额|合约销售额|GMV|流水|净利息收入|手续费收入|新业务价值|保费收入|研发费用|研发投入|销售费用|管理费用|财务费用|总市值|市值|广告收入|游戏收入|云业务收入|海外收入|服务收入|管理规模|归母公司净利|存货|应收账款|商誉减值|资产减值|投资收益|租金收入|线上收入|门店收入|股东净利润|税前利润|除税前溢利|新签合同额|回款|拿地金额|募集资金|贷款余额|存款余额|社融|新增贷款|人民币贷款|贸易顺差|外汇储备""",
    "pct": """毛利率|净利率|经营利润率|营业利润率|归母净利率|调整后净利率|EBITDA利润率|ROE|净资产收益率|净息差|息差|不良率|不良贷款率|拨备覆盖率|核心一级资本充足率|股息率|分红率|派息率|客座率|入住率|出租率|产能利用率|市占率|销售费用率|管理费用率|研发费用率|期间费用率|综合成本率|净负债率|资产负债率|同店销售|失业率|复购率|续费率|海外占比|自营占比|综合毛利率|政策利率|净留存率|良率|渗透率|付费率|库容比|开工率|线上占比|直营占比|研发占比|财政赤字率|国产化率|续租率""",
    "x": """PE|PB|市盈率|市净率|市销率|PS|EV/EBITDA|P/E|动态市盈率|预测PE|远期市盈率""",
    "ps": """每股收益|EPS|每股盈利|每股派息|每股股息|每股分红|每股净资产|末期息|中期息|BVPS|基本每股收益|稀释每股收益|每股现金分红|摊薄EPS|全面摊薄每股收益""",
    "vol": """销量|产量|出货量|出货|交付量|交付|吞吐量|月活|月活跃用户|日活|付费用户|用户数|门店数|新开门店|RevPAR|ADR|客单价|单价|均价|吨毛利|吨净利|单车毛利|单车收入|装机量|发电量|产能|集装箱吞吐量|旅客吞吐量|新增用户|会员数|煤炭产量|黄金产量|吨煤成本|库存天数|单吨成本|在管面积|签约面积|售气量|接待人次|批价|签单量|单位成本|直营门店|中标量|单瓦盈利|票房""",
    "idx": """制造业PMI|PMI|非制造业PMI|服务业PMI|财新PMI|消费者信心指数|综合PMI|景气指数|物价指数|运价指数""",
    "macro": """GDP|CPI|PPI|核心CPI|社会消费品零售总额|社零|工业增加值|固定资产投资|房地产投资|出口|进口|M2|M1|基建投资|制造业投资|用电量|规模以上工业企业利润|社零总额|商品房销售面积|新开工面积|居民收入|食品价格|猪肉价格|财政收入|财政支出|社融存量|工业企业利润|货运量|服务业增加值|土地出让收入""",
}
EN = {k: v.split("|") for k, v in EN.items()}
ZH = {k: v.split("|") for k, v in ZH.items()}
EN_SEGMENT = "Group Core Underlying Reported Adjusted Consolidated Domestic Overseas Asian European Retail Wholesale Online Segment Organic Parent Life Cloud Mobile Hardware Aftermarket Pro-forma Comparable Organic International US China".split()
ZH_SEGMENT = "海外 国内 境外 线上 线下 主营 零售 批发 云 游戏 广告 智能手机 储能 光伏 动力电池 白酒 直营 加盟 核心 综合 单季 母公司 分部 服务 设备 华东 医美 整车".split()
EN_PRODUCT = """ticket passenger cargo copper zinc coal steel milk beer wine coffee cocoa tyre engine pump valve chip wafer memory photoresist display panel battery cell module inverter turbine cable fibre tower data-centre server cloud software licence subscription advertising
gaming streaming box-office hotel room casino theme-park retail grocery apparel footwear beauty jewellery pet-food dairy salmon poultry sugar palm-oil fertiliser seed chemical polymer paint glass cement brick timber pulp paper packaging label drug vaccine insulin device implant clinic hospital
dental insurance motor life pension mortgage card deposit brokerage custody trading leasing rental office mall warehouse logistics parcel freight rail bus ferry airport port toll gas power water waste recycling solar wind nuclear uranium gold silver nickel lithium iron-ore oil LNG refining drilling seismic shipyard aerospace defence helicopter drone satellite tooling robot elevator truck trailer bicycle wallet loyalty e-commerce marketplace voucher tuition course""".split()
EN_HEAD = {"money": "revenue sales income profit costs orders bookings backlog inventories receipts turnover earnings billings losses premiums fees takings spending stocks".split(),
           "pct": "margin penetration utilisation growth occupancy share yield".split() + ["market share", "gross margin", "attach rate", "load factor"],
           "vol": "volumes output production shipments deliveries numbers prices stocks capacity reserves sales traffic throughput customers".split() + ["unit sales", "unit costs"]}
ZH_PRODUCT = """机票 门票 旅客 货运 铜 锌 煤炭 钢材 牛奶 啤酒 白酒 咖啡 轮胎 发动机 水泵 阀门 芯片 晶圆 存储 光刻胶 面板 电池 电芯 组件 逆变器 风机 电缆 光纤 数据中心 服务器 云服务 软件 订阅 广告 游戏 直播 票房 酒店 客房 乐园 零售 超市 服装 鞋履 美妆 珠宝 宠物食品 乳品 三文鱼 生猪 白糖 化肥 种子 涂料 玻璃 水泥 木材 纸浆 包装
药品 疫苗 胰岛素 器械 耗材 医院 口腔 车险 寿险 按揭 信用卡 存款 经纪 托管 租赁 写字楼 购物中心 仓储 物流 快递 铁路 公交 机场 港口 收费公路 燃气 电力 供水 垃圾焚烧 光伏 风电 核电 铀 黄金 白银 镍 锂盐 铁矿石 原油 炼化 钻井 造船 航天 军工 无人机 卫星 刀具 机器人 电梯 卡车 自行车 会员 电商 课程 预制菜 猪肉 鸡苗 冷链 充电桩 储能 传感器""".split()
ZH_HEAD = {"money": "收入 销售额 利润 成本 订单 库存 费用 毛利 营收 回款 亏损 存货 采购额".split(), "pct": "毛利率 渗透率 利用率 占比 市占率 出租率 净利率 增速".split(),
           "vol": "销量 产量 出货量 均价 价格 产能 库存 用户数 交付量 吨毛利 单价".split()}
EN_UNITS = ["koz", "oz", "kt", "mt", "m tonnes", "tonnes", "units", "GWh", "MW", "GW", "boe", "kboepd", "TEU", "million", "m", "k", "stores", "days", "vehicles", "rooms", "million tonnes", "clinics", "cases", "barrels", "$/t", "$/oz", "thousand", "kbpd", "flights", "wafers"]
ZH_UNITS = ["万吨", "吨", "亿吨", "万辆", "辆", "万台", "台", "家", "亿", "万", "万户", "亿人", "万人", "元", "GWh", "MW", "GW", "万套", "件", "百万吨", "亿千瓦时", "元/吨", "万平方米", "盎司", "万标箱", "天", "亿件", "座", "亿立方米", "元/方", "万元", "人次", "架", "张", "元/平方米", "部", "亿方"]

EN_CURRENCIES = [("$", "USD"), ("US$", "USD"), ("HK$", "HKD"), ("€", "EUR"), ("£", "GBP"), ("A$", "AUD"), ("C$", "CAD"), ("S$", "SGD"), ("Rs", "INR"), ("Rs.", "INR"), ("RMB", "RMB"), ("CNY", "CNY"), ("NT$", "TWD"), ("W", "KRW"), ("¥", "JPY"), ("SEK", "SEK"), ("NOK", "NOK"), ("DKK", "DKK"), ("CHF", "CHF"), ("R$", "BRL"), ("RM", "MYR"), ("THB", "THB"), ("PLN", "PLN"), ("CZK", "CZK"), ("ZAR", "ZAR"), ("KRW", "KRW"), ("EUR", "EUR"), ("USD", "USD"), ("IDR", "IDR"), ("MXN", "MXN"), ("HUF", "HUF"), ("₹", "INR"), ("p", "GBP")]
EN_EXCHANGES = ["HK", "LN", "US", "UN", "UW", "JP", "JT", "KS", "KQ", "TT", "AU", "AX", "SP", "IN", "IB", "GR", "GY", "FP", "IM", "SM", "NA", "SW", "SS", "NO", "DC", "FH", "PW", "CP", "HB", "CN", "CT", "BZ", "MM", "SJ", "TB", "MK", "IJ", "PM"]
EN_MARKETS = ["NYSE", "NASDAQ", "Nasdaq", "LSE", "ASX", "TSX", "HKEX", "SGX", "NSE", "BSE", "XETRA", "Euronext", "SIX", "KRX", "TSE", "OTC", "AIM", "NYSE American", "JSE", "B3"]
RIC = ["HK", "L", "N", "O", "OQ", "T", "KS", "TW", "AX", "SI", "NS", "BO", "DE", "F", "PA", "MI", "MC", "AS", "S", "ST", "OL", "CO", "HE", "WA", "PR", "TO", "SA", "MX", "J", "BK", "KL", "JK", "SZ", "SS", "SH"]
EN_RATINGS = ["Buy", "Strong Buy", "Sell", "Hold", "Neutral", "Outperform", "Underperform", "Overweight", "Underweight", "Equal-weight", "Equal Weight", "Market Perform", "Sector Perform", "Sector Outperform", "Add", "Reduce", "Accumulate", "Trading Buy", "Conviction Buy", "Market Outperform", "Speculative Buy", "Fully Valued", "Top Pick", "Peer Perform", "In-line", "Lighten", "Positive", "Negative", "Market-Weight", "Long-term Buy", "Trim", "Market Underperform", "Strong Sell", "Sector Underperform", "Avoid", "Switch", "Perform", "Attractive", "Cautious", "Book Profits", "Take Profits", "Focus List", "Source of Funds", "Tactical Buy", "Sector Weight", "Moderate Buy", "Below Average", "High Conviction", "Swap", "Keep", "Under Review", "1-Overweight", "Buy (2)", "Outperformer", "Marketperform"]
ZH_RATINGS = ["买入", "增持", "持有", "中性", "减持", "卖出", "推荐", "强烈推荐", "谨慎推荐", "谨慎增持", "审慎增持", "审慎推荐", "跑赢大市", "跑输大市", "跑赢行业", "跑输行业", "优于大市", "弱于大市", "与大市同步", "同步大市", "强烈买入", "强推", "区间操作", "回避", "看好", "沽售", "优于大盘", "买入-A", "增持-A", "买入-B", "收集", "长期买入", "强于大市", "领先大市", "优大于市", "超配", "标配", "低配", "Buy", "Outperform", "中立", "积极", "观望", "落后大市", "谨慎买入", "战略性买入", "大幅跑赢", "积极买入", "减仓", "清仓", "关注", "谨慎", "乐观", "适度增配", "逢低买入", "逢高减持", "换仓", "长线持有", "优选", "首选", "同步", "待评", "领先", "平配", "A-买入", "超越大市"]
EN_MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday".split()
ORDINAL = ["first", "second", "third", "fourth"]


def pick(r, values):
    return values[int(r.random() * len(values))]


def grouped(value, decimals):
    return f"{value:,.{decimals}f}"


def decimal(r, low, high, decimals=None):
    decimals = pick(r, [0, 1, 1, 1, 2]) if decimals is None else decimals
    return grouped(r.uniform(low, high), decimals)


class Style:
    """What one document keeps to: currency, scale words, kind of periods."""

    def __init__(self, r, language):
        self.r, self.language = r, language
        self.year = r.randint(2016, 2030)
        if language == "en":
            self.prefix, self.code = pick(r, EN_CURRENCIES)
            self.scales = pick(r, [["m", "bn"], ["mn", "bn"], [" million", " billion"], ["m", "bn"], ["M", "B"], [" mn", " bn"], ["mln", "bln"]])
            if self.prefix in ("Rs", "Rs.", "₹") and r.random() < 0.4:
                self.scales = [" crore", " crore"]
            self.per_cent = pick(r, ["%"] * 8 + [" per cent", " percent", "pc"])
            self.yoy = pick(r, ["yoy", "y-o-y", "y/y", "YoY", "year on year", "year-on-year", "from a year ago", "on the year", "on last year"])
            self.qoq = pick(r, ["qoq", "q-o-q", "q/q", "QoQ", "sequentially", "quarter-on-quarter"])
            self.form = pick(r, ["fy", "plain", "plain", "words", "q", "loose"])
            self.price_space = pick(r, ["", "", " "]) if not self.prefix.isalpha() or len(self.prefix) < 3 else pick(r, [" ", " ", ""])
            self.suffix = r.random() < 0.08
            self.pence = self.prefix == "p" or (self.prefix == "£" and r.random() < 0.4)
            if self.prefix == "p":
                self.prefix = "£"
        else:
            self.prefix = pick(r, ["元"] * 6 + ["港元", "港币", "HK$", "HKD", "人民币", "美元", "US$", "港元", "RMB", "$"])
            self.code = self.prefix
            self.suffix = self.prefix in ("元",) or (self.prefix in ("港元", "美元", "港币") and r.random() < 0.6)
            self.scales = pick(r, [["亿元"], ["亿元"], ["亿"], ["百万元"], ["万元"], ["亿美元"], ["亿港元"], ["亿元人民币"], ["亿元", "亿"], ["万亿元"]])
            self.per_cent = pick(r, ["%"] * 10 + ["％", "个百分点"][:1])
            self.form = pick(r, ["cn", "cn", "cn", "code", "loose"])
            self.price_space = pick(r, ["", "", "", " "])
            self.pence = False
        self.quarter = r.randint(1, 4)

    def kind_of(self, metrics, kind):
        return pick(self.r, metrics[kind])

    def metric(self, kind):
        r = self.r
        if self.language == "en":
            if kind in EN_HEAD and r.random() < 0.16:
                return pick(r, EN_PRODUCT) + " " + pick(r, EN_HEAD[kind])
            name = pick(r, EN[kind])
            if r.random() < 0.14 and kind != "x":
                name = pick(r, EN_SEGMENT) + " " + name
                name = name if r.random() < 0.3 else name[0].lower() + name[1:] if not name.startswith(("US", "China", "Asian", "European")) else name
            if r.random() < 0.05 and " " in name:
                name = name.title()
            return name
        if kind in ZH_HEAD and r.random() < 0.14:
            return pick(r, ZH_PRODUCT) + pick(r, ZH_HEAD[kind])
        name = pick(r, ZH[kind])
        return pick(r, ZH_SEGMENT) + name if r.random() < 0.14 and kind not in ("x", "ps") else name

    def figure(self, kind, shape=""):
        """(prefix unit, number, suffix unit)"""
        r = self.r
        if kind == "money":
            size = pick(r, [5, 30, 300, 900])
            number = decimal(r, 0.2, size)
            if size > 100 and r.random() < 0.3:
                number = grouped(r.uniform(1000, 90000), pick(r, [0, 0, 1]))
                if self.language == "zh" and r.random() < 0.6:
                    number = number.replace(",", "")
            scale = pick(r, self.scales)
            if self.language == "en":
                if self.suffix:
                    return "", number, scale.strip() and scale + " " + self.code
                prefix = "£" if self.pence else self.prefix
                return prefix + self.price_space, number, scale
            if self.prefix.isascii() or r.random() < 0.06:
                return (self.prefix if self.prefix.isascii() else "人民币") + self.price_space, number, pick(r, ["亿", "亿", "亿元", "百万", "万"])
            return "", number, scale
        if kind == "pct":
            number = decimal(r, 0.3, 99, pick(r, [0, 1, 1, 2]))
            return "", number, self.per_cent
        if kind == "x":
            return "", decimal(r, 0.4, 60, pick(r, [0, 1, 1, 2])), pick(r, ["x", "x", " times", "x", "-times"][:4]) if self.language == "en" else pick(r, ["倍", "倍", "倍", "x", "X"])
        if kind == "ps":
            number = decimal(r, 0.01, pick(r, [2, 10, 90]), pick(r, [2, 2, 2, 1, 3]))
            if self.language == "en":
                if self.pence:
                    return "", decimal(r, 1, 300, pick(r, [0, 1, 1, 2])), pick(r, ["p", "p", " pence"])
                return (self.prefix + self.price_space, number, "") if r.random() < 0.92 else ("", decimal(r, 1, 99, 0), pick(r, [" cents", "c", "¢"][:2]))
            return ("", number, pick(r, ["元", "元", "元", "港元", "港仙", "美元", "元/股", "分"])) if not self.prefix.isascii() or r.random() < 0.2 else (self.prefix + self.price_space, number, "")
        if kind == "vol":
            unit = pick(r, EN_UNITS if self.language == "en" else ZH_UNITS)
            number = pick(r, [lambda: grouped(r.uniform(1000, 900000), 0), lambda: decimal(r, 1, 900), lambda: str(r.randint(2, 999)), lambda: decimal(r, 0.2, 40)])()
            if self.language == "en":
                if r.random() < 0.15:
                    return self.prefix + self.price_space, number, pick(r, ["", "/t", "/oz", "/bbl", "/boe"])
                return "", number, (pick(r, ["", " "]) + unit if r.random() < 0.85 and not unit.isalpha() or len(unit) < 4 else " " + unit) if r.random() < 0.9 else ""
            return "", number.replace(",", "") if r.random() < 0.4 else number, unit
        if kind == "idx":
            return "", pick(r, [decimal(r, 44, 58, 1), decimal(r, 80, 120, 1), decimal(r, 1, 2, 2), decimal(r, 100, 900, 0)]), ""
        return "", decimal(r, 0.1, 15, 1), self.per_cent

    def change(self):
        r = self.r
        kind = r.random()
        if kind < 0.8:
            return decimal(r, 0.1, pick(r, [9, 30, 80]), pick(r, [0, 1, 1, 2])), self.per_cent
        if self.language == "en":
            return pick(r, [(str(r.randint(2, 400)), pick(r, ["bp", "bps", "bp", " basis points", "bps"])), (decimal(r, 0.1, 6, 1), pick(r, ["pp", "ppt", " percentage points", "ppts", "pp"]))])
        return pick(r, [(str(r.randint(2, 400)), pick(r, ["bp", "bps", "个基点", "BP"])), (decimal(r, 0.1, 9, pick(r, [1, 2])), pick(r, ["个百分点", "pct", "pp", "个百分点", "pcts"]))])

    def period(self, estimate=False, offset=0):
        r, y = self.r, self.year + offset + (1 if estimate else 0)
        q = pick(r, [self.quarter, r.randint(1, 4)])
        yy = f"{y % 100:02d}"
        if self.language == "en":
            mark = pick(r, ["E", "E", "e", "F", ""]) if estimate else pick(r, ["", "", "", "A"])
            form = self.form if r.random() < 0.75 else pick(r, ["fy", "plain", "words", "q", "loose"])
            if form == "fy":
                return pick(r, [f"FY{yy}{mark}", f"FY{yy}{mark}", f"FY{y}{mark}", f"FY{y}{mark}", f"FY {y}", f"FY{yy}/{(y + 1) % 100:02d}", f"{q}QFY{yy}{mark}", f"Q{q}FY{yy}", f"{1 + q % 2}HFY{yy}", f"{1 + q % 2}H FY{yy}", f"fiscal {y}", f"FY'{yy}"])
            if form == "plain":
                return pick(r, [f"{y}{mark}", f"{y}{mark}", f"{y}", f"{y}", f"full-year {y}", f"calendar {y}"])
            if form == "q":
                return pick(r, [f"{q}Q{yy}{mark}", f"{q}Q{yy}", f"Q{q} {y}", f"Q{q}", f"Q{q}", f"{q}Q", f"{1 + q % 2}H{yy}{mark}", f"H{1 + q % 2} {y}", f"H{1 + q % 2}", f"Q{q} FY{yy}", f"9M{yy}", f"{y}Q{q}", f"Q{q}'{yy}", f"6M{yy}", f"{1 + q % 2}H {y}", f"{q}Q {y}", f"{q}Q{y}"])
            if form == "words":
                o = ORDINAL[q - 1]
                h = ORDINAL[q % 2]
                return pick(r, [f"{o} quarter", f"{o} quarter", f"{o}-quarter", f"{o} quarter of {y}", f"{h} half", f"{h} half of {y}", f"{h}-half", f"fiscal {o} quarter", f"{pick(r, ['March', 'June', 'September', 'December'])} quarter", f"nine months to {pick(r, EN_MONTHS)}", f"year to {pick(r, EN_MONTHS)} {y}", f"six months to {pick(r, EN_MONTHS)}", f"{o} quarter {y}", f"three months ended {pick(r, EN_MONTHS)}", f"first nine months of {y}", f"full year", "full-year", f"year ended {pick(r, EN_MONTHS)} {y}", f"{pick(r, ['holiday', 'Christmas', 'winter', 'summer'])} quarter", "half"])
            return pick(r, [f"{pick(r, EN_MONTHS)}", f"{pick(r, EN_MONTHS)} {y}", "last year", "this year", "next year", f"{y}", f"Q{q}", f"{ORDINAL[q - 1]} quarter"])
        mark = pick(r, ["E", "E", "e", "F"]) if estimate else pick(r, ["A", "", "", ""])
        form = self.form if r.random() < 0.75 else pick(r, ["cn", "code", "loose"])
        name = "一二三四"[q - 1]
        if form == "cn":
            if estimate:
                return pick(r, [f"{y}年", f"{y}年", f"{y}-{y + 2}年", f"{y}年度", f"{yy}年", f"{y}财年", f"{name}季度", "明年", "下半年", "全年", f"{y}年全年", f"{y}/{(y + 1) % 100:02d}年", f"{y}年{name}季度"])
            return pick(r, [f"{y}年", f"{y}年", f"{y}年", f"{y}年{name}季度", f"{y}年第{name}季度", f"{name}季度", f"第{name}季度", "前三季度", "上半年", f"{y}年上半年", f"{y}年前三季度", f"{y}上半年", f"{y}财年", "全年", "单三季度", f"{y}年度", f"{y}年中期", f"今年上半年", f"今年前三季度", f"去年全年", f"{y}年1-{r.randint(3, 11)}月", "下半年", f"{y}财年第{name}季度", "第%s财季" % name, f"{yy}年{name}季度", "首季", "上半财年", "前九个月", "今年首三季"])
        if form == "code":
            return pick(r, [f"{y}{mark}", f"{yy}{mark or 'A'}", f"{q}Q{yy}", f"{y}Q{q}", f"{yy}Q{q}", f"Q{q}", f"{y}H{1 + q % 2}", f"{1 + q % 2}H{yy}", f"H{1 + q % 2}", f"FY{yy}{mark}", f"{yy}H{1 + q % 2}", f"{y}", f"FY{y}", f"{y}{mark}", f"{y}Q1-3", f"{yy}{mark or 'E'}"])
        return pick(r, [f"{r.randint(1, 12)}月", f"{r.randint(1, 12)}月", f"{r.randint(1, 12)}月份", f"1-{r.randint(3, 11)}月", "今年", "明年", "去年", f"{y}年{r.randint(1, 12)}月", "本季度", "上季度", "当月", f"{pick(r, list('一二三四五六七八九十'))}月", "期内", "期末", "下季度", "年内", "本年度"])

    def before(self):
        r = self.r
        if self.language == "en":
            return pick(r, ["a year earlier", "a year ago", "same period last year", "same quarter last year", "prior year", "last year", f"{self.year - 1}", "same period of %d" % (self.year - 1), "year before", "previous quarter", "previous year", "prior-year period", "corresponding period", "same quarter of %d" % (self.year - 1), "year-earlier period", "preceding quarter"])
        return pick(r, ["上年同期", "去年同期", "去年", "前一年", "上一季度", "上季度", "上年", f"{self.year - 1}年", "上一年", "去年此时"])

    def day(self, price=True):
        r, y = self.r, self.year
        m, d = r.randint(1, 12), r.randint(1, 28)
        if self.language == "en":
            month = EN_MONTHS[m - 1]
            short = month[:3]
            return pick(r, [f"{d} {month} {y}", f"{d} {month} {y}", f"{month} {d}, {y}", f"{d} {short} {y}", f"{d}-{short}-{y % 100:02d}", f"{short} {d}", f"{d} {month}", f"{month} {d}", f"{y}-{m:02d}-{d:02d}", f"{d:02d}/{m:02d}/{y}", f"{d:02d}.{m:02d}.{y}", f"{pick(r, DAYS)}", f"{d}/{m}/{y % 100:02d}", f"{short} {d}, {y}", f"{pick(r, DAYS)}, {d} {month}", f"{d}th {month}" if d > 3 else f"{d} {month}"])
        return pick(r, [f"{y}年{m}月{d}日", f"{y}年{m}月{d}日", f"{m}月{d}日", f"{y}-{m:02d}-{d:02d}", f"{y}/{m:02d}/{d:02d}", f"{y}.{m:02d}.{d:02d}", f"{y}{m:02d}{d:02d}", "昨日", "昨天", "周" + pick(r, list("一二三四五")), f"{y}/{m}/{d}", f"{m}月{d}号", "上周五"])
