/// Gives the weights of an ONNX graph the names that the hub's checkpoints have.
///
/// Exporters keep the names of most parameters. The matrix of a linear layer `y = x Wᵀ` becomes a transposed constant without a
/// name (`onnx::MatMul_293`, `val_7`); the node that takes it says which module it belongs to. Vectors with the same content are
/// written once: the nodes say again to which modules they belong.
struct ONNXNames {
    struct Origin: Sendable, Hashable {
        /// Position among the graph's initializers.
        let index: Int
        let isTransposed: Bool
    }

    /// In the file's order; what was recovered comes last.
    private(set) var names: [String] = []
    private(set) var origins: [String: Origin] = [:]
    /// Matrices that are multiplied with and have no name.
    private(set) var nameless: [String] = []

    init(_ graph: ONNXGraph) {
        var indices: [String: Int] = [:]
        for (index, initializer) in graph.initializers.enumerated() { indices[initializer.name] = index }
        let linears = Self.linears(graph, indices)
        // Whoever multiplies by `x W` directly holds the transpose of the hub's `[out, in]`.
        let transposed = Set(linears.compactMap { $0.isTransposed ? $0.index : nil })
        for (index, initializer) in graph.initializers.enumerated() where !Self.isNameless(initializer.name) {
            add(initializer.name, index, isTransposed: transposed.contains(index) && initializer.name.hasSuffix(".weight"))
        }
        var recovered: Set<Int> = []
        for linear in linears {
            let isNamed = !Self.isNameless(graph.initializers[linear.index].name)
            if let scope = linear.scope {
                if !isNamed {
                    add("\(scope).weight", linear.index, isTransposed: linear.isTransposed)
                    recovered.insert(linear.index)
                }
                if let bias = linear.bias { add("\(scope).bias", bias, isTransposed: false) }
            }
        }
        nameless = linears.map(\.index).filter { !recovered.contains($0) }.map { graph.initializers[$0].name }
            .filter(Self.isNameless)
        for node in graph.nodes {
            if node.operation == "Identity", let input = node.inputs.first, let output = node.outputs.first {
                // A parameter that is written once under the name of another one.
                if let index = indices[input], !Self.isNameless(output) { add(output, index, isTransposed: false) }
            }
            guard node.operation == "LayerNormalization", let scope = node.scope else { continue }
            for (input, name) in zip(node.inputs.dropFirst(), ["weight", "bias"]) {
                if let index = indices[input] { add("\(scope).\(name)", index, isTransposed: false) }
            }
        }
    }

    /// The first that claims a name has it.
    private mutating func add(_ name: String, _ index: Int, isTransposed: Bool) {
        guard origins[name] == nil else { return }
        origins[name] = Origin(index: index, isTransposed: isTransposed)
        names.append(name)
    }

    private struct Linear {
        /// nil where it is not clear whose matrix it is.
        let scope: String?
        let index: Int
        let isTransposed: Bool
        let bias: Int?
    }

    /// The nodes that multiply by a matrix of the file, with what is added to their result within the same module.
    private static func linears(_ graph: ONNXGraph, _ indices: [String: Int]) -> [Linear] {
        // A module with several products is no linear layer.
        var products: [String: Int] = [:]
        var addends: [String: Int] = [:]
        for node in graph.nodes {
            guard let scope = node.scope else { continue }
            switch node.operation {
            case "MatMul", "Gemm": products[scope, default: 0] += 1
            case "Add" where node.inputs.count == 2:
                for (sum, addend) in [(0, 1), (1, 0)] {
                    if let index = indices[node.inputs[addend]] { addends["\(scope)\n\(node.inputs[sum])"] = index }
                }
            default: continue
            }
        }
        var linears: [Linear] = []
        for node in graph.nodes where node.operation == "MatMul" || node.operation == "Gemm" {
            guard node.inputs.count >= 2, let index = indices[node.inputs[1]], graph.initializers[index].shape.count == 2 else {
                continue
            }
            let scope = node.scope.flatMap { products[$0] == 1 ? $0 : nil }
            let bias: Int?
            if node.operation == "Gemm" {
                bias = node.inputs.count > 2 && isNameless(node.inputs[1]) ? indices[node.inputs[2]] : nil
            } else {
                bias = scope.flatMap { scope in node.outputs.first.flatMap { addends["\(scope)\n\($0)"] } }
            }
            linears.append(Linear(scope: scope, index: index, isTransposed: !node.transposesSecond, bias: bias))
        }
        return linears
    }

    /// Whether a name is the exporter's own: `onnx::MatMul_293`, `/encoder/Constant_output_0`, `val_7`, `1024`.
    private static func isNameless(_ name: String) -> Bool {
        if name.hasPrefix("onnx::") || name.hasPrefix("/") { return true }
        guard !name.contains(".") else { return false }
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
        guard digits > 0 else { return false }
        return digits == name.count || name.dropLast(digits).hasSuffix("_")
    }
}
