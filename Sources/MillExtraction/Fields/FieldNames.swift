/// The words by which key-value tables, headings and lines name the fields of a record.
enum FieldNames {
    enum Kind: Sendable { case text, price, date, rating, ticker, people, amount }

    /// Whether only invoices have it.
    static func isOfInvoice(_ field: String) -> Bool {
        ["invoice_number", "invoice_date", "due_date", "order_number"].contains(field)
    }

    static func kind(of field: String) -> Kind {
        switch field {
        case "target_price", "previous_target_price", "price", "nav": .price
        case "price_date", "report_date", "invoice_date", "due_date": .date
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
            company: company, company name, issuer, 公司, 公司名称, 证券简称, 股票简称, 股票名称
            broker: broker, research house, 研究机构, 券商, 发布机构
            analyst: analyst, analysts, lead analyst, research analyst, 分析师, 研究员, 首席分析师, 证券分析师
            nav: nav per unit, nav per share, net asset value per unit, 单位净值, 基金净值
            invoice_number: invoice number, invoice no., invoice no, invoice #, invoice nr, invoice, 发票号码, 发票编号, 发票号
            invoice_date: invoice date, date of invoice, date of issue, issue date, issued, 开票日期, 发票日期
            due_date: due date, payment due, payable by, due, 付款期限, 到期日, 付款到期日, 付款日期
            order_number: purchase order, po number, order number, your order, order no., order no, p.o. number, 订单号, 采购订单, 订单编号
            seller: seller, vendor, supplier, from, 销售方, 卖方, 销售方名称, 供应商
            customer: buyer, bill to, billed to, customer, sold to, 购买方, 买方, 购买方名称, 客户
            subtotal: subtotal, sub-total, sub total, net total, net amount, total net, total excluding vat, 小计, 不含税金额, 金额合计
            tax: vat, tax, sales tax, gst, value added tax, 税额, 增值税, 税额合计
            total: total, grand total, total due, amount due, balance due, total amount, total payable, amount payable, invoice total, 价税合计, 合计, 总计, 应付总额, 应付金额
            """
    ) { $0 }

    /// The field that a label names, whatever stands in brackets or after it aside: `Price (5 Mar)`, `Rating 评级`.
    static func field(of label: FoldedText) -> String? {
        field(ofPlain: label) ?? label.withoutNoise.flatMap { field(ofPlain: $0) }
    }

    private static func field(ofPlain label: FoldedText) -> String? {
        let all = label.trimmed
        guard !all.isEmpty, all.count <= 60, let first = words.match(label, at: all.lowerBound) else { return nil }
        var place = label.afterBlanks(first.end)
        while let scalar = label[place], scalar == ":" || scalar == " " { place += 1 }
        if place >= all.upperBound || label[place] == "(" || label[place] == "[" || label[place] == "," || label[place] == "/" {
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
