/// A rectangle on a page, in points (1/72 inch) from the top left corner of the page as it is displayed.
public struct PageBox: Sendable, Hashable {
    public var left: Double
    public var top: Double
    public var right: Double
    public var bottom: Double

    public init(left: Double, top: Double, right: Double, bottom: Double) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    public var width: Double { right - left }
    public var height: Double { bottom - top }
    public var area: Double { max(0, width) * max(0, height) }
    public var middleX: Double { (left + right) / 2 }
    public var middleY: Double { (top + bottom) / 2 }

    /// The smallest box around both.
    public func union(_ other: PageBox) -> PageBox {
        PageBox(
            left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
            bottom: max(bottom, other.bottom))
    }

    /// What both have in common; nil where they do not meet.
    public func intersection(_ other: PageBox) -> PageBox? {
        let common = PageBox(
            left: max(left, other.left), top: max(top, other.top), right: min(right, other.right),
            bottom: min(bottom, other.bottom))
        return common.width > 0 && common.height > 0 ? common : nil
    }
}
