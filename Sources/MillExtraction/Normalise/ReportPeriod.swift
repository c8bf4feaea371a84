/// The time that a figure speaks of.
public struct ReportPeriod: Sendable, Hashable {
    public enum Span: Sendable, Hashable {
        case year
        /// 1 or 2.
        case half(Int)
        /// 1 to 4.
        case quarter(Int)
        /// From the start of the year.
        case months(Int)
        case month(Int)
        /// The end of a day: columns of balance sheets.
        case day(month: Int, day: Int)
    }

    public var year: Int
    public var span: Span

    public init(year: Int, span: Span) {
        self.year = year
        // The same time under two names has one.
        self.span =
            switch span {
            case .months(3): .quarter(1)
            case .months(6): .half(1)
            case .months(12): .year
            default: span
            }
    }

    /// `2025FY`, `2025H1`, `2025Q3`, `2025M9`, `2025-06`, `2025-06-30`.
    public var text: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return switch span {
        case .year: "\(year)FY"
        case .half(let half): "\(year)H\(half)"
        case .quarter(let quarter): "\(year)Q\(quarter)"
        case .months(let count): "\(year)M\(count)"
        case .month(let month): "\(year)-\(two(month))"
        case .day(let month, let day): "\(year)-\(two(month))-\(two(day))"
        }
    }

    /// The month that it ends in, for the order of periods.
    var end: Int {
        let month =
            switch span {
            case .year: 12
            case .half(let half): half * 6
            case .quarter(let quarter): quarter * 3
            case .months(let count), .month(let count): count
            case .day(let month, _): month
            }
        return year * 12 + month
    }

    /// A year before.
    var before: ReportPeriod { ReportPeriod(year: year - 1, span: span) }
}

/// A period as printed.
public struct PeriodReading: Sendable, Hashable {
    public var period: ReportPeriod
    /// What `A`, `E`, `F`, `预测` say; nil without a mark.
    public var kind: ReportFigure.Kind?
    /// The code points that it was read from.
    public var range: Range<Int>
}

/// What periods without a year refer to.
public struct PeriodContext: Sendable, Hashable {
    /// The period that the document reports on.
    public var current: ReportPeriod?
    /// The year of the report.
    public var year: Int?
    /// How many months the fiscal year begins before the calendar's: a third quarter that ends in October has -1.
    public var monthShift = 0

    public init(current: ReportPeriod? = nil, year: Int? = nil) {
        self.current = current
        self.year = year ?? current?.year
    }
}
