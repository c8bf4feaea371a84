import MillCompute
import MillTensor
import MillWeights
import Synchronization

/// Mllama's tower: all tiles of a picture and the empty ones beside them in one sequence, through local and global blocks, and
/// a projection of the result together with inputs of some local blocks.
///
/// Rows of patches see all rows; rows that fill a tile up, and those of empty tiles, see only rows of patches. So the rows of
/// patches come first in memory, tile by tile, and all others behind them.
final class MllamaTower: Sendable {
    struct Weights: Sendable {
        let patches: Linear
        /// F32 `[hidden]`.
        let classToken: Tensor
        /// F32 `[tokens, hidden]`, as far as its gate lets it through.
        let position: Tensor
        /// By shape `[tiles * tokens * hidden]`.
        let tilePosition: GatedTable
        /// By shape `[tiles * hidden]`; added to patches, and after the local blocks to all rows.
        let before: GatedTable
        let after: GatedTable
        let firstNorm: LayerNorm
        let localLayers: [PreNormBlock]
        let middleNorm: LayerNorm
        let globalLayers: [PreNormBlock]
        let projector: Linear
    }

    /// Learned vectors by the shape of the canvas, and how much of them is taken.
    struct GatedTable: Sendable {
        let table: Tensor
        let gate: Float
    }

    private struct Buffers: Sendable {
        let patches: Tensor
        let hidden: Tensor
        let block: PreNormBlock.Buffers
        /// The inputs of some local blocks, only rows of tokens, tile by tile.
        let intermediate: [Tensor]
        /// A row of each table.
        let tilePosition: Tensor
        let tile: Tensor
        /// Features of one tile.
        let features: Tensor

        init(_ c: MllamaConfiguration) throws(TensorError) {
            let (tower, tiles) = (c.tower, c.maximumTiles)
            let (hidden, tokens) = (tower.hiddenSize, tower.tokenCount)
            let rows = tiles * (tokens + c.paddingCount)
            patches = try Tensor.allocate(.f32, [tokens - 1, tower.patchValueCount])
            self.hidden = try Tensor.allocate(.f32, [rows, hidden])
            block = try PreNormBlock.Buffers(rows: rows, hidden: hidden, intermediate: tower.intermediateSize)
            intermediate = try c.intermediateLayers.map { _ throws(TensorError) in
                try Tensor.allocate(.f32, [tiles * tokens, hidden])
            }
            tilePosition = try Tensor.allocate(.f32, [1, tiles * tokens * hidden])
            tile = try Tensor.allocate(.f32, [1, tiles * hidden])
            features = try Tensor.allocate(.f32, [tokens, c.featureSize])
        }

        var byteCount: Int {
            ([patches, hidden, tilePosition, tile, features] + intermediate).reduce(block.byteCount) { $0 + $1.byteCount }
        }
    }

    /// Where the rows of tiles lie.
    private struct Places {
        let used: Int, tiles: Int, tokens: Int, padding: Int

        var seenCount: Int { used * tokens }
        var count: Int { tiles * (tokens + padding) }

        /// A tile's class token and patches.
        func rows(_ tile: Int) -> Range<Int> {
            let start =
                tile < used ? tile * tokens : seenCount + used * padding + (tile - used) * (tokens + padding)
            return start..<start + tokens
        }

        /// The rows that fill it up.
        func filling(_ tile: Int) -> Range<Int> {
            let start = tile < used ? seenCount + tile * padding : rows(tile).upperBound
            return start..<start + padding
        }
    }

    let configuration: MllamaConfiguration
    let weights: Weights
    let compute: Compute
    let workspaceByteCount: Int
    private let buffers: Mutex<Buffers>

    init(_ configuration: MllamaConfiguration, _ weights: Weights, compute: Compute) throws(ModelError) {
        self.configuration = configuration
        self.weights = weights
        self.compute = compute
        let buffers: Buffers
        do { buffers = try Buffers(configuration) } catch { throw .memory(error) }
        workspaceByteCount = buffers.byteCount
        self.buffers = Mutex(buffers)
    }

