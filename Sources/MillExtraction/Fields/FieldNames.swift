/// The words by which key-value tables, headings and lines name the fields of a record.
enum FieldNames {
    enum Kind: Sendable { case text, price, date, rating, ticker, people, amount }

    /// Whether only invoices have it.
    static func isOfInvoice(_ field: String) -> Bool {
        ["invoice_number", "invoice_date", "issue_date", "due_date", "order_number"].contains(field)
    }

    /// Whether lines without colons may tell it: its values look like no others.
    static func isPlain(_ field: String) -> Bool {
        switch kind(of: field) {
        case .price, .rating, .ticker: true
        case .date: field != "report_date"
        case .amount: true
        case .text, .people: ["invoice_number", "order_number", "customer", "seller"].contains(field)
        }
    }

    static func kind(of field: String) -> Kind {
        switch field {
        case "target_price", "previous_target_price", "price", "nav": .price
        case "price_date", "report_date", "invoice_date", "due_date", "issue_date", "maturity_date": .date
        case "rating", "previous_rating": .rating
        case "ticker": .ticker
        case "analyst": .people
        case "total", "subtotal", "tax": .amount
        default: .text
        }
    }

    static let words = WordTable<String>(
        lines: """
            target_price: target price, price target, 12-month target price, 12m target price, 12-month target, 12m target, 12-mth target price, tp, target, fair value, price objective, 目标价, 目标价格, 目标价位, 合理价值, 6个月目标价, 12个月目标价
            previous_target_price: previous target price, previous target, prior target price, prior target, old target price, old target, previous tp, former target, previous price target, prior tp, 前次目标价, 原目标价, 上次目标价, 此前目标价, 前目标价
            rating: rating, recommendation, stance, investment rating, our rating, stock rating, new rating, 评级, 投资评级, 股票评级, 投资建议, 公司评级, 最新评级
            previous_rating: previous rating, prior rating, old rating, former rating, previous recommendation, 前次评级, 上次评级, 原评级, 此前评级, 前评级
            previous: previous, previously, prior, old, 前次, 前值
            price: price, share price, current price, last price, closing price, last close, stock price, current share price, cmp, close, closing share price, 收盘价, 当前股价, 最新股价, 现价, 股价, 当前价格, 最新收盘价, 收市价, 市价, 当前价, 最新价, 昨收, 昨收价, 股票价格, last
            price_date: price date, priced on, price as of, pricing date, date of price, priced at, prices as of, 收盘价日期, 定价日, 股价日期, 价格日期, 收盘日期
            report_date: report date, date of report, publication date, published, date, issue date of report, 报告日期, 发布日期, 日期
            ticker: ticker, ticker symbol, bloomberg code, bloomberg ticker, bloomberg, stock code, symbol, ticker code, reuters, ric, code, 股票代码, 证券代码, 代码, 股份代号, 彭博代码
            exchange: exchange, listed on, listing, 上市地, 交易所, 上市交易所
            company: company, company name, name of company, issuer, borrower, 公司, 公司名称, 发行人, 借款人, 证券简称, 股票简称, 股票名称
            broker: broker, research house, 研究机构, 券商, 发布机构
            analyst: analyst, analysts, lead analyst, research analyst, 分析师, 研究员, 首席分析师, 证券分析师
            nav: nav per unit, nav per share, net asset value per unit, 单位净值, 基金净值
            invoice_number: invoice number, invoice no., invoice no, invoice #, invoice nr, invoice nr., invoice ref, invoice ref., invoice reference, invoice, bill number, bill no., bill no, 发票号码, 发票编号, 发票号, 票据号码, 单据编号, 结算单号
            invoice_date: invoice date, date of invoice, billing date, bill date, tax point, 开票日期, 发票日期, 开具日期
            issue_date: date of issue, issue date, issued, issued on, settlement date, 发行日, 发行日期, 签发日期
            maturity_date: maturity date, maturity, final maturity, redemption date
            due_date: due date, payment due, payment due by, payable by, pay by, please pay by, due, due by, due on, to be paid by, 付款期限, 付款截止日, 应付日期, 到期日, 付款到期日, 付款日期
            order_number: purchase order, po number, order number, your order, order no., order no, p.o. number, 订单号, 采购订单, 订单编号
            seller: seller, vendor, supplier, from, sold by, billed by, issued by, payable to, 销售方, 卖方, 销售方名称, 供应商, 销货单位, 销货方, 收款单位, 收款方, 供货单位, 供货方
            customer: buyer, bill to, billed to, customer, customer name, client, sold to, to, invoice to, invoiced to, invoice for, charge to, payer, 购买方, 买方, 购买方名称, 客户, 客户名称, 购货单位, 购货方, 购买单位, 付款单位, 付款方, 买受人
            subtotal: subtotal, net, net amount due, total net amount, taxable amount, total before tax, total before vat, total ex vat, total ex. vat, total excl. vat, total exclusive of vat, goods total, 税前合计, 税前金额, 未税金额, 不含税合计, 货款, sub-total, sub total, net total, net amount, total net, total excluding vat, 小计, 不含税金额, 金额合计
            tax: vat, vat amount, tax, tax amount, total vat, total tax, sales tax, gst, hst, iva, mwst, tva, value added tax, value-added tax, consumption tax, 税额, 税金, 增值税, 增值税额, 销项税额, 税额合计
            total: to pay, total to pay, amount to pay, please pay, total including vat, total incl. vat, total inc. vat, total inc vat, gross total, gross amount, net payable, total, grand total, total due, amount due, balance due, total amount, total payable, amount payable, invoice total, 价税合计, 合计, 总计, 总额, 总金额, 应付总额, 应付金额, 应付合计, 实付金额
            """
    ) { $0 }

