/// What a word looks like, as far as the layout cares.
struct WordShape: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// Digits with separators, signs, a currency before or a unit after them: `(1,234.5)`, `HK$12.3`, `12.5%`, `3.2x`.
        case number
        /// What stands in a cell instead of a number: `-`, `n.a.`.
        case blank
        /// A currency or percent sign alone.
        case sign
        /// Years and other names of periods: `2024A`, `FY25E`, `1H24`, `2024年`.
        case period
        /// A row of dots that leads the eye.
        case leader
        case text
    }

    let kind: Kind
    /// Code points.
    let count: Int
    let letters: Int
    let digits: Int
    let fullWidth: Int

    /// Whether it belongs in the body of a column of figures.
    var isFigure: Bool { kind == .number || kind == .blank || kind == .sign }

    init(_ text: String) {
        var count = 0
        var letters = 0
        var digits = 0
        var fullWidth = 0
        var dots = 0
        for scalar in text.unicodeScalars {
            count += 1
            if scalar.isFullWidth { fullWidth += 1 }
            if ("0"..."9").contains(scalar) {
                digits += 1
            } else if scalar.properties.isAlphabetic {
                letters += 1
            } else if scalar == "." || scalar == "…" || scalar == "·" {
                dots += 1
            }
        }
        self.count = count
        self.letters = letters
        self.digits = digits
        self.fullWidth = fullWidth
        if (dots > 0 && dots == count) || (count > 0 && text.unicodeScalars.allSatisfy { $0 == "…" }) {
            kind = .leader
        } else if count > 24 {
            kind = .text
        } else if digits > 0 {
            kind = Self.isPeriod(text) ? .period : Self.isNumber(text, letters: letters) ? .number : .text
        } else {
            kind = Self.blanks.contains(text.lowercased()) ? .blank : Self.signs.contains(text) ? .sign : .text
        }
    }

    private static let blanks: Set<String> = [
        "-", "–", "—", "--", "——", "−", "n.a.", "n.a", "n/a", "na", "nm", "n.m.", "n/m", "nil", "不适用", "不適用", "/", "*", "－",
    ]

    private static let signs: Set<String> = [
        "$", "%", "¥", "￥", "€", "£", "HK$", "US$", "NT$", "A$", "S$", "RMB", "USD", "HKD", "CNY", "EUR", "GBP", "(", ")", ")%",
        "％",
        "x", "pp", "bp", "bps",
    ]

    private static let units: Set<String> = [
        "%", "％", "x", "X", "倍", "bn", "mn", "m", "k", "bp", "bps", "pp", "ppt", "ppts", "pct", "亿", "万", "元", "亿元", "万元", "百万元",
        "百万", "股", "百万股", "亿股", "港元", "美元", "个百分点", "billion", "million", "pts", "t", "B", "M", "K", "c", "p", "*", "e", "E",
    ]

    private static let currencies: Set<String> = [
        "$", "¥", "￥", "€", "£", "HK$", "US$", "NT$", "A$", "S$", "RMB", "USD", "HKD", "CNY", "EUR", "GBP", "人民币", "Rs", "SGD",
        "JPY",
    ]

    private static func isNumber(_ text: String, letters: Int) -> Bool {
        var core = Substring(text)
        func drop(_ characters: String) {
            while let first = core.first, characters.contains(first) { core.removeFirst() }
        }
        drop("(（+-–−—~≈<>▲▼△")
        let head = core.prefix { !$0.isASCII || !("0"..."9").contains($0) && $0 != "." && $0 != "(" && $0 != "-" }
        if !head.isEmpty {
            guard currencies.contains(String(head)) else { return false }
            core.removeFirst(head.count)
        }
        drop("(（+-–−")
        let body = core.prefix { ("0"..."9").contains($0) || ",.'，．/:–-~".contains($0) }
        guard body.contains(where: { ("0"..."9").contains($0) }) else { return false }
        core.removeFirst(body.count)
        while let last = core.last, ")）*".contains(last) { core.removeLast() }
        while let first = core.first, ")）".contains(first) { core.removeFirst() }
        return core.isEmpty || units.contains(String(core))
    }

    /// `2024`, `2024A`, `FY25E`, `1H24`, `Q1`, `2024年`, `12/24`.
    private static func isPeriod(_ text: String) -> Bool {
        let upper = Array(text.uppercased().unicodeScalars)
        guard upper.count <= 12 else { return false }
        var shape = ""
        var number = 0
        var digits = 0
        var numbers: [(value: Int, digits: Int)] = []
        func close() {
            if digits > 0 {
                numbers.append((number, digits))
                shape += "#"
            }
            number = 0
            digits = 0
        }
        for scalar in upper {
            if ("0"..."9").contains(scalar) {
                guard digits < 8 else { return false }
                number = number * 10 + Int(scalar.value - 48)
                digits += 1
            } else {
                close()
                shape.unicodeScalars.append(scalar)
            }
        }
        close()
        func isYear(_ part: (value: Int, digits: Int)) -> Bool { part.digits == 4 && (1980...2060).contains(part.value) }
        switch shape {
        case "#", "#A", "#E", "#F", "#P", "#*", "(#)": return isYear(numbers[0])
        case "#年", "#年度", "#年A", "#年E": return isYear(numbers[0]) || numbers[0].digits == 2
        case "FY#", "FY#A", "FY#E", "FY#F", "FY'#", "FY#P", "CY#", "CY#E", "'#", "#H#", "#HFY#", "#H#A", "#H#E", "#Q#", "#Q#A",
            "#Q#E",
            "Q#", "H#", "#H", "#Q", "Q#FY#", "#M#", "#Q#F", "H##", "#年#月", "#年Q#", "#Q#年", "#-Q#", "Q#'#", "#-#E":
            return numbers.allSatisfy { $0.digits <= 4 }
        case "#-#", "#/#": return numbers.contains(where: isYear)
        case "#-#-#", "#/#/#", "#.#.#": return numbers.contains(where: isYear)
        default: return false
        }
    }
}
