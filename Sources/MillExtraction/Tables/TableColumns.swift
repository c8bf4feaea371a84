/// What the header above a column says about it.
struct TableColumn: Sendable {
    var period: PeriodReading?
    /// Whether it names a year alone, which may be any part of it: `2025`.
    var isBareYear = false
    var periodProvenance: Provenance?
    var kind: ReportFigure.Kind?
    var unit: UnitReading?
    var isChange = false
    var isChangeOnQuarter = false
    /// Whether it has the forecasts that those of another column replace: `Old 25E`.
    var isOld = false
    /// Columns of notes and of replaced forecasts.
    var isSkipped = false
    /// Shares of a whole: `占比`, `Weight`.
    var isShare = false
    /// What is left of its words: a metric or segment.
    var title = ""
    var titleProvenance: Provenance?
}

/// Reads the header rows above columns.
struct ColumnReader {
    let grid: TableGrid
    let periods: PeriodReader

    /// Whether a row names columns: periods, changes and titles, but no values.
    func isHeader(_ row: Int) -> Bool {
        let cells = grid.row(row)
        let named = cells.filter { $0.column > 0 }
        guard !named.isEmpty, !named.contains(where: \.isValue) else { return false }
        let telling = named.filter { isTelling($0) }
        return telling.count * 2 >= named.count && !telling.isEmpty
    }

    /// A cell that is a period, a unit or a word for a change or kind.
    private func isTelling(_ cell: TableGrid.Cell) -> Bool {
        guard cell.folded.count <= 80 else { return false }
        return PeriodScan(text: cell.folded).parts().contains { $0.year != nil || $0.span != nil }
            || UnitReader().whole(cell.folded) != nil || !HeaderWords.roles(of: cell.folded).isEmpty
    }

    /// - Parameter rows: the header rows that stand above one another.
    func columns(_ rows: [Int], labelColumns: Int) -> [TableColumn] {
        let spread = HeaderSpread(grid: grid, periods: periods).cells(rows, labelColumns: labelColumns)
        var columns = (0..<grid.columnCount).map { column in
            column < labelColumns ? TableColumn() : self.column(column, rows, spread)
        }
        for index in columns.indices where columns[index].isOld && !columns[index].isChange {
            guard let period = columns[index].period?.period else { continue }
            if columns.contains(where: { !$0.isOld && !$0.isChange && $0.period?.period == period }) {
                columns[index].isSkipped = true
            }
        }
        // Beside columns of periods one without any header holds numbers of notes.
        if columns.contains(where: { $0.period != nil }) {
            for index in columns.indices
            where columns[index].period == nil && !columns[index].isChange && columns[index].title.isEmpty {
                columns[index].isSkipped = columns[index].isSkipped || !columns[index].isShare
            }
        }
        return columns
    }

    /// Whether a row has a name and dashes or words for them alone: no value, and no title either.
    func isBlank(_ row: Int) -> Bool {
        let told = grid.row(row).filter { $0.column > 0 }
        return !told.isEmpty && told.allSatisfy { $0.content == .absent }
    }

    /// Whether numbers that look like years are values, below columns of periods: `Units sold` `2024` `2023`.
    func holdsYears(_ row: Int, below columns: [TableColumn], names: MetricNames) -> Bool {
        let told = grid.row(row).filter { $0.column > 0 }
        guard let label = grid[row, 0], !label.isEmpty, label.column == 0, !told.isEmpty, told.allSatisfy(\.isYear),
            columns.contains(where: { $0.period != nil }), UnitReader().whole(label.folded)?.currency == nil
        else { return false }
        if CountNames.isCount(label.text) { return true }
        // Years of a header follow one another.
        let years = told.compactMap { cell -> Double? in
            if case .number(let reading) = cell.content { reading.mantissa } else { nil }
        }
        return names.isKnown(label.text) && zip(years, years.dropFirst()).contains { abs($0 - $1) != 1 }
    }

    /// A row of short names above rows of values, though none of them is a period: `Holding`, `Sector`, `Weight`.
    ///
    /// - Parameter columns: of the rows of values above it.
    func isTitles(_ row: Int, below columns: [TableColumn], names: MetricNames) -> Bool {
        let cells = grid.row(row)
        if !columns.isEmpty {
            let titles = cells.filter { $0.column > 0 }
            // Values that are no numbers, such as ratings, repeat; dashes are none.
            guard Set(titles.map { $0.text.lowercased() }).count == titles.count,
                !titles.contains(where: { $0.content == .absent })
            else { return false }
            if columns.contains(where: { $0.period != nil }),
                !titles.contains(where: { names.isKnown($0.text) || !HeaderWords.roles(of: $0.folded).isEmpty })
            {
                return false
            }
        }
        guard cells.count >= 2, row + 1 < grid.rowCount, cells.allSatisfy({ !$0.isValue && $0.folded.count <= 40 }),
            let last = cells.last
        else { return false }
        return grid.row(row + 1).contains { $0.column == last.column && $0.isValue }
    }

