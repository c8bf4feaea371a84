import MillValue

/// A rectangle in fractions of the picture, origin at the top left.
package struct Box: Sendable, Hashable {
    package let left: Double
    package let top: Double
    package let right: Double
    package let bottom: Double

    package init(left: Double, top: Double, right: Double, bottom: Double) {
        (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    }

    package var area: Double { max(0, right - left) * max(0, bottom - top) }

    /// Whether it has an area and does not reach beyond the picture.
    package var isWithinPicture: Bool { 0 <= left && left < right && right <= 1 && 0 <= top && top < bottom && bottom <= 1 }

    /// Intersection over union, 0…1.
    package func overlap(with other: Box) -> Double {
        let shared = Box(
            left: max(left, other.left), top: max(top, other.top), right: min(right, other.right),
            bottom: min(bottom, other.bottom)
        ).area
        let union = area + other.area - shared
        return union > 0 ? shared / union : 0
    }
}

extension Box {
    /// From `[left, top, right, bottom]`; nil for anything else.
    package init?(_ value: Value?) {
        guard let list = value?.list, list.count == 4 else { return nil }
        let numbers = list.compactMap(\.double)
        guard numbers.count == 4 else { return nil }
        self.init(left: numbers[0], top: numbers[1], right: numbers[2], bottom: numbers[3])
    }
}
