import MillWeights

/// Where the matrices that adapters name by the hub's names, or by GGUF's, lie in a model of Millrace's.
struct AdapterPlaces {
    /// One of the parts of a matrix that several layers share.
    struct Output {
        let target: AdapterTarget
        let count: Int
        /// The order in which the model's file has the rows; nil where it is the adapter's.
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
    private let dialect: LoRAFile.Dialect

    init(_ configuration: DecoderConfiguration, _ dialect: LoRAFile.Dialect) {
        self.configuration = configuration
        self.dialect = dialect
    }

    /// For messages.
    var names: String {
        let isSparse = configuration.experts?.isSparse.allSatisfy { $0 } ?? false
        guard dialect == .hub else {
            let mlp = configuration.family.fusesGate ? ["ffn_up", "ffn_down"] : ["ffn_gate", "ffn_up", "ffn_down"]
            let parts = (configuration.family.fusesQuery ? ["attn_qkv"] : ["attn_q", "attn_k", "attn_v"]) + ["attn_output"]
            return "blk.0…\(configuration.layerCount - 1).{\((parts + (isSparse ? [] : mlp)).joined(separator: ", "))}"
        }
        let names = configuration.family.hubNames
        let modules = attentionNames.map { "self_attn.\($0)" } + (isSparse ? [] : mlpNames.map { "mlp.\($0)" })
        let own = modules.map { Self.renamed($0, from: .hub, to: names) }
        return "\(names.layers)0…\(configuration.layerCount - 1).{\(own.joined(separator: ", "))}"
    }

    private var attentionNames: [String] {
        configuration.family.fusesQuery ? ["qkv_proj", "o_proj"] : ["q_proj", "k_proj", "v_proj", "o_proj"]
    }

    private var mlpNames: [String] {
        configuration.family.fusesGate ? ["gate_up_proj", "down_proj"] : ["gate_proj", "up_proj", "down_proj"]
    }

    /// Whether a module is a part of a layer's experts or of their router, which adapters cannot change.
    func isOfExperts(_ name: String) -> Bool {
        let module = plain(name) ?? name
        let parts = module.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 3, parts[0] == "model", parts[1] == "layers", let layer = Int(parts[2]),
            (0..<configuration.layerCount).contains(layer)
        else { return false }
        return configuration.isSparse(layer) && (parts[3] == "mlp" || parts[3] == "block_sparse_moe")
    }

    /// `model.layers.N.…` of whatever the dialect, the family and models that see call a matrix of the text side; nil for a name
    /// that GGUF does not have.
    private func plain(_ name: String) -> String? {
        guard dialect == .hub else { return Self.hubName(name) }
        let names = configuration.family.hubNames
        let starts = names.layers == TextNames.hub.layers ? Self.textSides : [names.layers]
        guard let start = starts.first(where: name.hasPrefix) else { return name }
        let rest = name.dropFirst(start.count)
        let number = rest.prefix { $0 != "." }
        let module = String(rest.dropFirst(number.count + 1))
        return "\(TextNames.hub.layers)\(number).\(Self.renamed(module, from: names, to: .hub))"
    }

    /// What transformers 4 and 5 put before the layers of the text side of models that see.
    private static let textSides = ["model.language_model.layers.", "language_model.model.layers.", "model.text_model.layers."]

    /// What another dialect calls a matrix.
    private static func renamed(_ module: String, from names: TextNames, to others: TextNames) -> String {
        let paths: [KeyPath<TextNames, String>] = [\.queryKeyValue, \.output, \.gateUp, \.down]
        return paths.first { names[keyPath: $0] == module }.map { others[keyPath: $0] } ?? module
    }

