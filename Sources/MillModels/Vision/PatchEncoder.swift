import MillCompute
import MillImage
import MillTensor
import Synchronization

/// What the towers have in common: patches become tokens, and blocks carry these.
final class PatchEncoder: Sendable {
    /// The weights up to the last block.
    struct Weights: Sendable {
        /// `[hidden, 3 * patch * patch]`: within a row by colour, then by line.
        let patches: Linear
        /// F32 `[1, hidden]`, before the patches; nil where the family has none.
        var classToken: Tensor?
        /// F32 `[tokens, hidden]`.
        let position: Tensor
        /// Before the blocks; nil where the family has none.
        var firstNorm: LayerNorm?
        let layers: [PreNormBlock]
    }

    /// The working memory of one pass.
    private struct Buffers: Sendable {
        /// The picture resized and normalised, F32 `[3, height, width]`.
        let pixels: Tensor
        /// F32 `[patches, 3 * patch * patch]`.
        let patches: Tensor
        /// The residual stream, `[tokens, hidden]`.
        let hidden: Tensor
        let block: PreNormBlock.Buffers

        init(_ c: TowerConfiguration) throws(TensorError) {
            pixels = try Tensor.allocate(.f32, [3, c.imageHeight, c.imageWidth])
            patches = try Tensor.allocate(.f32, [c.gridWidth * c.gridHeight, c.patchValueCount])
            hidden = try Tensor.allocate(.f32, [c.tokenCount, c.hiddenSize])
            block = try PreNormBlock.Buffers(rows: c.tokenCount, hidden: c.hiddenSize, intermediate: c.intermediateSize)
        }

        var byteCount: Int { pixels.byteCount + patches.byteCount + hidden.byteCount + block.byteCount }
    }

    let configuration: TowerConfiguration
    let weights: Weights
    let compute: Compute
    let workspaceByteCount: Int
    private let buffers: Mutex<Buffers>

    init(_ configuration: TowerConfiguration, _ weights: Weights, compute: Compute) throws(ModelError) {
        self.configuration = configuration
        self.weights = weights
        // A picture is many tokens.
        self.compute = compute.activations == .int8 ? Compute(compute, activations: .bfloat16) : compute
        let buffers: Buffers
        do { buffers = try Buffers(configuration) } catch { throw .memory(error) }
        workspaceByteCount = buffers.byteCount
        self.buffers = Mutex(buffers)
    }

    var epsilon: Float { Float(configuration.layerNormEpsilon) }

    /// What a family's network says about itself.
    ///
    /// - Parameter prefixes: what the names of its blocks' tensors may begin with.
    func facts(family: String) -> NetworkFacts {
        let c = configuration
        return NetworkFacts(
            family: family, contextLength: c.tokenCount, layerCount: c.layerCount, hiddenSize: c.hiddenSize,
            workspaceByteCount: workspaceByteCount)
    }

    /// Carries a picture through all blocks but the last `skipped`.
    ///
    /// - Parameter last: what makes the features of the residual stream after all blocks: a norm, or nothing.
    /// - Returns: F32 `[tokens, hidden]`.
    func run(
        _ picture: TowerPicture, skippingLast skipped: Int, last: LayerNorm?, pool: StoragePool, tap: LayerTap?
    ) throws(ModelError) -> Tensor {
        guard (0...weights.layers.count).contains(skipped) else {
            throw .misuse("this tower has \(weights.layers.count) blocks; \(skipped) cannot be left out")
        }
        return try buffers.withLock { buffers throws(ModelError) in
            try CopyAccounting.region { () throws(ModelError) in
                let pixels = try pixels(picture, buffers)
                return try ModelError.wrapping {
                    Self.cut(pixels, side: configuration.patchSize, into: buffers.patches)
                    try embed(buffers)
                    try tap?("embed", buffers.hidden)
                    try weights.firstNorm?.run(buffers.hidden, epsilon: epsilon, into: buffers.hidden, on: compute)
                    for (index, layer) in weights.layers.dropLast(skipped).enumerated() {
                        try layer.run(
                            buffers.hidden, heads: configuration.headCount, epsilon: epsilon, buffers.block, on: compute)
                        try tap?("layer.\(index)", buffers.hidden)
                    }
                    let features = try Tensor.allocate(.f32, buffers.hidden.shape, pool: pool)
                    if let last, skipped == 0 {
                        try last.run(buffers.hidden, epsilon: epsilon, into: features, on: compute)
                    } else if let target = features.mutablePointer {
                        target.copyMemory(from: buffers.hidden.pointer, byteCount: features.byteCount)
                    }
                    return features
                }
            }
        }
    }

