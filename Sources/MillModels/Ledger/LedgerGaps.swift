/// What stands between the entities of a sentence, counted once for all pairs of them.
struct LedgerGaps {
    private let start: Int
    /// How many of `, 、 ;` stand before a place.
    private var separators: [Int32] = [0]
    /// How many of `, 、 ; (`.
    private var breakCounts: [Int32] = [0]
    /// How many blanks and `的 : = (`.
    private var fillers: [Int32] = [0]

    init(_ text: LedgerText, _ range: Range<Int>) {
        start = range.lowerBound
        for scalar in text.scalars[range.clamped(to: 0..<text.count)] {
            var (isSeparator, isBreak, isFiller) = (false, false, false)
            switch scalar {
            case ",", "，", "、", ";", "；": (isSeparator, isBreak) = (true, true)
            case "(", "（": (isBreak, isFiller) = (true, true)
            case " ", "的", ":", "：", "=": isFiller = true
            default: break
            }
            separators.append((separators.last ?? 0) + (isSeparator ? 1 : 0))
            breakCounts.append((breakCounts.last ?? 0) + (isBreak ? 1 : 0))
            fillers.append((fillers.last ?? 0) + (isFiller ? 1 : 0))
        }
    }

    /// The text between two entities; empty where they touch.
    func between(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
        let (low, high) = (min(a.upperBound, b.upperBound), max(a.lowerBound, b.lowerBound))
        return low < high ? low..<high : low..<low
    }

    /// Code points between, and 15 for each separator among them.
    func distance(_ a: Range<Int>, _ b: Range<Int>) -> Int {
        let gap = between(a, b)
        return gap.count + 15 * count(separators, gap)
    }

    func breaks(_ gap: Range<Int>) -> Int { count(breakCounts, gap) }

    func isFiller(_ gap: Range<Int>) -> Bool { count(fillers, gap) == gap.count }

    private func count(_ counts: [Int32], _ gap: Range<Int>) -> Int {
        let inside = (gap.lowerBound - start)..<(gap.upperBound - start)
        guard inside.lowerBound >= 0, inside.upperBound < counts.count else { return 0 }
        return Int(counts[inside.upperBound] - counts[inside.lowerBound])
    }
}
