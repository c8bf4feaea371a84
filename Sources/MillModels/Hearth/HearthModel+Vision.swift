import MillCompute
import MillImage
import MillTensor
import Synchronization

extension HearthModel {
    /// Looks at a picture: resize and normalise, convolution stem, transformer blocks, cell heads, memory.
    ///
    /// - Parameters:
    ///   - pixels: upright RGB, U8 `[height, width, 3]` of any size; rows may be strided.
    ///   - pool: where the results that outlive the call come from.
    /// - Throws: ``ModelError/image(_:)`` for what are no pixels.
    public func encode(_ pixels: Tensor, pool: StoragePool = .default) throws(ModelError) -> HearthPicture {
        try CopyAccounting.region { () throws(ModelError) in try encode(pixels, pool: pool, tap: nil) }
    }

    package func encode(_ pixels: Tensor, pool: StoragePool = .default, tap: LayerTap?) throws(ModelError) -> HearthPicture {
        try vision.withLock { buffers throws(ModelError) in
            try CopyAccounting.region { () throws(ModelError) in
                try ModelError.wrapping {
                    try runStem(pixels, buffers, tap)
                    let tokens = try Tensor.allocate(.f32, buffers.hidden.shape, pool: pool)
                    try runVisionLayers(buffers, into: tokens, tap)
                    return try look(at: tokens, buffers, pool, tap)
                }
            }
        }
    }

    /// pixels → `buffers.hidden`, the cells `[cells, visionHidden]` in row-major order.
    private func runStem(_ pixels: Tensor, _ buffers: HearthVisionBuffers, _ tap: LayerTap?) throws {
        let side = configuration.imageSize
        try Preprocessor(width: side, height: side).write(pixels, into: buffers.pixels)
        let outputs = buffers.stem + [buffers.hiddenGrid]
        for (index, convolution) in weights.stem.enumerated() {
            let input = index == 0 ? buffers.pixels : outputs[index - 1]
            try compute.convolution(
                input, convolution.weight, bias: convolution.bias, stride: 2, padding: 1, into: outputs[index])
            try compute.gelu(outputs[index], .tanh)
        }
        try tap?("vision.stem", buffers.hidden)
        try compute.add(weights.position, into: buffers.hidden)
        try tap?("vision.embed", buffers.hidden)
    }

    /// Pre-LN transformer blocks over all cells: `buffers.hidden` → tokens `[cells, visionHidden]`.
    private func runVisionLayers(_ buffers: HearthVisionBuffers, into tokens: Tensor, _ tap: LayerTap?) throws {
        let epsilon = Float(configuration.layerNormEpsilon)
        for (index, layer) in weights.visionLayers.enumerated() {
            try layer.run(
                buffers.hidden, heads: configuration.visionHeadCount, epsilon: epsilon, buffers.block, on: compute)
            try tap?("vision.layer.\(index)", buffers.hidden)
        }
        try weights.visionNorm.run(buffers.hidden, epsilon: epsilon, into: tokens, on: compute)
        try tap?("vision.norm", tokens)
    }

    /// The cell heads, and the memory made of their best cells and the grid.
    private func look(
        at tokens: Tensor, _ buffers: HearthVisionBuffers, _ pool: StoragePool, _ tap: LayerTap?
    ) throws -> HearthPicture {
        let c = configuration
        let classLogits = try Tensor.allocate(.f32, [c.cellCount, c.itemNames.count], pool: pool)
        let objectness = try Tensor.allocate(.f32, [c.cellCount, 1], pool: pool)
        let boxes = try Tensor.allocate(.f32, [c.cellCount, 4], pool: pool)
        let states = try Tensor.allocate(.f32, [c.cellCount, c.states.count], pool: pool)

        try compute.linear(
            tokens,
            [
                weights.cellItem.output(into: buffers.item), weights.cellObjectness.output(into: objectness),
                weights.cellState.output(into: states), weights.cellBox.output(into: boxes),
            ])
        let epsilon = 1e-6 / Float(c.itemHiddenSize)
        try compute.rmsNorm(buffers.item, scaledUnitNorm, epsilon: epsilon, into: buffers.scaledItem)
        try compute.linear(buffers.scaledItem, weights.itemEmbedding, into: classLogits)
        try compute.rmsNorm(buffers.item, unitNorm, epsilon: epsilon, into: buffers.item)
        try compute.sigmoid(boxes)
        placeBoxes(boxes)
        try tap?("cell.item", buffers.item)
        try tap?("cell.class_logits", classLogits)
        try tap?("cell.objectness", objectness)
        try tap?("cell.state", states)
        try tap?("cell.box", boxes)

        let slots = chooseSlots(
            objectness: UnsafeBufferPointer(start: objectness.row(0).baseAddress, count: c.cellCount), box: boxes.row,
            count: c.memoryObjectCount, limit: Float(c.suppressionIoU))
        let memory = try Tensor.allocate(.f32, [c.memoryCount, c.hiddenSize], pool: pool)
        let slotItems = try Tensor.allocate(.f32, [c.memoryObjectCount, c.itemHiddenSize], pool: pool)
        try compute.embed(slots, buffers.item, into: slotItems)
        fillGeometry(slots, objectness, boxes, states, into: buffers.slotGeometry)
        try remember(tokens, slots, slotItems, buffers, into: memory)
        try tap?("memory", memory)
        return HearthPicture(
            tokens: tokens, classLogits: classLogits, objectness: objectness, boxes: boxes, states: states,
            slotCells: slots, slotItems: slotItems, memory: memory)
    }

    /// Centres are given within their cell: moves them to where the cell lies in the picture.
    private func placeBoxes(_ boxes: Tensor) {
        let grid = configuration.gridSize
        for cell in 0..<configuration.cellCount {
            guard let box = boxes.mutableRow(cell) else { return }
            box[0] = (Float(cell % grid) + box[0]) / Float(grid)
            box[1] = (Float(cell / grid) + box[1]) / Float(grid)
        }
    }

    /// What each slot says about its cell: `[sigmoid(objectness), cx, cy, w, h, softmax(states)]`.
    private func fillGeometry(_ slots: [Int32], _ objectness: Tensor, _ boxes: Tensor, _ states: Tensor, into facts: Tensor) {
        for (index, slot) in slots.enumerated() {
            guard let fact = facts.mutableRow(index) else { return }
            fact[0] = sigmoid(objectness.row(Int(slot))[0])
            for (offset, value) in boxes.row(Int(slot)).enumerated() { fact[1 + offset] = value }
            for (offset, value) in softmax(states.row(Int(slot))).enumerated() { fact[5 + offset] = value }
        }
    }

    /// Object slots, then grid tokens → memory `[slots + cells, hidden]`.
    private func remember(
        _ tokens: Tensor, _ slots: [Int32], _ slotItems: Tensor, _ buffers: HearthVisionBuffers, into memory: Tensor
    ) throws {
        let slotRows = try memory.rows(0..<slots.count)
        try compute.embed(slots, tokens, into: buffers.slotTokens)
        try weights.memoryCell.run(buffers.slotTokens, into: slotRows, on: compute)
        try weights.memoryItem.run(slotItems, into: buffers.slotDelta, on: compute)
        try compute.add(buffers.slotDelta, into: slotRows)
        try weights.memoryGeometry.run(buffers.slotGeometry, into: buffers.slotDelta, on: compute)
        try compute.add(buffers.slotDelta, into: slotRows)
        try compute.add(weights.memoryRank, into: slotRows)
        try weights.memoryGrid.run(tokens, into: try memory.rows(slots.count..<memory.shape[0]), on: compute)
    }
}
