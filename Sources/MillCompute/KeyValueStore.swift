import CMillKernels
import MillTensor

/// The keys and values of one sequence and layer, in the type and layout in which attention reads them fastest.
///
/// A view on memory that somebody else owns; tokens are written by ``Compute/store(keys:values:queries:at:in:rotation:)`` and
/// read by ``Compute/attention(q:store:count:mask:scale:into:)``.
public struct KeyValueStore: Sendable {
    /// F32, F16 or BF16, or Q8_0: 8 bits, and an F16 scale for each 32 elements of a head.
    public static let types: [DType] = [.f32, .f16, .bf16, .q8_0]

    public let dtype: DType
    /// Tokens that have room; a multiple of 16.
    public let capacity: Int
    public let headCount: Int
    public let headDimension: Int
    private let memory: Tensor

    /// - Parameters:
    ///   - memory: dense U8, of at least ``byteCount(_:capacity:headCount:headDimension:)`` bytes; its content does not matter.
    ///   - capacity: a multiple of 16.
    /// - Throws: ``ComputeError`` where the type is none of ``types``, splits a head, or the memory does not fit.
    public init(
        _ dtype: DType, capacity: Int, headCount: Int, headDimension: Int, memory: Tensor
    ) throws(ComputeError) {
        let byteCount = try Self.byteCount(
            dtype, capacity: capacity, headCount: headCount, headDimension: headDimension)
        guard capacity.isMultiple(of: 16) else {
            throw .outOfRange(operation: "cache", argument: "capacity", value: capacity, count: 0)
        }
        guard memory.dtype == .u8 else {
            throw .dtypeMismatch(operation: "cache", argument: "memory", expected: .u8, actual: memory.dtype)
        }
        guard memory.isContiguous, memory.byteCount >= byteCount else {
            throw .shapeMismatch(operation: "cache", argument: "memory", expected: [byteCount], actual: memory.shape)
        }
        guard memory.mutablePointer != nil else { throw .notWritable(operation: "cache", argument: "memory") }
        self.dtype = dtype
        self.capacity = capacity
        self.headCount = headCount
        self.headDimension = headDimension
        self.memory = memory
    }

    /// Bytes that `capacity` tokens take.
    ///
    /// - Throws: ``ComputeError/unsupportedType(operation:argument:dtype:)``,
    ///   ``ComputeError/splitHead(dtype:headDimension:)`` or, beyond what addresses reach, ``ComputeError/outOfMemory(operation:)``.
    public static func byteCount(
        _ dtype: DType, capacity: Int, headCount: Int, headDimension: Int
    ) throws(ComputeError) -> Int {
        guard types.contains(dtype) else {
            throw .unsupportedType(operation: "cache", argument: "type", dtype: dtype)
        }
        guard let row = dtype.byteCount(elementCount: headDimension) else {
            throw .splitHead(dtype: dtype, headDimension: headDimension)
        }
        var product = 2 * row
        for factor in [headCount, capacity] {
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            guard !overflow, factor >= 0 else { throw .outOfMemory(operation: "cache") }
            product = next
        }
        return product
    }

    /// `count` tokens in whole groups of 16.
    public static func wholeCapacity(_ count: Int) -> Int { count <= .max - 15 ? (count + 15) / 16 * 16 : count / 16 * 16 }

    /// What the kernels call it.
    func withKernelCache<Result>(_ body: (UnsafePointer<mill_cache>) throws(ComputeError) -> Result) throws(ComputeError)
        -> Result
    {
        guard let type = dtype.kernelType, let base = memory.mutablePointer else {
            throw .notWritable(operation: "cache", argument: "memory")
        }
        let half = headCount * capacity * (dtype.byteCount(elementCount: headDimension) ?? 0)
        var cache = mill_cache(
            type: type, keys: base, values: base + half, heads: headCount, capacity: capacity, d: headDimension)
        return try body(&cache)
    }
}

/// Rotary positions of some tokens.
public struct Rotation: Sendable {
    /// One per token.
    public let positions: [Int32]
    /// `[rotarySize / 2]`, F32: radians per position.
    public let frequencies: Tensor
    public let layout: RopeLayout
    /// Multiplies cosine and sine (YaRN's attention factor).
    public let scale: Float

    public init(positions: [Int32], frequencies: Tensor, layout: RopeLayout, scale: Float = 1) {
        self.positions = positions
        self.frequencies = frequencies
        self.layout = layout
        self.scale = scale
    }
}

