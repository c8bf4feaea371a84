import MillDocument

/// How well tables were read, cell by cell.
public struct TableScore: Sendable, Hashable {
    /// A table as positions and texts.
    public struct Grid: Sendable, Hashable {
        public struct Cell: Sendable, Hashable {
            /// Counted from 0.
            public let row: Int
            public let column: Int
            public let text: String

            public init(row: Int, column: Int, text: String) {
                self.row = row
                self.column = column
                self.text = text
            }
        }

        public let cells: [Cell]

        /// Cells without text count for nothing.
        public init(cells: [Cell]) { self.cells = cells.filter { !TableScore.normalised($0.text).isEmpty } }

        public init(_ table: DocumentTable) {
            self.init(cells: table.cells.map { Cell(row: $0.row, column: $0.column, text: $0.text.text) })
        }
    }

    /// Cells that stand in the same row and column with the same text.
    public private(set) var matched: Int
    public private(set) var predicted: Int
    public private(set) var truth: Int

    public init(matched: Int = 0, predicted: Int = 0, truth: Int = 0) {
        self.matched = matched
        self.predicted = predicted
        self.truth = truth
    }

    /// One table; nil stands for a table that was not found, or that there is not.
    public init(_ prediction: Grid?, truth: Grid?) {
        let own = Set((prediction?.cells ?? []).map(Self.normalised))
        let others = Set((truth?.cells ?? []).map(Self.normalised))
        self.init(matched: own.intersection(others).count, predicted: own.count, truth: others.count)
    }

    public var precision: Double { predicted == 0 ? (truth == 0 ? 1 : 0) : Double(matched) / Double(predicted) }
    public var recall: Double { truth == 0 ? 1 : Double(matched) / Double(truth) }
    /// The harmonic mean of precision and recall; 1 if there is nothing to find and nothing was found.
    public var f1: Double { predicted + truth == 0 ? 1 : 2 * Double(matched) / Double(predicted + truth) }

    public static func + (first: TableScore, second: TableScore) -> TableScore {
        TableScore(
            matched: first.matched + second.matched, predicted: first.predicted + second.predicted,
            truth: first.truth + second.truth)
    }

    private static func normalised(_ cell: Grid.Cell) -> Grid.Cell {
        Grid.Cell(row: cell.row, column: cell.column, text: normalised(cell.text))
    }

    /// Without blanks, full-width forms as ASCII, all dashes and all quotes alike.
    static func normalised(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where !scalar.properties.isWhitespace {
            switch scalar.value {
            case 0xFF01...0xFF5E: result.append(Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar)
            case 0x2010...0x2015, 0x2212: result.append("-")
            case 0x2018, 0x2019: result.append("'")
            case 0x201C, 0x201D: result.append("\"")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

extension TableScore {
    /// Pairs what was found with what there is, by how much of the smaller box is common, the best pairs first; nil in a pair
    /// is a table that was missed or one too many.
    public static func pairs(_ found: [[PagePlace]], truth: [[PagePlace]]) -> [(found: Int?, truth: Int?)] {
        var candidates: [(share: Double, found: Int, truth: Int)] = []
        for (index, places) in found.enumerated() {
            for (other, truths) in truth.enumerated() {
                let share = share(places, truths)
                if share > 0.1 { candidates.append((share, index, other)) }
            }
        }
        candidates.sort { ($1.share, $0.found, $0.truth) < ($0.share, $1.found, $1.truth) }
        var pairs: [(found: Int?, truth: Int?)] = []
        var isFoundTaken = [Bool](repeating: false, count: found.count)
        var isTruthTaken = [Bool](repeating: false, count: truth.count)
        for candidate in candidates where !isFoundTaken[candidate.found] && !isTruthTaken[candidate.truth] {
            isFoundTaken[candidate.found] = true
            isTruthTaken[candidate.truth] = true
            pairs.append((candidate.found, candidate.truth))
        }
        pairs += found.indices.filter { !isFoundTaken[$0] }.map { ($0, nil) }
        pairs += truth.indices.filter { !isTruthTaken[$0] }.map { (nil, $0) }
        return pairs
    }

    /// What two sets of boxes have in common, of what they cover together.
    private static func share(_ places: [PagePlace], _ others: [PagePlace]) -> Double {
        var common = 0.0
        for place in places {
            for other in others where other.page == place.page { common += place.box.intersection(other.box)?.area ?? 0 }
        }
        let all = (places + others).reduce(0) { $0 + $1.box.area } - common
        return all > 0 ? common / all : 0
    }
}
