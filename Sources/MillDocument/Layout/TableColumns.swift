/// Finds the columns of a table from how its lines are divided.
struct TableColumns {
    /// Where the columns begin and end, from the left, in points.
    private(set) var ranges: [ClosedRange<Double>]

    /// A line as it is divided.
    struct Line {
        let parts: [PageBox]
        let hasFigures: Bool
    }

    /// - Parameter edges: where lines are drawn between columns, in points.
    init(_ lines: [Line], edges: [Double] = [], size: Double) {
        // Names over several columns bridge them; lines with figures do not.
        let figures = lines.filter(\.hasFigures)
        let sure = figures.count >= 2 ? figures : lines
        let most = Self.usualCount(sure.map(\.parts))
        let dense = sure.map(\.parts).filter { $0.count >= max(2, Int((0.6 * Double(most)).rounded(.up))) }
        ranges = Self.ranges(dense.flatMap { $0 }, edges: edges)
        split(dense, size: size)
        guard ranges.count <= 60 else { return }
        // The names right above the figures are most like the columns.
        widen(lines.reversed().filter { $0.parts.count >= 2 }.flatMap(\.parts), edges: edges, size: size)
    }

    /// Lets in what other lines have in one column alone, or beside all columns.
    private mutating func widen(_ boxes: [PageBox], edges: [Double], size: Double) {
        var beside: [PageBox] = []
        for box in boxes {
            var touched: Int?
            var count = 0
            for (index, range) in ranges.enumerated() where box.right > range.lowerBound - 1 && box.left < range.upperBound + 1 {
                touched = index
                count += 1
            }
            if count == 0 { beside.append(box) }
            guard count == 1, let touched else { continue }
            let low = max(box.left, touched > 0 ? (ranges[touched - 1].upperBound + ranges[touched].lowerBound) / 2 : -.infinity)
            let next = touched + 1 < ranges.count ? ranges[touched + 1].lowerBound : .infinity
            let high = min(box.right, next.isFinite ? (ranges[touched].upperBound + next) / 2 : .infinity)
            ranges[touched] = min(ranges[touched].lowerBound, low)...max(ranges[touched].upperBound, high)
        }
        // A single one may be a name that stands over the gap of two columns.
        let new = Self.ranges(beside, edges: edges).filter { range in
            let gap = ranges.last { $0.upperBound < range.lowerBound }.map { range.lowerBound - $0.upperBound } ?? .infinity
            let next = ranges.first { $0.lowerBound > range.upperBound }.map { $0.lowerBound - range.upperBound } ?? .infinity
            return beside.count { range.contains($0.middleX) } >= 2 || min(gap, next) > size
        }
        ranges = (ranges + new).sorted { $0.lowerBound < $1.lowerBound }
    }

    /// The greatest number of parts that a quarter of the lines have.
    private static func usualCount(_ lines: [[PageBox]]) -> Int {
        let counts = lines.map(\.count).filter { $0 >= 2 }.sorted(by: >)
        guard !counts.isEmpty else { return 1 }
        return counts[min(max(1, counts.count / 4), counts.count - 1)]
    }

    /// What boxes cover together, as ranges that do not meet; drawn lines keep them apart even where boxes touch.
    private static func ranges(_ boxes: [PageBox], edges: [Double]) -> [ClosedRange<Double>] {
        let edges = edges.sorted()
        var result: [ClosedRange<Double>] = []
        var lastSlot = 0
        var slot = 0
        for box in boxes.sorted(by: { $0.middleX < $1.middleX }) {
            while slot < edges.count, edges[slot] <= box.middleX { slot += 1 }
            let low = slot > 0 ? edges[slot - 1] : -.infinity
            let high = slot < edges.count ? edges[slot] : .infinity
            // Cells over several columns say nothing about the columns.
            if box.left < low - 3 || box.right > high + 3 { continue }
            let range = max(box.left, low)...max(min(box.right, high), max(box.left, low))
            if slot != lastSlot {
                result.append(range)
                lastSlot = slot
                continue
            }
            var joined = range
            while let last = result.last, last.lowerBound >= low, joined.lowerBound <= last.upperBound + 0.5 {
                joined = min(last.lowerBound, joined.lowerBound)...max(last.upperBound, joined.upperBound)
                result.removeLast()
            }
            result.append(joined)
        }
        return result
    }

    /// Divides ranges in which many lines have two parts, though some line bridges them.
    private mutating func split(_ lines: [[PageBox]], size: Double) {
        guard lines.count >= 4, ranges.count <= 60 else { return }
        var result: [ClosedRange<Double>] = []
        for range in ranges {
            let inside = lines.map { line in line.filter { range.contains($0.middleX) } }
            let several = inside.filter { $0.count >= 2 }
            if several.count * 5 >= lines.count * 2, several.count >= 2 {
                let parts = Self.ranges(several.flatMap { $0 }, edges: [])
                if parts.count > 1 {
                    result += parts
                    continue
                }
            }
            result.append(range)
        }
        ranges = result
    }

    /// The columns that a box stands in.
    func columns(of box: PageBox, size: Double) -> ClosedRange<Int> {
        var first: Int?
        var last = 0
        var nearest = (index: 0, distance: Double.infinity)
        for (index, range) in ranges.enumerated() {
            let common = min(range.upperBound, box.right) - max(range.lowerBound, box.left)
            let least = min(0.5 * size, 0.5 * (range.upperBound - range.lowerBound), 0.5 * box.width)
            if common > 0, common >= least {
                if first == nil { first = index }
                last = index
            }
            let distance = max(range.lowerBound - box.middleX, box.middleX - range.upperBound)
            if distance < nearest.distance { nearest = (index, distance) }
        }
        return first.map { $0...max($0, last) } ?? nearest.index...nearest.index
    }

    mutating func merge(_ column: Int, into other: Int) {
        let low = min(column, other)
        ranges[low] =
            min(ranges[column].lowerBound, ranges[other].lowerBound)...max(ranges[column].upperBound, ranges[other].upperBound)
        ranges.remove(at: max(column, other))
    }
}
