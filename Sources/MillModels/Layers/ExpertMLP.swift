import MillCompute
import MillTensor

/// A sparse mixture of gated MLPs (arXiv:1701.06538, 2401.04088): a router chooses a few experts for each token, and their results
/// are added up, weighted. An expert that no token of a pass chooses is not read.
///
/// A token's experts are added in ascending order, whatever other tokens are in the pass, then the shared expert.
struct ExpertMLP: Sendable {
    /// An expert that every token meets, as far as a gate lets it.
    struct Shared: Sendable {
        let mlp: GatedMLP
        /// F32 `[1, hidden]`: the token's share is the sigmoid of the product.
        let gate: Tensor
    }

    /// F32 `[experts, hidden]`.
    let router: Tensor
    let experts: [GatedMLP]
    let chosenCount: Int
    let renormalizes: Bool
    let shared: Shared?

    /// `pass.buffers.normed` → `pass.buffers.delta`.
    func run(_ pass: DecoderPass, layer: Int) throws {
        let (compute, x, sum) = (pass.compute, pass.buffers.normed, pass.buffers.delta)
        guard let buffers = pass.buffers.experts else { throw ModelError.misuse("the pass has no memory for experts") }
        let rows = x.shape[0]
        let probabilities = try buffers.probabilities.view(rows)
        try compute.linear(x, router, into: probabilities)
        try compute.softmax(probabilities)
        let routing = ExpertRouting(probabilities, chosenCount: chosenCount, renormalizes: renormalizes)
        sum.mutablePointer?.initializeMemory(as: UInt8.self, repeating: 0, count: sum.byteCount)
        let sums = pass.sums.map { (sums: $0, layer: layer) }
        if rows == 1, sums == nil {
            try single(x, routing, buffers, into: sum, on: compute)
        } else {
            for share in routing.shares { try add(share, x, buffers, into: sum, on: compute, sums) }
        }
        if let shared { try add(shared, x, buffers, into: sum, on: compute, sums) }
    }

    /// One token: gate and up of all its experts are one step.
    private func single(
        _ x: Tensor, _ routing: ExpertRouting, _ buffers: ExpertBuffers, into sum: Tensor, on compute: Compute
    ) throws {
        let shares = routing.shares
        let (gate, up) = (try buffers.gate.view(shares.count), try buffers.up.view(shares.count))
        let result = try buffers.result.view(1)
        var outputs: [LinearOutput] = []
        for (index, share) in shares.enumerated() {
            let (row, mlp) = (index..<index + 1, experts[share.expert])
            outputs += [mlp.gate.output(into: try gate.rows(row)), mlp.up.output(into: try up.rows(row))]
        }
        try compute.linear(x, outputs)
        try compute.siluMul(gate, up, into: gate)
        for (index, share) in shares.enumerated() {
            try experts[share.expert].down.run(try gate.rows(index..<index + 1), into: result, on: compute)
            try compute.addScaled(result, scale: share.weights[0], into: sum)
        }
    }

    /// An expert's rows, gathered, so that its matrices are met once.
    private func add(
        _ share: ExpertRouting.Share, _ x: Tensor, _ buffers: ExpertBuffers, into sum: Tensor, on compute: Compute,
        _ sums: (sums: ActivationSums, layer: Int)?
    ) throws {
        let (count, mlp) = (share.rows.count, experts[share.expert])
        let (gathered, result) = (try buffers.gathered.view(count), try buffers.result.view(count))
        let (gate, up) = (try buffers.gate.view(count), try buffers.up.view(count))
        try compute.embed(share.rows, x, into: gathered)
        if let sums { try sums.sums.add(.expert(layer: sums.layer, share.expert), gathered) }
        try compute.linear(gathered, [mlp.gate.output(into: gate), mlp.up.output(into: up)])
        try compute.siluMul(gate, up, into: gate)
        if let sums { try sums.sums.add(.expertDown(layer: sums.layer, share.expert), gate) }
        try mlp.down.run(gate, into: result, on: compute)
        try compute.addScaled(result, scales: share.weights, toRows: share.rows, of: sum)
    }

    private func add(
        _ shared: Shared, _ x: Tensor, _ buffers: ExpertBuffers, into sum: Tensor, on compute: Compute,
        _ sums: (sums: ActivationSums, layer: Int)?
    ) throws {
        let count = x.shape[0]
        guard let gates = try buffers.sharedGate?.view(count), let ups = try buffers.sharedUp?.view(count) else {
            throw ModelError.misuse("the pass has no memory for a shared expert")
        }
        let (share, result) = (try buffers.sharedShare.view(count), try buffers.result.view(count))
        if let sums { try sums.sums.add(.shared(layer: sums.layer), x) }
        try compute.linear(x, [shared.mlp.gate.output(into: gates), shared.mlp.up.output(into: ups)])
        try compute.linear(x, shared.gate, into: share)
        try compute.sigmoid(share)
        try compute.siluMul(gates, ups, into: gates)
        if let sums { try sums.sums.add(.sharedDown(layer: sums.layer), gates) }
        try shared.mlp.down.run(gates, into: result, on: compute)
        try compute.addScaled(result, scales: try share.floats(), toRows: (0..<Int32(count)).map { $0 }, of: sum)
    }
}

/// The working memory of layers with experts, for up to `rows` tokens at a time.
struct ExpertBuffers: Sendable {
    /// `[n, experts]`.
    let probabilities: Buffer
    /// The rows of one expert, `[n, hidden]`.
    let gathered: Buffer
    /// `[n, intermediate]`, a row for each token of an expert, or for each expert of a token.
    let gate: Buffer
    let up: Buffer
    /// What an expert gives, `[n, hidden]`.
    let result: Buffer
    /// `[n, sharedIntermediate]`.
    let sharedGate: Buffer?
    let sharedUp: Buffer?
    /// `[n, 1]`.
    let sharedShare: Buffer

    init(rows: Int, hidden: Int, _ experts: ExpertConfiguration) throws(TensorError) {
        probabilities = try Buffer(rows: rows, experts.count)
        gathered = try Buffer(rows: rows, hidden)
        gate = try Buffer(rows: rows, experts.intermediateSize)
        up = try Buffer(rows: rows, experts.intermediateSize)
        result = try Buffer(rows: rows, hidden)
        sharedShare = try Buffer(rows: rows, 1)
        guard let size = experts.sharedIntermediateSize else {
            (sharedGate, sharedUp) = (nil, nil)
            return
        }
        sharedGate = try Buffer(rows: rows, size)
        sharedUp = try Buffer(rows: rows, size)
    }

    var byteCount: Int {
        [probabilities, gathered, gate, up, result, sharedShare].reduce(0) { $0 + $1.byteCount }
            + (sharedGate?.byteCount ?? 0) + (sharedUp?.byteCount ?? 0)
    }
}
