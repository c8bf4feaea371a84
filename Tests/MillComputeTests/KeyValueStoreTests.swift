import MillCompute
import MillTensor
import MillTestSupport
import Testing

/// Attention over caches of every type, and over F32 tensors, on every instruction set.
@Suite("Attention over caches")
struct KeyValueStoreTests {
    private static let types = KeyValueStore.types
    private static let vectors = ISA.available.filter { $0 != .scalar }

    /// Keys and values of `t` tokens, and queries of the last `n` of them.
    private struct Case {
        let (n, t, group, d): (Int, Int, Int, Int)
        let kvHeads = 2
        let q: Tensor
        let k: Tensor
        let v: Tensor

        init(n: Int, t: Int, group: Int, d: Int, seed: UInt64 = 51) throws {
            (self.n, self.t, self.group, self.d) = (n, t, group, d)
            var random = Random(seed: seed)
            q = try random.tensor([n, group * kvHeads, d], -3...3)
            k = try random.tensor([t, kvHeads, d])
            v = try random.tensor([t, kvHeads, d])
        }

        var offset: Int { t - n }

        /// The tokens written into a new store in pieces that end where `cuts` say.
        func store(_ dtype: DType, on compute: Compute, cuts: [Int] = []) throws -> (store: KeyValueStore, bytes: Tensor) {
            let capacity = KeyValueStore.wholeCapacity(t)
            let byteCount = try KeyValueStore.byteCount(dtype, capacity: capacity, headCount: kvHeads, headDimension: d)
            let memory = try Tensor.allocate(.u8, [byteCount])
            // What a pool's memory may hold: NaN in every type.
            for i in writableBytes(memory).indices { writableBytes(memory)[i] = 0xff }
            let store = try KeyValueStore(
                dtype, capacity: capacity, headCount: kvHeads, headDimension: d, memory: memory)
            let frequencies = try Tensor((0..<d / 4).map { Float(1) / Float($0 + 1) }, shape: [d / 4])
            let (keys, queries) = (try k.copy(), try Tensor.zeros(.f32, [t, group * kvHeads, d]))
            var start = 0
            for end in cuts + [t] {
                try compute.store(
                    keys: keys.rows(start..<end), values: v.rows(start..<end), queries: queries.rows(start..<end), at: start,
                    in: store,
                    rotation: Rotation(positions: (start..<end).map { Int32($0) }, frequencies: frequencies, layout: .halves))
                start = end
            }
            return (store, memory)
        }

        func attention(_ store: KeyValueStore?, mask: AttentionMask, on compute: Compute) throws -> Tensor {
            let out = try result(q.shape)
            if let store {
                try compute.attention(q: q, store: store, count: t, mask: mask, scale: 0.2, into: out)
            } else {
                try compute.attention(q: q, k: k, v: v, mask: mask, scale: 0.2, into: out)
            }
            return out
        }
    }

    /// How far from the reference an instruction set may be: the tiles of AMX add products of BF16 pairs, and round Q8_0 values.
    private func bound(_ isa: ISA, _ dtype: DType?) -> Double {
        guard isa == .amx else { return 1e-11 }
        return dtype == .q8_0 ? 1e-5 : 1e-8
    }

    @Test("every instruction set agrees with the reference over odd sizes", arguments: vectors)
    func sizes(isa: ISA) throws {
        let (compute, reference) = (try Compute(threads: 3, isa: isa), try Compute(threads: 4, isa: .scalar))
        let exact = try Compute(threads: 3, isa: isa, activations: .float32)
        var index = 0
        for d in [64, 72, 80, 128] {
            for t in [1, 17, 255, 256, 257, 1000] {
                // Nine pairs of queries and group sizes, three of them for each d and t.
                for step in 0..<3 {
                    let (n, group) = ([1, 3, 17][(index + step) % 3], [1, 4, 7][step])
                    guard n <= t else { continue }
                    let sample = try Case(n: n, t: t, group: group, d: d)
                    let mask: AttentionMask = index % 4 == 3 ? .none : .causal(offset: sample.offset)
                    for dtype in Self.types.map(Optional.some) + [nil] where dtype != .q8_0 || d % 32 == 0 {
                        let store = try dtype.map { try sample.store($0, on: reference).store }
                        let expected = try sample.attention(store, mask: mask, on: reference).floats()
                        let fast = try sample.attention(store, mask: mask, on: compute).floats()
                        #expect(nmse(fast, expected) < bound(isa, dtype), "\(d) \(t) \(n) \(group) \(String(describing: dtype))")
                        let slow = try sample.attention(store, mask: mask, on: exact).floats()
                        #expect(nmse(slow, expected) < 1e-11, "\(d) \(t) \(n) \(group) \(String(describing: dtype)), exact")
                    }
                }
                index += 1
            }
        }
    }

