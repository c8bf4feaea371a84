import MillCompute
import MillTensor
import MillWeights

/// What a model's weights take of the memory, known from the headers of its files before anything is read.
struct MemoryNeed: Sendable, Hashable {
    /// Bytes of weights that are made when the model is loaded.
    var madeByteCount = 0
    /// Bytes of panels in memory of the process.
    var laidOutByteCount = 0
    /// Bytes that are mapped from files: they can be read again when they had to make room.
    var mappedByteCount = 0
    /// 0 where it is not known.
    var parameterCount = 0
    /// Whether the weights lie in a GGUF file.
    var isGGUF = false

    /// Bytes that nothing else can use while the model is loaded.
    var heldByteCount: Int { madeByteCount + laidOutByteCount }
}

extension MemoryNeed {
    /// - Parameters:
    ///   - panels: where the panels of the quantized matrices are kept.
    ///   - ignored: whether nobody reads a tensor.
    init(
        of source: any WeightSource, _ activations: Compute.Activations, _ panels: PanelCache, ignoring ignored: (String) -> Bool
    ) throws(ModelError) {
        isGGUF = source.format.hasPrefix("GGUF")
        var panelByteCount = 0
        for name in source.names where !ignored(name) {
            let tensor: TensorLayout
            do { tensor = try source.layout(name) } catch { throw .weights(error) }
            add(tensor.elementCount, to: &parameterCount)
            if source.isMade(name) {
                add(tensor.byteCount, to: &madeByteCount)
            } else if activations == .int8, tensor.shape.count > 1, let columns = tensor.shape.last, columns > 0,
                !TokenWork.isOnlyTable(name, in: source),
                let bytes = WeightPanels.byteCount(tensor.dtype, rows: tensor.elementCount / columns, columns: columns)
            {
                add(bytes, to: &panelByteCount)
            } else {
                add(tensor.byteCount, to: &mappedByteCount)
            }
        }
        if panels.keepsFiles(of: panelByteCount) {
            add(panelByteCount, to: &mappedByteCount)
        } else {
            laidOutByteCount = panelByteCount
        }
    }

    /// Of a model that is loaded, or was looked at.
    init(_ model: ModelDescription) {
        let isInMemory = model.panels.place == .memory
        self.init(
            madeByteCount: model.madeByteCount, laidOutByteCount: isInMemory ? model.panelByteCount : 0,
            mappedByteCount: model.inPlaceByteCount + (isInMemory ? 0 : model.panelByteCount),
            parameterCount: model.parameterCount, isGGUF: model.format.hasPrefix("GGUF"))
    }

    private func add(_ bytes: Int, to sum: inout Int) {
        let (result, overflow) = sum.addingReportingOverflow(bytes)
        sum = overflow ? .max / 4 : min(result, .max / 4)
    }

    /// Refuses what would push everything else out of the memory, or be ended by the kernel.
    ///
    /// - Throws: ``ModelError/doesNotFit(_:)`` with figures and what to do.
    func check(_ path: String, _ budget: MemoryBudget) throws(ModelError) {
        if let problem = problem(path, budget) { throw .doesNotFit(problem) }
    }

    /// Why the weights do not fit, and what to do; nil where they do.
    func problem(_ path: String, _ budget: MemoryBudget) -> String? {
        guard heldByteCount > budget.freeByteCount || heldByteCount + mappedByteCount > budget.totalByteCount else { return nil }
        var parts: [String] = []
        if madeByteCount > 0 { parts.append("\(ByteCount.text(madeByteCount)) made of the file's weights") }
        if laidOutByteCount > 0 { parts.append("\(ByteCount.text(laidOutByteCount)) laid out in memory") }
        if mappedByteCount > 0 { parts.append("\(ByteCount.text(mappedByteCount)) mapped from files") }
        return
            "\(path) does not fit into the memory: its weights take \(parts.joined(separator: " and ")), and there are \(budget);"
            + " \(remedy(path, budget)); MILLRACE_MEMORY=SIZE is taken in place of what was measured"
    }

    private func remedy(_ path: String, _ budget: MemoryBudget) -> String {
        if laidOutByteCount > 0, heldByteCount > budget.freeByteCount, madeByteCount <= budget.freeByteCount,
            heldByteCount + mappedByteCount <= budget.totalByteCount
        {
            return "MILLRACE_CACHE=FOLDER lets them be mapped from a file in that folder"
        }
        // Bytes for each parameter; the mix of int4 has some matrices in 8 bits.
        let choices = [("q8_0", 34.0 / 32), ("int4", 0.7)].map { (name: $0, bytes: Int(Double(parameterCount) * $1)) }
        let limit = min(budget.freeByteCount, budget.totalByteCount)
        guard
            let choice = choices.first(where: { $0.bytes > 0 && $0.bytes < limit && $0.bytes < heldByteCount + mappedByteCount })
        else { return "take a model of fewer parameters, or one in fewer bits" }
        return isGGUF
            ? "take a file of it in fewer bits: \(choice.name) takes about \(ByteCount.text(choice.bytes))"
            : "`millrace models convert \(path) -o MODEL.gguf --precision \(choice.name)` makes a file of about"
                + " \(ByteCount.text(choice.bytes))"
    }
}

extension PanelCache {
    /// Whether panels of so many bytes are mapped from a file of this cache.
    func keepsFiles(of byteCount: Int) -> Bool {
        guard case .folder = place else { return false }
        return byteCount >= fileThreshold && byteCount <= byteLimit
    }
}
