import Glibc

/// How the lines of text on a scanned page lie: along or across it, and how far off straight.
package struct PageGeometry: Sendable, Hashable {
    /// Degrees by which the text is turned clockwise against the nearest side of the page, −``steepest`` to ``steepest``.
    package var skew: Double
    /// How much better lines across the page (from top to bottom) explain its ink than lines along it; 1 is undecided.
    package var sidewaysRatio: Double

    static let steepest = 5.0
    /// Most edge pixels that are looked at.
    private static let pointCount = 80_000

    /// - Parameter picture: of some 100 pixels per inch.
    package init(_ picture: GrayPicture, threshold: UInt8) {
        let edges = Edges(picture, threshold: threshold)
        let size = picture.height + picture.width
        let along = Self.best(Self.points(edges.along, picture.width, isAcross: false), size: size)
        let across = Self.best(Self.points(edges.across, picture.width, isAcross: true), size: size)
        // Lines of tables and frames say how straight a page lies, but not which way its text runs.
        let (textAlong, textAcross) = edges.withoutLines(shortest: Int(picture.dpi * Self.shortestLine))
        let scores = (
            along: textAlong == edges.along
                ? along.score : Self.best(Self.points(textAlong, picture.width, isAcross: false), size: size).score,
            across: textAcross == edges.across
                ? across.score : Self.best(Self.points(textAcross, picture.width, isAcross: true), size: size).score
        )
        sidewaysRatio = scores.along > 0 ? scores.across / scores.along : 1
        // Text that runs down the page leans to the other side of its axis.
        skew = sidewaysRatio > 1 ? -across.angle : along.angle
    }

    /// The skew of a page that stands upright, which takes a part of the time of the whole.
    ///
    /// - Parameter picture: as for ``init(_:threshold:)``.
    static func skew(ofUpright picture: GrayPicture, threshold: UInt8) -> Double {
        let edges = Edges(picture, threshold: threshold)
        return best(points(edges.along, picture.width, isAcross: false), size: picture.height + picture.width).angle
    }

    private struct Point {
        /// Along the lines, and across them.
        var x: Float
        var y: Float
    }

    private static func points(_ edges: [Bool], _ width: Int, isAcross: Bool) -> [Point] {
        var points: [Point] = []
        for index in edges.indices where edges[index] {
            let (x, y) = (Float(index % width), Float(index / width))
            points.append(isAcross ? Point(x: y, y: x) : Point(x: x, y: y))
        }
        return thinned(points)
    }

    /// Inches; the strokes of letters are shorter.
    private static let shortestLine = 0.6

    private static func thinned(_ points: [Point]) -> [Point] {
        guard points.count > pointCount else { return points }
        // Steps that no row or column repeats.
        return stride(from: 0.0, to: Double(points.count), by: Double(points.count) / Double(pointCount)).map { points[Int($0)] }
    }

    /// The angle at which the points fall into the fewest rows, and how well they do, for their number.
    private static func best(_ points: [Point], size: Int) -> (angle: Double, score: Double) {
        guard points.count >= 50 else { return (0, 0) }
        var bins = [Float](repeating: 0, count: 2 * size + 2)
        func score(_ angle: Double) -> Double {
            for index in bins.indices { bins[index] = 0 }
            let slope = Float(tan(angle * .pi / 180))
            let offset = Float(size / 2)
            for point in points {
                let position = point.y - slope * point.x + offset
                let row = min(max(Int(position), 0), bins.count - 2)
                // Shared between two rows, so that the score changes evenly with the angle.
                let part = position - Float(row)
                bins[row] += 1 - part
                bins[row + 1] += part
            }
            var sum: Float = 0
            for bin in bins { sum += bin * bin }
            return Double(sum) / Double(points.count)
        }
        var best = (angle: 0.0, score: score(0))
        func look(from: Double, through: Double, by: Double) {
            for angle in stride(from: from, through: through, by: by) {
                let value = score(angle)
                if value > best.score { best = (angle, value) }
            }
        }
        look(from: -steepest, through: steepest, by: 0.25)
        look(from: best.angle - 0.2, through: best.angle + 0.2, by: 0.04)
        return best
    }
}
