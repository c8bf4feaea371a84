import MillCompute
import MillTensor

/// The keys and values of one sequence, for every layer, in memory that is allocated once.
///
/// New tokens are written behind the old ones by the operation that rotates them. An adapter changes them, so a cache belongs
/// to one or none.
package final class KVCache {
    let capacity: Int
    let adapter: LoRAAdapter?
    /// Tokens that all layers have keys and values for.
    private(set) var count = 0
    /// Of the keys and values of all layers.
    let byteCount: Int
    /// nil for layers that keep nothing here.
    private let layers: [KeyValueStore?]
    /// The pictures beside the sequence.
    var sights = Sights()
    /// The pictures in the sequence whose rows lie in grids.
    var grids = GridPositions()

    /// - Parameters:
    ///   - dtype: one of ``KeyValueStore/types``; Q8_0 needs heads of a multiple of 32.
    ///   - skipped: layers that keep nothing of the sequence.
    init(
        _ dtype: DType, layerCount: Int, skipping skipped: Set<Int> = [], capacity: Int, kvHeadCount: Int, headDimension: Int,
        adapter: LoRAAdapter? = nil, pool: StoragePool
    ) throws(ModelError) {
        self.capacity = capacity
        self.adapter = adapter
        let room = KeyValueStore.wholeCapacity(capacity)
        do {
            let byteCount = try KeyValueStore.byteCount(
                dtype, capacity: room, headCount: kvHeadCount, headDimension: headDimension)
            let kept = (0..<layerCount).filter { !skipped.contains($0) }
            let memory = try Tensor.allocate(.u8, [max(kept.count, 1), byteCount], pool: pool)
            self.byteCount = memory.byteCount
            var layers = [KeyValueStore?](repeating: nil, count: layerCount)
            for (row, layer) in kept.enumerated() {
                layers[layer] = try KeyValueStore(
                    dtype, capacity: room, headCount: kvHeadCount, headDimension: headDimension,
                    memory: try memory.rows(row..<row + 1))
            }
            self.layers = layers
        } catch { throw ModelError(error) }
    }

    /// What a model keeps keys and values in unless it is asked for another type: F16 where activations are rounded as well,
    /// F32 for the reference.
    static func defaultType(_ activations: Compute.Activations) -> DType { activations == .float32 ? .f32 : .f16 }

    /// Bytes of a cache; nil for a type that does not divide the heads, and for what is larger than any memory.
    static func byteCount(
        _ dtype: DType, layerCount: Int, capacity: Int, kvHeadCount: Int, headDimension: Int
    ) -> Int? {
        guard
            let layer = try? KeyValueStore.byteCount(
                dtype, capacity: KeyValueStore.wholeCapacity(capacity), headCount: kvHeadCount, headDimension: headDimension)
        else { return nil }
        let (bytes, overflow) = layer.multipliedReportingOverflow(by: layerCount)
        return overflow ? nil : bytes
    }

    /// Bytes that one token takes; 0 for a type that does not divide the heads.
    static func byteCountPerToken(_ dtype: DType, layerCount: Int, kvHeadCount: Int, headDimension: Int) -> Int {
        2 * layerCount * kvHeadCount * (dtype.byteCount(elementCount: headDimension) ?? 0)
    }

    func store(layer: Int) throws(ModelError) -> KeyValueStore {
        guard let store = layers[layer] else { throw .misuse("layer \(layer) keeps no keys and values of the sequence") }
        return store
    }

    /// Counts tokens whose keys and values every layer has written.
    func advance(by tokenCount: Int) { count += tokenCount }

    func truncate(to tokenCount: Int) {
        count = min(count, tokenCount)
        sights.truncate(to: count)
        grids.truncate(to: count)
    }
}

extension KVCache {
    /// Takes note of the pictures of what is read next.
    package func look(at input: SequenceInput) {
        sights.add(input.beside.map { ($0.at + count, $0.picture) })
        grids.add(input.grids.map { ($0.at + count, $0.grid) })
    }
}
