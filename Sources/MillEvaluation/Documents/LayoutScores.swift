import MillDocument
import MillValue

/// How well tables and reading order of documents were found.
package struct LayoutScores: Sendable {
    package private(set) var tables = TableScore()
    /// Sums over pages of how much their text is that of the truth, 0 to 1, and the number of pages.
    private var text = Sum()
    private var columns = Sum()
    private var scans = Sum()

    private struct Sum {
        var total = 0.0
        var count = 0

        /// Not a number without pages.
        var mean: Double { total / Double(count) }

        mutating func add(_ value: Double) {
            total += value
            count += 1
        }

        static func + (first: Sum, second: Sum) -> Sum {
            Sum(total: first.total + second.total, count: first.count + second.count)
        }
    }

    /// Running text outside of tables, in reading order.
    package var similarity: Double { text.mean }
    package var columnSimilarity: Double { columns.mean }
    package var scanSimilarity: Double { scans.mean }

    package init() {}

    package init(_ document: StructuredDocument, _ truth: ReportTruth) {
        let found = document.items.filter { $0.kind == .table }
        for pair in TableScore.pairs(found.map(\.places), truth: truth.tables.map(\.places)) {
            tables =
                tables
                + TableScore(
                    pair.found.flatMap { found[$0].table }.map(TableScore.Grid.init),
                    truth: pair.truth.map { truth.tables[$0].grid })
        }
        for (index, page) in truth.pages.enumerated() {
            let ratio = TextSimilarity.ratio(Self.text(of: document, page: index + 1), page.text)
            if page.isScanned || truth.layer == "garbage" {
                scans.add(ratio)
            } else {
                text.add(ratio)
                if page.columns > 1 { columns.add(ratio) }
            }
        }
    }

    /// What begins on a page, without running headers and footers and without the cells of tables.
    private static func text(of document: StructuredDocument, page: Int) -> String {
        document.items.filter { $0.places.first?.page == page }.compactMap { item in
            switch item.kind {
            case .pageHeader, .pageFooter, .picture: nil
            case .table: item.table?.caption?.text
            case .listItem(let marker): marker + " " + item.text.text
            default: item.text.text
            }
        }.joined(separator: "\n")
    }

    package static func + (first: LayoutScores, second: LayoutScores) -> LayoutScores {
        var sum = LayoutScores()
        sum.tables = first.tables + second.tables
        sum.text = first.text + second.text
        sum.columns = first.columns + second.columns
        sum.scans = first.scans + second.scans
        return sum
    }

    package var value: Value {
        func number(_ value: Double) -> Value { value.isNaN ? .null : .double(value) }
        return [
            "precision": .double(tables.precision), "recall": .double(tables.recall), "f1": .double(tables.f1),
            "text": number(similarity), "text_columns": number(columnSimilarity), "text_scans": number(scanSimilarity),
        ]
    }
}
