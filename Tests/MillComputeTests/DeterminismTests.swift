import MillCompute
import MillTensor
import Testing

/// A row's result must not depend on what else is computed, by how many threads, or in which pieces.
@Suite("One order of summation")
struct DeterminismTests {
    private static let types: [DType] = [
        .f32, .f16, .bf16, .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_nl, .iq4_xs,
    ]

    @Test(
        "linear gives a row the same bits alone, in a batch, on one thread and on many, and for part of the weights",
        arguments: ISA.available, Self.types)
    func linear(isa: ISA, dtype: DType) throws {
        var random = Random(seed: 21)
        // More tokens than any kernel takes at once, and fewer.
        let (n, m, k) = (70, 101, dtype.isQuantized ? 768 : 779)
        let x = try random.tensor([n, k], -2...2)
        let weight = try random.weight(dtype, [m, k])
        for activations in Compute.Activations.allCases {
            let single = try Compute(threads: 1, isa: isa, activations: activations)
            let many = try Compute(threads: 4, isa: isa, activations: activations)
            let (whole, threaded) = (try result([n, m]), try result([n, m]))
            try single.linear(x, weight, into: whole)
            try many.linear(x, weight, into: threaded)
            #expect(try bits(whole) == bits(threaded))
            for rows in [0..<1, 5..<7, 7..<10, 3..<8, 14..<23, 20..<45, 7..<70] {
                let part = try result([rows.count, m])
                try many.linear(x.rows(rows), weight, into: part)
                #expect(try bits(part) == bits(whole.rows(rows)), "tokens \(rows)")
            }
            for rows in [0..<1, 3..<20, 40..<101] {
                let part = try result([n, rows.count])
                try single.linear(x, weight.rows(rows), into: part)
                let (partial, expected) = (try bits(part), try bits(whole))
                let columns = (0..<n).flatMap { t in rows.map { expected[t * m + $0] } }
                #expect(partial == columns, "weight rows \(rows)")
            }
        }
    }

    @Test("attention gives a query the same bits alone, in a batch and in pieces of a prompt", arguments: ISA.available)
    func attention(isa: ISA) throws {
        var random = Random(seed: 22)
        let (t, heads, kvHeads, d) = (530, 6, 2, 40)
        let (q, k, v) = (
            try random.tensor([t, heads, d], -3...3), try random.tensor([t, kvHeads, d]), try random.tensor([t, kvHeads, d])
        )
        let whole = try result([t, heads, d])
        try Compute(threads: 1, isa: isa).attention(q: q, k: k, v: v, mask: .causal(offset: 0), scale: 0.4, into: whole)
        let many = try Compute(threads: 4, isa: isa)
        for rows in [0..<1, 0..<17, 250..<263, 511..<530, 529..<530] {
            let part = try result([rows.count, heads, d])
            try many.attention(
                q: q.rows(rows), k: k.rows(0..<rows.upperBound), v: v.rows(0..<rows.upperBound),
                mask: .causal(offset: rows.lowerBound), scale: 0.4, into: part)
            #expect(try bits(part) == bits(whole.rows(rows)), "\(rows)")
        }
    }

    @Test("norms and activations give a row the same bits alone and in a batch", arguments: ISA.available)
    func rows(isa: ISA) throws {
        var random = Random(seed: 23)
        let (n, k) = (300, 225)
        let (x, w, b) = (try random.tensor([n, k], -9...9), try random.tensor([k]), try random.tensor([k]))
        let many = try Compute(threads: 4, isa: isa)
        let (rms, layer) = (try result([n, k]), try result([n, k]))
        try many.rmsNorm(x, w, epsilon: 1e-6, into: rms)
        try many.layerNorm(x, w, b, epsilon: 1e-6, into: layer)
        let soft = try x.copy()
        try many.softmax(soft)
        for row in [0, 17, 299] {
            let one = try x.rows(row..<row + 1).copy()
            let (rmsOne, layerOne) = (try result([1, k]), try result([1, k]))
            try many.rmsNorm(one, w, epsilon: 1e-6, into: rmsOne)
            try many.layerNorm(one, w, b, epsilon: 1e-6, into: layerOne)
            try many.softmax(one)
            #expect(try bits(rmsOne) == bits(rms.rows(row..<row + 1)))
            #expect(try bits(layerOne) == bits(layer.rows(row..<row + 1)))
            #expect(try bits(one) == bits(soft.rows(row..<row + 1)))
        }
    }
}
