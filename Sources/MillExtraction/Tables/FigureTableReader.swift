/// Reads a table of figures: names down, periods across, or the other way round.
struct FigureTableReader {
    let grid: TableGrid
    let context: TableContext
    let names: MetricNames
    private let periods: PeriodReader
    private let labelColumns: Int
    /// Which of them names the row, where the others only describe it.
    private let labelColumn: Int
    private let isFlow: Bool
    private let isStock: Bool
    /// Whether nearly all cells beside the names are values.
    private let isDense: Bool
    /// Names that several rows have, each in a group of its own.
    private let repeated: Set<String>

    init(grid: TableGrid, context: TableContext, names: MetricNames) {
        self.grid = grid
        self.names = names
        periods = PeriodReader(context: context.document)
        labelColumns = Self.labelColumns(grid)
        labelColumn = Self.isDistinct(grid, column: 0) ? 0 : labelColumns - 1
        let labels = (0..<grid.rowCount).compactMap { grid[$0, 0]?.text }
        repeated = Set(Dictionary(grouping: labels.map { $0.trimmedBlanks }, by: { $0 }).filter { $0.value.count > 1 }.keys)
        let first = labelColumns
        let body = grid.cells.filter { $0.column >= first && $0.row > 0 && !$0.isEmpty }
        isDense = body.count { $0.isValue } * 10 >= body.count * 9
        isFlow = labels.filter { names.isFlow($0) }.count >= 2
        isStock = labels.filter { names.isStock($0) }.count >= 2
        var context = context
        // All rows of a balance sheet are of one day, whatever it is called.
        let balances = labels.count { names.isBalance($0) }
        if !labels.contains(where: names.isFlow), balances >= 2, balances * 2 >= labels.count - 1 { context.isBalance = true }
        // The corner often names the unit: `RMB million`, `(百万元)`.
        for row in 0..<min(3, grid.rowCount) {
            guard !grid.row(row).contains(where: { $0.column > 0 && $0.isValue }) else { break }
            guard let corner = grid[row, 0], let unit = UnitReader().whole(corner.folded) ?? UnitReader().caption(corner.folded)
            else {
                continue
            }
            context.unit = unit
            break
        }
        // `$` beside the first number of a column holds for those below.
        let currencies = grid.cells.compactMap { $0.number?.currency }
        if context.unit?.currency == nil, let first = currencies.first, currencies.allSatisfy({ $0 == first }) {
            var unit = context.unit ?? UnitReading(range: 0..<0)
            unit.currency = first
            context.unit = unit
        }
        if context.unit?.currency == nil, context.unit?.scale != nil, context.unit?.measure == nil {
            context.unit?.currency = context.currency
        }
        self.context = context
    }

    /// How many columns at the left hold names: those before the first in which values stand.
    private static func labelColumns(_ grid: TableGrid) -> Int {
        for column in 0..<min(grid.columnCount, 4) {
            var (values, texts) = (0, 0)
            for row in 0..<grid.rowCount {
                guard let cell = grid[row, column], !cell.isEmpty else { continue }
                if cell.isValue { values += 1 } else if case .other = cell.content { texts += 1 }
            }
            if values > 0, values * 2 >= texts || column > 0 { return max(1, column) }
        }
        return 1
    }

    /// Whether nearly each row has a name of its own in a column.
    private static func isDistinct(_ grid: TableGrid, column: Int) -> Bool {
        var texts: Set<String> = []
        var (rows, filled) = (0, 0)
        for row in 0..<grid.rowCount where grid.row(row).contains(where: { $0.column > column && $0.isValue }) {
            rows += 1
            if let cell = grid[row, column], !cell.isEmpty, cell.row == row {
                texts.insert(cell.text)
                filled += 1
            }
        }
        return texts.count * 10 >= filled * 9 && filled * 10 >= rows * 7
    }

