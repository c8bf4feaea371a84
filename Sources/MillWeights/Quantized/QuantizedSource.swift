import MillTensor
import MillValue

/// Another source whose quantized matrices read as dense ones: `NAME.qweight`, `.qzeros`, `.scales` and `.g_idx` (GPTQ, AWQ), or
/// `NAME.weight` with `.absmax`, `.quant_map` and `.quant_state.*` (bitsandbytes), become `NAME.weight`.
///
/// A matrix is dequantized when it is asked for, to the values that the reference gives, and kept as long as somebody uses it.
struct QuantizedSource: WeightSource {
    private enum Kind: Sendable {
        case gptq(GPTQSettings)
        case awq(AWQSettings)
        /// `nf4` or `fp4`.
        case blocks(String)

        var text: String {
            switch self {
            case .gptq(let settings): "GPTQ \(settings.bits)-bit"
            case .awq: "AWQ 4-bit"
            case .blocks(let kind): "bitsandbytes \(kind.uppercased())"
            }
        }
    }

    private let source: any WeightSource
    private(set) var names: [String] = []
    private var all: Set<String> = []
    private var matrices: [String: Kind] = [:]
    private let made = MadeTensors()

    private static let packedParts = [".qweight", ".qzeros", ".scales", ".g_idx"]
    private static let state = ".quant_state.bitsandbytes__"

    /// The source itself, unless some of its matrices are quantized.
    ///
    /// - Parameter settings: nil where the model's folder says nothing.
    /// - Throws: ``WeightsError/unsupported(path:item:reason:)`` for matrices of a kind that no setting or tensor explains.
    static func wrapping(
        _ source: any WeightSource, _ settings: QuantizationSettings?
    ) throws(WeightsError) -> any WeightSource {
        let wrapped = try QuantizedSource(source, settings)
        return wrapped.matrices.isEmpty ? source : wrapped
    }

    private init(_ source: any WeightSource, _ settings: QuantizationSettings?) throws(WeightsError) {
        self.source = source
        var hidden: Set<String> = []
        for name in source.names {
            if name.hasSuffix(".qweight") {
                let stem = String(name.dropLast(".qweight".count))
                let kind: Kind
                switch settings {
                case .gptq(let gptq): kind = .gptq(gptq)
                case .awq(let awq): kind = .awq(awq)
                case .bitsandbytes, nil:
                    throw .unsupported(
                        path: source.path, item: "tensor \(name)",
                        reason: "it is quantized, but quantization_config of config.json does not say that it is gptq or awq")
                }
                matrices["\(stem).weight"] = kind
                hidden.formUnion(Self.packedParts.map { stem + $0 })
            } else if let range = name.firstRange(of: Self.state) {
                let matrix = String(name[..<range.lowerBound])
                let kind = String(name[range.upperBound...])
                guard FourBitBlocks.kinds.contains(kind) else {
                    throw .unsupported(
                        path: source.path, item: "tensor \(name)",
                        reason:
                            "bitsandbytes' \(kind) is not supported; supported: \(FourBitBlocks.kinds.joined(separator: ", "))")
                }
                matrices[matrix] = .blocks(kind)
                hidden.formUnion(
                    [name] + ["absmax", "quant_map", "nested_absmax", "nested_quant_map"].map { "\(matrix).\($0)" })
            } else if name.hasSuffix(".SCB") || name.hasSuffix(".weight_format") {
                throw .unsupported(
                    path: source.path, item: "tensor \(name)",
                    reason: "it belongs to bitsandbytes' 8-bit weights; supported: \(QuantizationSettings.supported)")
            }
        }
        for name in source.names {
            let matrix = name.hasSuffix(".qweight") ? String(name.dropLast(".qweight".count)) + ".weight" : name
            if matrix == name, hidden.contains(name) { continue }
            guard all.insert(matrix).inserted else {
                throw .malformed(
                    path: source.path, item: "tensor \(matrix)", offset: 0, reason: "it is there both dense and quantized")
            }
            names.append(matrix)
        }
    }

    var path: String { source.path }

    var format: String {
        let kinds = Set(matrices.values.map(\.text)).sorted()
        return "\(source.format), \(kinds.joined(separator: " and ")), read as dense"
    }

    func contains(_ name: String) -> Bool { all.contains(name) }

    func isMade(_ name: String) -> Bool { matrices[name] != nil || source.isMade(name) }

    func layout(_ name: String) throws(WeightsError) -> TensorLayout {
        guard all.contains(name) else { throw missing(name) }
        let parts = PackedTensors(source: source, name: name)
        switch matrices[name] {
        case nil: return try source.layout(name)
        case .blocks(let kind): return try FourBitBlocks.layout(parts, kind: kind)
        case .gptq(let settings):
            return try layout(Self.stem(name), inputsPerWord: 32 / settings.bits, outputsPerWord: 1)
        case .awq: return try layout(Self.stem(name), inputsPerWord: 1, outputsPerWord: 8)
        }
    }

    func tensor(_ name: String) throws(WeightsError) -> Tensor {
        guard all.contains(name) else { throw missing(name) }
        guard let kind = matrices[name] else { return try source.tensor(name) }
        return try made.tensor(name) { () throws(WeightsError) in
            let parts = PackedTensors(source: source, name: name)
            return switch kind {
            case .gptq(let settings):
                try PackedLinear(gptq: settings, parts, stem: Self.stem(name)).dequantized(name: name)
            case .awq(let settings): try PackedLinear(awq: settings, parts, stem: Self.stem(name)).dequantized(name: name)
            case .blocks(let kind): try FourBitBlocks(parts, kind: kind).dequantized(name: name)
            }
        }
    }

    private func layout(_ stem: String, inputsPerWord: Int, outputsPerWord: Int) throws(WeightsError) -> TensorLayout {
        let words = try source.layout("\(stem).qweight")
        let scales = try source.layout("\(stem).scales")
        guard words.shape.count == 2, words.elementCount > 0 else {
            throw .malformed(
                path: path, item: "tensor \(stem).qweight", offset: 0,
                reason: "its shape is \(words.shape), and must be a matrix's")
        }
        return TensorLayout(scales.dtype, [words.shape[1] * outputsPerWord, words.shape[0] * inputsPerWord])
    }

    private static func stem(_ name: String) -> String { String(name.dropLast(".weight".count)) }
}
