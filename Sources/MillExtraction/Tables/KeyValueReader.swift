/// Reads tables of names and values side by side: `Target price | HK$12.30`.
struct KeyValueReader {
    let grid: TableGrid
    let context: TableContext
    let names: MetricNames
    let values: FieldValueReader

    /// Names with a colon and the values beside them, in any columns of a row: `| Invoice number: | 20418 |`.
    static func marked(_ cells: [TableGrid.Cell], values: FieldValueReader) -> [FieldCandidate] {
        zip(cells, cells.dropFirst()).compactMap { label, value in
            let end = label.folded.trimmed.upperBound
            guard end > 0, label.folded[end - 1] == ":", let field = FieldNames.field(of: label.folded),
                let read = values.read(field, value.folded, label: label.folded),
                let provenance = value.source.provenance(read.range)
            else { return nil }
            return FieldCandidate(name: field, content: read.content, provenance: provenance, weight: 4, flags: read.flags)
        }
    }

    /// The columns of names, each with the column of its values; nil where the table is no list of names and values.
    func pairs() -> [(label: Int, value: Int)]? {
        guard grid.columnCount >= 2, grid.columnCount <= 8 else { return nil }
        let candidates: [[(label: Int, value: Int)]] =
            grid.columnCount % 2 == 0 && grid.columnCount > 2
            ? [stride(from: 0, to: grid.columnCount, by: 2).map { ($0, $0 + 1) }, [(0, grid.columnCount - 1)]]
            : [[(0, grid.columnCount - 1)]]
        for pairs in candidates {
            var (known, filled) = (0, 0)
            for row in 0..<grid.rowCount {
                for pair in pairs {
                    guard let label = grid[row, pair.label], !label.isEmpty, !label.isValue, let value = grid[row, pair.value],
                        !value.isEmpty,
                        value.column != label.column
                    else { continue }
                    filled += 1
                    if FieldNames.field(of: label.folded) != nil { known += 1 }
                }
            }
            let between = grid.columnCount == 2 || pairs.count > 1 ? 0 : grid.columnCount - 2
            if filled >= 1, known * (between == 0 ? 4 : 2) >= filled && known >= 1 || grid.columnCount == 2 && between == 0 {
                return pairs
            }
        }
        return nil
    }

    /// Whether at least two of the names are those of fields, and a third of all.
    var isListOfFields: Bool {
        guard grid.columnCount == 2 || grid.columnCount == 4 else { return false }
        var (known, filled) = (0, 0)
        for column in stride(from: 0, to: grid.columnCount, by: 2) {
            for row in 0..<min(grid.rowCount, 60) {
                guard let label = grid[row, column], !label.isEmpty, grid[row, column + 1]?.isEmpty == false else { continue }
                filled += 1
                if FieldNames.field(of: label.folded) != nil { known += 1 }
            }
        }
        return known >= 2 && known * 3 >= filled
    }

    /// A row of names above a row of values, the last of the table: `Rating | Target price | Price` over `Buy | $44 | $42.18`; nil
    /// where it is no such strip.
    func strip() -> [(label: TableGrid.Cell, value: TableGrid.Cell)]? {
        guard grid.columnCount >= 2, grid.rowCount >= 2, grid.rowCount <= 8 else { return nil }
        var list: [(label: TableGrid.Cell, value: TableGrid.Cell)] = []
        var row = 0
        while row < grid.rowCount {
            if let pairs = pairs(names: row, values: row + 1) ?? pairs(names: row + 1, values: row) {
                list += pairs
                row += 2
            } else if list.isEmpty, grid.row(row).count <= 1 {
                // The title of the box.
                row += 1
            } else {
                return nil
            }
        }
        return list.isEmpty ? nil : list
    }

    /// The names of a row with the values of the next, or of the one above; nil where those are none.
    private func pairs(names row: Int, values other: Int) -> [(label: TableGrid.Cell, value: TableGrid.Cell)]? {
        guard max(row, other) < grid.rowCount else { return nil }
        // Names and values in turn, in each row, are no strip.
        guard !grid.row(row).contains(where: \.isValue),
            !grid.row(other).contains(where: { FieldNames.field(of: $0.folded) != nil })
        else { return nil }
        var list: [(label: TableGrid.Cell, value: TableGrid.Cell)] = []
        for label in grid.row(row) {
            guard let value = grid[other, label.column], !value.isEmpty, value.column == label.column else { continue }
            list.append((label, value))
        }
        let known = list.count { FieldNames.field(of: $0.label.folded) != nil }
        return known >= 2 && known * 2 >= list.count ? list : nil
    }

