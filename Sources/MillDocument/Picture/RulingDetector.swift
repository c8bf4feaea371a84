/// Finds the straight lines that are drawn on a page, in its rendering: long thin runs of pixels that are darker than what lies
/// on both sides of them. Edges of fills are lighter on one side only and do not count.
package struct RulingDetector {
    /// Shortest line, in points.
    var shortest = 14.0
    /// Thickest line, in points.
    var thickest = 5.0
    /// How much darker a line is than both sides, of 255.
    var contrast = 22
    /// Most lines of a direction; the longest are kept.
    var most = 1000

    /// Whether parts of a line that follow each other are one line, as of a line that is not quite straight.
    var joins = false

    package init() {}

    /// For scans.
    package func joined() -> RulingDetector {
        var copy = self
        copy.joins = true
        return copy
    }

    /// Horizontal lines, then vertical ones, in points.
    package func rulings(_ picture: GrayPicture) throws(DocumentError) -> [DocumentPage.Ruling] {
        let scale = picture.scale
        let across = lines(picture).map {
            PageBox(
                left: Double($0.start) * scale, top: Double($0.first) * scale, right: Double($0.end) * scale,
                bottom: Double($0.last + 1) * scale)
        }
        let down = lines(try picture.transposed()).map {
            PageBox(
                left: Double($0.first) * scale, top: Double($0.start) * scale, right: Double($0.last + 1) * scale,
                bottom: Double($0.end) * scale)
        }
        return (across + down).map { DocumentPage.Ruling(box: $0) }
    }

    /// Pixels `start..<end` of the rows `first...last`.
    struct Line {
        var start: Int
        var end: Int
        var first: Int
        var last: Int
        var length: Int { end - start }
    }

    /// Horizontal lines, from the top.
    func lines(_ picture: GrayPicture) -> [Line] {
        let pixelsPerPoint = picture.dpi / 72
        var open: [Line] = []
        var done: [Line] = []
        picture.withPixels { pixels in
            var rows = LineRows(
                pixels: pixels, width: picture.width, height: picture.height, pixelsPerPoint: pixelsPerPoint, shortest: shortest,
                thickest: thickest, contrast: contrast)
            for y in 0..<picture.height { open = merge(rows.runs(y), row: y, open: open, done: &done) }
        }
        done += open
        if joins { done = withoutDoubles(joined(done, pixelsPerPoint: pixelsPerPoint), pixelsPerPoint: pixelsPerPoint) }
        let highest = Int(thickest * pixelsPerPoint) + (joins ? 3 : 2)
        var lines = done.filter { $0.last - $0.first < highest && $0.length >= 3 * ($0.last - $0.first + 1) }
        if lines.count > most { lines = Array(lines.sorted { $0.length > $1.length }.prefix(most)) }
        return lines.sorted { ($0.first, $0.start) < ($1.first, $1.start) }
    }

    /// Lines of which one goes on where another ends.
    private func joined(_ lines: [Line], pixelsPerPoint: Double) -> [Line] {
        let gap = Int(5 * pixelsPerPoint)
        let drift = max(Int(1.5 * pixelsPerPoint), 2)
        var result: [Line] = []
        for line in lines.sorted(by: { ($0.start, $0.first) < ($1.start, $1.first) }) {
            let other = result.lastIndex {
                line.start - $0.end <= gap && line.end > $0.end && line.first - $0.last <= drift && $0.first - line.last <= drift
                    && max(line.last, $0.last) - min(line.first, $0.first) <= 3 * drift
            }
            guard let other else {
                result.append(line)
                continue
            }
            result[other].end = line.end
            result[other].first = min(result[other].first, line.first)
            result[other].last = max(result[other].last, line.last)
        }
        return result
    }

    /// Lines that no longer one lies beside.
    private func withoutDoubles(_ lines: [Line], pixelsPerPoint: Double) -> [Line] {
        let distance = max(Int(1.5 * pixelsPerPoint), 2)
        var kept: [Line] = []
        for line in lines.sorted(by: { $0.length > $1.length }).prefix(4 * most) {
            let isDouble = kept.contains {
                $0.start - distance <= line.start && line.end <= $0.end + distance && line.first <= $0.last + distance
                    && line.last >= $0.first - distance
            }
            if !isDouble { kept.append(line) }
        }
        return kept
    }

    /// Joins the runs of a row with lines that end in the row above; returns the lines that are open now.
    private func merge(_ runs: [Range<Int>], row: Int, open: [Line], done: inout [Line]) -> [Line] {
        var next: [Line] = []
        var isTaken = [Bool](repeating: false, count: open.count)
        for run in runs {
            var line = Line(start: run.lowerBound, end: run.upperBound, first: row, last: row)
            for (index, other) in open.enumerated() where !isTaken[index] {
                let common = min(other.end, line.end) - max(other.start, line.start)
                guard 2 * common > min(other.length, line.length) else { continue }
                isTaken[index] = true
                line = Line(
                    start: min(line.start, other.start), end: max(line.end, other.end), first: min(line.first, other.first),
                    last: row)
            }
            next.append(line)
        }
        for (index, line) in open.enumerated() where !isTaken[index] { done.append(line) }
        return next
    }
}