    @Test("a query has the same bits alone, in any batch, on one thread and on many", arguments: ISA.available, types)
    func determinism(isa: ISA, dtype: DType) throws {
        let (single, many) = (try Compute(threads: 1, isa: isa), try Compute(threads: 4, isa: isa))
        for (n, t, group) in [(70, 530, 4), (17, 300, 1), (5, 1000, 7)] {
            let sample = try Case(n: n, t: t, group: group, d: 64)
            let store = try sample.store(dtype, on: many).store
            let whole = try sample.attention(store, mask: .causal(offset: sample.offset), on: single)
            let threaded = try sample.attention(store, mask: .causal(offset: sample.offset), on: many)
            #expect(try bits(threaded) == bits(whole))
            for rows in [0..<1, 2..<5, 0..<n, n - 1..<n, n / 2..<n] {
                for compute in [single, many] {
                    let part = try result([rows.count, group * 2, 64])
                    try compute.attention(
                        q: sample.q.rows(rows), store: store, count: sample.offset + rows.upperBound,
                        mask: .causal(offset: sample.offset + rows.lowerBound), scale: 0.2, into: part)
                    #expect(try bits(part) == bits(whole.rows(rows)), "\(rows) of \(n)")
                }
            }
        }
    }

    @Test("cutting a prompt in another way gives the same bytes", arguments: ISA.available, types)
    func pieces(isa: ISA, dtype: DType) throws {
        let sample = try Case(n: 1, t: 83, group: 2, d: 96)
        let (single, many) = (try Compute(threads: 1, isa: isa), try Compute(threads: 4, isa: isa))
        let whole = try sample.store(dtype, on: many).bytes
        for cuts in [[1], [15, 16, 17], Array(1..<83), [50]] {
            let bytes = try sample.store(dtype, on: single, cuts: cuts).bytes
            #expect(writableBytes(bytes).elementsEqual(writableBytes(whole)), "\(cuts)")
        }
    }

    @Test("a token's type costs no more than its rounding", arguments: ISA.available)
    func rounding(isa: ISA) throws {
        let compute = try Compute(threads: 2, isa: isa)
        let sample = try Case(n: 9, t: 700, group: 4, d: 128)
        let expected = try sample.attention(sample.store(.f32, on: compute).store, mask: .none, on: compute).floats()
        for (dtype, bound) in [(DType.f16, 1e-6), (.bf16, 1e-4), (.q8_0, 1e-3)] {
            let store = try sample.store(dtype, on: compute).store
            let error = try nmse(sample.attention(store, mask: .none, on: compute).floats(), expected)
            #expect(error < bound, "\(dtype.name)")
        }
    }

    @Test("a NaN reaches its own query and those that see its key, and no other", arguments: ISA.available, types)
    func propagation(isa: ISA, dtype: DType) throws {
        let compute = try Compute(threads: 2, isa: isa)
        for value in [Float.nan, .infinity, Float(bitPattern: 0xffff_ffff)] {
            let sample = try Case(n: 40, t: 290, group: 2, d: 64)
            let before = try sample.attention(
                sample.store(dtype, on: compute).store, mask: .causal(offset: 250), on: compute
            ).floats()
            let row = 4 * 64
            // The key and the value of token 260, which queries see from the eleventh on.
            for tensor in [sample.k, sample.v] {
                writableBytes(tensor).storeBytes(of: value, toByteOffset: (260 * 2 * 64 + 5) * 4, as: Float.self)
            }
            let after = try sample.attention(
                sample.store(dtype, on: compute).store, mask: .causal(offset: 250), on: compute
            ).floats()
            #expect(Array(after[..<(10 * row)]) == Array(before[..<(10 * row)]))
            // The first key head's queries are lost, the second's are as before.
            for query in 10..<40 {
                let head = after[query * row..<query * row + 64]
                #expect(head.contains { !$0.isFinite }, "\(value) \(query)")
                let other = query * row + 128..<(query + 1) * row
                #expect(Array(after[other]) == Array(before[other]))
            }
            // A query of its own.
            let again = try Case(n: 40, t: 290, group: 2, d: 64)
            writableBytes(again.q).storeBytes(of: value, toByteOffset: (3 * row + 7) * 4, as: Float.self)
            let queries = try again.attention(
                again.store(dtype, on: compute).store, mask: .causal(offset: 250), on: compute
            ).floats()
            #expect(!queries[3 * row].isFinite)
            #expect(Array(queries[4 * row..<10 * row]) == Array(before[4 * row..<10 * row]))
            #expect(Array(queries[..<(3 * row)]) == Array(before[..<(3 * row)]))
        }
    }

