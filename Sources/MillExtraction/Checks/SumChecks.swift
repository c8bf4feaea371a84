import MillDocument

/// Rows that should add up to the total below them.
struct SumChecks {
    private static let totals = WordTable<Bool>(lines: "yes: total, totals, 合计, 总计, 总额, subtotal, 小计") { _ in true }

    /// - Parameter figures: those of one table, in the order of its rows.
    func findings(_ figures: [FigureDraft]) -> [ReportFinding] {
        var findings: [ReportFinding] = []
        let byColumn = Dictionary(grouping: figures.filter { $0.value != nil && $0.period != nil }) { $0.period?.text ?? "" }
        for (_, column) in byColumn.sorted(by: { $0.key < $1.key }) {
            var start = 0
            for (index, figure) in column.enumerated() {
                guard isTotal(figure.name) else { continue }
                let parts = column[start..<index].filter { $0.value?.unit == figure.value?.unit && !isTotal($0.name) }
                // Tables of one group only: with more lines the sum leaves out or counts twice.
                if parts.count >= 2, parts.count <= 30, let value = figure.value?.number {
                    findings += check(figure, value, Array(parts))
                }
                start = index + 1
            }
        }
        return findings
    }

    private func isTotal(_ name: String) -> Bool {
        let text = FoldedText(name)
        return Self.totals.match(text, at: 0) != nil || text.count <= 12 && !Self.totals.all(in: text, 0..<text.count).isEmpty
    }

    private func check(_ total: FigureDraft, _ value: Double, _ parts: [FigureDraft]) -> [ReportFinding] {
        let sum = parts.reduce(0) { $0 + ($1.value?.number ?? 0) }
        let slack = parts.reduce(total.halfUnit) { $0 + $1.halfUnit } * 1.1
        let gap = abs(sum - value)
        // Far apart, the rows are no parts of this total; a slip leaves most of it right.
        guard gap > slack, gap <= abs(value) * 0.1 else { return [] }
        return [
            ReportFinding(
                code: "sum",
                message:
                    "the \(parts.count) rows above \(total.name) (\(total.period?.text ?? "")) add up to \(sum.withoutNoise.short), not \(value.short)",
                places: (total.provenance + parts.flatMap(\.provenance)).flatMap(\.places))
        ]
    }
}