    private struct State {
        var headers: [Int] = []
        var columns: [TableColumn] = []
        var group: RowLabel?
        var isAfterData = false
        /// Whether the columns are whole years.
        var isAnnual = false
        /// The drafts of the last row of values, for a row of changes below it.
        var last: [(column: Int, draft: Int)] = []
    }

    func figures() -> [FigureDraft] {
        if let transposed = transposed() { return transposed }
        var state = State()
        var drafts: [FigureDraft] = []
        for row in 0..<grid.rowCount {
            let reader = ColumnReader(grid: grid, periods: periods)
            let isTop =
                !state.isAfterData && row < grid.headerRowCount && !hasValues(row)
                && grid.row(row).contains { $0.column >= labelColumns }
            let isNaming =
                reader.isHeader(row) || isTop || reader.isTitles(row, below: state.isAfterData ? state.columns : [], names: names)
            if isNaming, !reader.isBlank(row), !reader.holdsYears(row, below: state.columns, names: names) {
                if state.isAfterData { state = State() }
                // A table of nothing but headers must not cost the square of its rows.
                state.headers = state.headers.suffix(5) + [row]
                state.columns = reader.columns(state.headers, labelColumns: labelColumns)
                state.isAnnual = Self.isAnnual(state.columns)
                state.columns = state.columns.map { adjusted($0, isAnnual: state.isAnnual) }
                continue
            }
            read(row, &state, &drafts)
        }
        return drafts
    }

    /// Whether its years are whole ones, whatever period the document is about: forecasts of a year stand among them, or there
    /// are many.
    private static func isAnnual(_ columns: [TableColumn]) -> Bool {
        let years = columns.filter { $0.period?.period.span == .year && !$0.isChange }
        return years.contains { ($0.kind ?? $0.period?.kind) == .estimate }
            || Set(years.compactMap { $0.period?.period.year }).count >= 4
    }

    /// A year or day above a column of a table that speaks of a half year is that half year.
    private func adjusted(_ column: TableColumn, isAnnual: Bool) -> TableColumn {
        guard let period = column.period?.period else { return column }
        var column = column
        let current = context.document.current
        if context.isBalance, !isFlow, period.span == .year || column.isBareYear {
            column.period?.period = context.balanceDay(of: period.year, isAnnual: isAnnual)
            return column
        }
        if column.isBareYear, !isAnnual {
            if let span = context.span {
                column.period?.period = ReportPeriod(year: period.year, span: span)
            } else if isStock, !isFlow, let end = context.currentEnd, let current,
                [current.year, current.year - 1].contains(period.year)
            {
                column.period?.period = ReportPeriod(year: period.year, span: .day(month: end.month, day: end.day))
            } else if let current, !current.isDay, [current.year, current.year - 1].contains(period.year) {
                column.period?.period = ReportPeriod(year: period.year, span: current.span)
            }
        } else if case .day(let month, _) = period.span {
            if context.isBalance, !isFlow { return column }
            if let span = context.span {
                column.period?.period = ReportPeriod(year: period.year, span: span)
            } else if isFlow, !isStock, let current, !current.isDay, context.currentEnd?.month == month {
                column.period?.period = ReportPeriod(year: period.year, span: current.span)
            }
        }
        return column
    }

    /// What is measured on a day is so at the end of the year or of the document's period that a column names.
    private func period(_ period: ReportPeriod, of name: String, isAnnual: Bool) -> ReportPeriod {
        guard names.isBalance(name) || name.hasPrefix("期末") else { return period }
        if period.span == .year { return context.balanceDay(of: period.year, isAnnual: isAnnual) }
        if let current = context.document.current, let end = context.currentEnd, period.span == current.span,
            [current.year, current.year - 1].contains(period.year)
        {
            return ClosingDay(month: end.month, day: end.day).day(in: period.year + end.year - current.year)
        }
        return period
    }

    private func hasValues(_ row: Int) -> Bool { grid.row(row).contains { $0.column >= labelColumns && $0.isValue } }

