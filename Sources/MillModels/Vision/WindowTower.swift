import MillCompute
import MillTensor

/// Qwen2.5-VL's tower: patches in squares, rotary positions on two axes, blocks that see windows or the whole picture, and a
/// merger that makes one row of each square.
struct WindowTower: Sendable {
    struct Weights: Sendable {
        /// Both moments of a still picture are equal: their matrices' sum.
        let patches: Linear
        let layers: [GatedEncoderBlock]
        /// RMS norm before patches become one row.
        let norm: Tensor
        let first: Linear
        let second: Linear
    }

    let configuration: WindowTowerConfiguration
    let weights: Weights
    let compute: Compute

    /// The working memory for the largest picture.
    var workspaceByteCount: Int {
        let c = configuration
        let patches = c.pixelCounts.upperBound / (c.patchSize * c.patchSize)
        return patches * (8 * c.hiddenSize + 2 * c.intermediateSize + c.patchValueCount) * DType.f32.blockByteCount
    }

    /// Looks at a picture.
    ///
    /// - Parameter pixels: resized and normalised, F32 `[3, height, width]`; sides of whole squares.
    /// - Returns: F32 `[squares, outputSize]`, line by line.
    func run(_ pixels: Tensor, pool: StoragePool, tap: LayerTap? = nil) throws(ModelError) -> Tensor {
        let c = configuration
        guard pixels.dtype == .f32, pixels.rank == 3, pixels.shape[0] == 3, pixels.isContiguous,
            pixels.shape[1] > 0, pixels.shape[1].isMultiple(of: c.squareSize), pixels.shape[2] > 0,
            pixels.shape[2].isMultiple(of: c.squareSize), pixels.shape[1] * pixels.shape[2] <= c.pixelCounts.upperBound
        else { throw .misuse("this tower takes no \(pixels.dtype.name) \(pixels.shape)") }
        let grid = SquareGrid(
            rows: pixels.shape[1] / c.squareSize, columns: pixels.shape[2] / c.squareSize, side: c.mergeSize, window: c.windowSize
        )
        return try CopyAccounting.region { () throws(ModelError) in
            try ModelError.wrapping {
                let hidden = try embed(pixels, grid, pool)
                let turns = try rotations(grid)
                let buffers = try GatedEncoderBlock.Buffers(
                    rows: grid.patchCount, hidden: c.hiddenSize, intermediate: c.intermediateSize)
                for (index, layer) in weights.layers.enumerated() {
                    try layer.run(
                        hidden, heads: c.headCount, turns: turns, parts: c.wholeLayers.contains(index) ? nil : grid.windows,
                        epsilon: WindowTowerConfiguration.epsilon, buffers, on: compute)
                    try tap?("vision.layer.\(index)", hidden)
                }
                return try merge(hidden, grid, pool)
            }
        }
    }

    /// Patches in the order of windows, `[patches, hidden]`.
    private func embed(_ pixels: Tensor, _ grid: SquareGrid, _ pool: StoragePool) throws -> Tensor {
        let c = configuration
        let patches = try Tensor.allocate(.f32, [grid.patchCount, c.patchValueCount], pool: pool)
        PatchEncoder.cut(pixels, side: c.patchSize, into: patches)
        let (lines, hidden) = (
            try Tensor.allocate(.f32, [grid.patchCount, c.hiddenSize], pool: pool),
            try Tensor.allocate(.f32, [grid.patchCount, c.hiddenSize], pool: pool)
        )
        try weights.patches.run(patches, into: lines, on: compute)
        try compute.embed(grid.patches.map { Int32($0.row * grid.patchColumns + $0.column) }, lines, into: hidden)
        return hidden
    }

    /// The first half of a head's pairs turns by line, the second by column.
    private func rotations(_ grid: SquareGrid) throws -> [Rotation] {
        let half = configuration.headDimension / 4
        let values = RopeConfiguration(
            theta: WindowTowerConfiguration.theta, rotaryDimension: 2 * half, layout: .halves, scaling: .none
        ).frequencies()
        let none = [Float](repeating: 0, count: half)
        return [
            Rotation(
                positions: grid.patches.map { Int32($0.row) }, frequencies: try Tensor(values + none, shape: [2 * half]),
                layout: .halves),
            Rotation(
                positions: grid.patches.map { Int32($0.column) }, frequencies: try Tensor(none + values, shape: [2 * half]),
                layout: .halves),
        ]
    }

    private func merge(_ hidden: Tensor, _ grid: SquareGrid, _ pool: StoragePool) throws -> Tensor {
        let (count, width) = (grid.squares.count, weights.first.weight.shape[0])
        try compute.rmsNorm(hidden, weights.norm, epsilon: WindowTowerConfiguration.epsilon, into: hidden)
        let inner = try Tensor.allocate(.f32, [count, width], pool: pool)
        try weights.first.run(try hidden.reshaped([count, weights.first.weight.shape[1]]), into: inner, on: compute)
        try compute.gelu(inner, .erf)
        let rows = try Tensor.allocate(.f32, [count, configuration.outputSize], pool: pool)
        try weights.second.run(inner, into: rows, on: compute)
        // Back from windows to lines.
        var places = [Int32](repeating: 0, count: count)
        for (index, square) in grid.squares.enumerated() { places[square.row * grid.columns + square.column] = Int32(index) }
        let result = try Tensor.allocate(.f32, rows.shape, pool: pool)
        try compute.embed(places, rows, into: result)
        return result
    }
}

/// A picture's squares of patches in the order of windows.
struct SquareGrid {
    typealias Place = (row: Int, column: Int)

    let rows: Int
    let columns: Int
    /// Patches in a row of the whole picture.
    let patchColumns: Int
    /// Squares, window by window, line by line within each.
    let squares: [Place]
    /// Patches of the squares in that order, line by line within each.
    let patches: [Place]
    /// The patches of each window.
    let windows: [AttentionPart]

    var patchCount: Int { patches.count }

    /// - Parameters:
    ///   - side: of a square, in patches.
    ///   - window: a window's side, in squares; those at the right and the bottom may be smaller.
    init(rows: Int, columns: Int, side: Int, window: Int) {
        (self.rows, self.columns, patchColumns) = (rows, columns, columns * side)
        var (squares, windows): ([Place], [AttentionPart]) = ([], [])
        for top in stride(from: 0, to: rows, by: window) {
            for left in stride(from: 0, to: columns, by: window) {
                let first = squares.count * side * side
                for row in top..<min(top + window, rows) {
                    for column in left..<min(left + window, columns) { squares.append((row, column)) }
                }
                let patches = first..<squares.count * side * side
                windows.append(AttentionPart(queries: patches, keys: patches))
            }
        }
        (self.squares, self.windows) = (squares, windows)
        patches = squares.flatMap { square in
            (0..<side * side).map { (square.row * side + $0 / side, square.column * side + $0 % side) }
        }
    }
}