    /// Width of the rows.
    var hiddenSize: Int { weights.projector.weight.shape[0] }

    /// Looks at tiles that were resized and normalised.
    ///
    /// - Parameters:
    ///   - tiles: F32 `[3, side, side]`, as many as the shape has.
    ///   - shape: one of the configuration's.
    ///   - tap: sees `vision.layer.I`, `vision.global.I`, `vision` tile by tile, and `cross_attention_states`.
    /// - Returns: F32 `[maximumTiles * tokens, hiddenSize]`, tiles with content first; and how many rows these have.
    func run(
        _ tiles: [Tensor], _ shape: TileShape, pool: StoragePool, tap: LayerTap? = nil
    ) throws(ModelError) -> (rows: Tensor, seenCount: Int) {
        let (c, side) = (configuration, configuration.tower.imageWidth)
        guard let number = c.shapes.firstIndex(of: shape), tiles.count == shape.count,
            tiles.allSatisfy({ $0.dtype == .f32 && $0.shape == [3, side, side] && $0.isContiguous })
        else { throw .misuse("\(tiles.count) tiles are no canvas of \(shape.rows) x \(shape.columns) that this tower knows") }
        let places = Places(
            used: tiles.count, tiles: c.maximumTiles, tokens: c.tower.tokenCount, padding: c.paddingCount)
        return try buffers.withLock { buffers throws(ModelError) in
            try CopyAccounting.region { () throws(ModelError) in
                try ModelError.wrapping {
                    let row = Int32(number + 1)
                    try embed(tiles, row, places, buffers)
                    try runLocal(places, buffers, tap)
                    try compute.embed([row], weights.after.table, into: buffers.tile)
                    for tile in 0..<places.tiles {
                        for rows in [places.rows(tile), places.filling(tile)] where !rows.isEmpty {
                            try add(weights.after, tile: tile, to: rows, buffers)
                        }
                    }
                    try runBlocks(weights.globalLayers, places, buffers) { index in
                        try tapAll(tap, "vision.global.\(index)", places, buffers)
                    }
                    let rows = try project(places, buffers, pool, tap)
                    try tap?("cross_attention_states", rows)
                    return (rows, places.seenCount)
                }
            }
        }
    }

    private func embed(_ tiles: [Tensor], _ row: Int32, _ places: Places, _ buffers: Buffers) throws {
        let (hidden, tokens) = (buffers.hidden, places.tokens)
        let empty = try Tensor.zeros(.f32, [3, configuration.tower.imageHeight, configuration.tower.imageWidth])
        try compute.embed([row], weights.before.table, into: buffers.tile)
        try compute.embed([row], weights.tilePosition.table, into: buffers.tilePosition)
        let positions = try buffers.tilePosition.reshaped([places.tiles * tokens, hidden.shape[1]])
        for tile in 0..<places.tiles {
            let rows = places.rows(tile)
            PatchEncoder.cut(tile < tiles.count ? tiles[tile] : empty, side: configuration.tower.patchSize, into: buffers.patches)
            let patches = rows.lowerBound + 1..<rows.upperBound
            try weights.patches.run(buffers.patches, into: try hidden.rows(patches), on: compute)
            try add(weights.before, tile: tile, to: patches, buffers)
            try hidden.rows(rows.lowerBound..<rows.lowerBound + 1).mutablePointer?
                .copyMemory(from: weights.classToken.pointer, byteCount: weights.classToken.byteCount)
            let whole = try hidden.rows(rows)
            try compute.add(weights.position, into: whole)
            try compute.addScaled(
                try positions.rows(tile * tokens..<(tile + 1) * tokens), scale: weights.tilePosition.gate, into: whole)
            // torch's own epsilon, whatever `norm_eps` says.
            try weights.firstNorm.run(whole, epsilon: 1e-5, into: whole, on: compute)
            let filling = places.filling(tile)
            guard !filling.isEmpty else { continue }
            let zeros = try hidden.rows(filling)
            zeros.mutablePointer?.initializeMemory(as: UInt8.self, repeating: 0, count: zeros.byteCount)
        }
    }

