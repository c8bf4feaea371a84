import MillTensor

/// The parts of an ONNX file that hold weights and say what they are for: the initializers of its graph, and the nodes that take
/// matrices (onnx.proto3, `ModelProto.graph`). Everything else is passed over.
struct ONNXGraph {
    struct Node {
        let operation: String
        /// The module that the node was made of (`encoder.layer.0.attention.self.query`); nil where the file does not say.
        let scope: String?
        let inputs: [String]
        let outputs: [String]
        /// Of `Gemm`: whether its second matrix is transposed.
        let transposesSecond: Bool
    }

    private(set) var initializers: [ONNXInitializer] = []
    /// Nodes of ``operations``.
    private(set) var nodes: [Node] = []
    private let storage: Storage
    private let path: String

    private static let operations: Set<String> = ["MatMul", "Gemm", "Add", "LayerNormalization", "Identity"]
    /// Operations whose matrices are not the model's own numbers.
    private static let quantized: Set<String> = [
        "DequantizeLinear", "QuantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "ConvInteger", "QLinearMatMul",
        "QLinearConv",
        "MatMulNBits", "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "QGemm", "QAttention", "QLinearAdd",
        "GatherBlockQuantized",
    ]
    private static let maximumTensors = 1 << 18
    private static let maximumNodes = 1 << 20
    private static let maximumInputs = 1 << 12

    init(storage: Storage, path: String) throws(WeightsError) {
        self.storage = storage
        self.path = path
        var model = reader(0..<storage.byteCount, "model")
        var hasGraph = false
        while let (number, value) = try model.next() {
            guard number == 7 else { continue }
            guard case .bytes(let range) = value, !hasGraph else { throw model.error("it must hold one graph") }
            hasGraph = true
            try readGraph(range)
        }
        guard hasGraph else {
            throw .malformed(
                path: path, item: "model", offset: 0, reason: "it holds no graph; it is no ONNX file, or an empty one")
        }
    }

    private func reader(_ range: Range<Int>, _ item: String) -> ProtobufReader {
        ProtobufReader(storage: storage, path: path, range: range, item: item)
    }

    private mutating func readGraph(_ range: Range<Int>) throws(WeightsError) {
        var graph = reader(range, "graph")
        var names: Set<String> = []
        while let (number, value) = try graph.next() {
            guard case .bytes(let range) = value else { continue }
            switch number {
            case 1:
                guard let node = try node(range) else { continue }
                guard nodes.count < Self.maximumNodes else { throw graph.error("there are more than \(Self.maximumNodes) nodes") }
                nodes.append(node)
            case 5:
                guard initializers.count < Self.maximumTensors else {
                    throw graph.error("there are more than \(Self.maximumTensors) initializers")
                }
                let initializer = try ONNXInitializer(storage: storage, path: path, range: range)
                guard names.insert(initializer.name).inserted else {
                    throw graph.error("the initializer \(initializer.name) occurs twice")
                }
                initializers.append(initializer)
            case 15:
                throw .unsupported(path: path, item: "sparse_initializer", reason: "sparse weights are not supported")
            default: continue
            }
        }
    }

    /// nil for a node that takes no matrix.
    private func node(_ range: Range<Int>) throws(WeightsError) -> Node? {
        var message = reader(range, "node")
        var (inputs, outputs): ([Range<Int>], [Range<Int>]) = ([], [])
        var (operation, name) = ("", "")
        var (attributes, properties): ([Range<Int>], [Range<Int>]) = ([], [])
        while let (number, value) = try message.next() {
            guard case .bytes(let range) = value else { continue }
            switch number {
            case 1: inputs.append(range)
            case 2: outputs.append(range)
            case 3: name = try text(range, "name of a node")
            case 4: operation = try text(range, "operation of a node")
            case 5: attributes.append(range)
            case 9: properties.append(range)
            default: continue
            }
        }
        guard !Self.quantized.contains(operation) else {
            throw .unsupported(
                path: path, item: "node \(name)",
                reason: "\(operation) belongs to a quantized graph; supported: graphs exported in F32, F16 or BF16")
        }
        guard Self.operations.contains(operation) else { return nil }
        guard inputs.count <= Self.maximumInputs, outputs.count <= Self.maximumInputs else {
            throw message.error("node \(name) has more than \(Self.maximumInputs) inputs")
        }
        return Node(
            operation: operation, scope: try scope(properties) ?? Self.scope(name),
            inputs: try inputs.map { range throws(WeightsError) in try text(range, "input of \(name)") },
            outputs: try outputs.map { range throws(WeightsError) in try text(range, "output of \(name)") },
            transposesSecond: try transposesSecond(attributes))
    }

    private func text(_ range: Range<Int>, _ item: String) throws(WeightsError) -> String {
        guard range.count <= 1 << 16, let text = storage.text(range) else {
            throw .malformed(path: path, item: item, offset: range.lowerBound, reason: "it is no valid text, or too long")
        }
        return text
    }

    /// Modules as torch.onnx.export writes them into names: `/encoder/layer.0/attention/self/query/MatMul`. A number behind the
    /// operation says that the module has several of it, none of which need be the module's own.
    private static func scope(_ name: String) -> String? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].isEmpty, let operation = parts.last, operations.contains(String(operation)) else {
            return nil
        }
        return parts.dropFirst().dropLast().joined(separator: ".")
    }

    /// Modules as the newer exporter (`dynamo=True`) notes them: `['', 'encoder', 'encoder.layers.0', …, 'linear']`.
    private func scope(_ properties: [Range<Int>]) throws(WeightsError) -> String? {
        for range in properties {
            let (key, value) = try pair(range, "metadata of a node")
            guard key == "pkg.torch.onnx.name_scopes", value.hasPrefix("['"), value.hasSuffix("']") else { continue }
            let scopes = String(value.dropFirst(2).dropLast(2)).split(separator: "', '", omittingEmptySubsequences: false)
            guard scopes.count >= 2, !scopes[scopes.count - 2].isEmpty else { return nil }
            return String(scopes[scopes.count - 2])
        }
        return nil
    }

    private func pair(_ range: Range<Int>, _ item: String) throws(WeightsError) -> (key: String, value: String) {
        var message = reader(range, item)
        var (key, text) = ("", "")
        while let (number, value) = try message.next() {
            guard case .bytes(let range) = value else { continue }
            if number == 1 { key = try self.text(range, item) }
            if number == 2 { text = try self.text(range, item) }
        }
        return (key, text)
    }

    private func transposesSecond(_ attributes: [Range<Int>]) throws(WeightsError) -> Bool {
        for range in attributes {
            var message = reader(range, "attribute of a node")
            var (isIt, isSet) = (false, false)
            while let (number, value) = try message.next() {
                switch (number, value) {
                case (1, .bytes(let name)): isIt = storage.text(name) == "transB"
                case (3, .integer(let integer)): isSet = integer != 0
                default: continue
                }
            }
            if isIt { return isSet }
        }
        return false
    }
}
