extension LedgerRelations {
    /// What rows above have: in each column, and the first of the nearest row that has any.
    private struct Above {
        var byColumn: [Int: Range<Int>] = [:]
        var nearest: Range<Int>?

        mutating func add(_ row: [Mention]) {
            nearest = row.first?.range ?? nearest
            // The first of a column counts.
            for mention in row.reversed() { byColumn[mention.place.column] = mention.range }
        }
    }

    /// Rows in succession.
    mutating func readTable(_ mentions: ArraySlice<Mention>, firstLine: Int) {
        var (metrics, periods) = (Above(), Above())
        var start = mentions.startIndex
        while start < mentions.endIndex {
            var end = start + 1
            while end < mentions.endIndex, mentions[end].place.line == mentions[start].place.line { end += 1 }
            let row = mentions[start..<end]
            readRow(row, firstLine: firstLine, metrics, periods)
            metrics.add(row.filter { $0.role == .metric })
            periods.add(row.filter { $0.role == .period })
            start = end
        }
        lastPeriod = mentions.last { $0.role == .period }?.range ?? lastPeriod
    }

    private mutating func readRow(_ row: ArraySlice<Mention>, firstLine: Int, _ metrics: Above, _ periods: Above) {
        let firstMetric = row.first { $0.role == .metric }?.range
        let rowPeriods = row.filter { $0.role == .period }
        var periodOfColumn: [Int: Range<Int>] = [:]
        for period in rowPeriods.reversed() { periodOfColumn[period.place.column] = period.range }
        let lastValue = row.last { $0.role == .value }?.start
        let change = row.first { $0.role == .change }?.range
        var left: Range<Int>?
        // Values beside one another mostly look in the same cells.
        var cells: [Range<Int>: Range<Int>?] = [:]
        for mention in row {
            if mention.role == .metric { left = mention.range }
            guard mention.role == .value else { continue }
            let column = mention.place.column
            let metric = left ?? metrics.byColumn[column] ?? firstMetric ?? metrics.nearest
            let period =
                periodOfColumn[column] ?? periods.byColumn[column] ?? rowPeriods.last?.range ?? periods.nearest ?? lastPeriod
            var unit = unit(mention)
            for line in [mention.place.line, firstLine] where unit.isEmpty {
                let cell = cell(line, after: metric)
                let found = cells[cell] ?? units.inCell(cell, in: text)
                cells[cell] = .some(found)
                if let found { unit = [found] }
            }
            var figure = figure(mention, metric: metric, period: period, unit: unit)
            if mention.start == lastValue { figure.change = change }
            figures.append(figure)
        }
    }

    /// What may name a unit for a row: from its metric, else from the start of the line, up to the next `|`.
    private func cell(_ line: Int, after metric: Range<Int>?) -> Range<Int> {
        let line = layout.lines[line].range
        var start = line.lowerBound
        if let end = metric?.upperBound, line.lowerBound <= end, end <= line.upperBound { start = end }
        // Cells are read only so far, so the search need not go further.
        let limit = min(line.upperBound, start + 1024)
        let search = start < limit && text.lower[start] == "|" ? start + 1 : start
        return start..<(text.lower[search..<limit].firstIndex(of: "|") ?? limit)
    }
}
