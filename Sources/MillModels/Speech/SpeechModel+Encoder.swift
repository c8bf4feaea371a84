import MillCompute
import MillTensor
import Synchronization

extension SpeechModel {
    /// Listens to a window: two convolutions over time, positions, blocks in which all rows see each other, a norm.
    ///
    /// - Parameter features: what ``spectrogram`` makes of the window, F32 `[frames, bands]`.
    /// - Returns: F32 `[soundLength, hidden]`, a row for each 20 ms.
    /// - Throws: ``ModelError/misuse(_:)`` for another shape.
    package func encode(_ features: Tensor, pool: StoragePool = .default, tap: LayerTap? = nil) throws(ModelError) -> Tensor {
        let c = configuration
        guard features.dtype == .f32, features.shape == [c.frameCount, c.bandCount], features.isContiguous else {
            throw .misuse(
                "this model takes dense F32 [\(c.frameCount), \(c.bandCount)], not \(features.dtype.name) \(features.shape)")
        }
        return try encoderBuffers.withLock { buffers throws(ModelError) in
            try ModelError.wrapping {
                let inner = try buffers.frames.rows(1..<1 + c.frameCount)
                inner.mutablePointer?.copyMemory(from: features.pointer, byteCount: features.byteCount)
                return try encode(buffers, pool, tap)
            }
        }
    }

    private func encode(_ buffers: SpeechEncoderBuffers, _ pool: StoragePool, _ tap: LayerTap?) throws -> Tensor {
        let (c, compute) = (configuration, soundCompute)
        let middle = try buffers.middle.rows(1..<1 + c.frameCount)
        try weights.convolution1.run(
            try buffers.frames.triples(count: c.frameCount, every: 1), into: middle, on: compute)
        try tap?("encoder.conv1", middle)
        try compute.gelu(middle, .erf)
        let hidden = buffers.hidden
        try weights.convolution2.run(
            try buffers.middle.triples(count: c.soundLength, every: 2), into: hidden, on: compute)
        try tap?("encoder.conv2", hidden)
        try compute.gelu(hidden, .erf)
        try compute.add(weights.encoderPositions, into: hidden)
        for (index, layer) in weights.encoderLayers.enumerated() {
            try layer.run(
                hidden, heads: c.encoderHeadCount, epsilon: WhisperConfiguration.layerNormEpsilon, buffers.block, on: compute)
            try tap?("encoder.layer.\(index)", hidden)
        }
        let sound = try Tensor.allocate(.f32, hidden.shape, pool: pool)
        try weights.encoderNorm.run(
            hidden, epsilon: WhisperConfiguration.layerNormEpsilon, into: sound, on: compute)
        try tap?("encoder.last_hidden_state", sound)
        return sound
    }
}

extension Tensor {
    /// Rows `every * i ..< every * i + 3` of a dense matrix as row i of another view on it: what a convolution over three steps
    /// multiplies with. The rows overlap.
    fileprivate func triples(count: Int, every: Int) throws(TensorError) -> Tensor {
        let width = shape[1]
        return try Tensor(
            storage: storage, dtype: dtype, shape: [count, 3 * width], strides: [every * width, 1], byteOffset: byteOffset)
    }
}
