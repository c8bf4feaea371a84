import MillTensor
import MillWeights

extension DecoderWeights {
    /// The weights of any family under the names of a dialect.
    ///
    /// - Throws: ``ModelError``, naming the tensor that is missing or does not fit.
    init(_ reader: WeightReader, _ c: DecoderConfiguration, _ names: TextNames) throws(ModelError) {
        let rope = try reader.rope(c.rope, names)
        let (embedding, head) = try reader.tables("\(names.embedding).weight", head: "\(names.head).weight", c)
        var blocks: [Block] = []
        for index in 0..<c.layerCount {
            let prefix = names.layer(index)
            func norm(_ name: String) throws(ModelError) -> Tensor {
                try reader.vector("\(prefix)\(name).weight", c.hiddenSize)
            }
            if c.crossLayers.contains(index) {
                blocks.append(.cross(try reader.gatedCrossBlock(prefix, c, names)))
                continue
            }
            let isTurned = c.isTurned?[index] ?? true
            let layer = Layer(
                attentionNorm: try norm(names.attentionNorm),
                attention: try SelfAttention(
                    reader, prefix, c, names, rope: isTurned ? rope : try Rope.still(), window: c.window(index)),
                attentionDeltaNorm: c.family.normsDeltas ? try norm(names.attentionDeltaNorm) : nil,
                mlpNorm: try norm(names.mlpNorm),
                mlp: c.isSparse(index)
                    ? .experts(try reader.experts(prefix, c, names)) : .dense(try reader.mlp(prefix, c, names)),
                mlpDeltaNorm: c.family.normsDeltas ? try norm(names.mlpDeltaNorm) : nil)
            blocks.append(.own(layer))
        }
        self.init(
            embedding: embedding, blocks: blocks, norm: try reader.vector("\(names.norm).weight", c.hiddenSize), head: head)
    }
}

extension SelfAttention {
    /// Projections apart or in one matrix, as the file has them. Files with `attention_bias` may lack the output's:
    /// transformers takes zeros then.
    fileprivate init(
        _ reader: WeightReader, _ prefix: String, _ c: DecoderConfiguration, _ names: TextNames, rope: Rope, window: Int?
    ) throws(ModelError) {
        let parts = [(names.query, c.querySize), (names.key, c.keySize), (names.value, c.keySize)]
        let fused = prefix + names.queryKeyValue
        var projections: [Linear] = []
        if reader.contains("\(fused).weight") {
            projections = try reader.linears(fused, parts.map(\.1), c.hiddenSize)
            try reader.check(projections, c.biases?.queryKeyValue, name: fused)
        } else {
            for (name, size) in parts {
                projections.append(try reader.projection(prefix + name, size, c.hiddenSize, c.biases?.queryKeyValue))
            }
        }
        self.init(
            query: projections[0], key: projections[1], value: projections[2],
            output: try reader.projection(prefix + names.output, c.hiddenSize, c.querySize, c.biases?.output, mayLack: true),
            queryNorm: c.family.normsHeads ? try reader.vector("\(prefix)\(names.queryNorm).weight", c.headDimension) : nil,
            keyNorm: c.family.normsHeads ? try reader.vector("\(prefix)\(names.keyNorm).weight", c.headDimension) : nil,
            rope: rope, window: window, epsilon: Float(c.rmsNormEpsilon))
    }
}

extension WeightReader {
    /// A layer of Mllama that looks at pictures.
    fileprivate func gatedCrossBlock(
        _ prefix: String, _ c: DecoderConfiguration, _ names: TextNames
    ) throws(ModelError) -> GatedCrossBlock {
        let (hidden, attention) = (c.hiddenSize, prefix + "cross_attn.")
        func norm(_ name: String) throws(ModelError) -> Tensor { try vector("\(prefix)\(name).weight", hidden) }
        return GatedCrossBlock(
            attentionNorm: try norm(names.attentionNorm),
            query: try projection(attention + "q_proj", c.querySize, hidden, c.biases?.output),
            key: try projection(attention + "k_proj", c.keySize, hidden, c.biases?.output),
            value: try projection(attention + "v_proj", c.keySize, hidden, c.biases?.output),
            output: try projection(attention + "o_proj", hidden, c.querySize, c.biases?.output),
            queryNorm: try vector(attention + "q_norm.weight", c.headDimension),
            keyNorm: try vector(attention + "k_norm.weight", c.headDimension),
            attentionGate: try gate(prefix + "cross_attn_attn_gate"), mlpNorm: try norm(names.mlpNorm),
            mlp: try mlp(prefix, c, names), mlpGate: try gate(prefix + "cross_attn_mlp_gate"),
            epsilon: Float(c.rmsNormEpsilon))
    }

    /// Refuses projections whose biases are there, or not, against what the configuration or the family says. Biases of nothing but
    /// zeros, which AutoGPTQ wrote for every projection, change nothing.
    ///
    /// - Parameter mayLack: whether biases that are asked for may be missing and count as zeros.
    fileprivate func check(
        _ projections: some Sequence<Linear>, _ expected: ProjectionBiases.Part?, name: String, mayLack: Bool = false
    ) throws(ModelError) {
        guard let expected else { return }
        for projection in projections where (projection.bias != nil) != expected.isThere {
            if let bias = projection.bias {
                let values: [Float]
                do { values = try bias.floats() } catch { throw .memory(error) }
                if values.allSatisfy({ $0 == 0 }) { continue }
            } else if mayLack {
                continue
            }
            throw .tensor(
                path: source.path, name: "\(name).bias",
                problem: expected.isThere
                    ? "is missing, but \(expected.source) asks for such biases"
                    : "is there, but \(expected.source) has no such biases")
        }
    }

