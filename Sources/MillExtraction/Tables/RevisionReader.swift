/// Reads ratings and target prices of tables that have them now and before in columns of their own: `New | Old`.
struct RevisionReader {
    let grid: TableGrid
    let values: FieldValueReader

    private static let words = WordTable<Bool>(
        lines: """
            now: new, current, now, to, revised, latest, 新, 最新, 本次, 调整后, 现
            before: old, previous, prior, former, from, before, was, 原, 旧, 前次, 上次, 调整前
            """
    ) { $0 == "now" }

    func fields(page: Int) -> [FieldCandidate] {
        guard grid.columnCount >= 3, grid.columnCount <= 6 else { return [] }
        for row in 0..<min(3, grid.rowCount) {
            var (now, before): (Int?, Int?)
            for cell in grid.row(row) where cell.column > 0 && cell.folded.count <= 24 {
                guard let meaning = Self.words.match(cell.folded, at: cell.folded.trimmed.lowerBound)?.meaning else { continue }
                if meaning { now = now ?? cell.column } else { before = before ?? cell.column }
            }
            guard let now, let before else { continue }
            return (row + 1..<max(row + 1, grid.rowCount)).flatMap { row -> [FieldCandidate] in
                guard let label = grid[row, 0], let field = FieldNames.field(of: label.folded),
                    field == "rating" || field == "target_price"
                else { return [] }
                return [(field, now), ("previous_\(field)", before)].compactMap { name, column in
                    guard let cell = grid[row, column], cell.column == column,
                        let read = values.read(name, cell.folded, label: label.folded),
                        let provenance = cell.source.provenance(read.range)
                    else { return nil }
                    return FieldCandidate(
                        name: name, content: read.content, provenance: provenance, weight: page == 1 ? 6 : 3, flags: read.flags)
                }
            }
        }
        return []
    }
}
