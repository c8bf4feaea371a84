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
}

/// A transformer block that normalises before each part and in which every row sees every row (arXiv:2002.04745).
struct PreNormBlock: Sendable {
    let norm1: LayerNorm
    let attention: Projections
    let norm2: LayerNorm
    let up: Linear
    let down: Linear
    var activation = GELU.tanh

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
    /// - Parameter rope: turns queries and keys by their row; nil where positions are in x already.
    func run(
        _ x: Tensor, heads: Int, rope: Rope? = nil, epsilon: Float, _ buffers: Buffers, on compute: Compute
    ) throws {
        let (rows, hidden) = (x.shape[0], x.shape[1])
        let split = [rows, heads, hidden / heads]
        let normed = try buffers.normed.view(rows)
        let (query, key) = (try buffers.query.view(rows), try buffers.key.view(rows))
        let (value, attended) = (try buffers.value.view(rows), try buffers.attended.view(rows))
        let (inner, delta) = (try buffers.up.view(rows), try buffers.delta.view(rows))

        try norm1.run(x, epsilon: epsilon, into: normed, on: compute)
        try compute.linear(
            normed,
            [attention.query.output(into: query), attention.key.output(into: key), attention.value.output(into: value)])
        if let rope {
            let positions = (0..<Int32(rows)).map { $0 }
            try rope.run(try query.reshaped(split), positions: positions, on: compute)
            try rope.run(try key.reshaped(split), positions: positions, on: compute)
        }
        try compute.attention(
            q: try query.reshaped(split), k: try key.reshaped(split), v: try value.reshaped(split), mask: .none,
            scale: 1 / Float(hidden / heads).squareRoot(), into: try attended.reshaped(split))
        try attention.output.run(attended, into: delta, on: compute)
        try compute.add(delta, into: x)

        try norm2.run(x, epsilon: epsilon, into: normed, on: compute)
        try up.run(normed, into: inner, on: compute)
        try compute.gelu(inner, activation)
        try down.run(inner, into: delta, on: compute)
        try compute.add(delta, into: x)
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
