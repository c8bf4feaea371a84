/// What a number counts, beside its currency and scale.
public enum Measure: Sendable, Hashable {
    case percent, percentagePoints, basisPoints, times, shares, count, perShare
    /// A physical unit by its usual sign: `t`, `GWh`, `days`.
    case physical(String)

    /// As ``Amount/unit`` has it; money per share needs its currency.
    public func unit(currency: String?) -> String? {
        switch self {
        case .percent: "percent"
        case .percentagePoints: "percentage_points"
        case .basisPoints: "basis_points"
        case .times: "times"
        case .shares: "shares"
        case .count: "count"
        case .perShare: currency.map { "\($0) per share" }
        case .physical(let sign): currency.map { "\($0)/\(sign)" } ?? sign
        }
    }

    /// The measure in its base unit and how many of those one is: 1 koz is 1000 oz.
    var base: (measure: Measure, factor: Double) {
        switch self {
        case .physical("koz"): (.physical("oz"), 1000)
        case .physical("kt"): (.physical("t"), 1000)
        default: (self, 1)
        }
    }

    /// Whether it counts things, which the scale of a table of money leaves alone.
    var isCount: Bool {
        switch self {
        case .shares, .count, .physical: true
        case .percent, .percentagePoints, .basisPoints, .times, .perShare: false
        }
    }

    /// Whether the scale of a table (`RMB million`) leaves such numbers alone.
    var isWithoutScale: Bool {
        switch self {
        case .percent, .percentagePoints, .basisPoints, .times, .perShare: true
        case .shares, .count, .physical: false
        }
    }

    var isRatio: Bool { self == .percent || self == .percentagePoints || self == .basisPoints || self == .times }
}

/// The words for currencies, scales and measures.
enum UnitWords {
    enum Word: Sendable, Hashable {
        case currency(String)
        /// A hundredth of a currency, or of whichever is meant (nil).
        case hundredth(String?)
        case scale(Double)
        case measure(Measure)
    }

    static let currencies = WordTable<String>(
        lines: """
            CNY: rmb, cny, cnh, renminbi, yuan, 人民币, ¥, 元, 圆
            HKD: hk$, hks, hkd, hong kong dollars, 港元, 港币, 港圆
            USD: us$, uss, usd, u.s. dollars, us dollars, dollars, dollar, $, 美元, 美金
            EUR: eur, euros, euro, €, 欧元
            GBP: gbp, pounds sterling, pounds, sterling, £, 英镑
            JPY: jpy, yen, jp¥, 日元, 日圆, 円
            KRW: krw, won, ₩, 韩元
            TWD: twd, nt$, ntd, 新台币
            SGD: sgd, s$, $$, singapore dollars, 新加坡元, 新元
            AUD: aud, a$, au$, 澳元
            CAD: cad, c$, 加元
            INR: inr, rs., rs, ₹, rupees
            CHF: chf
            SEK: sek
            NOK: nok
            DKK: dkk
            PLN: pln
            CZK: czk
            HUF: huf
            THB: thb
            MYR: myr, rm, 令吉
            IDR: idr
            BRL: brl, r$
            MXN: mxn
            ZAR: zar
            """
    ) { $0 }

    static let hundredths = WordTable<String?>([
        ("hk cents", "HKD"), ("hk cent", "HKD"), ("us cents", "USD"), ("us cent", "USD"), ("rmb cents", "CNY"), ("cents", nil),
        ("pence", "GBP"),
        ("港仙", "HKD"), ("仙", "HKD"), ("s cents", "SGD"), ("scts", "SGD"), ("singapore cents", "SGD"), ("sgd cents", "SGD"),
        ("a cents", "AUD"), ("acts", "AUD"),
        ("euro cents", "EUR"), ("euro cent", "EUR"), ("sen", "MYR"), ("c", nil), ("a¢", "AUD"), ("us¢", "USD"), ("usc", "USD"),
        ("¢", nil), ("美分", "USD"), ("分", "CNY"),
        ("p", "GBP"),
    ])

