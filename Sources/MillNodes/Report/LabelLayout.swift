import MillEvaluation

/// Places the labels of a picture's objects: each at the top left of its object, but inside the picture and on none of the
/// others, as far as there is room.
///
/// Lengths are fractions of the picture as the narrowest card of the report shows it; wider ones only leave more room.
package struct LabelLayout {
    private static let pictureWidth = 270.0
    private static let lineHeight = 16.0
    /// Wider than the letters of a sans-serif face are on average.
    private static let letterWidth = 6.4
    private static let padding = 10.0

    /// In the order in which they were added.
    package private(set) var boxes: [Box] = []
    private let lineHeight: Double

    /// - Parameter pictureRatio: height over width.
    package init(pictureRatio: Double) {
        lineHeight = min(1, Self.lineHeight / (Self.pictureWidth * max(pictureRatio, 0.01)))
    }

    /// - Parameters:
    ///   - left, top: the corner of the object.
    package mutating func add(text: String, left: Double, top: Double) {
        let width = min(1, (Double(text.count) * Self.letterWidth + Self.padding) / Self.pictureWidth)
        let left = min(max(left, 0), 1 - width)
        let top = min(max(top, 0), 1 - lineHeight)
        func box(at top: Double) -> Box { Box(left: left, top: top, right: left + width, bottom: top + lineHeight) }
        let free = candidates(top).map { box(at: $0) }.first { candidate in
            boxes.allSatisfy { !candidate.touches($0) }
        }
        boxes.append(free ?? box(at: top))
    }

    /// Heights to try: the wanted one, then right below and above the other labels, the nearest first.
    private func candidates(_ top: Double) -> [Double] {
        let others = boxes.flatMap { [$0.bottom, $0.top - lineHeight] }
            .filter { $0 >= 0 && $0 <= 1 - lineHeight }
        return [top] + others.sorted { abs($0 - top) < abs($1 - top) }
    }
}

extension Box {
    /// Whether more than a rounding error of the two is shared.
    fileprivate func touches(_ other: Box) -> Bool {
        let least = 1e-9
        return min(right, other.right) - max(left, other.left) > least
            && min(bottom, other.bottom) - max(top, other.top) > least
    }
}