    /// Adds a tile's vector of the row in `buffers.tile`.
    private func add(_ table: GatedTable, tile: Int, to rows: Range<Int>, _ buffers: Buffers) throws {
        let width = buffers.hidden.shape[1]
        let vectors = try buffers.tile.reshaped([configuration.maximumTiles, width])
        let vector = try vectors.rows(tile..<tile + 1).reshaped([width])
        try compute.addScaled(vector, scale: table.gate, into: try buffers.hidden.rows(rows))
    }

    private func runLocal(_ places: Places, _ buffers: Buffers, _ tap: LayerTap?) throws {
        func keep(_ index: Int) throws {
            for (state, layer) in configuration.intermediateLayers.enumerated() where layer == index {
                try gather(places, buffers.hidden, into: buffers.intermediate[state])
            }
        }
        try keep(0)
        try runBlocks(weights.localLayers, places, buffers) { index in
            try keep(index + 1)
            try tapAll(tap, "vision.layer.\(index)", places, buffers)
        }
        try weights.middleNorm.run(buffers.hidden, epsilon: 1e-5, into: buffers.hidden, on: compute)
    }

    private func runBlocks(
        _ blocks: [PreNormBlock], _ places: Places, _ buffers: Buffers, after: (Int) throws -> Void
    ) throws {
        let (seen, all) = (0..<places.seenCount, 0..<places.count)
        let parts = [
            AttentionPart(queries: seen, keys: all), AttentionPart(queries: seen.upperBound..<all.upperBound, keys: seen),
        ]
        let c = configuration.tower
        for (index, block) in blocks.enumerated() {
            try block.run(
                buffers.hidden, heads: c.headCount, parts: parts, epsilon: Float(c.layerNormEpsilon), buffers.block, on: compute)
            try after(index)
        }
    }

    /// The rows of tokens, tile by tile.
    private func gather(_ places: Places, _ hidden: Tensor, into target: Tensor) throws {
        for tile in 0..<places.tiles {
            let rows = try target.rows(tile * places.tokens..<(tile + 1) * places.tokens)
            rows.mutablePointer?.copyMemory(from: try hidden.rows(places.rows(tile)).pointer, byteCount: rows.byteCount)
        }
    }

    /// The last states and the kept ones side by side, the kept ones mixed: value `j` of state `k` lies at `hidden + j * K + k`.
    private func project(_ places: Places, _ buffers: Buffers, _ pool: StoragePool, _ tap: LayerTap?) throws -> Tensor {
        let (width, tokens, count) = (buffers.hidden.shape[1], places.tokens, buffers.intermediate.count)
        let result = try Tensor.allocate(.f32, [places.tiles * tokens, hiddenSize], pool: pool)
        for tile in 0..<places.tiles {
            let last = try buffers.hidden.rows(places.rows(tile))
            for token in 0..<tokens {
                guard let target = buffers.features.mutableRow(token) else { continue }
                // Bounded by the shapes that `Buffers` sets: featureSize = width * (1 + count).
                for (index, value) in last.row(token).enumerated() { target[index] = value }
                for (state, values) in buffers.intermediate.enumerated() {
                    let row = values.row(tile * tokens + token)
                    for index in 0..<width { target[width + index * count + state] = row[index] }
                }
            }
            try tap?("vision", buffers.features)
            try weights.projector.run(
                buffers.features, into: try result.rows(tile * tokens..<(tile + 1) * tokens), on: compute)
        }
        return result
    }

    /// All rows, those that fill a tile up behind its own.
    private func tapAll(_ tap: LayerTap?, _ name: String, _ places: Places, _ buffers: Buffers) throws {
        guard let tap else { return }
        let order = (0..<places.tiles).flatMap { Array(places.rows($0)) + Array(places.filling($0)) }
        let rows = try Tensor.allocate(.f32, buffers.hidden.shape)
        try compute.embed(order.map { Int32($0) }, buffers.hidden, into: rows)
        try tap(name, rows)
    }
}
