import MillCompute
import MillTensor

/// One forward pass of a decoder: the tokens of one or more sequences, stacked to rows, and the memory to work in.
struct DecoderPass {
    /// The rows of one sequence.
    struct Segment {
        let rows: Range<Int>
        let cache: KVCache
        /// The position of each row in its sequence, for what turns it: fewer than rows before it where these were pictures in grids.
        let positions: [Int32]
        /// The positions by axis, where rows of pictures lie in grids; nil where all axes say the same.
        let axes: [[Int32]]?

        /// The first row's place: how many tokens the cache holds already.
        var start: Int { cache.count }
        var end: Int { cache.count + rows.count }
    }

    let compute: Compute
    let tokens: [Int32]
    /// What takes the place of the embeddings of some rows.
    let inserted: [InsertedRows]
    let positions: [Int32]
    let segments: [Segment]
    let buffers: DecoderBuffers.Views
    let tap: LayerTap?
    /// Takes note of what matrices are multiplied with.
    let sums: ActivationSums?

    /// - Parameter sequences: the tokens of each sequence and where their keys and values go.
    init(
        sequences: [(tokens: [Int32], cache: KVCache)], inserted: [InsertedRows] = [], buffers: DecoderBuffers,
        compute: Compute, tap: LayerTap?, sums: ActivationSums? = nil
    ) throws(ModelError) {
        self.sums = sums
        self.compute = compute
        self.inserted = inserted
        self.tap = tap
        tokens = sequences.count == 1 ? sequences[0].tokens : sequences.flatMap(\.tokens)
        var segments: [Segment] = []
        var start = 0
        for (tokens, cache) in sequences {
            let (positions, axes) = cache.grids.positions(cache.count..<cache.count + tokens.count)
            segments.append(
                Segment(rows: start..<start + tokens.count, cache: cache, positions: positions, axes: axes))
            start += tokens.count
        }
        self.segments = segments
        positions = segments.count == 1 ? segments[0].positions : segments.flatMap(\.positions)
        do { self.buffers = try buffers.views(start) } catch { throw .memory(error) }
    }

    /// `y = W x + b` for the rows of all sequences, with what the adapter of each adds.
    func run(_ linear: Linear, _ target: AdapterTarget, layer: Int, _ x: Tensor, into y: Tensor) throws {
        try run([(linear, target, y)], layer: layer, x)
    }

    /// The same for several matrices that read one x.
    func run(_ parts: [(linear: Linear, target: AdapterTarget, y: Tensor)], layer: Int, _ x: Tensor) throws {
        if let target = parts.first?.target { try sums?.add(target.site(layer: layer), x) }
        try compute.linear(x, parts.map { $0.linear.output(into: $0.y) })
        for segment in segments {
            guard let adapter = segment.cache.adapter else { continue }
            let x = try rows(segment, of: x)
            for part in parts {
                try adapter.add(part.target, layer: layer, x, into: try rows(segment, of: part.y), on: compute)
            }
        }
    }

    /// The rows of one sequence in a buffer of this pass.
    func rows(_ segment: Segment, of tensor: Tensor) throws(TensorError) -> Tensor {
        segments.count == 1 ? tensor : try tensor.rows(segment.rows)
    }
}

/// The working memory of a decoder's blocks, for up to `rows` tokens at a time; all sizes are known at load.
struct DecoderBuffers: Sendable {
    /// The buffers cut to the number of tokens of a pass.
    struct Views: Sendable {
        /// The residual stream, `[n, hidden]`.
        let hidden: Tensor
        /// The normalised input of a layer, `[n, hidden]`.
        let normed: Tensor
        /// `[n, heads * headDimension]`, and the same as `[n, heads, headDimension]`.
        let query: Tensor
        let queryHeads: Tensor
        /// The new tokens' keys and values, `[n, kvHeads * headDimension]`, and the same as `[n, kvHeads, headDimension]`.
        let key: Tensor
        let keyHeads: Tensor
        let value: Tensor
        let valueHeads: Tensor
        /// What attention gives, in the queries' two shapes.
        let attended: Tensor
        let attendedHeads: Tensor
        /// `[n, intermediate]`.
        let gate: Tensor
        let up: Tensor
        /// What a layer adds to the residual stream, `[n, hidden]`.
        let delta: Tensor
        /// What layers with experts need besides; nil where there are none.
        let experts: ExpertBuffers?
    }

    let rowCount: Int
    private let hidden: Buffer, normed: Buffer, query: Buffer, key: Buffer, value: Buffer, attended: Buffer
    private let gate: Buffer, up: Buffer, delta: Buffer
    private let experts: ExpertBuffers?
    /// The views of decoding, one token at a time.
    private let single: Views

    init(
        rows: Int, hidden: Int, heads: Int, kvHeads: Int, headDimension: Int, intermediate: Int,
        experts: ExpertConfiguration? = nil
    ) throws(TensorError) {
        rowCount = rows
        self.hidden = try Buffer(rows: rows, hidden)
        normed = try Buffer(rows: rows, hidden)
        query = try Buffer(rows: rows, heads, headDimension)
        key = try Buffer(rows: rows, kvHeads, headDimension)
        value = try Buffer(rows: rows, kvHeads, headDimension)
        attended = try Buffer(rows: rows, heads, headDimension)
        gate = try Buffer(rows: rows, intermediate)
        up = try Buffer(rows: rows, intermediate)
        delta = try Buffer(rows: rows, hidden)
        self.experts = try experts.map { e throws(TensorError) in try ExpertBuffers(rows: rows, hidden: hidden, e) }
        single = try Self.views(1, self.hidden, normed, query, key, value, attended, gate, up, delta, self.experts)
    }

    var byteCount: Int {
        [hidden, normed, query, key, value, attended, gate, up, delta].reduce(experts?.byteCount ?? 0) {
            $0 + $1.byteCount
        }
    }

    func views(_ rows: Int) throws(TensorError) -> Views {
        rows == 1 ? single : try Self.views(rows, hidden, normed, query, key, value, attended, gate, up, delta, experts)
    }

    private static func views(
        _ rows: Int, _ hidden: Buffer, _ normed: Buffer, _ query: Buffer, _ key: Buffer, _ value: Buffer,
        _ attended: Buffer, _ gate: Buffer, _ up: Buffer, _ delta: Buffer, _ experts: ExpertBuffers?
    ) throws(TensorError) -> Views {
        let queryHeads = try query.view(rows)
        let (keyHeads, valueHeads) = (try key.view(rows), try value.view(rows))
        let attendedHeads = try attended.view(rows)
        let width = queryHeads.shape[1] * queryHeads.shape[2]
        let keyWidth = keyHeads.shape[1] * keyHeads.shape[2]
        return Views(
            hidden: try hidden.view(rows), normed: try normed.view(rows),
            query: try queryHeads.reshaped([rows, width]), queryHeads: queryHeads,
            key: try keyHeads.reshaped([rows, keyWidth]), keyHeads: keyHeads,
            value: try valueHeads.reshaped([rows, keyWidth]), valueHeads: valueHeads,
            attended: try attendedHeads.reshaped([rows, width]), attendedHeads: attendedHeads,
            gate: try gate.view(rows), up: try up.view(rows), delta: try delta.view(rows),
            experts: experts)
    }
}