    private func label(_ row: Int) -> (label: RowLabel, parent: RowLabel?)? {
        let labels = (0..<labelColumns).compactMap { column -> RowLabel? in
            guard let cell = grid[row, column], column == 0 || grid[row, column - 1]?.column != cell.column else { return nil }
            if case .number = cell.content { return nil }
            return RowLabel(cell.source, periods: periods)?.repaired(names)
        }
        guard let last = labels.last, let first = labels.first else { return nil }
        if labelColumn == 0, grid[row, 0]?.isEmpty == false { return (first, nil) }
        return (last, labels.count > 1 ? labels[labels.count - 2] : nil)
    }

    private func read(_ row: Int, _ state: inout State, _ drafts: inout [FigureDraft]) {
        guard let (label, parent) = label(row) else { return }
        let told = grid.row(row).filter { cell in
            // Numbers of notes beside a name make no row of values.
            cell.column >= labelColumns && !(state.columns.indices.contains(cell.column) && state.columns[cell.column].isSkipped)
        }
        guard told.contains(where: { $0.isValue || $0.isYear && state.columns.indices.contains($0.column) }) else {
            // A row of a name alone begins a group.
            if told.isEmpty { state.group = label }
            return
        }
        state.isAfterData = true
        if label.isChange, !state.last.isEmpty {
            attachChanges(row, label, state, &drafts)
            return
        }
        let group = parent ?? state.group
        let hasPeriods = state.columns.contains { $0.period != nil }
        // The unit of the table before is none for what a table of one day counts.
        let isCounted = !hasPeriods && context.isPeriodOwn && (context.unit == nil || context.isUnitInherited)
        let unit = isCounted ? nil : context.unit
        let chain = UnitChain(names: names, table: group?.unit.flatMap { $0.currency == nil ? nil : $0 } ?? unit)
        var added: [(column: Int, draft: Int)] = []
        for (column, info) in state.columns.enumerated() where column >= labelColumns && !info.isChange && !info.isSkipped {
            guard let cell = grid[row, column], cell.column == column, let number = cell.value(in: info) else { continue }
            var (name, unit) = self.name(label, group, info, state)
            // The period that the label names is no part of it where no column has one.
            if !hasPeriods, label.period?.period != nil, name == label.name, let cell = grid[row, labelColumn] {
                name = label.withoutPeriod(cell.folded)
            }
            let latest = added.max { (drafts[$0.draft].period?.end ?? 0) < (drafts[$1.draft].period?.end ?? 0) }
            let stated = info.isShare ? latest.flatMap { drafts[$0.draft].period } : nil
            var own = info.period.map { self.period($0.period, of: name, isAnnual: state.isAnnual) }
            if let part = label.partOfYear, let year = info.period?.period, year.span == .year,
                let title = info.title.isEmpty ? group?.name : info.title
            {
                (name, own) = (title, ReportPeriod(year: year.year, span: part))
            }
            let period = own ?? label.period?.period ?? stated ?? (hasPeriods ? nil : context.period?.period)
            // A table without periods tells figures only where their names say so.
            guard
                period != nil && (hasPeriods || context.period != nil && (names.isKnown(name) || context.isPeriodOwn && isDense))
                    || info.isShare
            else { continue }
            var (value, halfUnit) = chain.amount(number, name: name, label: unit, column: info.isShare ? .percent : info.unit)
            // On a day, whole numbers of a table without any unit count things.
            if isCounted, value.unit == nil, number.decimals == 0, period?.isDay == true {
                value.unit = Measure.count.unit(currency: nil)
            }
            guard let provenance = cell.source.provenance(number.range) else { continue }
            var draft = FigureDraft(
                name: name, key: names.key(of: name), period: period, value: value, halfUnit: halfUnit,
                kind: info.kind ?? info.period?.kind ?? context.kind(of: period), provenance: [provenance],
                nameProvenance: label.provenance,
                periodProvenance: info.period != nil
                    ? info.periodProvenance : label.period != nil ? label.provenance : context.periodProvenance)
            if number.isCorrected { draft.flags.append("corrected") }
            if context.isUnitInherited, value.unit == context.unit?.currency, number.currency == nil {
                draft.flags.append("unit_inherited")
            }
            if !info.isShare { added.append((column, drafts.count)) }
            drafts.append(draft)
        }
        attachChangeColumns(row, label, state, added, &drafts)
        state.last = added
    }

