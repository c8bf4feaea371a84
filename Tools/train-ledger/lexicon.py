"""Word lists that the features of ledger look up, longest match first. They go into config.json as they stand here."""

CURRENCY = """$ us$ usd hk$ hkd rmb cny cnh eur € gbp £ jpy ¥ yen krw won inr rs rs. ₹ a$ aud c$ cad s$ sgd nt$ twd chf sek nok dkk
huf pln czk brl r$ mxn zar idr thb myr rm php p pence dollars dollar euros euro pounds yuan cents cent
元 人民币 港元 港币 美元 欧元 日元 英镑 港仙 美分 新台币 韩元 新加坡元 令吉 澳元"""

UNIT = """% bn mn m million billion trillion tn k thousand per-cent percent per cent x times bp bps basis points percentage points pp ppt ppts crore lakh
mt kt koz oz tonnes units boe mboe gw mw gwh mwh twh teu /t /oz /bbl 亿 亿元 万 万元 万亿 万亿元 百万 百万元 千万 千万元 亿美元 亿港元 亿人民币 百万美元 百万港元
百万人民币 倍 个百分点 百分点 个基点 基点 吨 万吨 亿吨 百万吨 辆 万辆 台 万台 家 座 元/吨 元/股 万户 万人 亿人 亿股 万股 片 万片 套 吉瓦 兆瓦 千瓦时 户 件 亿件 万套 mn. bn. mln bln"""

EXCHANGE = """hk ln us lse nyse nasdaq nyse american asx ax sz sh ss ks kq jp jt t tse tsx to v sgx sp si in nse bse ns bo fp gr de gy xetra im mi sm mc na as sw vx ss st no ol dc co fh he
pw cp bb br ch tt tw tb bk mk kl ij jk pm bz sa mm mx sj jo par euronext amsterdam paris six oslo otc amex bvb hkex sehk sse szse krx kosdaq
上交所 深交所 港交所 联交所 上海证券交易所 深圳证券交易所 香港联交所 纽交所 纳斯达克 北交所 科创板 创业板 主板"""

RATING = """buy strong buy sell hold neutral outperform underperform overweight underweight equal-weight equal weight equalweight market perform market-perform sector perform
sector outperform sector underperform add reduce accumulate trim trading buy trading sell conviction buy positive negative top pick peer perform in-line in line perform market outperform speculative buy
fully valued not rated lighten long-term buy moderate buy strong sell focus buy market weight avoid switch attractive cautious book profits take profits focus list tactical outperformer marketperform conviction keep
买入 增持 持有 中性 减持 卖出 推荐 强烈推荐 谨慎推荐 谨慎增持 审慎增持 审慎推荐 跑赢大市 跑输大市 跑赢行业 跑输行业 优于大市 弱于大市 与大市同步 同步大市 强烈买入 强买 区间操作 回避 看好 观望
沽售 沽出 优于大盘 大市同步 买入-a 增持-a 买入-b 逊于大市 收集 审慎买入 长期买入 强于大市 领先大市 中立 优大于市 落后大市 超配 低配 标配 谨慎买入 战略性买入 大幅跑赢 积极买入 减仓 清仓 逢低买入 逢高减持 换仓 长线持有 平配 超越大市"""

