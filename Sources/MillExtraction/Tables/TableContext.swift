/// What the text around a table says about it.
struct TableContext: Sendable {
    /// From the caption, the text above or the corner of the table.
    var unit: UnitReading?
    /// Whether the unit is that of the table before.
    var isUnitInherited = false
    /// What nearly all amounts of the document's text are in, for tables that name only their scale.
    var currency: String?
    /// How long the times are whose ends the columns name: `26 weeks ended`.
    var span: ReportPeriod.Span?
    /// Whether it is called a balance sheet, whose columns are days.
    var isBalance = false
    /// The day of the year on which the columns of a balance sheet end, where its words tell.
    var closing: ClosingDay?
    /// On which fiscal years end, where the document says so.
    var yearEnd: ClosingDay?
    /// From the caption or the heading above.
    var period: PeriodReading?
    var periodProvenance: Provenance?
    /// Whether that is the table's own caption.
    var isPeriodOwn = false
    /// Where the document says on which period it reports, and the day on which that ends.
    var currentProvenance: Provenance?
    var currentEnd: CalendarDate?
    /// What relative periods refer to, and what lies in the future.
    var document = PeriodContext()
    /// When the report appeared, for periods without a mark; nil where it is not known.
    var reportDate: CalendarDate?

    /// The day that a balance sheet of a year is drawn up on.
    ///
    /// - Parameter isAnnual: whether the years beside it are whole fiscal years.
    func balanceDay(of year: Int, isAnnual: Bool = false) -> ReportPeriod {
        if let closing { return closing.day(in: year) }
        if !isAnnual, let current = document.current, let end = currentEnd,
            current.span == .year || [current.year, current.year - 1].contains(year)
        {
            return ClosingDay(month: end.month, day: end.day).day(in: year + end.year - current.year)
        }
        return (yearEnd ?? .december).day(in: year)
    }

    /// What a figure of a period is when nothing says so: a forecast where the period ends after the report.
    func kind(of period: ReportPeriod?) -> ReportFigure.Kind? {
        guard let period else { return nil }
        // Fiscal years may end after their report appears: what it reports on is no forecast, whatever its name.
        if let current = document.current,
            period.end <= current.end || period.span == current.span && period.year == current.year + 1
        {
            return .actual
        }
        if let reportDate { return period.end > reportDate.year * 12 + reportDate.month ? .estimate : .actual }
        if let year = document.year { return period.year > year ? .estimate : .actual }
        return nil
    }
}

/// The currency, scale and measure of a value, from the nearest words that tell.
struct UnitChain {
    let names: MetricNames
    var table: UnitReading?

    /// The value in base units.
    ///
    /// - Parameters:
    ///   - label: what the row's label states.
    ///   - column: what the column's header states.
    func amount(_ number: NumberReading, name: String, label: UnitReading?, column: UnitReading?) -> (
        value: Amount, halfUnit: Double
    ) {
        var measure = number.measure ?? label?.measure ?? column?.measure
        // A currency beside the number or in the label is money, unless the name says per share.
        let named = names.measure(of: name)
        let isMoney = number.currency != nil || label?.currency != nil
        // `存货周转率（次）`: so many times.
        if number.measure == nil, measure == .count, named == .times { measure = .times }
        // `Customers (EUR million)` says that it is no count.
        if measure == nil { measure = isMoney && (named?.isRatio == true || named == .count) ? nil : named }
        if measure == nil, !isMoney { measure = table?.measure }
        // Cents and pence in a table are those of a share.
        if measure == nil, label?.scale == 0.01 { measure = .perShare }
        let scale: Double
        if let own = number.scale {
            scale = own
        } else if measure == .percent || measure == .percentagePoints || measure == .basisPoints || measure == .times {
            scale = 1
        } else if let label, !label.isEmpty, label.measure == nil || label.scale != nil || label.measure?.isCount == true {
            scale = label.scale ?? 1
        } else if named == .count, measure == .count {
            // A count takes no scale of money.
            let counted = [column, table].compactMap(\.self).first { $0.measure == .count }
            scale = number.measure == nil ? counted?.scale ?? 1 : 1
        } else if measure?.isWithoutScale == true {
            scale = column?.measure == measure ? column?.scale ?? 1 : 1
        } else if number.currency != nil, number.measure == nil, table?.currency != number.currency {
            scale = 1
        } else if let column, !column.isEmpty {
            scale = column.scale ?? (column.currency != nil ? 1 : table?.scale ?? 1)
        } else if measure == .shares || measure == .count {
            scale = number.measure == nil && label?.measure == nil ? table?.scale ?? 1 : 1
        } else {
            scale = table?.scale ?? 1
        }
        let currency = number.currency ?? label?.currency ?? column?.currency ?? table?.currency
        let ownScale = number.scale ?? 1
        let base = measure?.base
        let factor = (number.scale == nil ? scale : 1) * (base?.factor ?? 1)
        measure = base?.measure
        let unit: String? =
            switch measure {
            case nil: currency
            case .perShare: Measure.perShare.unit(currency: currency)
            case .physical(let sign): Measure.physical(sign).unit(currency: number.currency ?? label?.currency)
            case let measure?: measure.unit(currency: nil)
            }
        return (
            Amount(number: (number.mantissa * ownScale * factor).withoutNoise, unit: unit), number.halfUnit * factor
        )
    }

    /// A change in percent unless its words say otherwise.
    static func change(_ number: NumberReading, label: UnitReading?, column: UnitReading?) -> (value: Amount, halfUnit: Double) {
        let measures = [number.measure, column?.measure, label?.measure]
        let measure = measures.compactMap { $0 }.first { $0.isRatio && $0 != .times } ?? .percent
        return (Amount(number: number.number.withoutNoise, unit: measure.unit(currency: nil)), number.halfUnit)
    }
}
