/// What stands in some boxes of a picture, alone on white and without the empty rows and columns about it: recognition takes a
/// good part of its time for paper.
package struct PictureExcerpt: Sendable {
    package let picture: GrayPicture
    private let left: Int
    /// Rows of the original, each part below the one before.
    private let bands: [(rows: Range<Int>, top: Int)]

    /// White that is left about every box, in pixels.
    private static let margin = 24.0

    /// - Parameter boxes: in pixels; where none of them is on the picture, a little of its corner is left, in white.
    package init(of original: GrayPicture, showing boxes: [PageBox]) throws(DocumentError) {
        let outer = boxes.map { original.range(of: $0, margin: Self.margin) }.filter { !$0.columns.isEmpty && !$0.rows.isEmpty }
        let left = outer.map(\.columns.lowerBound).min() ?? 0
        let right = outer.map(\.columns.upperBound).max() ?? 1
        var rows: [Range<Int>] = []
        for range in outer.map(\.rows).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = rows.last, last.upperBound >= range.lowerBound {
                rows[rows.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                rows.append(range)
            }
        }
        if rows.isEmpty { rows = [0..<1] }
        var top = 0
        var bands: [(rows: Range<Int>, top: Int)] = []
        for range in rows {
            bands.append((range, top))
            top += range.count
        }
        picture = try original.showing(boxes).bands(rows, of: left..<right, gap: 0)
        self.left = left
        self.bands = bands
    }

    /// Where a box of the excerpt is in the original, both in pixels.
    package func original(_ box: PageBox) -> PageBox {
        let band = bands.last { Double($0.top) <= box.middleY }
        let (dx, dy) = (Double(left), Double(band.map { $0.rows.lowerBound - $0.top } ?? 0))
        return PageBox(left: box.left + dx, top: box.top + dy, right: box.right + dx, bottom: box.bottom + dy)
    }
}
