/// Headers that stand once above several columns though no cell spans them, as borderless tables and scans have it.
struct HeaderSpread {
    let grid: TableGrid
    let periods: PeriodReader

    /// Above columns whose years repeat (`2025 | 2024 | 2025 | 2024`), what stands once above each run of them
    /// (`Three months ended | Six months ended`), by row and column.
    ///
    /// - Parameter rows: the header rows that stand above one another.
    func cells(_ rows: [Int], labelColumns: Int) -> [Int: [Int: [TableGrid.Cell]]] {
        guard rows.count >= 2, let (bottom, runs) = runs(rows, labelColumns) else { return [:] }
        var result: [Int: [Int: [TableGrid.Cell]]] = [:]
        for row in rows where row < bottom {
            let cells = grid.row(row).filter { $0.column >= labelColumns }
            guard !cells.isEmpty, cells.allSatisfy({ $0.columnSpan == 1 }) else { continue }
            var spread: [Int: [TableGrid.Cell]] = [:]
            for (index, run) in runs.enumerated() {
                let end = index + 1 < runs.count ? runs[index + 1][0] : grid.columnCount
                let start = index == 0 ? labelColumns : run[0]
                let own = cells.filter { (start..<end).contains($0.column) }
                // A header for each column is no header of the run.
                guard !own.isEmpty, !run.allSatisfy({ column in own.contains { $0.column == column } }) else {
                    spread = [:]
                    break
                }
                for column in run { spread[column] = own }
            }
            if !spread.isEmpty { result[row] = spread }
        }
        return result
    }

    /// The lowest row of years that repeat, and the columns of each run.
    private func runs(_ rows: [Int], _ labelColumns: Int) -> (row: Int, runs: [[Int]])? {
        for row in rows.reversed() {
            let years: [(column: Int, year: Int)] = grid.row(row).compactMap { cell in
                guard cell.column >= labelColumns, let year = periods.parts(cell.folded).lazy.compactMap(\.year).first else {
                    return nil
                }
                return (cell.column, year)
            }
            guard years.count >= 4 else { continue }
            for size in 2...max(2, years.count / 2) where years.count % size == 0 && years.count > size {
                let isRepeated = years.indices.allSatisfy { years[$0].year == years[$0 % size].year }
                guard isRepeated else { continue }
                return (
                    row,
                    stride(from: 0, to: years.count, by: size).map { start in years[start..<start + size].map(\.column) }
                )
            }
        }
        return nil
    }

    private static let lengths = WordTable<Bool>(
        lines: "yes: months, weeks, ended, ending, 三个月, 六个月, 九个月, 3个月, 6个月, 9个月, 十二个月, 12个月, 截至"
    ) { _ in true }

    private static let titles = WordTable<Bool>(
        lines: "yes: report, announcement, results for, 报告, 公告, 业绩, 年报, 中报, 季报"
    ) { _ in true }

    /// Whether it names a document.
    static func isTitle(_ text: FoldedText) -> Bool { !titles.all(in: text, 0..<text.count).isEmpty }

    /// Whether a header speaks of a length of time, of which another cell may have the rest.
    static func isLength(_ text: FoldedText) -> Bool { text.count <= 40 && !lengths.all(in: text, 0..<text.count).isEmpty }
}
