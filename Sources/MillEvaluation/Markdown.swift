/// Tables as Markdown has them.
enum Markdown {
    /// Empty without rows.
    static func table(_ header: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        return ([line(header), line(header.map { _ in "---" })] + rows.map(line)).joined(separator: "\n")
    }

    /// So many digits after the point, without a zero before it: `.07`, `1.00`.
    static func share(_ value: Double, digits: Int = 2) -> String {
        let unit = (0..<digits).reduce(1) { product, _ in product * 10 }
        guard value.isFinite, abs(value) < 1e6 else { return "–" }
        let parts = Int((value * Double(unit)).rounded())
        let fraction = String(parts % unit)
        return "\(parts >= unit ? "\(parts / unit)" : "")." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// So many digits after the point: `0.7`, `-12.3`.
    static func decimal(_ value: Double, digits: Int = 1) -> String {
        guard value.isFinite else { return "–" }
        let text = share(abs(value), digits: digits)
        let sign = value < 0 && text.contains { $0 != "." && $0 != "0" } ? "-" : ""
        return sign + (text.hasPrefix(".") ? "0" : "") + text
    }
}
