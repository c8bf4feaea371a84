import MillTensor
import MillValue
import MillWeights

/// What `millrace models inspect` says about a model.
public struct ModelDescription: Sendable {
    /// The tensors of one element type.
    public struct Share: Sendable, Hashable {
        public let dtype: DType
        public let tensorCount: Int
        public let parameterCount: Int
        public let byteCount: Int
    }

    public let path: String
    /// `safetensors` or `GGUF`.
    public let format: String
    /// Largest share first.
    public let shares: [Share]
    /// What the network says about itself.
    public let facts: NetworkFacts
    let panels: PanelSet
    /// What one token costs; nil for models that are no plain text models.
    public let work: TokenWork?

    init(
        _ facts: NetworkFacts, path: String, format: String, source: any WeightSource, panels: PanelSet
    ) throws(ModelError) {
        self.facts = facts
        self.path = path
        self.format = format
        self.panels = panels
        shares = try Self.shares(of: source)
        work = facts.isPlainText ? try TokenWork(of: source) : nil
    }

    public var family: String { facts.family }
    public var vocabularySize: Int { facts.vocabularySize }
    public var contextLength: Int { facts.contextLength }
    public var layerCount: Int { facts.layerCount }
    public var hiddenSize: Int { facts.hiddenSize }
    public var cacheType: DType? { facts.cacheType }
    public var cacheByteCountPerToken: Int { facts.cacheByteCountPerToken }
    public var workspaceByteCount: Int { facts.workspaceByteCount }
    public var parameterCount: Int { shares.reduce(0) { $0 + $1.parameterCount } }
    /// Bytes of all weights in the file.
    public var weightByteCount: Int { shares.reduce(0) { $0 + $1.byteCount } }
    /// Bytes of the weights that are used where the file has them.
    public var inPlaceByteCount: Int { max(0, weightByteCount - panels.sourceByteCount) }
    /// Bytes of the quantized matrices in panels, which are used in place of those in the file.
    public var panelByteCount: Int { panels.byteCount }
    /// The file that holds the panels; nil where they are in memory or not made.
    public var panelFile: String? {
        if case .file(let path) = panels.place { path } else { nil }
    }
}

extension ModelDescription {
    /// Counts the tensors of a file by type.
    static func shares(of source: any WeightSource) throws(ModelError) -> [Share] {
        var shares: [DType: Share] = [:]
        for name in source.names {
            let tensor: Tensor
            do { tensor = try source.tensor(name) } catch { throw .weights(error) }
            let before = shares[tensor.dtype]
            shares[tensor.dtype] = Share(
                dtype: tensor.dtype, tensorCount: (before?.tensorCount ?? 0) + 1,
                parameterCount: (before?.parameterCount ?? 0) + tensor.elementCount,
                byteCount: (before?.byteCount ?? 0) + tensor.byteCount)
        }
        return shares.values.sorted { ($0.byteCount, $0.dtype.name) > ($1.byteCount, $1.dtype.name) }
    }
}

extension ModelDescription: CustomStringConvertible {
    public var description: String {
        var lines = [
            "\(path)",
            "  family      \(family) (\(format))",
            "  parameters  \(Self.thousands(parameterCount))",
            "  layers      \(layerCount), hidden size \(hiddenSize), vocabulary \(vocabularySize)",
            "  context     \(contextLength) tokens",
            "  weights     \(Self.bytes(weightByteCount)), of which \(Self.bytes(inPlaceByteCount)) are used where they lie",
            "  KV cache    \(Self.bytes(cacheByteCountPerToken)) per token\(cacheType.map { " in \($0.name)" } ?? "")",
            "  workspace   \(Self.bytes(workspaceByteCount))",
        ]
        if panelByteCount > 0 { lines.insert("  laid out    \(Self.bytes(panelByteCount)), \(panelPlace)", at: 6) }
        for share in shares {
            lines.append(
                "  \(share.dtype.name.padded(to: 10))  \(share.tensorCount) tensors,"
                    + " \(Self.thousands(share.parameterCount)) parameters, \(Self.bytes(share.byteCount))")
        }
        return lines.joined(separator: "\n")
    }

    private var panelPlace: String {
        switch panels.place {
        case .memory: "in memory, at each start"
        case .file(let path): "mapped from \(path)"
        case .folder(let path): "once, into a file in \(path)"
        }
    }

    /// The same facts for programs; sizes in bytes.
    public var value: Value {
        [
            "path": .string(path), "family": .string(family), "format": .string(format),
            "parameters": .int(parameterCount), "layers": .int(layerCount), "hidden_size": .int(hiddenSize),
            "vocabulary": .int(vocabularySize), "context": .int(contextLength),
            "memory": [
                "weights": .int(weightByteCount), "weights_in_place": .int(inPlaceByteCount),
                "panels": .int(panelByteCount), "kv_per_token": .int(cacheByteCountPerToken),
                "kv_type": cacheType.map { .string($0.name) } ?? .null,
                "workspace": .int(workspaceByteCount),
            ],
            "types": .list(
                shares.map { share in
                    [
                        "type": .string(share.dtype.name), "tensors": .int(share.tensorCount),
                        "parameters": .int(share.parameterCount), "bytes": .int(share.byteCount),
                    ]
                }),
        ]
    }

    private static func thousands(_ count: Int) -> String {
        var digits = String(count)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }

    private static func bytes(_ count: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB"]
        var (value, unit) = (Double(count), 0)
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return unit == 0 ? "\(count) bytes" : "\((value * 10).rounded() / 10) \(units[unit])"
    }
}

extension String {
    /// Followed by spaces up to `width` characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