    @Test("a NaN reaches no query before it in long prompts either, whatever the number of threads", arguments: ISA.available)
    func longPropagation(isa: ISA) throws {
        // 640 queries of 5 heads on one key head: tiles of rows end between the heads of a query.
        let (n, heads, d) = (640, 5, 32)
        let q = try Tensor((0..<n * heads * d).map { Float($0 % 13) * 0.01 }, shape: [n, heads, d])
        let k = try Tensor((0..<n * d).map { Float($0 % 7) * 0.1 }, shape: [n, 1, d])
        var results: [[Float]] = []
        for (key, threads) in [(nil, 1), (7, 1), (7, 4), (300, 1), (300, 4)] {
            var values = (0..<n * d).map { Float($0 % 11) * 0.3 }
            if let key { values[key * d + 3] = .nan }
            let out = try Tensor.zeros(.f32, [n, heads, d])
            try Compute(threads: threads, isa: isa)
                .attention(q: q, k: k, v: try Tensor(values, shape: [n, 1, d]), mask: .causal(offset: 0), scale: 0.1, into: out)
            let floats = try out.floats()
            let seen = (key ?? n) * heads * d
            #expect(floats[..<seen].allSatisfy { $0.isFinite })
            if let first = results.first { #expect(Array(floats[..<seen]) == Array(first[..<seen])) }
            for query in (key ?? n)..<n { #expect(floats[query * heads * d + 3].isNaN) }
            results.append(floats)
        }
    }

    @Test("huge, denormal and vanishing scores give weights of 1 and 0", arguments: ISA.available)
    func extremes(isa: ISA) throws {
        let compute = try Compute(threads: 2, isa: isa)
        let values = try Tensor((0..<3 * 16).map { Float($0 / 16 + 1) }, shape: [3, 1, 16])
        let denormal = Float(bitPattern: 71362)
        for (scores, expected): ([Float], Float) in [
            ([0, 1e30, 0], 2), ([-1e30, -1e30, 5], 3), ([-1e38, 0, -1e38], 2), ([denormal, 0, -denormal], 2),
            ([88, -300, -300], 1),
        ] {
            let keys = try Tensor(scores.flatMap { [$0] + [Float](repeating: 0, count: 15) }, shape: [3, 1, 16])
            let q = try Tensor([1] + [Float](repeating: 0, count: 15), shape: [1, 1, 16])
            let out = try result([1, 1, 16])
            try compute.attention(q: q, k: keys, v: values, mask: .none, scale: 1, into: out)
            #expect(try out.floats().allSatisfy { abs($0 - expected) < 1e-5 }, "\(scores)")
        }
        // Scores of -inf everywhere: no key is seen.
        let keys = try Tensor([Float](repeating: -3e38, count: 48), shape: [3, 1, 16])
        let q = try Tensor([Float](repeating: 3e38, count: 16), shape: [1, 1, 16])
        let out = try result([1, 1, 16])
        try Compute(threads: 1, isa: isa, activations: .float32)
            .attention(q: q, k: keys, v: values, mask: .none, scale: 1, into: out)
        #expect(try out.floats() == [Float](repeating: 0, count: 16))
    }

    @Test("what cannot be kept or read is refused with a reason")
    func refusals() throws {
        let compute = try Compute(threads: 1)
        let error = #expect(throws: ComputeError.self) {
            try KeyValueStore.byteCount(.q8_0, capacity: 16, headCount: 2, headDimension: 72)
        }
        #expect(try #require(error) == .splitHead(dtype: .q8_0, headDimension: 72))
        #expect(throws: ComputeError.self) {
            try KeyValueStore.byteCount(.q4_0, capacity: 16, headCount: 2, headDimension: 64)
        }
        #expect(throws: ComputeError.self) {
            try KeyValueStore.byteCount(.f16, capacity: .max, headCount: 2, headDimension: 64)
        }
        let memory = try Tensor.allocate(.u8, [16 * 64 * 2 * 2])
        #expect(throws: ComputeError.self) {
            try KeyValueStore(.f16, capacity: 16, headCount: 2, headDimension: 64, memory: memory)
        }
        #expect(throws: ComputeError.self) {
            try KeyValueStore(.f16, capacity: 8, headCount: 1, headDimension: 64, memory: memory)
        }
        let store = try KeyValueStore(.f16, capacity: 16, headCount: 1, headDimension: 64, memory: memory)
        let (x, frequencies) = (try Tensor.zeros(.f32, [2, 1, 64]), try Tensor([1], shape: [1]))
        #expect(throws: ComputeError.self) {
            let rotation = Rotation(positions: [0, 1], frequencies: frequencies, layout: .halves)
            try compute.store(keys: x, values: x, queries: x, at: 15, in: store, rotation: rotation)
        }
        #expect(throws: ComputeError.self) {
            try compute.attention(q: x, store: store, count: 17, mask: .none, scale: 1, into: x)
        }
    }
}
