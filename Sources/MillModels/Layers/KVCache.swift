import MillTensor

/// The keys and values of one sequence, for every layer, in memory that is allocated once.
///
/// Each layer has `[capacity, kvHeads, headDimension]` for keys and the same for values; new tokens are written
/// behind the old ones by the operation that computes them. An adapter changes them, so a cache belongs to one or none.
package final class KVCache {
    let capacity: Int
    let adapter: LoRAAdapter?
    /// Tokens that all layers have keys and values for.
    private(set) var count = 0
    private let keys: [Tensor]
    private let values: [Tensor]

    init(
        layerCount: Int, capacity: Int, kvHeadCount: Int, headDimension: Int, adapter: LoRAAdapter? = nil, pool: StoragePool
    ) throws(TensorError) {
        self.capacity = capacity
        self.adapter = adapter
        let layers = try Tensor.allocate(.f32, [2 * layerCount * capacity, kvHeadCount, headDimension], pool: pool)
        var views: [Tensor] = []
        for index in 0..<2 * layerCount { views.append(try layers.rows(index * capacity..<(index + 1) * capacity)) }
        keys = Array(views[..<layerCount])
        values = Array(views[layerCount...])
    }

    /// Bytes that one token takes.
    static func byteCountPerToken(layerCount: Int, kvHeadCount: Int, headDimension: Int) -> Int {
        2 * layerCount * kvHeadCount * headDimension * DType.f32.blockByteCount
    }

    /// The keys `[range.count, kvHeads, headDimension]` of some tokens.
    func keys(layer: Int, _ range: Range<Int>) throws(TensorError) -> Tensor { try keys[layer].rows(range) }

    /// The values `[range.count, kvHeads, headDimension]` of some tokens.
    func values(layer: Int, _ range: Range<Int>) throws(TensorError) -> Tensor { try values[layer].rows(range) }

    /// Counts tokens whose keys and values every layer has written.
    func advance(by tokenCount: Int) { count += tokenCount }

    func truncate(to tokenCount: Int) { count = min(count, tokenCount) }
}
