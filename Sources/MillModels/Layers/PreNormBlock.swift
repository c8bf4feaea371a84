import MillCompute
import MillTensor

/// A layer norm's scale and shift, both `[k]`.
struct LayerNorm: Sendable {
    let weight: Tensor
    let bias: Tensor

    func run(_ x: Tensor, epsilon: Float, into y: Tensor, on compute: Compute) throws {
        try compute.layerNorm(x, weight, bias, epsilon: epsilon, into: y)
    }
}

/// The four matrices of an attention.
struct Projections: Sendable {
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear

    /// Attention between rows of x `[n, hidden]`.
    ///
    /// - Parameters:
    ///   - turns: of queries and keys; none where positions are in x already.
    ///   - parts: which rows see which; nil where every row sees every row.
    func run(
        _ x: Tensor, heads: Int, turns: [Rotation] = [], parts: [AttentionPart]? = nil, _ buffers: PreNormBlock.Buffers,
        into y: Tensor, on compute: Compute
    ) throws {
        let (rows, hidden) = (x.shape[0], x.shape[1])
        let split = [rows, heads, hidden / heads]
        let (queries, keys) = (try buffers.query.view(rows), try buffers.key.view(rows))
        let (values, attended) = (try buffers.value.view(rows), try buffers.attended.view(rows))
        try compute.linear(x, [query.output(into: queries), key.output(into: keys), value.output(into: values)])
        for turn in turns {
            try compute.rope(try queries.reshaped(split), turn)
            try compute.rope(try keys.reshaped(split), turn)
        }
        let (q, k, v) = (try queries.reshaped(split), try keys.reshaped(split), try values.reshaped(split))
        let mixed = try attended.reshaped(split)
        for part in parts ?? [AttentionPart(queries: 0..<rows, keys: 0..<rows)] where !part.queries.isEmpty {
            try compute.attention(
                q: try q.rows(part.queries), k: try k.rows(part.keys), v: try v.rows(part.keys), mask: .none,
                scale: 1 / Float(hidden / heads).squareRoot(), into: try mixed.rows(part.queries))
        }
        try output.run(attended, into: y, on: compute)
    }
}

extension Projections {
    /// Query, key, value and output.
    init(_ layers: [Linear]) {
        self.init(query: layers[0], key: layers[1], value: layers[2], output: layers[3])
    }
}

/// A transformer block that normalises before each part and in which every row sees every row (arXiv:2002.04745).
struct PreNormBlock: Sendable {
    let norm1: LayerNorm
    let attention: Projections
    let norm2: LayerNorm
    let up: Linear
    let down: Linear
    var activation = GELU.tanh
    /// What attention and the inner layer add is multiplied with these.
    var attentionGate: Float = 1
    var mlpGate: Float = 1

    /// The working memory of blocks of one size, for up to `rows` rows.
    struct Buffers: Sendable {
        let normed: Buffer
        let query: Buffer
        let key: Buffer
        let value: Buffer
        let attended: Buffer
        let up: Buffer
        let delta: Buffer

        init(rows: Int, hidden: Int, intermediate: Int) throws(TensorError) {
            normed = try Buffer(rows: rows, hidden)
            query = try Buffer(rows: rows, hidden)
            key = try Buffer(rows: rows, hidden)
            value = try Buffer(rows: rows, hidden)
            attended = try Buffer(rows: rows, hidden)
            up = try Buffer(rows: rows, intermediate)
            delta = try Buffer(rows: rows, hidden)
        }

        var byteCount: Int { [normed, query, key, value, attended, up, delta].reduce(0) { $0 + $1.byteCount } }
    }

    /// Carries x `[n, hidden]` through the block, in place.
    ///
    /// - Parameters:
    ///   - turns: of queries and keys; none where positions are in x already.
    ///   - parts: which rows see which; nil where every row sees every row.
    func run(
        _ x: Tensor, heads: Int, turns: [Rotation] = [], parts: [AttentionPart]? = nil, epsilon: Float, _ buffers: Buffers,
        on compute: Compute
    ) throws {
        let rows = x.shape[0]
        let normed = try buffers.normed.view(rows)
        let (inner, delta) = (try buffers.up.view(rows), try buffers.delta.view(rows))

        try norm1.run(x, epsilon: epsilon, into: normed, on: compute)
        try attention.run(normed, heads: heads, turns: turns, parts: parts, buffers, into: delta, on: compute)
        try compute.addScaled(delta, scale: attentionGate, into: x)

        try norm2.run(x, epsilon: epsilon, into: normed, on: compute)
        try up.run(normed, into: inner, on: compute)
        try compute.gelu(inner, activation)
        try down.run(inner, into: delta, on: compute)
        try compute.addScaled(delta, scale: mlpGate, into: x)
    }
}

extension WeightReader {
    /// `name.weight` and `name.bias`, both `[count]`.
    func layerNorm(_ name: String, _ count: Int) throws(ModelError) -> LayerNorm {
        LayerNorm(weight: try vector("\(name).weight", count), bias: try vector("\(name).bias", count))
    }

    /// `prefix{q,k,v,o}` of an attention between `hidden`-wide streams.
    func projections(_ prefix: String, _ hidden: Int, query: Int, key: Int) throws(ModelError) -> Projections {
        Projections(
            query: try linear(prefix + "q", query, hidden), key: try linear(prefix + "k", key, hidden),
            value: try linear(prefix + "v", key, hidden), output: try linear(prefix + "o", hidden, query))
    }

    /// `prefix{norm1,attention.{q,k,v,o},norm2,mlp.up,mlp.down}` of a block.
    func preNormBlock(_ prefix: String, hidden: Int, intermediate: Int) throws(ModelError) -> PreNormBlock {
        PreNormBlock(
            norm1: try layerNorm(prefix + "norm1", hidden),
            attention: try projections(prefix + "attention.", hidden, query: hidden, key: hidden),
            norm2: try layerNorm(prefix + "norm2", hidden), up: try linear(prefix + "mlp.up", intermediate, hidden),
            down: try linear(prefix + "mlp.down", hidden, intermediate))
    }
}
