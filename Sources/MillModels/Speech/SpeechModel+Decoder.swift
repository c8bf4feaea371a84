import MillCompute
import MillTensor
import Synchronization

extension SpeechModel {
    /// Works out, once for each window, what the decoder's blocks look up in the sound.
    func project(_ sound: Tensor, into stores: [KeyValueStore]) throws(ModelError) {
        let c = configuration
        try decoderBuffers.withLock { buffers throws(ModelError) in
            try ModelError.wrapping {
                let none = try noRotation(c.soundLength)
                let split = [c.soundLength, c.decoderHeadCount, c.hiddenSize / c.decoderHeadCount]
                for (layer, store) in zip(weights.decoderLayers, stores) {
                    try soundCompute.linear(
                        sound, [layer.cross.key.output(into: buffers.keys), layer.cross.value.output(into: buffers.values)])
                    let keys = try buffers.keys.reshaped(split)
                    try compute.store(
                        keys: keys, values: try buffers.values.reshaped(split), queries: try keys.withoutHeads(), at: 0,
                        in: store, rotation: none)
                }
            }
        }
    }

    /// Reads more tokens.
    ///
    /// - Parameter logits: F32 `[1, vocabulary]` for the last token, or a row for each.
    func forward(
        _ tokens: [Int32], _ context: SpeechContext, into logits: Tensor, tap: LayerTap? = nil
    ) throws(ModelError) {
        try check(tokens, context)
        try decoderBuffers.withLock { buffers throws(ModelError) in
            try ModelError.wrapping {
                let normed = try run(tokens, context, buffers, tap)
                let rows = try normed.rows(tokens.count - logits.shape[0]..<tokens.count)
                try compute.linear(rows, weights.head, into: logits)
            }
        }
        context.cache.advance(by: tokens.count)
    }

    /// tokens → the hidden states that the output head reads, `[n, hidden]`.
    private func run(
        _ tokens: [Int32], _ context: SpeechContext, _ buffers: SpeechDecoderBuffers, _ tap: LayerTap?
    ) throws -> Tensor {
        let (c, epsilon) = (configuration, WhisperConfiguration.layerNormEpsilon)
        let (rows, start) = (tokens.count, context.cache.count)
        let split = [rows, c.decoderHeadCount, c.hiddenSize / c.decoderHeadCount]
        let scale = 1 / Float(split[2]).squareRoot()
        let hidden = try buffers.hidden.view(rows)
        let (normed, delta) = (try buffers.block.normed.view(rows), try buffers.block.delta.view(rows))
        let (query, key, value) = (
            try buffers.block.query.view(rows), try buffers.block.key.view(rows), try buffers.block.value.view(rows)
        )
        let (attended, inner) = (try buffers.block.attended.view(rows), try buffers.block.up.view(rows))
        let (queryHeads, attendedHeads) = (try query.reshaped(split), try attended.reshaped(split))
        let none = try noRotation(rows)

        try compute.embed(tokens, weights.embedding, into: hidden)
        try compute.add(try weights.decoderPositions.rows(start..<start + rows), into: hidden)
        for (index, layer) in weights.decoderLayers.enumerated() {
            try layer.block.norm1.run(hidden, epsilon: epsilon, into: normed, on: compute)
            try compute.linear(
                normed,
                [
                    layer.block.attention.query.output(into: query), layer.block.attention.key.output(into: key),
                    layer.block.attention.value.output(into: value),
                ])
            let store = context.cache.store(layer: index)
            try compute.store(
                keys: try key.reshaped(split), values: try value.reshaped(split), queries: queryHeads, at: start, in: store,
                rotation: none)
            try compute.attention(
                q: queryHeads, store: store, count: start + rows, mask: .causal(offset: start), scale: scale,
                into: attendedHeads)
            try layer.block.attention.output.run(attended, into: delta, on: compute)
            try compute.add(delta, into: hidden)

            try layer.crossNorm.run(hidden, epsilon: epsilon, into: normed, on: compute)
            try layer.cross.query.run(normed, into: query, on: compute)
            try compute.attention(
                q: queryHeads, store: context.sound[index], count: c.soundLength, mask: .none, scale: scale,
                into: attendedHeads)
            try layer.cross.output.run(attended, into: delta, on: compute)
            try compute.add(delta, into: hidden)

            try layer.block.norm2.run(hidden, epsilon: epsilon, into: normed, on: compute)
            try layer.block.up.run(normed, into: inner, on: compute)
            try compute.gelu(inner, .erf)
            try layer.block.down.run(inner, into: delta, on: compute)
            try compute.add(delta, into: hidden)
            try tap?("decoder.layer.\(index)", hidden)
        }
        try weights.decoderNorm.run(hidden, epsilon: epsilon, into: normed, on: compute)
        return normed
    }

    /// Positions are added, not turned.
    private func noRotation(_ count: Int) throws(TensorError) -> Rotation {
        Rotation(
            positions: [Int32](repeating: 0, count: count), frequencies: try Tensor.allocate(.f32, [0]), layout: .halves)
    }

    private func check(_ tokens: [Int32], _ context: SpeechContext) throws(ModelError) {
        guard context.hasSound else { throw .misuse("the context has heard nothing yet") }
        guard !tokens.isEmpty else { throw .misuse("a pass needs at least one token") }
        if let token = tokens.first(where: { !(0..<Int32(configuration.vocabularySize)).contains($0) }) {
            throw .unknownToken(id: Int(token), vocabularySize: configuration.vocabularySize)
        }
        guard context.cache.count + tokens.count <= configuration.contextLength else {
            throw .contextFull(capacity: configuration.contextLength, needed: context.cache.count + tokens.count)
        }
    }
}

extension Tensor {
    /// A view `[n, 0, d]` on heads `[n, heads, d]`, where an operation asks for queries and there are none.
    fileprivate func withoutHeads() throws(TensorError) -> Tensor {
        try Tensor(
            storage: storage, dtype: dtype, shape: [shape[0], 0, shape[2]], strides: strides, byteOffset: byteOffset)
    }
}