    /// nil for a name that the model does not have.
    func place(of name: String) -> Place? {
        guard let module = plain(name) else { return nil }
        let parts = module.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "model", parts[1] == "layers", let layer = Int(parts[2]), "\(layer)" == parts[2],
            (0..<configuration.layerCount).contains(layer)
        else { return nil }
        let c = configuration
        func place(_ inputs: Int, _ outputs: Output...) -> Place { Place(layer: layer, inputs: inputs, outputs: outputs) }
        func output(_ target: AdapterTarget, _ count: Int, heads: Int? = nil) -> Output {
            Output(target: target, count: count, order: heads.flatMap { c.fileOrder(heads: $0, from: dialect) })
        }
        if parts[3] == "mlp", c.isSparse(layer) { return nil }
        if parts[3] == "self_attn", c.crossLayers.contains(layer) { return nil }
        let fusesGate = c.family.fusesGate
        let gateUp: Substring = dialect == .hub ? "gate_up_proj" : "up_proj"
        switch (parts[3], parts[4]) {
        case ("self_attn", "qkv_proj") where c.family.fusesQuery:
            return place(
                c.hiddenSize, output(.query, c.querySize), output(.key, c.keySize), output(.value, c.keySize))
        case ("self_attn", "o_proj"): return place(c.querySize, output(.output, c.hiddenSize))
        case ("self_attn", _) where c.family.fusesQuery: return nil
        case ("self_attn", "q_proj"): return place(c.hiddenSize, output(.query, c.querySize, heads: c.headCount))
        case ("self_attn", "k_proj"): return place(c.hiddenSize, output(.key, c.keySize, heads: c.kvHeadCount))
        case ("self_attn", "v_proj"): return place(c.hiddenSize, output(.value, c.keySize))
        case ("mlp", gateUp) where fusesGate:
            return place(c.hiddenSize, output(.gate, c.intermediateSize), output(.up, c.intermediateSize))
        case ("mlp", "gate_proj") where !fusesGate: return place(c.hiddenSize, output(.gate, c.intermediateSize))
        case ("mlp", "up_proj") where !fusesGate: return place(c.hiddenSize, output(.up, c.intermediateSize))
        case ("mlp", "down_proj"): return place(c.intermediateSize, output(.down, c.hiddenSize))
        default: return nil
        }
    }
}

extension AdapterPlaces {
    /// What GGUF calls a matrix of the hub's, and the order that its files have the rows in; nil for a name that the model does not
    /// have, and an order of nil for the hub's own.
    func gguf(of name: String) -> (name: String, order: [Int]?)? {
        guard dialect == .hub, place(of: name) != nil, let plain = plain(name) else { return nil }
        let parts = plain.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 5 else { return nil }
        let module = "\(parts[3]).\(parts[4])"
        let known = module == "mlp.gate_up_proj" ? "ffn_up" : Self.modules.first { $0.value == module }?.key
        let heads = ["self_attn.q_proj": configuration.headCount, "self_attn.k_proj": configuration.kvHeadCount][module]
        let isReordered = configuration.family.pairs.hub != configuration.family.pairs.gguf
        let order = heads.flatMap { isReordered ? configuration.pairOrder(heads: $0) : nil }
        return known.map { ("blk.\(parts[2]).\($0)", order) }
    }

    /// What the hub calls the matrix that GGUF calls `blk.N.NAME`.
    private static func hubName(_ name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "blk", let module = modules[String(parts[2])] else { return nil }
        return "model.layers.\(parts[1]).\(module)"
    }

    private static let modules = [
        "attn_qkv": "self_attn.qkv_proj", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
        "ffn_gate_inp": "mlp.gate", "ffn_gate_exps": "mlp.experts", "ffn_up_exps": "mlp.experts", "ffn_down_exps": "mlp.experts",
    ]
}

extension DecoderConfiguration {
    /// An adapter's rows of a query or key projection in the order of the model's own file; nil where they are the same.
    fileprivate func fileOrder(heads: Int, from dialect: LoRAFile.Dialect) -> [Int]? {
        guard rope.layout != (dialect == .hub ? family.pairs.hub : family.pairs.gguf) else { return nil }
        let order = pairOrder(heads: heads)
        guard dialect == .gguf else { return order }
        // From neighbours back to halves.
        var inverse = order
        for (index, source) in order.enumerated() { inverse[source] = index }
        return inverse
    }

    /// From halves to neighbours.
    fileprivate func pairOrder(heads: Int) -> [Int] {
        RopeConfiguration.pairOrder(heads: heads, headDimension: headDimension, rotaryDimension: rope.rotaryDimension)
    }
}