    static let scales = WordTable<Double>(
        lines: """
            1e3: thousands, thousand, 000s, '000s, '000, 000's, 000', k, 千
            1e4: 万
            1e5: lakh, lakhs, lac, lacs
            1e6: millions, million, mln, mio, mm, mn, m, 百万
            1e7: crore, crores, 千万
            1e8: 亿
            1e9: thousand million, billions, billion, bln, bn, b, 十亿
            1e10: thousand crore, thousand crores, 百亿
            1e12: lakh crore, lakh crores, lac crore, million million, thousand billion, trillions, trillion, trn, tn, 万亿, 兆
            """
    ) { Double($0) }

    static let measures = WordTable<Measure>(
        lines: """
            percent: %, percent, per cent, pct, pc, ％
            points: percentage points, percentage point, pct pts, pct pt, ppts, ppt, pps, pp, pts, pt, % pts, %pts, %pt, 个百分点, 百分点
            basis: basis points, basis point, bps, bp, 个基点, 基点
            times: times, x, 倍
            shares: shares, 股
            per share: per share, /share, a share, /股, 每股
            count: units, stores, shops, vessels, ships, patents, branches, restaurants, hospitals, schools, students, members, subscribers, holdings, funds, projects, orders, vehicles, customers, employees, users, people, persons, outlets, rooms, flights, hotels, clinics, 辆, 台, 家, 人, 户, 套, 件, 张, 座, 架, 间, 名, 只, 部, 个, 人次, 艘, 项, 款, 宗, 头, 枚, 所, 条, 标准箱, 次, 位, 例, 片, 支, 瓶, 吨位
            t: tonnes, tons, 吨, mt
            kt: kt
            oz: oz, ounces, ounce, troy ounces, 盎司
            koz: koz
            days: days, 天, 日
            TWh: twh
            GWh: gwh, 吉瓦时
            MWh: mwh, 兆瓦时
            GW: gw, 吉瓦
            MW: mw, 兆瓦
            kWh: kwh, 千瓦时
            bbl: barrels, bbl, 桶
            boe: boe
            sqm: sqm, sq m, 平方米, 平米
            m3: 立方米
            """
    ) { name in
        switch name {
        case "percent": .percent
        case "points": .percentagePoints
        case "basis": .basisPoints
        case "times": .times
        case "shares": .shares
        case "per share": .perShare
        case "count": .count
        default: .physical(name)
        }
    }

    /// A code that its scale follows without a blank: `RMBm`, `USDbn`, `EURk`.
    private static func joined(_ text: FoldedText, at place: Int) -> (meaning: String, end: Int)? {
        guard text[place - 1]?.isLatinLetter != true else { return nil }
        for (code, meaning) in codes where text.has(code, at: place) {
            let end = place + code.unicodeScalars.count
            if text[end]?.isLatinLetter == true, scales.match(text, at: end) != nil { return (meaning, end) }
        }
        return nil
    }

    private static let codes: [(String, String)] =
        [("rmb", "CNY"), ("rs", "INR")]
        + [
            "cny", "hkd", "usd", "eur", "gbp", "jpy", "krw", "twd", "sgd", "aud", "cad", "inr", "chf", "sek", "nok", "dkk", "pln",
            "czk",
            "thb", "myr", "idr", "brl", "mxn", "zar",
        ].map { ($0, $0.uppercased()) }

    /// The longest word of any kind at a place.
    static func match(_ text: FoldedText, at place: Int) -> (word: Word, end: Int)? {
        let all: [(word: Word, end: Int)?] = [
            measures.match(text, at: place).map { (.measure($0.meaning), $0.end) },
            scales.match(text, at: place).map { (.scale($0.meaning), $0.end) },
            hundredths.match(text, at: place).map { (.hundredth($0.meaning), $0.end) },
            (currencies.match(text, at: place) ?? joined(text, at: place)).map { (.currency($0.meaning), $0.end) },
        ]
        return all.compactMap { $0 }.max { $0.end < $1.end }
    }
}