    fileprivate func projection(
        _ name: String, _ out: Int, _ input: Int, _ bias: ProjectionBiases.Part?, mayLack: Bool = false
    ) throws(ModelError) -> Linear {
        let projection = try linear(name, out, input)
        try check([projection], bias, name: name, mayLack: mayLack)
        return projection
    }

    /// The MLP of a layer without experts.
    fileprivate func mlp(_ prefix: String, _ c: DecoderConfiguration, _ names: TextNames) throws(ModelError) -> GatedMLP {
        let bias = c.biases?.mlp
        let down = try projection(prefix + names.down, c.hiddenSize, c.intermediateSize, bias)
        guard c.family.fusesGate else {
            return GatedMLP(
                gate: try projection(prefix + names.gate, c.intermediateSize, c.hiddenSize, bias),
                up: try projection(prefix + names.up, c.intermediateSize, c.hiddenSize, bias), down: down)
        }
        let both = try linears(prefix + names.gateUp, [c.intermediateSize, c.intermediateSize], c.hiddenSize)
        try check(both, bias, name: prefix + names.gateUp)
        return GatedMLP(gate: both[0], up: both[1], down: down)
    }

    /// The experts of a layer, with their router.
    fileprivate func experts(_ prefix: String, _ c: DecoderConfiguration, _ names: TextNames) throws(ModelError) -> ExpertMLP {
        guard let e = c.experts else { throw .misuse("the configuration counts no experts") }
        let none = ProjectionBiases.Part.none(of: c.family)
        let gates = try experts(
            prefix, names.expertGate, stacked: names.stackedGate, count: e.count, e.intermediateSize, c.hiddenSize, none)
        let ups = try experts(
            prefix, names.expertUp, stacked: names.stackedUp, count: e.count, e.intermediateSize, c.hiddenSize, none)
        let downs = try experts(
            prefix, names.expertDown, stacked: names.stackedDown, count: e.count, c.hiddenSize, e.intermediateSize, none)
        return ExpertMLP(
            router: try float32(try tensor("\(prefix)\(names.router).weight", [e.count, c.hiddenSize])),
            experts: (0..<e.count).map { GatedMLP(gate: gates[$0], up: ups[$0], down: downs[$0]) },
            chosenCount: e.chosenCount, renormalizes: e.renormalizes,
            shared: try e.sharedIntermediateSize.map { size throws(ModelError) in
                ExpertMLP.Shared(
                    mlp: GatedMLP(
                        gate: try projection(prefix + names.sharedGate, size, c.hiddenSize, none),
                        up: try projection(prefix + names.sharedUp, size, c.hiddenSize, none),
                        down: try projection(prefix + names.sharedDown, c.hiddenSize, size, none)),
                    gate: try row("\(prefix)\(names.sharedRouter).weight", c.hiddenSize))
            })
    }

    /// One matrix of each expert, from one tensor `[count, out, input]` or from one for each.
    private func experts(
        _ prefix: String, _ name: String, stacked: String?, count: Int, _ out: Int, _ input: Int, _ bias: ProjectionBiases.Part
    ) throws(ModelError) -> [Linear] {
        if let stacked, contains("\(prefix)\(stacked).weight") {
            return try stack("\(prefix)\(stacked).weight", count, out, input).map { Linear(weight: $0, bias: nil) }
        }
        guard let mark = name.firstIndex(of: "#") else { throw .misuse("\(name) has no place for a number") }
        return try (0..<count).map { expert throws(ModelError) in
            try projection("\(prefix)\(name[..<mark])\(expert)\(name[name.index(after: mark)...])", out, input, bias)
        }
    }

    /// A vector as a matrix of one row, in F32; files have it as either.
    private func row(_ name: String, _ count: Int) throws(ModelError) -> Tensor {
        let isVector = (try? source.tensor(name))?.rank == 1
        let values = try float32(try tensor(name, isVector ? [count] : [1, count]))
        return try ModelError.wrapping { try values.reshaped([1, count]) }
    }

    /// The rotary frequencies, divided by the file's own divisors where a dialect has names for them and the file has them.
    func rope(_ configuration: RopeConfiguration, _ names: TextNames = .hub) throws(ModelError) -> Rope {
        func divisors(_ name: String?) throws(ModelError) -> [Float]? {
            guard let name, let tensor = try optionalVector("\(name).weight", configuration.rotaryDimension / 2) else {
                return nil
            }
            do { return try tensor.floats() } catch { throw .memory(error) }
        }
        let always = try divisors(names.ropeDivisors)
        let (short, long) = (try divisors(names.shortRopeDivisors), try divisors(names.longRopeDivisors))
        do { return try Rope(configuration, divisors: short ?? always, longDivisors: long ?? always) } catch {
            throw .memory(error)
        }
    }
}