    /// The row's name and unit; where several metrics share the columns, with the column's; `Basic` with its group's.
    private func name(_ label: RowLabel, _ group: RowLabel?, _ column: TableColumn, _ state: State) -> (
        name: String, unit: UnitReading?
    ) {
        let isHan = label.name.unicodeScalars.contains(where: \.isHan)
        let blank = isHan ? "" : " "
        if column.isShare { return ("\(label.name)\(blank)\(column.title)", label.unit) }
        let titles = Set(state.columns.filter { !$0.title.isEmpty && !$0.isChange && !$0.isSkipped && !$0.isShare }.map(\.title))
        // The total of a column of revenue is the revenue.
        if titles.count > 1, !column.title.isEmpty, FigureMerge.isTotal(label.name) { return (column.title, label.unit) }
        if titles.count > 1, !column.title.isEmpty { return ("\(label.name)\(blank)\(column.title)", label.unit) }
        // `Total` below `Revenue` is the revenue.
        if let group, ["total", "合计", "小计", "总计"].contains(label.name.lowercased()) {
            return (group.name, label.unit ?? group.unit)
        }
        // What is due within a year goes by its plain name; what is due later says so.
        if let group, repeated.contains(label.name), let word = group.term {
            return (word.isEmpty ? label.name : "\(word)\(blank)\(isHan ? label.name : label.name.lowercased())", label.unit)
        }
        if let group, Self.generic.contains(label.name.lowercased()) || repeated.contains(label.name) {
            return ("\(label.name)\(blank)\(isHan ? group.name : group.name.lowercased())", label.unit ?? group.unit)
        }
        return (label.name, label.unit)
    }

    /// Names that say nothing without their group.
    private static let generic: Set<String> = [
        "basic", "diluted", "adjusted", "reported", "基本", "稀释", "摊薄", "gaap", "non-gaap", "basic and diluted",
    ]

    // MARK: Changes

    /// `YoY`, `Change %` columns speak of the latest period left of them.
    private func attachChangeColumns(
        _ row: Int, _ label: RowLabel, _ state: State, _ added: [(column: Int, draft: Int)], _ drafts: inout [FigureDraft]
    ) {
        for (column, info) in state.columns.enumerated() where info.isChange && !info.isSkipped && column >= labelColumns {
            guard let cell = grid[row, column], cell.column == column, let number = cell.number,
                let provenance = cell.source.provenance
            else { continue }
            let previous = state.columns[..<column].lastIndex { $0.isChange } ?? -1
            let near = added.filter { $0.column < column && $0.column > previous }
            let latest = added.compactMap { drafts[$0.draft].period }.max { $0.end < $1.end }
            // `QoQ` behind the quarter before, and `YoY` behind the quarter a year before, compare the latest with those.
            let isComparison = near.count == 1 && near.contains { drafts[$0.draft].period == latest?.before }
            let candidates = near.isEmpty || isComparison || info.isChangeOnQuarter ? added : near
            let pool = info.period.map { period in added.filter { drafts[$0.draft].period == period.period } } ?? []
            guard
                let target = (pool.isEmpty ? (candidates.isEmpty ? added : candidates) : pool).max(by: {
                    (drafts[$0.draft].period?.end ?? 0, -$0.column) < (drafts[$1.draft].period?.end ?? 0, -$1.column)
                }), drafts[target.draft].change == nil
            else { continue }
            if isDifference(number, info, added.map { drafts[$0.draft] }, row) { continue }
            let (change, halfUnit) = UnitChain.change(number, label: nil, column: info.unit)
            drafts[target.draft].change = change
            drafts[target.draft].changeHalfUnit = halfUnit
            drafts[target.draft].changeProvenance = provenance
        }
    }

