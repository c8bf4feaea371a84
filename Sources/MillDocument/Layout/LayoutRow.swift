/// Words that stand level with one another, while lines are put together.
struct LayoutRow {
    private(set) var words: [LayoutWord]
    /// About where the words lie; marks and small words count little.
    private var top: Double
    private var bottom: Double
    private var weight: Double
    private var middle: Double { (top + bottom) / 2 }
    private var height: Double { max(bottom - top, 0.1) }

    private init(_ word: LayoutWord) {
        words = [word]
        top = word.box.top
        bottom = word.box.bottom
        weight = Double(word.shape.count)
    }

    /// Sorts words into rows from top to bottom; n log n.
    ///
    /// - Parameter tightness: how far off a word may be, as a share of what it may usually be.
    static func rows(of words: [LayoutWord], tightness: Double) -> [[LayoutWord]] {
        var rows: [LayoutRow] = []
        for run in runs(words).sorted(by: { ($0.middle, $0.words[0].box.left) < ($1.middle, $1.words[0].box.left) }) {
            var best: (index: Int, distance: Double)?
            for index in rows.indices.suffix(4) {
                if let distance = rows[index].distance(run, tightness), best.map({ distance < $0.distance }) ?? true {
                    best = (index, distance)
                }
            }
            if let best { rows[best.index].add(run) } else { rows.append(run) }
        }
        return rows.sorted { $0.middle < $1.middle }.map(\.words)
    }

    /// Words that the source has in one line, right beside one another: the boxes of recognised words alone do not tell well how
    /// high their line is.
    private static func runs(_ words: [LayoutWord]) -> [LayoutRow] {
        var runs: [LayoutRow] = []
        for word in words {
            if let last = runs.last?.words.last, last.line == word.line {
                let size = min(last.size, word.size)
                let gap = word.box.left - last.box.right
                let off = abs(word.box.middleY - last.box.middleY)
                if gap > -0.5 * size, gap < 0.7 * size, off < 0.5 * max(last.box.height, word.box.height) {
                    runs[runs.count - 1].add(LayoutRow(word))
                    continue
                }
            }
            runs.append(LayoutRow(word))
        }
        return runs
    }

    /// How far another's middle is off, if both may be one line.
    private func distance(_ other: LayoutRow, _ tightness: Double) -> Double? {
        let off = abs(other.middle - middle)
        let (low, high) = (min(height, other.height), max(height, other.height))
        let limit: Double =
            if high <= 1.35 * low {
                0.4 * low
            } else if high <= 1.9 * low {
                0.45 * low
            } else if low < 4.5 {
                // A dash, a point.
                0.5 * high
            } else {
                0.3 * low
            }
        return off <= limit * tightness ? off : nil
    }

    private mutating func add(_ other: LayoutRow) {
        words += other.words
        if other.height < 0.6 * height { return }
        if height < 0.6 * other.height {
            (top, bottom, weight) = (other.top, other.bottom, other.weight)
            return
        }
        let share = other.weight / max(weight + other.weight, 1)
        top += (other.top - top) * share
        bottom += (other.bottom - bottom) * share
        weight += other.weight
    }
}
