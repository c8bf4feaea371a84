/// Reads periods: `FY25E`, `1H25`, `Q1 FY26`, `nine months ended 30 September 2025`, `2025年上半年`, `上年同期`.
public struct PeriodReader: Sendable {
    /// What periods without a year refer to.
    public let context: PeriodContext

    public init(context: PeriodContext = PeriodContext()) { self.context = context }

    /// The period that a text names; several parts make one (`Six months ended 30 June` above `2025`).
    public func read(_ text: String) -> PeriodReading? { read(FoldedText(text)) }

    func read(_ text: FoldedText) -> PeriodReading? {
        period(of: parts(text))
    }

    func parts(_ text: FoldedText, in range: Range<Int>? = nil) -> [PeriodScan.Part] {
        PeriodScan(text: text, monthShift: context.monthShift).parts(in: range)
    }

    /// All years of a list such as `2024-2026年` or `2024/2025/2026E`; nil where it is no list.
    func list(_ text: FoldedText) -> [ReportPeriod]? {
        let trimmed = text.trimmed
        let first = text.digits(at: trimmed.lowerBound)
        guard first.count == 4 || first.count == 2, let start = text.integer(first), let separator = text[first.upperBound],
            ["-", "~", "/", "至", "、", ","].contains(separator)
        else { return nil }
        func full(_ year: Int) -> Int { year < 100 ? 2000 + year : year }
        var years = [full(start)]
        var place = first.upperBound
        while let mark = text[place], ["-", "~", "/", "至", "、", ","].contains(mark), years.count < 12 {
            let digits = text.digits(at: place + 1)
            guard digits.count == 4 || digits.count == 2, let number = text.integer(digits) else { break }
            let year = full(number)
            if mark == "-" || mark == "~" || mark == "至" {
                guard let last = years.last, year > last, year - last < 10 else { return nil }
                years += (last + 1...year)
            } else {
                years.append(year)
            }
            place = digits.upperBound
            if text[place] == "e" || text[place] == "f" || text[place] == "a" { place += 1 }
        }
        guard years.count > 1, years.allSatisfy({ (1990...2059).contains($0) }) else { return nil }
        // `2024/25` is one year that ends in 2025.
        if years.count == 2, years[1] == years[0] + 1, first.count == 4, text[first.upperBound] == "/",
            place - first.upperBound == 3
        {
            return nil
        }
        return years.map { ReportPeriod(year: $0, span: .year) }
    }

    /// Joins the parts that speak of one time.
    func period(of parts: [PeriodScan.Part]) -> PeriodReading? {
        guard let first = parts.first else { return nil }
        var (year, span, kind, relation) = (first.year, first.span, first.kind, first.relation)
        var range = first.range
        for part in parts.dropFirst() {
            let bringsYear = part.year != nil && year == nil
            let bringsSpan = part.span != nil && span == nil && (part.year == nil || part.year == year)
            // `Year ended 31 December 截至12月31日止年度` says the same in two languages.
            if part.year == nil, part.span != nil, part.span == span { continue }
            // `Year ended 31 December` over `2024`: the year; `2025` over `First half`: the span.
            guard bringsYear || bringsSpan || part.year == nil && part.span == nil else { break }
            if bringsYear { year = part.year }
            if bringsSpan { span = part.span }
            kind = kind ?? part.kind
            relation = relation ?? part.relation
            range = range.lowerBound..<part.range.upperBound
        }
        if let relation, year == nil {
            guard let resolved = resolve(relation, span) else { return nil }
            return PeriodReading(period: resolved, kind: kind, range: range)
        }
        // `YTD 2025`
        if relation == .toDate, year != nil, span == nil { span = resolve(.toDate, nil)?.span }
        if year == nil, span != nil { year = context.current?.year ?? context.year }
        guard let year else { return nil }
        if relation == .yearBefore, first.year == nil, let span {
            return PeriodReading(period: ReportPeriod(year: year - 1, span: span), kind: kind, range: range)
        }
        return PeriodReading(period: ReportPeriod(year: year, span: span ?? .year), kind: kind, range: range)
    }

    /// What `the same period last year`, `this year`, `上年` mean in this document.
    private func resolve(_ relation: PeriodScan.Relation, _ span: ReportPeriod.Span?) -> ReportPeriod? {
        switch relation {
        case .current, .yearBefore:
            guard let current = context.current else { return nil }
            let base = ReportPeriod(year: current.year, span: span ?? current.span)
            return relation == .current ? base : base.before
        case .spanBefore:
            guard let current = context.current else { return nil }
            switch current.span {
            case .quarter(let number):
                return number > 1
                    ? ReportPeriod(year: current.year, span: .quarter(number - 1))
                    : ReportPeriod(year: current.year - 1, span: .quarter(4))
            case .half(let number):
                return number > 1
                    ? ReportPeriod(year: current.year, span: .half(1)) : ReportPeriod(year: current.year - 1, span: .half(2))
            default: return nil
            }
        case .yearEnd:
            return resolve(context.current.map { $0.span == .year } ?? true ? .close : .opening, span)
        case .close:
            guard let year = context.current?.year ?? context.year.map({ $0 - 1 }) else { return nil }
            if let current = context.current, current.span != .year {
                let month = current.end - current.year * 12
                return ReportPeriod(
                    year: year, span: .day(month: month, day: CalendarDate.dayCount(year: year, month: month)))
            }
            return ReportPeriod(year: year, span: .day(month: 12, day: 31))
        case .opening:
            guard let year = context.current?.year ?? context.year else { return nil }
            return ReportPeriod(year: year - 1, span: .day(month: 12, day: 31))
        case .toDate:
            guard let current = context.current, !current.isDay else { return nil }
            return ReportPeriod(year: current.year, span: .months(current.end - current.year * 12))
        case .theYear:
            guard let year = context.current?.year ?? context.year else { return nil }
            return ReportPeriod(year: year, span: span ?? .year)
        case .yearAhead:
            let isYear = context.current?.span == .year
            guard let year = isYear ? context.current.map({ $0.year + 1 }) : context.year else { return nil }
            return ReportPeriod(year: year, span: span ?? .year)
        case .thisYear, .lastYear, .nextYear:
            // A report on a year looks back from that year, but ahead from the year in which it appears.
            let isLast = relation == .lastYear && context.current?.span == .year
            guard let year = isLast ? context.current?.year : context.year else { return nil }
            let shift = relation == .lastYear ? -1 : relation == .nextYear ? 1 : 0
            return ReportPeriod(year: year + shift, span: span ?? .year)
        }
    }
}
