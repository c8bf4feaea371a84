import MillCompute
import MillTensor
import Synchronization

extension HearthModel {
    /// Reads the prompt, or more tokens of the answer.
    ///
    /// - Parameters:
    ///   - rows: the tokens whose successors' scores are wanted.
    ///   - logits: F32 `[rows.count, vocabulary]`.
    package func forward(
        _ tokens: [Int32], _ context: HearthContext, rows: Range<Int>, into logits: Tensor, tap: LayerTap?
    ) throws(ModelError) {
        try check(tokens, context)
        try text.withLock { buffers throws(ModelError) in
            let pass = try DecoderPass(
                sequences: [(tokens, context.cache)], buffers: buffers.decoder, compute: compute, tap: tap)
            try CopyAccounting.region { () throws(ModelError) in
                try ModelError.wrapping {
                    try run(pass, context, buffers)
                    for row in rows {
                        let index = row - rows.lowerBound
                        try score(row, of: pass, buffers, into: try logits.rows(index..<index + 1))
                    }
                }
            }
            if context.cache.count == 0 { context.promptLength = tokens.count }
            context.cache.advance(by: tokens.count)
        }
    }

    /// tokens → `pass.buffers.normed`; on the prompt, also the context's keys and values of the memory.
    private func run(_ pass: DecoderPass, _ context: HearthContext, _ text: HearthTextBuffers) throws {
        let buffers = pass.buffers
        let epsilon = Float(configuration.rmsNormEpsilon)
        let isPrompt = context.cache.count == 0
        var memory = context.picture.memory
        try embed(pass.tokens, into: buffers.hidden)
        try pass.tap?("embed", buffers.hidden)
        for (index, layer) in weights.decoderLayers.enumerated() {
            if isPrompt, let refinement = layer.refinement {
                try refine(memory, refinement, pass, text)
                memory = text.memory
                try pass.tap?("memory.layer.\(index)", memory)
            }
            if let cross = layer.cross, let keyValues = context.cross[index] {
                if isPrompt { try project(memory, cross, into: keyValues, text) }
                try compute.rmsNorm(buffers.hidden, cross.norm, epsilon: epsilon, into: buffers.normed)
                try cross.projections.query.run(buffers.normed, into: buffers.query, on: compute)
                try compute.attention(
                    q: buffers.queryHeads, k: keyValues.keys, v: keyValues.values, mask: .none, scale: attentionScale,
                    into: buffers.attendedHeads)
                try cross.projections.output.run(buffers.attended, into: buffers.delta, on: compute)
                try compute.addScaled(buffers.delta, scale: cross.gate, into: buffers.hidden)
            }
            try compute.rmsNorm(buffers.hidden, layer.norm1, epsilon: epsilon, into: buffers.normed)
            try layer.attention.run(pass, layer: index)
            try compute.add(buffers.delta, into: buffers.hidden)
            try compute.rmsNorm(buffers.hidden, layer.norm2, epsilon: epsilon, into: buffers.normed)
            try layer.mlp.run(pass, layer: index)
            try compute.add(buffers.delta, into: buffers.hidden)
            try pass.tap?("layer.\(index)", buffers.hidden)
        }
        try compute.rmsNorm(buffers.hidden, weights.norm, epsilon: epsilon, into: buffers.normed)
        try pass.tap?("norm", buffers.normed)
    }

    private var attentionScale: Float { 1 / Float(configuration.headDimension).squareRoot() }

    /// Ordinary tokens from the embedding table, item tokens from the shared item embedding.
    private func embed(_ tokens: [Int32], into hidden: Tensor) throws {
        let start = Int32(configuration.itemTokenStart)
        try compute.embed(tokens.map { $0 < start ? $0 : 0 }, weights.tokenEmbedding, into: hidden)
        for (row, token) in tokens.enumerated() where token >= start {
            try compute.embed([token - start], itemInputs, into: try hidden.rows(row..<row + 1))
        }
    }

