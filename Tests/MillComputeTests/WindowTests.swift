import Glibc
import MillCompute
import MillTensor
import MillTestSupport
import Testing

@Suite("Attention in a sliding window")
struct WindowTests {
    private static let (heads, kvHeads, d) = (6, 2, 32)

    private func sample(_ t: Int) throws -> (q: Tensor, k: Tensor, v: Tensor) {
        var random = Random(seed: 91)
        return (
            try random.tensor([t, Self.heads, Self.d], -3...3), try random.tensor([t, Self.kvHeads, Self.d]),
            try random.tensor([t, Self.kvHeads, Self.d])
        )
    }

    /// Query by query, without a mask, over the keys that it sees.
    private func expected(_ q: Tensor, _ k: Tensor, _ v: Tensor, window: Int, on compute: Compute) throws -> [Float] {
        try (0..<q.shape[0]).flatMap { query in
            let keys = max(0, query + 1 - window)..<query + 1
            let out = try result([1, Self.heads, Self.d])
            try compute.attention(
                q: q.rows(query..<query + 1), k: k.rows(keys), v: v.rows(keys), mask: .none, scale: 0.2, into: out)
            return try out.floats()
        }
    }

    @Test("a query sees the last keys only, on one thread and on many", arguments: ISA.available)
    func keys(isa: ISA) throws {
        let t = 700
        let (q, k, v) = try sample(t)
        let reference = try Compute(threads: 4, isa: .scalar, activations: .float32)
        for window in [1, 5, 100, 256, 300, 699, 700, 5000] {
            let wanted = try expected(q, k, v, window: window, on: reference)
            for threads in [1, 4] {
                let out = try result([t, Self.heads, Self.d])
                let mask = AttentionMask.causal(offset: 0, window: window)
                try Compute(threads: threads, isa: isa).attention(q: q, k: k, v: v, mask: mask, scale: 0.2, into: out)
                #expect(try nmse(out.floats(), wanted) < (isa == .amx ? 1e-8 : 1e-11), "\(window) \(threads)")
            }
        }
    }

    @Test("the bits are the same alone, in a batch and in pieces, over every type of cache", arguments: ISA.available)
    func pieces(isa: ISA) throws {
        let (t, window) = (700, 150)
        let (q, k, v) = try sample(t)
        let (single, many) = (try Compute(threads: 1, isa: isa), try Compute(threads: 4, isa: isa))
        for dtype in KeyValueStore.types {
            let capacity = KeyValueStore.wholeCapacity(t)
            let byteCount = try KeyValueStore.byteCount(
                dtype, capacity: capacity, headCount: Self.kvHeads, headDimension: Self.d)
            let store = try KeyValueStore(
                dtype, capacity: capacity, headCount: Self.kvHeads, headDimension: Self.d,
                memory: try Tensor.allocate(.u8, [byteCount]))
            try single.store(
                keys: try k.copy(), values: v, queries: try q.copy(), at: 0, in: store,
                rotation: Rotation(
                    positions: (0..<Int32(t)).map { $0 }, frequencies: try Tensor([0], shape: [1]), layout: .halves))
            let whole = try result([t, Self.heads, Self.d])
            try single.attention(
                q: q, store: store, count: t, mask: .causal(offset: 0, window: window), scale: 0.2, into: whole)
            for rows in [0..<1, 149..<151, 255..<258, 300..<700, 699..<700] {
                for compute in [single, many] {
                    let part = try result([rows.count, Self.heads, Self.d])
                    try compute.attention(
                        q: q.rows(rows), store: store, count: rows.upperBound,
                        mask: .causal(offset: rows.lowerBound, window: window), scale: 0.2, into: part)
                    #expect(try bits(part) == bits(whole.rows(rows)), "\(dtype) \(rows)")
                }
            }
        }
    }

    @Test("a key or value that is no number reaches no query behind its window", arguments: ISA.available)
    func notNumbers(isa: ISA) throws {
        let (t, window, bad) = (400, 60, 130)
        let (q, k, v) = try sample(t)
        let width = Self.kvHeads * Self.d
        for (hasBadKey, hasBadValue) in [(true, false), (false, true)] {
            var (keys, values) = (try k.floats(), try v.floats())
            if hasBadKey { keys[bad * width] = .nan }
            if hasBadValue { values[bad * width + 3] = .infinity }
            for threads in [1, 4] {
                let out = try result([t, Self.heads, Self.d])
                try Compute(threads: threads, isa: isa).attention(
                    q: q, k: try Tensor(keys, shape: k.shape), v: try Tensor(values, shape: v.shape),
                    mask: .causal(offset: 0, window: window), scale: 0.2, into: out)
                let floats = try out.floats()
                let row = Self.heads * Self.d
                for query in 0..<t {
                    let isFinite = floats[query * row..<(query + 1) * row].allSatisfy(\.isFinite)
                    #expect(isFinite == !(bad..<bad + window).contains(query), "\(query)")
                }
            }
        }
    }

    @Test("a window without keys is refused, and so are rows named twice")
    func refused() throws {
        let compute = try Compute(threads: 1)
        let (q, k, v) = try sample(2)
        let error = #expect(throws: ComputeError.self) {
            try compute.attention(
                q: q, k: k, v: v, mask: .causal(offset: 0, window: 0), scale: 1, into: try result(q.shape))
        }
        #expect("\(try #require(error))".contains("window"))
        let (x, y) = (try Tensor.zeros(.f32, [2, 4]), try Tensor.zeros(.f32, [3, 4]))
        for rows: [Int32] in [[1, 1], [2, 0], [0, 3], [-1, 0]] {
            #expect(throws: ComputeError.self) { try compute.addScaled(x, scales: [1, 1], toRows: rows, of: y) }
        }
        #expect(throws: ComputeError.self) { try compute.addScaled(x, scales: [1], toRows: [0, 1], of: y) }
    }

    @Test("scaled rows are added where they belong", arguments: ISA.available)
    func rows(isa: ISA) throws {
        var random = Random(seed: 92)
        let (x, y) = (try random.tensor([3, 37]), try random.tensor([9, 37]))
        let (rows, scales): ([Int32], [Float]) = ([1, 4, 8], [0.5, -2, 3])
        var wanted = try y.floats()
        let added = try x.floats()
        for (index, row) in rows.enumerated() {
            for column in 0..<37 { wanted[Int(row) * 37 + column] += scales[index] * added[index * 37 + column] }
        }
        try Compute(threads: 4, isa: isa).addScaled(x, scales: scales, toRows: rows, of: y)
        #expect(try nmse(y.floats(), wanted) < 1e-13)
    }
}