METRIC = """revenue revenues sales net sales group sales turnover total revenue total revenues operating revenue net revenue net revenues top line top-line ebitda adjusted ebitda core ebitda ebit adjusted ebit
operating profit operating income core operating profit adjusted operating profit net profit net income net earnings core net profit profit after tax pat npat pbt pretax profit pre-tax profit profit before tax attributable profit adjusted net income
adjusted net profit underlying profit underlying net profit recurring profit recurring net profit eps diluted eps adjusted eps core eps earnings per share dps dividend dividend per share final dividend interim dividend
gross profit gross margin ebit margin ebitda margin operating margin net margin net profit margin gross profit margin free cash flow fcf operating cash flow cash flow from operations capex capital expenditure net debt
net cash net gearing gearing debt ratio order intake orders order backlog backlog order book bookings contracted sales presales same-store sales same store sales sssg like-for-like sales like-for-like lfl sales volume volumes shipments
shipment production output deliveries asp average selling price arpu subscribers users mau dau gmv take rate revpar occupancy occupancy rate utilisation utilization rate roe return on equity roa roic roce nim net interest margin nii net interest income
npl ratio gnpa nnpa cet1 cet1 ratio cost-to-income ratio cost income ratio provisions loan growth combined ratio gross written premiums premiums vnb new business value embedded value nav nav per share book value per share bvps p/e pe per p/b pb p/bv ev/ebitda ev/sales p/s
dividend yield fcf yield market cap market capitalisation market capitalization sg&a opex operating expenses r&d expenses r&d spending cost of sales aisc cash cost unit cost load factor passenger traffic throughput
gdp cpi ppi core cpi inflation core inflation headline inflation consumer prices producer prices retail sales industrial production industrial output manufacturing pmi services pmi pmi unemployment unemployment rate jobless rate exports imports trade surplus trade deficit
current account fiscal deficit policy rate fixed asset investment housing starts foreign reserves m2 new loans total social financing payrolls nonfarm payrolls wage growth deposits loans assets under management aum inventory inventory days net new money
收入 营收 营业收入 营业总收入 总收入 主营收入 主营业务收入 净利润 净利 归母净利润 归母净利 归母 归属于上市公司股东的净利润 归属母公司净利润 扣非净利润 扣非归母净利润 扣非净利 经调整净利润 调整后净利润 非ifrs净利润 non-gaap净利润 核心净利润 股东应占溢利 股东应占利润 纯利 溢利 利润 核心盈利 经营利润 营业利润 利润总额 毛利 毛利润
毛利率 净利率 经营利润率 营业利润率 调整后净利率 归母净利率 ebitda利润率 每股收益 每股盈利 每股派息 每股股息 每股分红 每股净资产 末期息 中期息 分红率 派息率 股息率 自由现金流 经营现金流 经营性现金流 经营活动现金流 经营活动现金流净额 经营活动产生的现金流量净额 资本开支 净负债率 净现金 资产负债率 现金及等价物 货币资金
新签订单 在手订单 订单 合同负债 销量 产量 出货量 出货 交付量 交付 销售额 合同销售额 合约销售额 签约销售额 同店销售 吞吐量 客座率 入住率 出租率 产能利用率 利用率 库存 存货周转天数 单价 均价 吨毛利 吨净利 单车毛利 单车净利 市占率 用户数 月活 月活跃用户 日活 付费用户 流水 gmv 净息差 息差 净利息收入 不良率 不良贷款率 拨备覆盖率 核心一级资本充足率 资本充足率
新业务价值 保费收入 内含价值 综合成本率 销售费用率 管理费用率 研发费用率 财务费用率 期间费用率 研发费用 研发投入 销售费用 管理费用 市值 总市值 市盈率 市净率 市销率 企业价值倍数 gdp cpi ppi 核心cpi 社会消费品零售总额 社零 工业增加值 固定资产投资 房地产投资 制造业pmi 非制造业pmi 出口 进口 贸易顺差 社融 社会融资规模 新增贷款 人民币贷款 失业率 外汇储备 m1 财政赤字率 净资产收益率 投资回报率 开店数 门店数 新开门店"""

