import MillTensor

/// The working memory of the picture side.
struct HearthVisionBuffers: Sendable {
    /// The picture resized and normalised, F32 `[side, side, 3]`.
    let pixels: Tensor
    /// What the first three convolutions give, `[side/2, side/2, c0]`, `[side/4, side/4, c1]`, `[side/8, side/8, c2]`.
    let stem: [Tensor]
    /// The residual stream, `[cells, visionHidden]`, and as the last convolution writes it, `[grid, grid, visionHidden]`.
    let hidden: Tensor
    let hiddenGrid: Tensor
    let block: PreNormBlock.Buffers
    /// Head outputs per cell.
    let item: Tensor
    let scaledItem: Tensor
    /// Inputs of the object slots: `[slots, visionHidden]`, `[slots, 5 + states]`.
    let slotTokens: Tensor
    let slotGeometry: Tensor
    /// `[slots, hidden]`.
    let slotDelta: Tensor

    init(_ c: HearthConfiguration) throws(TensorError) {
        let (side, grid, cells) = (c.imageSize, c.gridSize, c.cellCount)
        pixels = try Tensor.allocate(.f32, [side, side, 3])
        var stem: [Tensor] = []
        for (index, channels) in c.stemChannels.enumerated() {
            let size = side >> (index + 1)
            stem.append(try Tensor.allocate(.f32, [size, size, channels]))
        }
        self.stem = stem
        hiddenGrid = try Tensor.allocate(.f32, [grid, grid, c.visionHiddenSize])
        hidden = try hiddenGrid.reshaped([cells, c.visionHiddenSize])
        block = try PreNormBlock.Buffers(rows: cells, hidden: c.visionHiddenSize, intermediate: c.visionIntermediateSize)
        item = try Tensor.allocate(.f32, [cells, c.itemHiddenSize])
        scaledItem = try Tensor.allocate(.f32, [cells, c.itemHiddenSize])
        slotTokens = try Tensor.allocate(.f32, [c.memoryObjectCount, c.visionHiddenSize])
        slotGeometry = try Tensor.allocate(.f32, [c.memoryObjectCount, c.geometryCount])
        slotDelta = try Tensor.allocate(.f32, [c.memoryObjectCount, c.hiddenSize])
    }

    var byteCount: Int {
        let all = stem + [pixels, hidden, item, scaledItem, slotTokens, slotGeometry, slotDelta]
        return all.reduce(block.byteCount) { $0 + $1.byteCount }
    }
}

/// The working memory of the text side: that of any decoder, and what the memory needs while it is refined.
struct HearthTextBuffers: Sendable {
    let decoder: DecoderBuffers
    /// The refined memory, `[memory, hidden]`.
    let memory: Tensor
    let memoryNormed: Tensor
    /// `[memory, heads, headDimension]`.
    let memoryQuery: Tensor
    let memoryAttended: Tensor
    let memoryDelta: Tensor
    /// Keys and values of the instruction, `[promptLimit, kvHeads, headDimension]`.
    let promptKeys: Tensor
    let promptValues: Tensor
    /// `item_output . h` of one token, `[1, itemHidden]`.
    let itemHidden: Tensor

    init(_ c: HearthConfiguration, promptLimit: Int) throws(TensorError) {
        decoder = try DecoderBuffers(
            rows: promptLimit, hidden: c.hiddenSize, heads: c.headCount, kvHeads: c.kvHeadCount, headDimension: c.headDimension,
            intermediate: c.intermediateSize)
        memory = try Tensor.allocate(.f32, [c.memoryCount, c.hiddenSize])
        memoryNormed = try Tensor.allocate(.f32, [c.memoryCount, c.hiddenSize])
        memoryQuery = try Tensor.allocate(.f32, [c.memoryCount, c.headCount, c.headDimension])
        memoryAttended = try Tensor.allocate(.f32, [c.memoryCount, c.headCount, c.headDimension])
        memoryDelta = try Tensor.allocate(.f32, [c.memoryCount, c.hiddenSize])
        promptKeys = try Tensor.allocate(.f32, [promptLimit, c.kvHeadCount, c.headDimension])
        promptValues = try Tensor.allocate(.f32, [promptLimit, c.kvHeadCount, c.headDimension])
        itemHidden = try Tensor.allocate(.f32, [1, c.itemHiddenSize])
    }

    var byteCount: Int {
        let memories = [memory, memoryNormed, memoryQuery, memoryAttended, memoryDelta, promptKeys, promptValues, itemHidden]
        return decoder.byteCount + memories.reduce(0) { $0 + $1.byteCount }
    }
}