    /// What the words between and behind the parts of a period say about units, notes in brackets aside: `二零二五年 千港元（未经审核）`.
    private func unit(in text: FoldedText, around parts: [PeriodScan.Part]) -> UnitReading? {
        guard !parts.isEmpty else { return nil }
        var starts = parts.map(\.range.upperBound)
        if let first = parts.first, first.range.lowerBound > 0 { starts.append(0) }
        for start in starts {
            let end = text.scalars[start...].indices.first { place in
                text[place] == "(" || parts.contains { $0.range.contains(place) }
            }
            let range = start..<(end ?? text.count)
            if let unit = UnitReader().whole(FoldedText(text.original(range))) { return unit }
        }
        return nil
    }

    private func column(_ column: Int, _ rows: [Int], _ spread: [Int: [Int: [TableGrid.Cell]]]) -> TableColumn {
        var result = TableColumn()
        var cells: [TableGrid.Cell] = []
        for row in rows {
            if let above = spread[row]?[column] {
                cells += above
                continue
            }
            guard let cell = grid[row, column], !cell.isEmpty, cell.column > 0 || grid.columnCount == 1 else { continue }
            if let last = cells.last, last.row == cell.row, last.column == cell.column { continue }
            cells.append(cell)
        }
        guard !cells.isEmpty else { return result }
        // `Quarterly report 2025` in the first row of a scan is the title of the page.
        if cells.count > 1 { cells.removeAll { HeaderSpread.isTitle($0.folded) } }
        // The year right above the values is theirs; another further up belongs to a title of the page.
        let yearOf: (TableGrid.Cell) -> Int? = { cell in self.periods.parts(cell.folded).lazy.compactMap(\.year).last }
        if let year = cells.lazy.reversed().compactMap(yearOf).first {
            cells.removeAll { cell in yearOf(cell).map { $0 != year } ?? false }
        }
        let combined = FoldedText(cells.map(\.text).joined(separator: " "))
        result.period = periods.read(combined)
        result.kind = result.period?.kind
        let parts = periods.parts(combined)
        let years = parts.filter { $0.year != nil || $0.span != nil }
        result.isBareYear =
            !years.isEmpty && !parts.contains { $0.relation == .toDate } && result.period?.kind == nil
            && years.allSatisfy { $0.span == nil || $0.span == .year && !$0.isPlain }
        var titles: [String] = []
        for cell in cells {
            let parts = PeriodScan(text: cell.folded).parts().filter { $0.year != nil || $0.span != nil || $0.relation != nil }
            if !parts.isEmpty, result.periodProvenance == nil || parts.contains(where: { $0.year != nil }) {
                result.periodProvenance = cell.source.provenance
            }
            let roles = HeaderWords.roles(of: cell.folded)
            if roles.contains(.change) { result.isChange = true }
            if roles.contains(.changeOnQuarter) { (result.isChange, result.isChangeOnQuarter) = (true, !roles.contains(.change)) }
            if roles.contains(.notes) { result.isSkipped = true }
            if roles.contains(.share), parts.isEmpty { result.isShare = true }
            if roles.contains(.old), parts.isEmpty { result.isSkipped = true }
            if roles.contains(.old) { result.isOld = true }
            if roles.contains(.consensus) { result.kind = .consensus }
            if roles.contains(.estimate), result.kind == nil { result.kind = .estimate }
            if roles.contains(.actual), result.kind == nil { result.kind = .actual }
            let unit =
                UnitReader().whole(cell.folded) ?? UnitReader().label(cell.folded).unit ?? unit(in: cell.folded, around: parts)
            result.unit = result.unit ?? unit
            // `Customers` says what is counted.
            let isThing = UnitReader().whole(cell.folded)?.measure == .count
            if parts.isEmpty, roles.isEmpty || roles == [.share], isThing || UnitReader().whole(cell.folded) == nil,
                !HeaderSpread.isLength(cell.folded)
            {
                titles.append(isThing ? cell.text : cell.folded.original(UnitReader().label(cell.folded).name))
                result.titleProvenance = cell.source.provenance
            }
        }
        result.title = titles.joined(separator: " ").trimmedBlanks
        // `%` alone above a column beside periods is a change.
        if result.period == nil, result.title.isEmpty, result.unit?.measure == .percent { result.isChange = true }
        return result
    }
}

extension TableGrid.Cell {
    /// The value under a column: a number, and one that looks like a year where the column has a period.
    func value(in column: TableColumn) -> NumberReading? {
        guard case .number(let reading) = content else { return nil }
        return isYear && column.period == nil ? nil : reading
    }
}

extension String {
    /// Without blanks at its ends, and single ones within.
    var trimmedBlanks: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
