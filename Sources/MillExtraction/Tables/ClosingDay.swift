import MillDocument

/// A day of any year on which periods end.
struct ClosingDay: Sendable, Hashable {
    let month: Int
    let day: Int

    static let december = ClosingDay(month: 12, day: 31)

    /// The end of February is that of the year.
    func day(in year: Int) -> ReportPeriod {
        let last = CalendarDate.dayCount(year: year, month: month)
        return ReportPeriod(year: year, span: .day(month: month, day: month == 2 && day >= 28 ? last : min(day, last)))
    }

    private static let balances = WordTable<Bool>(
        lines: """
            yes: balance sheet, balance sheets, financial position, assets and liabilities, net assets and liabilities, capital and reserves, 资产负债表, 资产负债, 财务状况表, 资产和负债, 资产与负债
            """
    ) { _ in true }

    /// Whether a caption or heading is that of a balance sheet and of nothing besides.
    static func isBalance(_ text: FoldedText) -> Bool {
        text.count <= 100 && !balances.all(in: text, 0..<text.count).isEmpty && !text.folded(0..<text.count).contains("cash flow")
            && !text.folded(0..<text.count).contains("现金流")
    }

    /// The day without a year that a caption names: `at 31 December`, `as of June 30`.
    static func closing(_ text: FoldedText) -> ClosingDay? {
        for part in PeriodScan(text: text).parts() {
            if case .day(let month, let day) = part.span, part.year == nil { return ClosingDay(month: month, day: day) }
        }
        return nil
    }

    private static let years = WordTable<Bool>(
        lines: """
            yes: year to, years to, year ended, years ended, year ending, years ending, year end, year-end, fye, fy to, fy ending, fiscal year ends, 会计年度截至
            """
    ) { _ in true }

    /// The end of fiscal years: `Year to March`, `FYE 30 June`, `Y/E Dec`.
    static func yearEnd(_ text: FoldedText) -> ClosingDay? {
        for match in years.all(in: text, 0..<min(text.count, 2000)) {
            var place = text.afterBlanks(match.range.upperBound)
            if text[place] == ":" { place = text.afterBlanks(place + 1) }
            if let date = DateReader(defaultYear: 2024).date(at: place, in: text) {
                return ClosingDay(month: date.date.month, day: date.date.day)
            }
            if let month = DateReader.months.match(text, at: place) {
                return ClosingDay(month: month.meaning, day: CalendarDate.dayCount(year: 2024, month: month.meaning))
            }
        }
        return nil
    }
}