    /// The names with their values, column by column.
    func cells(_ pairs: [(label: Int, value: Int)]) -> [(label: TableGrid.Cell, value: TableGrid.Cell)] {
        pairs.flatMap { pair in
            (0..<grid.rowCount).compactMap { row in
                guard let label = grid[row, pair.label], !label.isEmpty, let value = grid[row, pair.value], !value.isEmpty,
                    value.column != label.column, label.row == row || value.row == row
                else { return nil }
                return (label, value)
            }
        }
    }

    func read(
        _ list: [(label: TableGrid.Cell, value: TableGrid.Cell)], page: Int
    ) -> (fields: [FieldCandidate], figures: [FigureDraft]) {
        var fields: [FieldCandidate] = []
        var figures: [FigureDraft] = []
        var lastField: String?
        for (label, value) in list {
            if var field = FieldNames.field(of: label.folded) {
                // `Rating | From | Target | From`.
                if field == "seller", let lastField, ["rating", "target_price"].contains(lastField) { field = "previous" }
                if field == "previous" { field = lastField == "target_price" ? "previous_target_price" : "previous_rating" }
                // `Close | 5.88 | Date | 18 March` dates the price.
                if field == "report_date",
                    list.contains(where: { other in
                        other.label.row == label.row && other.label.column < label.column
                            && FieldNames.field(of: other.label.folded) == "price"
                    })
                {
                    field = "price_date"
                }
                lastField = field
                if let found = candidate(field, value, label, page) {
                    fields.append(contentsOf: found)
                    continue
                }
                if FieldNames.kind(of: field) != .text, FieldNames.kind(of: field) != .ticker { continue }
            }
            if let draft = figure(label, value) { figures.append(draft) }
        }
        return (fields, figures)
    }

    private func candidate(_ field: String, _ value: TableGrid.Cell, _ label: TableGrid.Cell, _ page: Int) -> [FieldCandidate]? {
        if FieldNames.kind(of: field) == .people {
            let people = People.names(in: value.folded).compactMap { range in
                value.source.provenance(range).map {
                    FieldCandidate(
                        name: field, content: .text(value.folded.original(range).trimmedBlanks), provenance: $0, weight: 3)
                }
            }
            return people.isEmpty ? nil : people
        }
        if let change = values.change(field, value.folded, label: label.folded) {
            let found = change.compactMap { part in
                value.source.provenance(part.range).map {
                    FieldCandidate(name: part.name, content: part.content, provenance: $0, weight: page == 1 ? 6 : 3)
                }
            }
            if found.count == change.count { return found }
        }
        guard let read = values.read(field, value.folded, label: label.folded),
            let provenance = value.source.provenance(read.range)
        else {
            return nil
        }
        var found = [
            FieldCandidate(
                name: field, content: read.content, provenance: provenance, weight: page == 1 ? 6 : 3, flags: read.flags)
        ]
        // `Price (5 Mar)` dates the price.
        if field == "price", let date = DateReader(defaultYear: context.document.year).first(in: label.folded),
            let provenance = label.source.provenance(date.range)
        {
            found.append(FieldCandidate(name: "price_date", content: .date(date.date.iso), provenance: provenance, weight: 3))
        }
        return found
    }

    /// The amount that a cell begins with: `5.375% a year, paid half-yearly`, `US$200,000 and multiples of US$1,000`.
    private func leading(_ cell: TableGrid.Cell) -> NumberReading? {
        let all = cell.folded.trimmed
        guard let number = NumberReader().first(in: cell.folded, from: all.lowerBound), number.range.lowerBound == all.lowerBound,
            number.currency != nil || number.measure?.isRatio == true, cell.folded[number.range.upperBound] == " "
        else { return nil }
        return number
    }

    /// A number with a name: `Market cap | HK$120bn`.
    private func figure(_ label: TableGrid.Cell, _ value: TableGrid.Cell) -> FigureDraft? {
        guard let number = value.number ?? leading(value), let provenance = value.source.provenance(number.range),
            let name = RowLabel(label.source, periods: PeriodReader(context: PeriodContext())),
            name.period.map({ $0.range.count + 2 < label.folded.trimmed.count }) ?? true
        else { return nil }
        let title = name.withoutPeriod(label.folded)
        let (amount, halfUnit) = UnitChain(names: names, table: context.unit).amount(
            number, name: name.name, label: name.unit, column: nil)
        return FigureDraft(
            name: title, key: names.key(of: title), period: name.period?.period, value: amount, halfUnit: halfUnit,
            kind: name.period?.kind ?? context.kind(of: name.period?.period), provenance: [provenance],
            nameProvenance: name.provenance,
            periodProvenance: name.period == nil ? nil : label.source.provenance)
    }
}
