/// Where the matrices that adapters name by the hub's names lie in a model of Millrace's.
struct AdapterPlaces {
    /// One of the parts of a matrix that several layers share.
    struct Output {
        let target: AdapterTarget
        let count: Int
        /// The order in which the model's file has the rows; nil where it is the hub's.
        let order: [Int]?
    }

    struct Place {
        let layer: Int
        let inputs: Int
        let outputs: [Output]

        /// `[out, in]` of the whole matrix.
        var shape: [Int] { [outputs.reduce(0) { $0 + $1.count }, inputs] }
    }

    private let configuration: DecoderConfiguration

    init(_ configuration: DecoderConfiguration) { self.configuration = configuration }

    /// For messages.
    var names: String {
        let isSparse = configuration.experts?.isSparse.allSatisfy { $0 } ?? false
        let modules = attentionNames.map { "self_attn.\($0)" } + (isSparse ? [] : mlpNames.map { "mlp.\($0)" })
        return "model.layers.0…\(configuration.layerCount - 1).{\(modules.joined(separator: ", "))}"
    }

    private var attentionNames: [String] {
        configuration.family.fusesQuery ? ["qkv_proj", "o_proj"] : ["q_proj", "k_proj", "v_proj", "o_proj"]
    }

    private var mlpNames: [String] {
        configuration.family.fusesGate ? ["gate_up_proj", "down_proj"] : ["gate_proj", "up_proj", "down_proj"]
    }

    /// Whether a module is a part of a layer's experts or of their router, which adapters cannot change.
    func isOfExperts(_ module: String) -> Bool {
        let parts = module.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 3, parts[0] == "model", parts[1] == "layers", let layer = Int(parts[2]),
            (0..<configuration.layerCount).contains(layer)
        else { return false }
        return configuration.isSparse(layer) && (parts[3] == "mlp" || parts[3] == "block_sparse_moe")
    }

    /// nil for a name that the model does not have.
    func place(of module: String) -> Place? {
        let parts = module.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "model", parts[1] == "layers", let layer = Int(parts[2]), "\(layer)" == parts[2],
            (0..<configuration.layerCount).contains(layer)
        else { return nil }
        let c = configuration
        func place(_ inputs: Int, _ outputs: Output...) -> Place { Place(layer: layer, inputs: inputs, outputs: outputs) }
        func output(_ target: AdapterTarget, _ count: Int, heads: Int? = nil) -> Output {
            Output(target: target, count: count, order: heads.flatMap(c.fileOrder))
        }
        if parts[3] == "mlp", c.isSparse(layer) { return nil }
        if parts[3] == "self_attn", c.crossLayers.contains(layer) { return nil }
        switch (parts[3], parts[4]) {
        case ("self_attn", "qkv_proj") where c.family.fusesQuery:
            return place(
                c.hiddenSize, output(.query, c.querySize), output(.key, c.keySize), output(.value, c.keySize))
        case ("self_attn", "o_proj"): return place(c.querySize, output(.output, c.hiddenSize))
        case ("self_attn", _) where c.family.fusesQuery: return nil
        case ("self_attn", "q_proj"): return place(c.hiddenSize, output(.query, c.querySize, heads: c.headCount))
        case ("self_attn", "k_proj"): return place(c.hiddenSize, output(.key, c.keySize, heads: c.kvHeadCount))
        case ("self_attn", "v_proj"): return place(c.hiddenSize, output(.value, c.keySize))
        case ("mlp", "gate_up_proj") where c.family.fusesGate:
            return place(c.hiddenSize, output(.gate, c.intermediateSize), output(.up, c.intermediateSize))
        case ("mlp", "gate_proj") where !c.family.fusesGate: return place(c.hiddenSize, output(.gate, c.intermediateSize))
        case ("mlp", "up_proj") where !c.family.fusesGate: return place(c.hiddenSize, output(.up, c.intermediateSize))
        case ("mlp", "down_proj"): return place(c.intermediateSize, output(.down, c.hiddenSize))
        default: return nil
        }
    }
}

extension DecoderConfiguration {
    /// The hub's rows of a query or key projection in the order of the model's own file; nil where they are the same.
    fileprivate func fileOrder(heads: Int) -> [Int]? {
        guard rope.layout != family.pairs.hub else { return nil }
        return RopeConfiguration.pairOrder(heads: heads, headDimension: headDimension, rotaryDimension: rope.rotaryDimension)
    }
}