COMPANY = """inc inc. corp corp. corporation ltd ltd. limited plc co co. company group holdings holding sa s.a. ag se nv n.v. spa s.p.a. ab asa oyj a/s a.s. bhd berhad tbk pcl kk sab pte llc international industries enterprises technologies technology systems
energy power resources mining minerals gold metals steel materials chemicals chemical pharma pharmaceuticals biotech biosciences therapeutics health healthcare medical foods beverages brewing retail stores brands apparel motors automotive auto mobility airlines airways shipping marine logistics transport
rail ports bank bancorp financial insurance properties property realty reit land homes construction cement engineering electronics semiconductor semiconductors devices instruments robotics software networks cloud digital media interactive games entertainment telecom communications cable utilities water gas oil petroleum solar renewables
hotels hospitality leisure packaging paper forest agri farms sciences labs aerospace defence optical display batteries lithium
股份有限公司 有限公司 股份 集团 控股 科技 技术 电子 半导体 微电子 光电 精密 智能 机械 重工 机床 装备 汽车 动力 电池 新材料 材料 化学 化工 石化 能源 新能源 电力 燃气 煤业 矿业 锂业 黄金 铝业 铜业 钢铁 水泥 建材 建设 建筑 地产 置业 物业 港口 航运 航空 物流 快递 铁路 高速 银行 保险 人寿 信托 租赁 医药 制药 生物 医疗 药业 健康 食品 乳业 酒业 饮料 茶业 渔业 农业 牧业 家居 电器 服饰 纺织 户外 零售 百货 商业 酒店 旅游 传媒 影视 游戏 网络 软件 信息 通信 云 互动 教育 环保 水务 陶瓷 玻璃 纸业 包装 印刷"""

BROKER = """securities capital markets capital research partners brokerage investment bank investments equities equity research advisors markets asset management & co & partners brothers
证券 国际 资本 研究 研究所 金融 投行 证券研究所 研究部 资管 该行 大行 券商 期货"""

MONTH = """january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
monday tuesday wednesday thursday friday saturday sunday yesterday 周一 周二 周三 周四 周五 昨日 昨天 今日 上周五"""

PERIOD = """quarter quarters half year full year full-year fy first quarter second quarter third quarter fourth quarter first-quarter second-quarter third-quarter fourth-quarter first half second half first-half second-half q1 q2 q3 q4 h1 h2 fiscal nine months six months three months twelve months
a year earlier a year ago year earlier prior year same period last year last year this year next year march quarter june quarter september quarter december quarter
一季度 二季度 三季度 四季度 第一季度 第二季度 第三季度 第四季度 上半年 下半年 前三季度 全年 年度 财年 上半财年 去年 今年 明年 后年 去年同期 上年同期 中期 年 季 首季 首九个月 首三季 上一年 前一年 本年度 单季"""

CONSENSUS = """consensus street the street analysts expected market expectations market expectation company-compiled bloomberg lseg factset polled average estimate forecast by analysts estimates of analysts vara visible alpha
一致预期 市场预期 市场一致预期 彭博一致预期 市场预测 市场普遍预期 wind一致预期 万得一致预期 预期值 市场共识"""

ESTIMATE = """we expect we forecast we estimate we model forecast forecasts estimate estimates expected expects expect guidance guided guides guide outlook sees see look for our numbers we look projected project projects targets targeted should will our
预计 预测 预期 我们预计 指引 有望 料 估计 测算 预估 看 计划 目标 将达到 或达 盈利预测 假设"""

TARGET = """target price price target target tp pt fair value price objective target to valuation po 12-month target 12m target intrinsic value worth 目标价 目标价格 目标 合理价值 合理估值 合理价 公允价值 目标股价 目标价位"""

PRICE = """price share price close closed closing price closing last close last price current price cmp shares traded trading at trades at ended at stock at prior close spot
收盘价 现价 当前股价 股价 收盘 昨收 收报 最新价 当前价 收于 报 市价 当前价格 最新收盘价 收市价"""

PREVIOUS = """from previously previous prior old was earlier formerly former had been last vs versus compared with down from up from before 原 前值 原为 此前 之前 上次 由 从 原来 先前 前次 旧 较此前 前 上一次 原先"""

ACTION = """upgrade upgraded upgrades downgrade downgraded downgrades raise raised raises lift lifted lifts cut cuts lower lowered lowers trim trimmed increase increased reduce reduced hike hiked boost boosted initiate initiates initiated start starts assume resume resumes
上调 下调 调升 调降 上调至 下调至 调高 调低 升至 降至 首次覆盖 首次给予 首予 给予 调整至 升 降 下修 上修 提高 砍 调至"""