    /// The memory looks at the instruction: memory → `text.memory`.
    private func refine(
        _ memory: Tensor, _ layer: HearthWeights.Refinement, _ pass: DecoderPass, _ text: HearthTextBuffers
    ) throws {
        let buffers = pass.buffers
        let (count, querySize, keySize) = (memory.shape[0], configuration.querySize, configuration.keySize)
        let keys = try text.promptKeys.rows(0..<pass.tokens.count)
        let values = try text.promptValues.rows(0..<pass.tokens.count)
        let flat = [pass.tokens.count, keySize]
        let (query, attended) = (text.memoryQuery, text.memoryAttended)
        try compute.rmsNorm(
            buffers.hidden, layer.textNorm, epsilon: Float(configuration.rmsNormEpsilon), into: buffers.normed)
        try compute.linear(
            buffers.normed,
            [
                layer.projections.key.output(into: try keys.reshaped(flat)),
                layer.projections.value.output(into: try values.reshaped(flat)),
            ])
        try compute.layerNorm(
            memory, layer.norm.weight, layer.norm.bias, epsilon: Float(configuration.layerNormEpsilon),
            into: text.memoryNormed)
        try layer.projections.query.run(text.memoryNormed, into: try query.reshaped([count, querySize]), on: compute)
        try compute.attention(q: query, k: keys, v: values, mask: .none, scale: attentionScale, into: attended)
        let mixed = try attended.reshaped([count, querySize])
        if memory.storage === text.memory.storage {
            try layer.projections.output.run(mixed, into: text.memoryDelta, on: compute)
            try compute.addScaled(text.memoryDelta, scale: layer.gate, into: memory)
        } else {
            // The picture's own memory stays as it is for other instructions: the sum is built in the workspace.
            try layer.projections.output.run(mixed, into: text.memory, on: compute)
            try compute.addScaled(text.memory, scale: layer.gate - 1, into: text.memory)
            try compute.add(memory, into: text.memory)
        }
    }

    /// Keys and values of the memory for one block.
    private func project(
        _ memory: Tensor, _ layer: HearthWeights.CrossAttention, into cross: HearthContext.Cross, _ text: HearthTextBuffers
    ) throws {
        let flat = [memory.shape[0], configuration.keySize]
        try compute.rmsNorm(
            memory, layer.memoryNorm, epsilon: Float(configuration.rmsNormEpsilon), into: text.memoryNormed)
        try compute.linear(
            text.memoryNormed,
            [
                layer.projections.key.output(into: try cross.keys.reshaped(flat)),
                layer.projections.value.output(into: try cross.values.reshaped(flat)),
            ])
    }

    /// The scores of all tokens after one row: ordinary tokens, then items. logits `[1, vocabulary]`.
    private func score(_ row: Int, of pass: DecoderPass, _ text: HearthTextBuffers, into logits: Tensor) throws {
        let hidden = try pass.buffers.normed.rows(row..<row + 1)
        let start = configuration.itemTokenStart
        let ordinary = try Tensor(
            storage: logits.storage, dtype: .f32, shape: [1, start], byteOffset: logits.byteOffset)
        let items = try Tensor(
            storage: logits.storage, dtype: .f32, shape: [1, configuration.itemNames.count],
            byteOffset: logits.byteOffset + start * DType.f32.blockByteCount)
        try compute.linear(hidden, weights.tokenEmbedding, into: ordinary)
        let item = text.itemHidden
        try weights.itemOutput.run(hidden, into: item, on: compute)
        try compute.addScaled(item, scale: weights.itemScale - 1, into: item)
        try compute.linear(item, weights.itemEmbedding, bias: weights.itemBias, into: items)
    }

    private func check(_ tokens: [Int32], _ context: HearthContext) throws(ModelError) {
        guard !tokens.isEmpty else { throw .misuse("a pass needs at least one token") }
        guard tokens.count <= Self.promptLimit else { throw .contextFull(capacity: Self.promptLimit, needed: tokens.count) }
        if let token = tokens.first(where: { !(0..<Int32(vocabularySize)).contains($0) }) {
            throw .unknownToken(id: Int(token), vocabularySize: vocabularySize)
        }
        guard context.position + tokens.count <= context.capacity else {
            throw .contextFull(capacity: context.capacity, needed: context.position + tokens.count)
        }
    }
}
