import MillDocument
import MillEvaluation
import Testing

@Suite("Scores of tables and texts")
struct DocumentScoreTests {
    private func grid(_ rows: [[String]]) -> TableScore.Grid {
        TableScore.Grid(
            cells: rows.enumerated().flatMap { row, texts in
                texts.enumerated().map { TableScore.Grid.Cell(row: row, column: $0.offset, text: $0.element) }
            })
    }

    @Test("a cell counts if its row, its column and its text agree; blanks, full-width forms and dashes do not matter")
    func cells() {
        let truth = grid([["", "2024"], ["Revenue", "(1,234)"], ["Tax", "-"]])
        let score = TableScore(grid([["", "2024"], ["Revenue ", "（1,234）"], ["Tax", "–"], ["Note", ""]]), truth: truth)
        #expect(score == TableScore(matched: 5, predicted: 6, truth: 5))
        #expect(abs(score.f1 - 10.0 / 11) < 1e-12)
        #expect(TableScore(nil, truth: truth) == TableScore(matched: 0, predicted: 0, truth: 5))
        #expect(TableScore().f1 == 1)
    }

    @Test("tables are paired by the place that they share, each once")
    func pairs() {
        func place(_ top: Double, _ height: Double, page: Int = 1) -> [PagePlace] {
            [PagePlace(page: page, box: PageBox(left: 0, top: top, right: 100, bottom: top + height))]
        }
        let pairs = TableScore.pairs(
            [place(0, 100), place(200, 50), place(0, 100, page: 2)], truth: [place(190, 60), place(10, 100), place(150, 200)])
        #expect(pairs.contains { $0.found == 0 && $0.truth == 1 })
        #expect(pairs.contains { $0.found == 1 && $0.truth == 0 })
        #expect(pairs.contains { $0.found == 2 && $0.truth == nil })
        #expect(pairs.contains { $0.found == nil && $0.truth == 2 })
        #expect(pairs.count == 4)
    }

    @Test("the distance is that of Levenshtein, also where texts are longer than a machine word")
    func distance() {
        #expect(TextSimilarity.distance(Array("kitten"), Array("sitting")) == 3)
        #expect(TextSimilarity.distance([], [1, 2]) == 2)
        var generator = SystemRandomNumberGenerator()
        for size in [5, 63, 64, 65, 130, 200] {
            let first = (0..<size).map { _ in Int.random(in: 0..<4, using: &generator) }
            let second = (0..<size + 7).map { _ in Int.random(in: 0..<4, using: &generator) }
            #expect(TextSimilarity.distance(first, second) == Self.slowDistance(first, second))
        }
    }

    @Test("white space counts once, and between Chinese characters not at all")
    func ratio() {
        #expect(TextSimilarity.ratio("net\n profit ", "net profit") == 1)
        #expect(TextSimilarity.ratio("目标 价\n上调", "目标价上调") == 1)
        #expect(TextSimilarity.ratio("", "") == 1)
        #expect(TextSimilarity.ratio("abcd", "abxd") == 0.75)
    }

    private static func slowDistance(_ first: [Int], _ second: [Int]) -> Int {
        var row = Array(0...second.count)
        for (index, element) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in second.indices {
                let next = min(row[column] + 1, row[column + 1] + 1, diagonal + (element == second[column] ? 0 : 1))
                diagonal = row[column + 1]
                row[column + 1] = next
            }
        }
        return row[second.count]
    }
}