    /// The tower's input of a picture, F32 `[3, height, width]`.
    private func pixels(_ picture: TowerPicture, _ buffers: Buffers) throws(ModelError) -> Tensor {
        switch picture {
        case .pixels(let pixels):
            do throws(ImageError) { try configuration.preprocessor.write(pixels, into: buffers.pixels) } catch {
                throw .image(error)
            }
            return buffers.pixels
        case .normalised(let pixels):
            let shape = buffers.pixels.shape
            guard pixels.dtype == .f32, pixels.shape == shape, pixels.isContiguous else {
                throw .misuse("this tower takes dense F32 \(shape), not \(pixels.dtype.name) \(pixels.shape)")
            }
            return pixels
        }
    }

    /// Patches, the class token before them, and positions.
    private func embed(_ buffers: Buffers) throws {
        let hidden = buffers.hidden
        let first = weights.classToken == nil ? 0 : 1
        let patches = first == 0 ? hidden : try hidden.rows(first..<hidden.shape[0])
        try weights.patches.run(buffers.patches, into: patches, on: compute)
        if let token = weights.classToken, let target = hidden.mutablePointer {
            target.copyMemory(from: token.pointer, byteCount: token.byteCount)
        }
        try compute.add(weights.position, into: hidden)
    }

    /// `[3, height, width]` → a row for each whole patch, `[patches, 3 * side * side]`.
    private static func cut(_ picture: Tensor, side: Int, into patches: Tensor) {
        guard let target = patches.mutablePointer?.assumingMemoryBound(to: Float.self) else { return }
        let source = picture.pointer.assumingMemoryBound(to: Float.self)
        let (height, width) = (picture.shape[1], picture.shape[2])
        let columns = width / side
        for row in 0..<(height / side) {
            for channel in 0..<3 {
                for line in 0..<side {
                    let from = source + (channel * height + row * side + line) * width
                    let to = target + (row * columns * 3 + channel) * side * side + line * side
                    for column in 0..<columns {
                        (to + column * 3 * side * side).update(from: from + column * side, count: side)
                    }
                }
            }
        }
    }
}

extension WeightReader {
    /// A convolution over patches that do not overlap, as the matrix that it is.
    func patches(_ name: String, _ c: TowerConfiguration) throws(ModelError) -> Linear {
        let weight = try tensor("\(name).weight", [c.hiddenSize, 3, c.patchSize, c.patchSize])
        do {
            return Linear(
                weight: .rows(try weight.reshaped([c.hiddenSize, c.patchValueCount])),
                bias: try optionalVector("\(name).bias", c.hiddenSize))
        } catch { throw ModelError(error) }
    }

    /// Learned rows `[count, width]` in F32, from a tensor of this shape.
    func rows(_ name: String, shape: [Int]) throws(ModelError) -> Tensor {
        let tensor = try float32(try tensor(name, shape))
        do { return try tensor.reshaped([tensor.elementCount / (shape.last ?? 1), shape.last ?? 1]) } catch {
            throw .memory(error)
        }
    }

    /// A block under the hub's names of SigLIP and CLIP.
    func preNormBlock(hub block: String, _ c: TowerConfiguration) throws(ModelError) -> PreNormBlock {
        let (hidden, intermediate) = (c.hiddenSize, c.intermediateSize)
        let projections = try ["q_proj", "k_proj", "v_proj", "out_proj"].map { name throws(ModelError) in
            try linear("\(block)self_attn.\(name)", hidden, hidden)
        }
        return PreNormBlock(
            norm1: try layerNorm(block + "layer_norm1", hidden), attention: Projections(projections),
            norm2: try layerNorm(block + "layer_norm2", hidden),
            up: try linear(block + "mlp.fc1", intermediate, hidden),
            down: try linear(block + "mlp.fc2", hidden, intermediate), activation: c.activation)
    }

    /// A block under the names of mmproj files.
    func preNormBlock(mmproj block: String, _ c: TowerConfiguration) throws(ModelError) -> PreNormBlock {
        let (hidden, intermediate) = (c.hiddenSize, c.intermediateSize)
        let projections = try ["attn_q", "attn_k", "attn_v", "attn_out"].map { name throws(ModelError) in
            try linear(block + name, hidden, hidden)
        }
        // llama.cpp's first converter called the first matrix `ffn_down` and the second one `ffn_up`.
        let isSwapped = try shape(block + "ffn_up.weight") == [hidden, intermediate] && hidden != intermediate
        let names = isSwapped ? ["ffn_down", "ffn_up"] : ["ffn_up", "ffn_down"]
        return PreNormBlock(
            norm1: try layerNorm(block + "ln1", hidden), attention: Projections(projections),
            norm2: try layerNorm(block + "ln2", hidden),
            up: try linear(block + names[0], intermediate, hidden),
            down: try linear(block + names[1], hidden, intermediate), activation: c.activation)
    }
}
