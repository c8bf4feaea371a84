import MillCompute
import MillImage
import MillTensor
import Synchronization

/// A SigLIP vision tower: one picture → a row of features for each patch.
///
/// ```swift
/// guard case .tower(let tower) = try ModelLoader().load(path: "mmproj.gguf").network else { … }
/// let features = try tower.encode(picture)    // [tokens, hidden]
/// ```
/// `docs/models/siglip.md` says what every step computes. Adapters and projectors of language models take these features.
public final class SiglipTower: VisionTower {
    public let configuration: SiglipConfiguration
    let weights: SiglipWeights
    let compute: Compute
    let workspaceByteCount: Int
    private let buffers: Mutex<Buffers>

    /// The working memory of one pass.
    private struct Buffers: Sendable {
        /// The picture resized and normalised, F32 `[3, side, side]`.
        let pixels: Tensor
        /// F32 `[tokens, 3 * patch * patch]`.
        let patches: Tensor
        /// The residual stream, `[tokens, hidden]`.
        let hidden: Tensor
        let block: PreNormBlock.Buffers

        init(_ c: SiglipConfiguration) throws(TensorError) {
            pixels = try Tensor.allocate(.f32, [3, c.imageSize, c.imageSize])
            patches = try Tensor.allocate(.f32, [c.tokenCount, c.patchValueCount])
            hidden = try Tensor.allocate(.f32, [c.tokenCount, c.hiddenSize])
            block = try PreNormBlock.Buffers(rows: c.tokenCount, hidden: c.hiddenSize, intermediate: c.intermediateSize)
        }

        var byteCount: Int { pixels.byteCount + patches.byteCount + hidden.byteCount + block.byteCount }
    }

    init(_ configuration: SiglipConfiguration, _ weights: SiglipWeights, compute: Compute) throws(ModelError) {
        self.configuration = configuration
        self.weights = weights
        // A picture is many tokens.
        self.compute = compute.activations == .int8 ? Compute(compute, activations: .bfloat16) : compute
        let buffers: Buffers
        do { buffers = try Buffers(configuration) } catch { throw .memory(error) }
        workspaceByteCount = buffers.byteCount
        self.buffers = Mutex(buffers)
    }

    public var imageSize: Int { configuration.imageSize }
    public var tokenCount: Int { configuration.tokenCount }

    public var facts: NetworkFacts {
        let c = configuration
        return NetworkFacts(
            family: "siglip", contextLength: c.tokenCount, layerCount: c.layerCount, hiddenSize: c.hiddenSize,
            workspaceByteCount: workspaceByteCount,
            layers: ["v.blk.", "vision_model.encoder.layers.", "encoder.layers."].map { ($0, c.layerCount) })
    }

    /// Looks at a picture: resize to the tower's size (bicubic, stretched) and normalise, patches, blocks, norm.
    ///
    /// - Parameters:
    ///   - pixels: upright RGB, U8 `[height, width, 3]` of any size; rows may be strided.
    ///   - pool: where the result comes from.
    /// - Returns: the features after the last norm, F32 `[tokens, hidden]`, patches row by row from the top left.
    /// - Throws: ``ModelError/image(_:)`` for what are no pixels.
    public func encode(_ pixels: Tensor, pool: StoragePool = .default) throws(ModelError) -> Tensor {
        let (side, c) = (configuration.imageSize, configuration)
        let preprocessor = Preprocessor(width: side, height: side, mean: c.mean, deviation: c.deviation, layout: .chw)
        return try run(pool: pool, tap: nil) { target throws(ModelError) in
            do throws(ImageError) { try preprocessor.write(pixels, into: target) } catch { throw .image(error) }
            return target
        }
    }

    /// The features of a picture that has been resized and normalised already: F32 `[3, imageSize, imageSize]`.
    ///
    /// - Throws: ``ModelError/misuse(_:)`` for another shape or type.
    public func encode(
        normalised pixels: Tensor, pool: StoragePool = .default, tap: LayerTap? = nil
    ) throws(ModelError) -> Tensor {
        let side = configuration.imageSize
        guard pixels.dtype == .f32, pixels.shape == [3, side, side], pixels.isContiguous else {
            let shape = "[3, \(side), \(side)]"
            throw .misuse("this tower takes dense F32 \(shape), not \(pixels.dtype.name) \(pixels.shape)")
        }
        return try run(pool: pool, tap: tap) { _ in pixels }
    }

    /// - Parameter fill: writes the normalised picture into the tensor that it is given, or returns another.
    private func run(
        pool: StoragePool, tap: LayerTap?, _ fill: (Tensor) throws(ModelError) -> Tensor
    ) throws(ModelError) -> Tensor {
        try buffers.withLock { buffers throws(ModelError) in
            try CopyAccounting.region { () throws(ModelError) in
                let picture = try fill(buffers.pixels)
                return try ModelError.wrapping {
                    Self.cut(picture, side: configuration.patchSize, into: buffers.patches)
                    return try forward(buffers, pool, tap)
                }
            }
        }
    }

    private func forward(_ buffers: Buffers, _ pool: StoragePool, _ tap: LayerTap?) throws -> Tensor {
        let epsilon = Float(configuration.layerNormEpsilon)
        try weights.patches.run(buffers.patches, into: buffers.hidden, on: compute)
        try compute.add(weights.position, into: buffers.hidden)
        try tap?("embed", buffers.hidden)
        for (index, layer) in weights.layers.enumerated() {
            try layer.run(buffers.hidden, heads: configuration.headCount, epsilon: epsilon, buffers.block, on: compute)
            try tap?("layer.\(index)", buffers.hidden)
        }
        let features = try Tensor.allocate(.f32, buffers.hidden.shape, pool: pool)
        try weights.norm.run(buffers.hidden, epsilon: epsilon, into: features, on: compute)
        return features
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