extension Compute {
    /// Rotates keys and queries by their positions, in place, and writes keys and values behind the tokens that a store has.
    ///
    /// Each token is rounded for itself, so cutting a prompt in another way gives the same bits. A number that is not finite or
    /// too great for the store's type is not finite afterwards (in Q8_0, with the 32 of its block).
    ///
    /// - Parameters:
    ///   - keys: F32 `[n, headCount, headDimension]`; as of `values` and `queries`, tokens and heads may be strided.
    ///   - queries: F32 `[n, heads, headDimension]`.
    ///   - start: the first token's index in the store.
    public func store(
        keys: Tensor, values: Tensor, queries: Tensor, at start: Int, in store: KeyValueStore, rotation: Rotation
    ) throws(ComputeError) {
        let checks = Checks("store")
        _ = try checks.strided(keys, "keys", rank: 3)
        let v = try checks.strided(values, "values", rank: 3)
        _ = try checks.strided(queries, "queries", rank: 3)
        let n = rotation.positions.count
        try checks.shape(keys, "keys", [n, store.headCount, store.headDimension])
        try checks.shape(values, "values", [n, store.headCount, store.headDimension])
        try checks.shape(queries, "queries", [n, queries.shape[1], store.headDimension])
        guard let k = keys.mutablePointer else { throw .notWritable(operation: "store", argument: "keys") }
        guard let q = queries.mutablePointer else { throw .notWritable(operation: "store", argument: "queries") }
        let pairs = rotation.frequencies.elementCount
        let frequencies = try checks.input(rotation.frequencies, "frequencies", [pairs])
        guard 2 * pairs <= store.headDimension else {
            throw .shapeMismatch(
                operation: "store", argument: "frequencies", expected: [store.headDimension / 2], actual: [pairs])
        }
        guard start >= 0, n <= store.capacity, start <= store.capacity - n else {
            throw .outOfRange(operation: "store", argument: "start", value: start, count: max(0, store.capacity - n + 1))
        }
        let status = try store.withKernelCache { (cache) throws(ComputeError) in
            rotation.positions.withUnsafeBufferPointer { positions in
                let job = mill_store_job(
                    cache: cache, start: start, n: n, k: k.assumingMemoryBound(to: Float.self), v: v, k_token: keys.strides[0],
                    k_head: keys.strides[1],
                    v_token: values.strides[0], v_head: values.strides[1], positions: positions.baseAddress,
                    frequencies: frequencies, pairs: pairs, interleaved: rotation.layout == .interleaved,
                    scale: rotation.scale, q: q.assumingMemoryBound(to: Float.self), q_token: queries.strides[0],
                    q_head: queries.strides[1], heads: queries.shape[1])
                return call { context in withUnsafePointer(to: job) { mill_store(context, $0) } }
            }
        }
        try checks.status(status)
    }

    /// softmax(q kᵀ · scale) v over the first `count` tokens of a store, as ``attention(q:k:v:mask:scale:into:)``.
    ///
    /// - Parameters:
    ///   - q: F32 `[n, heads, headDimension]`; `heads` is a multiple of the store's.
    ///   - out: F32 `[n, heads, headDimension]`, written. Both with a dense last dimension.
    public func attention(
        q: Tensor, store: KeyValueStore, count: Int, mask: AttentionMask, scale: Float, into out: Tensor
    ) throws(ComputeError) {
        let checks = Checks("attention")
        let queries = try checks.strided(q, "q", rank: 3)
        _ = try checks.strided(out, "out", rank: 3)
        guard let target = out.mutablePointer else { throw .notWritable(operation: "attention", argument: "out") }
        let (n, heads, d) = (q.shape[0], q.shape[1], store.headDimension)
        try checks.shape(q, "q", [n, heads, d])
        try checks.shape(out, "out", [n, heads, d])
        guard store.headCount > 0, heads.isMultiple(of: store.headCount) else {
            throw .shapeMismatch(operation: "attention", argument: "q", expected: [n, store.headCount, d], actual: q.shape)
        }
        guard count >= 0, count <= store.capacity else {
            throw .outOfRange(operation: "attention", argument: "count", value: count, count: store.capacity + 1)
        }
        let (offset, window) = try checks.bounds(mask)
        let status = try store.withKernelCache { (cache) throws(ComputeError) in
            let job = mill_attention_job(
                q: queries, k: nil, v: nil, cache: cache, out: target.assumingMemoryBound(to: Float.self),
                q_token: q.strides[0], q_head: q.strides[1], k_token: 0, k_head: 0, v_token: 0, v_head: 0,
                out_token: out.strides[0], out_head: out.strides[1], n: n, t: count, heads: heads,
                kv_heads: store.headCount, d: d, dv: d, causal: offset != nil, offset: offset ?? 0, window: window,
                scale: scale)
            return call { context in withUnsafePointer(to: job) { mill_attention(context, $0) } }
        }
        try checks.status(status)
    }
}
