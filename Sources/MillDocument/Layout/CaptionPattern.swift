/// How captions, units and page numbers are written.
enum CaptionPattern {
    private static let names: [String] = [
        "table", "figure", "exhibit", "chart", "fig.", "图表", "圖表", "图", "圖", "表", "附表", "續表", "续表",
    ]

    /// `Table 3: …`, `Figure 2.1`, `图表 4：…`, `表1`.
    static func isCaption(_ text: String) -> Bool {
        let lower = text.lowercased()
        guard let name = names.first(where: { lower.hasPrefix($0) }) else { return false }
        let rest = lower.dropFirst(name.count).drop { $0 == " " }
        guard let next = rest.first else { return false }
        if name == "续表" || name == "續表" { return true }
        guard next.isASCII, next.isNumber || name.first?.isASCII == true && "abcivx".contains(next) else {
            return name.first?.isASCII == false && "一二三四五六七八九十".contains(next)
        }
        let after = rest.drop { $0.isASCII && ($0.isNumber || $0.isLetter || $0 == "." || $0 == "-") }
        // In `Table 3 shows that` it is part of a sentence.
        guard let mark = after.first else { return true }
        if ":：.|–—-　".contains(mark) { return true }
        guard mark == " " else { return name.first?.isASCII == false }
        let word = after.dropFirst().prefix { $0.isLetter }
        return !["shows", "show", "presents", "summarises", "summarizes", "below", "above", "gives", "lists", "and", "to"]
            .contains(String(word))
    }

    private static let unitWords: [String] = [
        "million", "billion", "thousand", "'000", "’000", "000s", "单位", "單位", "百万", "百萬", "亿元", "億元", "千元", "万元", "萬元", "人民币元",
        "in rmb", "in hk$",
        "in us$", "in usd", "per cent", "unless otherwise", "(%)", "year ended", "years ended", "as at", "year to", "截至", "币种",
        "港元", "(hk$", "(rmb", "(us$",
        "rmb mn", "rmb bn", "hk$ mn", "hk$mn", "us$ mn", "us$mn", "rmb m",
    ]

    /// `RMB million`, `(in thousands of US dollars)`, `单位：百万元`.
    static func isUnit(_ text: String) -> Bool {
        guard text.count <= 70, text.last != ".", text.last != "。" else { return false }
        let lower = text.lowercased()
        return unitWords.contains { lower.contains($0) }
    }

    /// `Source: company data`, `资料来源：…`, `Note: …`, `注：…`.
    static func isSource(_ text: String) -> Bool {
        let lower = text.lowercased()
        return ["source:", "sources:", "source ", "note:", "notes:", "资料来源", "資料來源", "数据来源", "數據來源", "来源", "注：", "注:", "备注"]
            .contains { lower.hasPrefix($0) }
    }

    /// `12`, `- 3 -`, `Page 3 of 10`, `3 / 10`, `第 3 页`, `iv`.
    static func isPageNumber(_ text: String) -> Bool {
        var core = text.lowercased()
        for word in ["page", "of", "第", "页", "頁", "共", "p."] { core = core.replacing(word, with: " ") }
        let marks = core.split { " -–—/|·,，".contains($0) }
        guard !marks.isEmpty, marks.count <= 2 else { return false }
        return marks.allSatisfy { mark in
            mark.count <= 4 && (mark.allSatisfy { $0.isASCII && $0.isNumber } || mark.allSatisfy { "ivxl".contains($0) })
        }
    }

    /// `(continued)`, `cont'd`, `续`.
    static func isContinued(_ text: String) -> Bool {
        let lower = text.lowercased()
        return ["continued", "cont'd", "cont’d", "(cont", "续", "續"].contains { lower.contains($0) }
    }

    /// The running text of a page without what changes: its digits.
    static func runningKey(_ text: String) -> String {
        var key = ""
        var wasDigit = false
        for scalar in text.lowercased().unicodeScalars where !scalar.properties.isWhitespace {
            let isDigit = ("0"..."9").contains(scalar)
            if !isDigit { key.unicodeScalars.append(scalar) } else if !wasDigit { key += "#" }
            wasDigit = isDigit
        }
        return key
    }
}
