import MillCompute
import MillTensor

extension TextModel {
    /// Caches below this are not worth asking how much memory is free, in bytes.
    private static let checkedByteCount = 8 << 20

    /// What the keys and values of a sequence are kept in: the type that was asked for, or else ``cacheType`` where that fits
    /// into the memory and Q8_0 where only that does. Whoever observes loaders is told of the latter.
    ///
    /// - Throws: ``ModelError/doesNotFit(_:)`` with figures and what to do.
    package func cacheType(capacity: Int, asked: DType?, budget: MemoryBudget? = nil) throws(ModelError) -> DType {
        let type = asked ?? cacheType
        guard let bytes = byteCount(type, capacity), budget != nil || bytes >= Self.checkedByteCount else { return type }
        let budget = budget ?? .now()
        guard bytes > budget.freeByteCount else { return type }
        let what = "keys and values of \(capacity) tokens take \(ByteCount.text(bytes)) in \(type.name)"
        let small = byteCount(.q8_0, capacity).flatMap { $0 <= budget.freeByteCount ? $0 : nil }
        if asked == nil, compute.activations != .float32, let small {
            LoadEvent.standard.onEvent(
                .warning(
                    "\(what), and there are \(budget); they are kept in \(DType.q8_0.name), which takes \(ByteCount.text(small))")
            )
            return .q8_0
        }
        var remedies: [String] = []
        if small != nil { remedies.append("keep them in \(DType.q8_0.name)") }
        // What would be taken where it fits; and a little less than is free, which changes.
        let least = asked == nil && compute.activations != .float32 ? byteCount(.q8_0, capacity) ?? bytes : bytes
        let room = budget.freeByteCount / 20 * 19 / max(1, least / max(1, capacity))
        if room > 0 { remedies.append("let the sequence have \(room) tokens at most") }
        throw .doesNotFit(
            "\(what), and there are \(budget); "
                + (remedies.isEmpty ? "take a smaller model" : remedies.joined(separator: ", or ")))
    }

    private func byteCount(_ type: DType, _ capacity: Int) -> Int? {
        KVCache.byteCount(
            type, layerCount: configuration.layerCount - configuration.crossLayers.count, capacity: capacity,
            kvHeadCount: configuration.kvHeadCount, headDimension: configuration.headDimension)
    }
}
