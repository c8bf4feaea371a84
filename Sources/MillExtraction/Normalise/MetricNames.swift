/// Names of metrics brought to one form, so that figures of text and tables meet, and what their names tell about units.
public struct MetricNames: Sendable {
    public init() {}

    /// The key of a name: equal for `Total revenue`, `Revenue¹` and `营业收入`.
    public func key(of name: String) -> String {
        let plain = Self.plain(name)
        if let known = Self.synonyms[plain] { return known }
        // Two languages side by side: `Revenue 营业收入`.
        var parts = ["", ""]
        for scalar in plain.unicodeScalars {
            if scalar == " " || !scalar.isHan { parts[0].unicodeScalars.append(scalar) }
            if scalar == " " || scalar.isHan { parts[1].unicodeScalars.append(scalar) }
        }
        for part in parts where part.contains(where: { $0 != " " }) {
            if let known = Self.synonyms[Self.plain(part)] { return known }
        }
        let latin = Self.plain(parts[0])
        if latin.count > 3, parts[1].contains(where: { $0 != " " }) { return latin }
        // `应收账款余额` is `应收账款`.
        for word in ["余额", "总额"] where plain.hasSuffix(word) && plain.unicodeScalars.count > word.unicodeScalars.count + 1 {
            return key(of: String(plain.dropLast(word.count)))
        }
        return Self.composite(plain) ?? plain
    }

    /// A part of a company and its metric: `water net revenue` is `water revenue`, `门窗营业收入` is `门窗收入`.
    private static func composite(_ plain: String) -> String? {
        let words = plain.split(separator: " ")
        for start in words.indices.dropFirst() {
            if let known = synonyms[words[start...].joined(separator: " ")] {
                return "\(words[..<start].joined(separator: " ")) \(known)"
            }
        }
        let scalars = Array(plain.unicodeScalars)
        guard scalars.count >= 4, scalars.allSatisfy(\.isHan) else { return nil }
        for start in 2...(scalars.count - 2) {
            var (head, tail) = (String.UnicodeScalarView(), String.UnicodeScalarView())
            head.append(contentsOf: scalars[..<start])
            tail.append(contentsOf: scalars[start...])
            if let known = synonyms[String(tail)] { return "\(String(head)) \(known)" }
        }
        return nil
    }

    /// Whether a name is on the list of common metrics, or tells its unit.
    func isKnown(_ name: String) -> Bool {
        let key = key(of: name)
        return Self.keys.contains(key) || measure(of: name) != nil || Self.stocks.contains { key.hasWord($0) }
    }

    /// Whether a name is on the list of common metrics as a whole.
    func isCommon(_ name: String) -> Bool { Self.keys.contains(key(of: name)) }

    /// Whether it is measured on a day, such as debt, and not over a time, such as revenue.
    func isStock(_ name: String) -> Bool {
        let plain = Self.plain(name)
        return Self.stocks.contains { plain.hasWord($0) } && !Self.flows.contains { plain.hasWord($0) }
    }

    /// Whether its name says that it is measured over a time: revenue, profit, a cash flow.
    func isOverTime(_ name: String) -> Bool {
        let plain = Self.plain(name)
        return isFlow(name) || ["cash flow", "现金流", "现金流量", "净流入", "净流出"].contains { plain.hasWord($0) }
    }

    /// Whether it is a line of a balance sheet by its whole name, such as total assets or net debt.
    func isBalance(_ name: String) -> Bool {
        let plain = Self.plain(name)
        return Self.balances.contains(plain) || Self.balances.contains(key(of: name))
    }

    /// Whether only accounts tell it, unlike what a market does: net assets per share beside a price are those of the last accounts.
    func isOfAccounts(_ name: String) -> Bool {
        let plain = Self.plain(name)
        return isBalance(name) || ["bvps", "roe"].contains(key(of: name))
            || ["gearing", "net debt to equity", "资产负债率", "负债率", "持股比例"].contains { plain.hasWord($0) }
    }

    private static let balances: Set<String> = [
        "assets", "total assets", "liabilities", "total liabilities", "net assets", "net debt", "net cash", "cash", "equity",
        "shareholders equity", "cash cash equivalents", "borrowings", "inventories", "总资产", "资产总额", "净资产", "归属于上市公司股东的净资产",
        "归母净资产", "净负债",
        "净现金", "总负债", "货币资金", "存货", "股东权益", "所有者权益",
    ]