MAINTAIN = """maintain maintained maintains reiterate reiterated reiterates retain retained retains keep keeps kept stay remain remains affirm affirmed unchanged still stick reaffirm
维持 重申 保持 不变 继续"""

ANALYST = """analyst analysts lead analyst research analyst author by cfa contact 分析师 研究员 撰写 联系人 首席 执业证书 作者 证书编号 报告作者"""

CHANGE = """yoy y-o-y y/y qoq q-o-q q/q mom yoy. year-on-year year on year quarter-on-quarter up down rose fell grew growth increased decreased gained declined higher lower increase decrease climbed dropped jumped slipped rising falling widened narrowed expanded contracted shrank
同比 环比 增长 下降 上升 下滑 增 降 减少 增加 提升 回落 涨 跌 按年 按季 同比增长 同比下降 环比增长 环比下降 同增 同降 扩大 收窄 增速 +"""

SURNAME = """赵 钱 孙 李 周 吴 郑 王 冯 陈 褚 卫 蒋 沈 韩 杨 朱 秦 尤 许 何 吕 施 张 孔 曹 严 华 金 魏 陶 姜 戚 谢 邹 喻 柏 苏 潘 葛 范 彭 郎 鲁 韦 马 苗 方 俞 任 袁 柳 唐 罗 薛 雷 贺 倪 汤 殷 毕 郝 安 常 乐 于 傅 卞 齐 康 伍 余 顾 孟 黄 穆 萧 尹 姚 邵 汪 祁 毛 狄 臧 戴 宋 茅 庞 熊 纪 舒 屈 项 祝 董 梁 杜 阮 蓝 闵 季 贾 江 童 颜 郭 梅 盛 林 刁 钟 徐 邱 骆 高 夏 蔡 田 樊 胡 凌 霍 虞 万 柯 管 卢 莫 房 裘 丁 宣 邓 洪 崔 程 陆 叶 欧阳 上官 司马 诸葛"""

GIVEN = """james john robert michael david william richard thomas charles daniel matthew anthony mark paul steven andrew kenneth joshua kevin brian george edward ronald timothy jason jeffrey ryan jacob gary eric jonathan stephen larry justin scott brandon
mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca laura helen anna julia sophie emma olivia claire alice kate lucy maria ana elena peter simon martin
pierre jean luc marie hans klaus jürgen stefan lars erik anders johan giulia marco luca paolo carlos luis miguel rajesh anil priya amit sanjay neha wei ming jun hui li xin yan ying kenji hiroshi yuki takeshi min-jun soo ji-hoon hyun ahmed fatima omar tan lim wong chan lee fiona petra ian neil alan colin graham"""

INDEX = """index s&p nasdaq composite dow jones ftse hang seng nikkei topix kospi csi stoxx dax cac msci sensex nifty bux futures treasury yield brent wti crude
指数 上证指数 上证综指 恒生指数 恒指 深证成指 沪深300 创业板指 标普 道指 纳指 国企指数 点 汇率 中间价 成交额 油价 金价"""

NEGATIVE = """52-week high 52-week low 52w range high low disclosure tel telephone phone email page ext fax definition rating definition defined as expected return upside downside potential peers rival competitor competitors customers supplier
52周 最高 最低 电话 邮箱 传真 页 免责声明 评级说明 上涨空间 下跌空间 潜在涨幅 同业 竞争对手 客户 供应商 可比公司 募资"""

LEXICONS = {name.lower(): text for name, text in [
    ("CURRENCY", CURRENCY), ("UNIT", UNIT), ("EXCHANGE", EXCHANGE), ("RATING", RATING), ("METRIC", METRIC), ("COMPANY", COMPANY),
    ("BROKER", BROKER), ("MONTH", MONTH), ("PERIOD", PERIOD), ("CONSENSUS", CONSENSUS), ("ESTIMATE", ESTIMATE), ("TARGET", TARGET),
    ("PRICE", PRICE), ("PREVIOUS", PREVIOUS), ("ACTION", ACTION), ("MAINTAIN", MAINTAIN), ("ANALYST", ANALYST), ("CHANGE", CHANGE),
    ("SURNAME", SURNAME), ("GIVEN", GIVEN), ("INDEX", INDEX), ("NEGATIVE", NEGATIVE)]}

