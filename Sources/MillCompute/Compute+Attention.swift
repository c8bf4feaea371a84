import CMillKernels
import MillTensor

/// Which elements of a head are rotated together.
public enum RopeLayout: Sendable, Hashable {
    /// (0, 1), (2, 3), …
    case interleaved
    /// (0, r/2), (1, r/2 + 1), … of the first r elements.
    case halves
}

/// Which keys a query sees.
public enum AttentionMask: Sendable, Hashable {
    /// All of them.
    case none
    /// Query `i` sees keys `0...(offset + i)`, or with a window the last `window` of them.
    case causal(offset: Int, window: Int? = nil)
}

extension Compute {
    /// Rotary position embedding (Su et al. 2021), in place.
    ///
    /// - Parameters:
    ///   - x: `[n, heads, headSize]`, F32; tokens and heads may be strided. Elements from `rotarySize` on stay as they are.
    ///   - positions: `[n]`.
    ///   - frequencies: `[rotarySize / 2]`, F32: radians per position.
    ///   - scale: multiplies cosine and sine (YaRN's attention factor).
    public func rope(
        _ x: Tensor, positions: [Int32], frequencies: Tensor, layout: RopeLayout, scale: Float = 1
    ) throws(ComputeError) {
        let checks = Checks("rope")
        _ = try checks.strided(x, "x", rank: 3)
        guard let target = x.mutablePointer else { throw .notWritable(operation: "rope", argument: "x") }
        let pairs = frequencies.elementCount
        let source = try checks.input(frequencies, "frequencies", [pairs])
        guard 2 * pairs <= x.shape[2] else {
            throw .shapeMismatch(
                operation: "rope", argument: "frequencies", expected: [x.shape[2] / 2], actual: frequencies.shape)
        }
        guard positions.count == x.shape[0] else {
            throw .shapeMismatch(operation: "rope", argument: "positions", expected: [x.shape[0]], actual: [positions.count])
        }
        let status = positions.withUnsafeBufferPointer { positions in
            let job = mill_rope_job(
                x: target.assumingMemoryBound(to: Float.self), token_stride: x.strides[0], head_stride: x.strides[1],
                positions: positions.baseAddress, frequencies: source, n: positions.count, heads: x.shape[1], pairs: pairs,
                interleaved: layout == .interleaved, scale: scale)
            return call { context in withUnsafePointer(to: job) { mill_rope(context, $0) } }
        }
        try checks.status(status)
    }

    /// softmax(q kᵀ · scale) v per head; query head `h` uses key head `h / (heads / kvHeads)`.
    ///
    /// - Parameters:
    ///   - q: `[n, heads, d]`.
    ///   - k: `[t, kvHeads, d]`.
    ///   - v: `[t, kvHeads, dv]`.
    ///   - out: `[n, heads, dv]`, written. All F32 with a dense last dimension; tokens and heads may be strided.
    ///
    /// Keys are taken in blocks of 256 whose results are merged in order, so a query's result does not depend on the
    /// others in the call. A query that sees no key gives zeros.
    public func attention(
        q: Tensor, k: Tensor, v: Tensor, mask: AttentionMask, scale: Float, into out: Tensor
    ) throws(ComputeError) {
        let checks = Checks("attention")
        let queries = try checks.strided(q, "q", rank: 3)
        let keys = try checks.strided(k, "k", rank: 3)
        let values = try checks.strided(v, "v", rank: 3)
        _ = try checks.strided(out, "out", rank: 3)
        guard let target = out.mutablePointer else { throw .notWritable(operation: "attention", argument: "out") }
        let (n, heads, d) = (q.shape[0], q.shape[1], q.shape[2])
        let (t, kvHeads, dv) = (k.shape[0], k.shape[1], v.shape[2])
        try checks.shape(k, "k", [t, kvHeads, d])
        try checks.shape(v, "v", [t, kvHeads, dv])
        try checks.shape(out, "out", [n, heads, dv])
        guard kvHeads > 0, heads.isMultiple(of: kvHeads) else {
            throw .shapeMismatch(operation: "attention", argument: "k", expected: [t, heads, d], actual: k.shape)
        }
        let (offset, window) = try checks.bounds(mask)
        let job = mill_attention_job(
            q: queries, k: keys, v: values, cache: nil, out: target.assumingMemoryBound(to: Float.self),
            q_token: q.strides[0], q_head: q.strides[1], k_token: k.strides[0], k_head: k.strides[1],
            v_token: v.strides[0], v_head: v.strides[1], out_token: out.strides[0], out_head: out.strides[1],
            n: n, t: t, heads: heads, kv_heads: kvHeads, d: d, dv: dv, causal: offset != nil, offset: offset ?? 0, window: window,
            scale: scale)
        try checks.status(
            call { context in withUnsafePointer(to: job) { mill_attention(context, $0) } })
    }
}