    /// A column `Change` may hold the difference itself.
    private func isDifference(_ number: NumberReading, _ column: TableColumn, _ drafts: [FigureDraft], _ row: Int) -> Bool {
        guard number.measure == nil, column.unit?.measure == nil, drafts.count >= 2, let first = drafts[0].value,
            let second = drafts[1].value,
            first.unit != "percent", let cell = drafts[0].provenance.first,
            case .number(let printed) = NumberReader().content(of: cell.raw),
            printed.mantissa != 0
        else { return false }
        let factor = first.number / printed.mantissa
        let difference = abs(first.number - second.number)
        return difference > 0
            && abs(abs(number.mantissa * factor) - difference) <= max(drafts[0].halfUnit, drafts[1].halfUnit) * 2 + difference
                * 1e-6
            && abs(number.mantissa) > 0
    }

    /// A row `YoY (%)` below a row of values.
    private func attachChanges(_ row: Int, _ label: RowLabel, _ state: State, _ drafts: inout [FigureDraft]) {
        for (column, draft) in state.last {
            guard let cell = grid[row, column], cell.column == column, let number = cell.number, drafts[draft].change == nil,
                let provenance = cell.source.provenance
            else { continue }
            let (change, halfUnit) = UnitChain.change(number, label: label.unit, column: nil)
            drafts[draft].change = change
            drafts[draft].changeHalfUnit = halfUnit
            drafts[draft].changeProvenance = provenance
        }
    }

    // MARK: Periods down

    /// Rows are periods and columns metrics; nil for other tables.
    private func transposed() -> [FigureDraft]? {
        var rows: [(row: Int, period: PeriodReading, cell: TableGrid.Cell)] = []
        var others = 0
        for row in 0..<grid.rowCount {
            guard hasValues(row), let cell = grid[row, 0] else { continue }
            if case .range = cell.content { others += 1; continue }
            if let period = periods.read(cell.folded), cell.folded.count <= 40 {
                rows.append((row, period, cell))
            } else {
                others += 1
            }
        }
        guard rows.count >= 2, rows.count > others * 2, let first = rows.first?.row else { return nil }
        let headers = (0..<first).filter { !hasValues($0) }
        guard !headers.isEmpty else { return nil }
        let reader = ColumnReader(grid: grid, periods: PeriodReader())
        let columns = reader.columns(headers, labelColumns: 1)
        guard !columns.dropFirst().contains(where: { $0.period != nil }) else { return nil }
        var drafts: [FigureDraft] = []
        for (row, period, cell) in rows {
            var last: (name: String, draft: Int)?
            for (column, info) in columns.enumerated() where column >= 1 && !info.isSkipped {
                guard let value = grid[row, column], value.column == column, let number = value.number,
                    let provenance = value.source.provenance(number.range)
                else { continue }
                if info.isChange {
                    guard let target = last?.draft, drafts[target].change == nil else { continue }
                    let (change, halfUnit) = UnitChain.change(number, label: nil, column: info.unit)
                    (drafts[target].change, drafts[target].changeHalfUnit, drafts[target].changeProvenance) = (
                        change, halfUnit, provenance
                    )
                    continue
                }
                // The history of a recommendation is no metric.
                guard !info.title.isEmpty, FieldNames.field(of: FoldedText(info.title)) == nil else { continue }
                let (amount, halfUnit) = UnitChain(names: names, table: context.unit)
                    .amount(number, name: info.title, label: info.unit, column: nil)
                last = (info.title, drafts.count)
                drafts.append(
                    FigureDraft(
                        name: info.title, key: names.key(of: info.title), period: period.period, value: amount,
                        halfUnit: halfUnit,
                        kind: period.kind ?? info.kind ?? context.kind(of: period.period), provenance: [provenance],
                        nameProvenance: info.titleProvenance, periodProvenance: cell.source.provenance))
            }
        }
        return drafts
    }
}
