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
    /// The file of the picture side, where that is one of its own.
    public let mmprojPath: String?
    /// `safetensors`, `GGUF`, …, and how weights are quantized in it where they are read as dense ones.
    public let format: String
    /// Largest share first.
    public let shares: [Share]
    /// What the network says about itself.
    public let facts: NetworkFacts
    /// Bytes of the weights that are no views on the file: dequantized, transposed or moved when the model is loaded.
    public let madeByteCount: Int
    let panels: PanelSet
    /// What one token costs; nil for models that are no plain text models.
    public let work: TokenWork?

    init(
        _ facts: NetworkFacts, path: String, format: String, source: any WeightSource, mmproj: (any WeightSource)? = nil,
        panels: PanelSet
    ) throws(ModelError) {
        self.facts = facts
        self.path = path
        self.format = format
        self.panels = panels
        mmprojPath = mmproj?.path
        let sources: [any WeightSource] = [source] + (mmproj.map { [$0] } ?? [])
        shares = try Self.shares(of: sources)
        madeByteCount = try Self.madeByteCount(of: sources)
        work = facts.isPlainText ? try TokenWork(of: source, facts.experts) : nil
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
    /// Without those of experts that a token does not meet; the same as ``parameterCount`` where there are no experts.
    public var activeParameterCount: Int { work?.activeParameterCount ?? parameterCount }
    /// Bytes of all weights in the file.
    public var weightByteCount: Int { shares.reduce(0) { $0 + $1.byteCount } }
    /// Bytes of the weights that are used where the file has them.
    public var inPlaceByteCount: Int { max(0, weightByteCount - madeByteCount - panels.sourceByteCount) }
    /// Bytes of the quantized matrices in panels, which are used in place of those in the file.
    public var panelByteCount: Int { panels.byteCount }
    /// The file that holds the panels; nil where they are in memory or not made.
    public var panelFile: String? {
        if case .file(let path) = panels.place { path } else { nil }
    }
}

extension ModelDescription {
    private static func madeByteCount(of sources: [any WeightSource]) throws(ModelError) -> Int {
        var count = 0
        for source in sources {
            for name in source.names where source.isMade(name) {
                do { count += try source.layout(name).byteCount } catch { throw .weights(error) }
            }
        }
        return count
    }

    /// Counts the tensors of files by type.
    static func shares(of sources: [any WeightSource]) throws(ModelError) -> [Share] {
        var shares: [DType: Share] = [:]
        for source in sources {
            for name in source.names {
                let tensor: TensorLayout
                do { tensor = try source.layout(name) } catch { throw .weights(error) }
                let before = shares[tensor.dtype]
                shares[tensor.dtype] = Share(
                    dtype: tensor.dtype, tensorCount: (before?.tensorCount ?? 0) + 1,
                    parameterCount: (before?.parameterCount ?? 0) + tensor.elementCount,
                    byteCount: (before?.byteCount ?? 0) + tensor.byteCount)
            }
        }
        return shares.values.sorted { ($0.byteCount, $0.dtype.name) > ($1.byteCount, $1.dtype.name) }
    }
}

extension ModelDescription: CustomStringConvertible {
    public var description: String {
        var lines = [
            "\(path)",
            "  family      \(family) (\(format))",
            "  parameters  \(Self.thousands(parameterCount))\(activeText)",
            "  layers      \(layerCount), hidden size \(hiddenSize), vocabulary \(vocabularySize)",
            "  context     \(contextLength) tokens",
            "  weights     \(ByteCount.text(weightByteCount)), of which \(ByteCount.text(inPlaceByteCount)) are used where they lie",
            "  KV cache    \(ByteCount.text(cacheByteCountPerToken)) per token\(cacheType.map { " in \($0.name)" } ?? "")",
            "  workspace   \(ByteCount.text(workspaceByteCount))",
        ]
        if madeByteCount > 0 {
            lines.append(
                "  made        \(ByteCount.text(madeByteCount)) in memory, of weights that no kernel reads as the file has them")
        }
        if panelByteCount > 0 { lines.append("  laid out    \(ByteCount.text(panelByteCount)), \(panelPlace)") }
        if let mmprojPath { lines.insert("  pictures    \(mmprojPath)", at: 2) }
        for share in shares {
            lines.append(
                "  \(share.dtype.name.padded(to: 10))  \(share.tensorCount) tensors,"
                    + " \(Self.thousands(share.parameterCount)) parameters, \(ByteCount.text(share.byteCount))")
        }
        return lines.joined(separator: "\n")
    }

    private var activeText: String {
        guard let experts = facts.experts else { return "" }
        return
            ", \(Self.thousands(activeParameterCount)) of them for a token (\(experts.chosenCount) of \(experts.count) experts)"
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
            "path": .string(path), "mmproj": mmprojPath.map { .string($0) } ?? .null, "family": .string(family),
            "format": .string(format),
            "parameters": .int(parameterCount), "active_parameters": .int(activeParameterCount), "layers": .int(layerCount),
            "hidden_size": .int(hiddenSize),
            "vocabulary": .int(vocabularySize), "context": .int(contextLength),
            "memory": [
                "weights": .int(weightByteCount), "weights_in_place": .int(inPlaceByteCount),
                "made": .int(madeByteCount), "panels": .int(panelByteCount), "kv_per_token": .int(cacheByteCountPerToken),
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
}

extension String {
    /// Followed by spaces up to `width` characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
