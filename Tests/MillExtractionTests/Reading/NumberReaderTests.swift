import MillExtraction
import Testing

@Suite("Numbers as printed")
struct NumberReaderTests {
    private let reader = NumberReader()

    private func amount(_ cell: String) -> Amount? {
        guard case .number(let reading) = reader.content(of: cell) else { return nil }
        return reading.amount
    }

    @Test(
        "plain, grouped and negative numbers",
        arguments: [
            ("1,234.5", 1234.5), ("12", 12), ("(1,234)", -1234), ("−3.4", -3.4), ("–12.0", -12), ("１２．５", 12.5),
            ("1 234 567", 1_234_567),
            ("1.234.567,8", 1_234_567.8), ("12,5", 12.5), ("1,23,456", 123_456), ("+4.2", 4.2), ("1,234¹", 1234), ("12.3*", 12.3),
            ("5(a)", 5),
        ])
    func plain(_ cell: String, _ number: Double) { #expect(amount(cell) == Amount(number: number, unit: nil)) }

    @Test(
        "scales, currencies and units",
        arguments: [
            ("1.2bn", 1.2e9, nil), ("HK$3.4 billion", 3.4e9, "HKD"), ("12亿元", 1.2e9, "CNY"), ("1.2万亿元", 1.2e12, "CNY"),
            ("(3.4)%", -3.4, "percent"),
            ("(3.4%)", -3.4, "percent"), ("-0.5pp", -0.5, "percentage_points"), ("25bps", 25, "basis_points"),
            ("25 basis points", 25, "basis_points"),
            ("25个基点", 25, "basis_points"), ("12.3x", 12.3, "times"), ("28倍", 28, "times"), ("+12.3% YoY", 12.3, "percent"),
            ("410p", 4.1, "GBP"),
            ("32.50港元", 32.5, "HKD"), ("7.50亿股", 7.5e8, "shares"), ("US$7.6bn", 7.6e9, "USD"), ("A$2.9bn", 2.9e9, "AUD"),
            ("2.7个百分点", 2.7, "percentage_points"),
            ("0.12元/股", 0.12, "CNY per share"), ("€0.85 per share", 0.85, "EUR per share"), ("￥1,860万元", 18_600_000, "CNY"),
        ] as [(String, Double, String?)])
    func units(_ cell: String, _ number: Double, _ unit: String?) {
        let read = amount(cell)
        #expect(read?.unit == unit)
        #expect(abs((read?.number ?? .nan) - number) <= abs(number) * 1e-12)
    }

    @Test("dashes and n.a. are no value", arguments: ["–", "-", "n.a.", "nm", "N/A", "不适用", ""])
    func absent(_ cell: String) { #expect(reader.content(of: cell) == .absent) }

    @Test("a range is not one value", arguments: ["10–12%", "US$34.10–57.80", "10 to 12", "10至12亿元"])
    func ranges(_ cell: String) {
        guard case .range(let low, let high) = reader.content(of: cell) else {
            return #expect(Bool(false), "\(cell) is no range")
        }
        #expect(low.number < high.number)
    }

    @Test("letters that resemble digits are read, and told")
    func misread() {
        guard case .number(let reading) = reader.content(of: "1O2.l") else { return #expect(Bool(false)) }
        #expect(reading.number == 102.1 && reading.isCorrected)
        #expect(reader.content(of: "Oil") == .other)
    }

    @Test(
        "words are no numbers", arguments: ["Revenue", "FY25E", "Q1", "Tessin Netze AG", "3 May 2016", "minus", "(a)", "1.2.3.4"])
    func words(_ cell: String) {
        if case .number = reader.content(of: cell) { #expect(Bool(false), "\(cell) was read as a number") }
    }

    @Test("bytes of any kind do not trap")
    func hostile() {
        for cell in [
            String(repeating: "9", count: 5000), String(repeating: "(", count: 5000), "1e999", "1,,2", "$$$", "%%", "-(-(-1",
            "1'000'000", "٣٤", "¹²³",
        ] {
            _ = reader.content(of: cell)
            _ = reader.first(in: cell)
        }
    }
}
