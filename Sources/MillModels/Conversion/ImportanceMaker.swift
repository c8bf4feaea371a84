import MillTensor
import MillWeights

/// Reads a text with a model and works out how strongly the columns of its matrices are met.
struct ImportanceMaker: Sendable {
    private let model: TextModel
    private let sums = ActivationSums()

    init(_ model: TextModel) { self.model = model }

    /// Reads a window of tokens from its start.
    func read(_ window: [Int32]) throws(ModelError) {
        let cache = try model.makeCache(capacity: window.count)
        let logits: Tensor
        do { logits = try Tensor.allocate(.f32, [1, model.vocabularySize]) } catch { throw .memory(error) }
        for start in stride(from: 0, to: window.count, by: TextModel.chunkLength) {
            let chunk = Array(window[start..<min(start + TextModel.chunkLength, window.count)])
            try model.forward([(chunk, cache)], rows: [Int32(chunk.count - 1)], into: logits, sums: sums)
        }
    }

    /// What was met so far, under the names that the model's matrices have in GGUF files.
    func entries(of items: [ModelConverter.Item]) -> [String: ImportanceMatrix.Entry] {
        var entries: [String: ImportanceMatrix.Entry] = [:]
        for item in items where item.name.hasSuffix(".weight") {
            let sites = sites(of: item.name)
            let sums = sites.map { self.sums[$0] }
            guard let width = sums.lazy.compactMap({ $0?.squares.count }).first else { continue }
            // An expert that no token met has a count of 0.
            let none = ActivationSums.Sum(squares: [Double](repeating: 0, count: width), count: 0)
            entries[item.name] = ImportanceMatrix.Entry(
                sums: sums.flatMap { ($0 ?? none).squares.map { Float($0) } }, counts: sums.map { Float(($0 ?? none).count) })
        }
        return entries
    }

    /// Refuses sums that are no numbers, by the first matrix that met something else.
    ///
    /// - Parameters:
    ///   - window: the number of the one that was read last, from 1.
    ///   - dataset: what it is of.
    func check(_ items: [ModelConverter.Item], window: Int, of dataset: String) throws(ModelError) {
        guard let site = sums.firstBroken else { return }
        let name = items.first { $0.name.hasSuffix(".weight") && sites(of: $0.name).contains(site) }?.name ?? "\(site)"
        throw .weights(
            .invalidContent(
                item: "tensor \(name)",
                reason:
                    "what it is multiplied with in window \(window) of \(dataset) is NaN or infinite, so there is no importance"
                    + " matrix: the weights before it are damaged or too large; compare the files' checksums with the hub's, or"
                    + " convert without --calibrate to see which tensor holds NaN"))
    }

    /// What the matrices of a tensor are multiplied with; several of a stack of experts, none for other tensors.
    private func sites(of name: String) -> [ActivationSums.Site] {
        let isHead = name == "output.weight" || name == "token_embd.weight" && model.configuration.tiesEmbeddings
        if isHead { return [.head] }
        let parts = name.split(separator: ".")
        guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]) else { return [] }
        let experts = 0..<(model.configuration.experts?.count ?? 0)
        return switch parts[2] {
        case "attn_q", "attn_k", "attn_v", "attn_qkv": [.attention(layer: layer)]
        case "attn_output": [.attentionOutput(layer: layer)]
        case "ffn_gate", "ffn_up": [.mlp(layer: layer)]
        case "ffn_down": [.mlpDown(layer: layer)]
        case "ffn_gate_exps", "ffn_up_exps": experts.map { .expert(layer: layer, $0) }
        case "ffn_down_exps": experts.map { .expertDown(layer: layer, $0) }
        case "ffn_gate_shexp", "ffn_up_shexp": [.shared(layer: layer)]
        case "ffn_down_shexp": [.sharedDown(layer: layer)]
        default: []
        }
    }
}

extension ModelConverter {
    /// The importance matrix of the model that is converted, over windows of tokens.
    ///
    /// - Parameters:
    ///   - model: the same model, loaded.
    ///   - dataset: what the windows come from.
    ///   - isCancelled: asked before each window.
    ///   - progress: told after each how many of how many are read.
    /// - Returns: nil when it was cancelled.
    public func importance(
        of windows: [[Int32]], _ model: LoadedModel, dataset: String, isCancelled: () -> Bool = { false },
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws(ModelError) -> ImportanceMatrix? {
        guard case .text(let network) = model.network else {
            throw .misuse("\(folder) is a \(model.description.family) model; only text models have an importance matrix")
        }
        let maker = ImportanceMaker(network)
        for (index, window) in windows.enumerated() {
            guard !isCancelled() else { return nil }
            try maker.read(window)
            try maker.check(plan.items, window: index + 1, of: dataset)
            progress(index + 1, windows.count)
        }
        return ImportanceMatrix(
            entries: maker.entries(of: plan.items), datasets: [dataset], chunkCount: windows.count,
            chunkLength: windows.first?.count ?? 0)
    }
}