STOP = set("""a an and as at by for from had has have in is it of on or our per se should so the to up us v was we will with before after last been co same down
point points an its s t u p m n k x c b r""".split())
KEEP = {"previous": {"from", "was", "had", "been", "before", "down", "up"}, "unit": {"m", "x", "k", "per", "p"}, "currency": {"p", "c"},
        "change": {"up", "down"}, "price": {"last"}, "period": {"last"}, "company": {"co", "se"}, "consensus": {"the"}, "estimate": {"will", "should", "our", "we"},
        "target": {"to"}, "exchange": {"us", "in", "as", "at", "to", "v", "se", "c", "s", "n", "t", "co"}}


def is_cjk(c):
    return "\u3400" <= c <= "\u9fff" or "\uf900" <= c <= "\ufaff"


def build():
    """{name: {"words": [Latin words and symbols], "phrases": [runs of Chinese characters]}}, in the order of LEXICONS."""
    import re
    lists = {}
    for name, text in LEXICONS.items():
        words, phrases = set(), set()
        for entry in text.lower().split():
            if any(map(is_cjk, entry)):
                phrases.update(re.findall(r"[\u3400-\u9fff]+", entry))
            else:
                words.update(re.findall(r"[^\W\d_]+|[$€£¥₹%+&]", entry))
        lists[name] = {"words": sorted(w for w in words if w not in STOP or w in KEEP.get(name, ())), "phrases": sorted(phrases)}
    return lists


def by_length(text, separator=None):
    return sorted(dict.fromkeys(text.split(separator)), key=lambda w: (-len(w), w))


# Units of values, in lower case, longest first; CURRENCIES stand before a number or in a caption, CODES after a unit.
UNITS = by_length("%|bn|billion|mn|mln|million|bln|trillion|tn|crore|lakh|thousand|per cent|percent|pc|percentage points|basis points|bps|bp|ppts|ppt|pp|pct|times|x|m|b|k|p|c|cents|pence"
                  "|koz|oz|kt|mt|m tonnes|million tonnes|tonnes|boe|kboepd|kbpd|barrels|units|stores|clinics|rooms|vehicles|days|cases|wafers|flights|gwh|mwh|twh|gw|mw|teu|/t|/oz|/bbl|/boe|/lb|$/t|$/oz"
                  "|亿元人民币|亿人民币|万亿元|万亿|亿美元|亿港元|百万港元|百万美元|百万元|千万元|亿元|万元|百万|亿|万|元|港元|美元|港仙|美分|日元|欧元|分|倍|个百分点|百分点|个基点|基点|元/股|元/吨|元/平方米|元/方"
                  "|万吨|百万吨|亿吨|吨|万辆|辆|万台|台|万套|套|家|座|万户|户|亿人|万人|人次|亿件|件|亿股|万股|万平方米|平方米|万标箱|盎司|亿千瓦时|亿立方米|亿方|天|架|张|片|部", "|")
CODES = by_length("usd eur hkd rmb cny inr huf gbp jpy krw chf sek nok dkk pln czk brl mxn zar idr thb myr twd sgd aud cad yuan euros dollars pounds won yen")
CURRENCIES = by_length("us$|hk$|nt$|a$|c$|s$|r$|$|€|£|¥|₹|usd|hkd|rmb|cny|cnh|eur|gbp|jpy|krw|inr|rs.|rs|aud|cad|sgd|twd|chf|sek|nok|dkk|huf|pln|czk|brl|rm|mxn|zar|idr|thb|myr|w|人民币|港元|港币|美元", "|")