    /// Whether no value of a name can have a unit: multiples and shares of revenue are other metrics.
    func isContrary(_ unit: String, to name: String) -> Bool {
        let measure = measure(of: name)
        // A multiple is no amount of money.
        if measure == .times, unit.utf8.count == 3, unit.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) { return true }
        guard unit == "times" || unit == "percent" else { return false }
        if unit == "times" {
            return isFlow(name) || measure == .perShare || measure == .percent && key(of: name).hasSuffix("margin")
        }
        return isFlow(name) && measure == nil || measure == .perShare
    }

    /// Whether small sums of it are those of a share: dividends and earnings in pence.
    func isPaidPerShare(_ name: String) -> Bool {
        let plain = Self.plain(name)
        return ["dividend", "dividends", "distribution", "earnings", "股息", "股利"].contains { plain.hasWord($0) }
    }

    /// Whether it is measured over a time.
    func isFlow(_ name: String) -> Bool { Self.flowKeys.contains(key(of: name)) }

    private static let stocks = [
        "net debt", "net cash", "cash", "order book", "backlog", "borrowings", "equity", "assets", "liabilities", "inventories",
        "inventory", "receivables",
        "payables", "facility", "stores", "shops", "branches", "restaurants", "vessels", "fleet", "patents", "gearing",
        "current ratio", "quick ratio", "流动比率", "速动比率", "负债比率", "合同负债", "资产净值", "份额净值",
        "leverage", "provisions", "shareholders' funds", "employees", "headcount", "aum", "fund size", "solvency", "book value",
        "debt", "loans",
        "deposits", "annual recurring revenue", "arr",
        "在手订单", "现金", "负债率", "总资产", "净资产", "借款", "存货", "员工", "门店", "银行结余", "偿付能力", "余额", "专利", "人数", "船舶", "应收账款", "跌价准备", "应付",
        "店数", "会员", "土地储备", "未付",
    ]
    private static let flows = [
        "flow", "flows", "现金流", "净流", "净流出", "return", "interest", "cover", "现金流量", "net income", "share", "turnover", "周转",
        "conversion", "新开", "净增",
    ]
    private static let flowKeys: Set<String> = [
        "revenue", "gross profit", "operating profit", "ebit", "ebitda", "profit before tax", "net profit", "attributable profit",
        "cost sales", "cost revenue",
        "营业成本", "eps", "diluted eps", "operating income",
    ]
    private static let keys = Set(synonyms.values)

    /// Case, notes, blanks and words that carry no meaning fall away.
    static func plain(_ name: String) -> String {
        let text = FoldedText(name)
        var words: [String] = []
        var word = ""
        var depth = 0
        for (place, scalar) in text.scalars.enumerated() {
            if scalar == "(" || scalar == "[" { depth += telling.match(text, at: place + 1) == nil ? 1 : 0 }
            let isOutside = depth == 0
            if scalar == ")" || scalar == "]" { depth = max(0, depth - 1) }
            guard isOutside, !scalar.isNoteMark else { continue }
            if scalar.isLatinLetter || scalar.isASCIIDigit || scalar.isHan || scalar == "&" {
                word.unicodeScalars.append(scalar)
            } else if scalar != "'", !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        let kept = words.filter { !Self.empty.contains($0) }
        var plain = (kept.isEmpty ? words : kept).joined(separator: " ")
        for prefix in ["其中", "其中 ", "本集团", "本公司", "公司", "实现", "但", "而", "并", "且"]
        where plain.hasPrefix(prefix) && plain.count > prefix.count + 1 {
            plain.removeFirst(prefix.count)
        }
        return plain
    }

    /// What brackets may hold that makes another metric.
    private static let telling = WordTable<Bool>(
        lines: "yes: diluted, basic, adjusted, adj, core, underlying, non, recurring, gaap, ifrs, 稀释, 摊薄, 基本, 扣非, 扣除, 加权, 含税"
    ) { _ in true }

    private static let empty: Set<String> = [
        "total", "the", "group", "of", "which", "its", "our", "their", "company", "s", "reported", "and", "for", "to", "in",
        "number",
    ]

    /// What a name tells about the unit of its values; nil for money and whatever else.
    func measure(of name: String) -> Measure? {
        let text = FoldedText(name)
        let words = Self.plain(name)
        // Rows of earnings per share below their heading.
        if ["basic", "diluted", "basic diluted", "稀释", "摊薄"].contains(words) { return .perShare }
        if CountNames.isCount(name) { return .count }
        if let found = Self.measures.first(where: { words.hasWord($0.word) || text.folded(0..<text.count).hasWord($0.word) }) {
            return found.measure
        }
        return nil
    }

    /// Ends or parts of names, the more telling first.
    private static let measures: [(word: String, measure: Measure)] = {
        let lines: [(Measure, String)] = [
            (.count, "number of holdings,holdings"),
            (.shares, "shares outstanding,shares in issue,shares,number of shares,share count,issued shares,总股本,流通股本,流通股,股本数"),
            (.percent, "净值增长率"),
            (.perShare, "份额净值,单位净值,per share,eps,dps,bvps,bps,cfps,navps,每股,per unit,per ads"),
            (
                .times,
                "p/e,p/b,pe,pb,p/s,ev/ebitda,ev ebitda,ev/sales,pbr,市盈率,市净率,市销率,net debt/ebitda,net debt to ebitda,earnings multiple,倍数,interest cover,current ratio,quick ratio,流动比率,速动比率,利息保障,周转率,周转次数,asset turnover,turnover ratio"
            ),
            (
                .percent,
                "margin,growth,yield,roe,roa,roic,roce,rate,payout,gearing,yoy,qoq,return on,利润率,毛利率,净利率,增长率,增速,收益率,负债率,比率,费用率,派息率,税率,率,同比,环比,占比,nim,cost-to-income,net debt to equity,net debt/equity,market share"
            ),
        ]
        return lines.flatMap { measure, words in words.split(separator: ",").map { (String($0), measure) } }
    }()

    private static let synonyms: [String: String] = {
        let lines = """
            revenue: revenue,revenues,turnover,sales,net sales,net revenue,operating revenue,营业收入,营业总收入,营收,收入,总收入,主营业务收入,主营收入,收益
            gross profit: gross profit,毛利,毛利润
            gross margin: gross margin,gross profit margin,gpm,毛利率,销售毛利率
            operating profit: operating profit,profit from operations,operating income,营业利润,经营利润,经营溢利
            ebit: ebit,息税前利润
            ebitda: ebitda,息税折旧摊销前利润
            operating margin: operating margin,operating profit margin,opm,营业利润率,经营利润率
            profit before tax: profit before tax,pretax profit,pre tax profit,profit before taxation,pbt,profit before income tax,利润总额,税前利润,除税前溢利
            net profit: net profit,net income,profit year,profit period,profit after tax,pat,净利润,净利,溢利,期内溢利,本期溢利,年内溢利,本年溢利,利润,期内利润,年内利润,本期利润
            attributable profit: net profit attributable shareholders,profit attributable shareholders,attributable net profit,net profit attributable parent,profit attributable owners,profit attributable owners parent,profit attributable equity holders,归母净利润,归母净利,归属于母公司净利润,归属母公司净利润,归属于上市公司股东的净利润,归属于母公司所有者的净利润,归属于母公司股东的净利润,股东应占溢利,权益持有人应占溢利
            recurring attributable profit: 扣非归母净利润,扣非净利润,归属于上市公司股东的扣除非经常性损益的净利润,扣非归母净利
            net margin: net margin,net profit margin,净利率,净利润率,销售净利率
            eps: eps,每股基本盈利,基本每股盈利,每股基本收益,earnings per share,basic earnings per share,earnings per share basic,eps basic,basic eps,每股收益,基本每股收益,每股盈利
            diluted eps: diluted eps,每股摊薄盈利,摊薄每股盈利,每股稀释收益,摊薄每股收益,稀释每股盈利,eps diluted,diluted earnings per share,earnings per share diluted,稀释每股收益
            dps: dps,dividend per share,dividends per share,每股股利,每股股息,每股派息
            bvps: bvps,book value per share,net assets per share,每股净资产
            pe: p e,pe,per,earnings multiple,price earnings,p e ratio,pe ratio,市盈率,市盈率pe,pe倍
            pb: p b,pb,pbr,price book,p b ratio,pb ratio,市净率
            ev/ebitda: ev ebitda
            roe: roe,return on equity,return equity,净资产收益率,加权平均净资产收益率
            market cap: market cap,market capitalisation,market capitalization,mkt cap,market value,总市值,市值
            shares: shares,shares outstanding,shares in issue,number of shares,share count,issued shares,总股本,总股数,股本
            total assets: assets,资产总计,总资产,资产总额
            total liabilities: liabilities,负债合计,总负债,负债总额
            equity: equity,shareholders equity,净资产,股东权益,所有者权益合计
            归母净资产: 归母净资产,归属于上市公司股东的净资产,归属于上市公司股东的所有者权益,归属于母公司所有者权益,归属于母公司所有者权益合计,归属于母公司股东权益合计,归母所有者权益
            operating cash flow: operating cash flow,net cash from operating activities,net cash generated from operating activities,cash flow from operations,经营活动产生的现金流量净额,经营活动现金流净额,经营活动现金流量净额,经营性现金流量净额,经营活动净现金流,经营现金流,经营性现金流净额
            free cash flow: free cash flow,fcf,自由现金流
            capex: capex,capital spending,capital investment,capital expenditure,资本开支,资本支出
            r&d expenses: r&d expenses,research development expenses,r&d expense,r&d,research & development expenses,研发费用,研发投入
            dividend yield: dividend yield,股息率
            cash: cash,cash cash equivalents,货币资金,现金及现金等价物
            """
        var synonyms: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            for word in line[line.index(after: colon)...].split(separator: ",") {
                synonyms[plain(String(word))] = String(line[..<colon])
            }
        }
        return synonyms
    }()
}

extension String {
    /// Whether a word stands in this text; Latin words do not begin or end inside others.
    fileprivate func hasWord(_ word: String) -> Bool {
        let text = Array(unicodeScalars)
        let word = Array(word.unicodeScalars)
        guard let first = word.first, text.count >= word.count else { return false }
        for start in 0...(text.count - word.count)
        where text[start] == first && text[start..<start + word.count].elementsEqual(word) {
            let isLatin = first.isLatinLetter
            if isLatin, start > 0, text[start - 1].isLatinLetter { continue }
            if isLatin, start + word.count < text.count, text[start + word.count].isLatinLetter { continue }
            return true
        }
        return false
    }
}
