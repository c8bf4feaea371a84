/// How a file's rows lie in the upright picture: the eight values of EXIF's orientation tag (0x0112).
public enum Orientation: Int, Sendable, Hashable, CaseIterable {
    case upright = 1
    case mirrored
    case upsideDown
    case flipped
    /// Rows are columns: mirrored along the diagonal from the top left.
    case transposed
    /// To be turned clockwise by 90°.
    case turnedLeft
    /// Mirrored along the diagonal from the top right.
    case transversed
    /// To be turned anticlockwise by 90°.
    case turnedRight

    /// Whether the upright picture's width is the stored height.
    public var swapsSides: Bool { rawValue >= 5 }

    /// Where stored pixels lie in the upright picture: the offset of the pixel that is stored first, and the signed
    /// distances to the next one in its row and to the one in the next row, all in pixels.
    ///
    /// - Parameters:
    ///   - width: pixels per stored row.
    ///   - height: stored rows.
    package func placement(width: Int, height: Int) -> (first: Int, column: Int, row: Int) {
        // Distances in the upright picture to the right and down.
        let right = 1
        let down = swapsSides ? height : width
        let (lastRight, lastDown) = swapsSides ? (height - 1, (width - 1) * down) : (width - 1, (height - 1) * down)
        switch self {
        case .upright: return (0, right, down)
        case .mirrored: return (lastRight, -right, down)
        case .upsideDown: return (lastRight + lastDown, -right, -down)
        case .flipped: return (lastDown, right, -down)
        case .transposed: return (0, down, right)
        case .turnedLeft: return (lastRight, down, -right)
        case .transversed: return (lastRight + lastDown, -down, -right)
        case .turnedRight: return (lastDown, -down, right)
        }
    }
}
