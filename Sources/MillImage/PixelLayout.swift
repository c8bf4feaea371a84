import CMillImage

/// How a model wants its pixels in memory.
public enum PixelLayout: Sendable, Hashable {
    public enum PatchOrder: Sendable, Hashable {
        /// `[side, side, 3]` within a patch.
        case channelsLast
        /// `[3, side, side]` within a patch, as the weights of a PyTorch convolution lie.
        case channelsFirst
    }

    /// `[height, width, 3]`
    case hwc
    /// `[3, height, width]`
    case chw
    /// `[patches, side * side * 3]`, patches in row-major order, so that patch embedding is one matrix product.
    case patches(side: Int, order: PatchOrder)

    func shape(width: Int, height: Int) -> [Int] {
        switch self {
        case .hwc: [height, width, 3]
        case .chw: [3, height, width]
        case .patches(let side, _): side > 0 ? [(height / side) * (width / side), side * side * 3] : []
        }
    }

    /// The kernel's description of this layout.
    func target(
        _ values: UnsafeMutablePointer<Float>, table: UnsafePointer<Float>?, width: Int, height: Int
    ) -> mill_float_target {
        var target = mill_float_target()
        target.values = values
        target.table = table
        // One tile holds everything unless there are patches.
        target.side = .max
        switch self {
        case .hwc:
            (target.row_stride, target.column_stride, target.channel_stride) = (width * 3, 3, 1)
        case .chw:
            (target.row_stride, target.column_stride, target.channel_stride) = (width, 1, width * height)
        case .patches(let side, let order):
            target.side = UInt32(side)
            target.tile_column_stride = side * side * 3
            target.tile_row_stride = (width / side) * side * side * 3
            switch order {
            case .channelsLast: (target.row_stride, target.column_stride, target.channel_stride) = (side * 3, 3, 1)
            case .channelsFirst: (target.row_stride, target.column_stride, target.channel_stride) = (side, 1, side * side)
            }
        }
        return target
    }
}