    /// The field that a label names, whatever stands in brackets or after it aside: `Price (5 Mar)`, `Rating 评级`.
    static func field(of label: FoldedText) -> String? {
        guard label.count <= 80 else { return nil }
        if let field = field(ofPlain: label) ?? label.withoutNoise.flatMap({ field(ofPlain: $0) }) {
            return adjusted(field, label)
        }
        let all = label.trimmed
        // `Our new rating`, `12-month price target`.
        var start = all.lowerBound
        for _ in 0..<3 {
            guard let end = leading.match(label, at: start)?.end, end < all.upperBound else { break }
            start = label.afterBlanks(end)
            if let field = field(ofPlain: FoldedText(label.original(start..<all.upperBound))) { return adjusted(field, label) }
        }
        // `发行人 Issuer`: the name behind that in the other language.
        guard let first = label[all.lowerBound], first.isHan,
            let latin = (all.lowerBound..<all.upperBound).first(where: { label[$0]?.isLatinLetter == true }),
            !label.scalars[latin..<all.upperBound].contains(where: \.isHan)
        else { return nil }
        return field(ofPlain: FoldedText(label.original(latin..<all.upperBound))).map { adjusted($0, label) }
    }

    private static let leading = WordTable<Bool>(
        lines: """
            yes: our, the, new, current, latest, revised, updated, stock, equity, published, 12-month, 12 month, 12-mth, 12m, 12mth, twelve-month, one-year, 1-year, 18-month, 6-month, 12个月, 十二个月, 未来12个月, 6个月, 六个月, 最新, 本次, 当前
            """
    ) { _ in true }

    private static let earlier = WordTable<Bool>(
        lines: "yes: previous, previously, prior, old, former, was, before, 原, 前, 前次, 上次, 此前, 调整前"
    ) { _ in true }
    private static let beforeTax = WordTable<Bool>(
        lines: "yes: excl, excl., excluding, ex, ex., exclusive, before, net, 不含, 未税, 税前"
    ) { _ in true }

    /// What brackets behind a name make of it: `Rating (previous)`, `合计（不含税）`.
    private static func adjusted(_ field: String, _ label: FoldedText) -> String {
        guard let open = label.scalars.firstIndex(where: { $0 == "(" || $0 == "[" }) else { return field }
        let inside = open + 1..<label.count
        switch field {
        case "rating" where !earlier.all(in: label, inside).isEmpty: return "previous_rating"
        case "target_price" where !earlier.all(in: label, inside).isEmpty: return "previous_target_price"
        case "total" where !beforeTax.all(in: label, inside).isEmpty: return "subtotal"
        default: return field
        }
    }

    private static func field(ofPlain label: FoldedText) -> String? {
        let all = label.trimmed
        guard !all.isEmpty, all.count <= 60, let first = words.match(label, at: all.lowerBound) else { return nil }
        var place = label.afterBlanks(first.end)
        while let scalar = label[place], scalar == ":" || scalar == " " { place += 1 }
        if place >= all.upperBound || label[place] == "(" || label[place] == "[" || label[place] == "," || label[place] == "/" {
            return first.meaning
        }
        // `Issuer 发行人`: the rest only says it in the other language.
        let isHan = label[all.lowerBound]?.isHan == true
        let rest = place..<all.upperBound
        if first.meaning != "previous",
            label.scalars[rest].allSatisfy({ isHan ? !$0.isHan && !$0.isASCIIDigit : !$0.isLatinLetter && !$0.isASCIIDigit }),
            words.match(label, at: place) == nil, UnitReader().label(label).unit == nil
        {
            return first.meaning
        }
        // `Price as of 5 March`, `Closing price 30 May 2025`.
        if ["price", "nav"].contains(first.meaning),
            DateReader(defaultYear: 2024).first(in: FoldedText(label.original(rest))) != nil
        {
            return first.meaning
        }
        // A second name in the other language, the same or a more telling one: `Previous 前次目标价`.
        if let second = words.match(label, at: place) {
            var end = label.afterBlanks(second.end)
            while let scalar = label[end], scalar == ":" || scalar == " " { end += 1 }
            if end >= all.upperBound || label[end] == "(" { return first.meaning == "previous" ? second.meaning : first.meaning }
        }
        // Vat at 20 %, `Total (GBP)`, `Total EUR`.
        if let unit = UnitReader().label(label).unit, unit.range.lowerBound >= place - 1,
            !label.scalars[min(place, unit.range.lowerBound)..<unit.range.lowerBound].contains(where: {
                $0.isLatinLetter || $0.isHan
            })
        {
            return first.meaning
        }
        if first.meaning == "tax", label[place]?.isASCIIDigit == true || label.has("at ", at: place) || label.has("@", at: place)
        {
            return "tax"
        }
        return nil
    }
}

/// A value that a field may have.
struct FieldCandidate: Sendable {
    var name: String
    var content: ReportField.Content
    var provenance: Provenance
    /// How much speaks for it: its kind of place, its page, its neighbours.
    var weight: Double
    var flags: [String] = []
}
