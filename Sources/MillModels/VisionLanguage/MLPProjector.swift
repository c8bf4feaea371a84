import MillCompute
import MillTensor
import MillWeights

/// LLaVA's projector (arXiv:2310.03744): two linear layers with GELU between them, a row for each token of the tower.
struct MLPProjector: PictureProjector {
    let first: Linear
    /// nil for the projector of one layer.
    let second: Linear?
    let gelu: GELU
    let compute: Compute

    var featureSize: Int { first.weight.shape[1] }
    var hiddenSize: Int { (second ?? first).weight.shape[0] }

    func run(_ features: Tensor, pool: StoragePool) throws(ModelError) -> Tensor {
        try ModelError.wrapping {
            let count = features.shape[0]
            let inner = try Tensor.allocate(.f32, [count, first.weight.shape[0]], pool: pool)
            try first.run(features, into: inner, on: compute)
            guard let second else { return inner }
            try compute.gelu(inner, gelu)
            let rows = try Tensor.allocate(.f32, [count, hiddenSize], pool: pool)
            try second.run(inner, into: rows, on: compute)
            return rows
        }
    }
}

extension MLPProjector {
    /// Under the hub's names `projector.linear_1` and `linear_2`, or under `mm.0` and `mm.2` of mmproj files.
    ///
    /// - Parameter hasBias: whether both layers have a bias, or neither; nil where the file alone says it.
    init(
        _ reader: WeightReader, names: (first: String, second: String), featureSize: Int, gelu: GELU, hasBias: Bool? = nil,
        compute: Compute
    ) throws(ModelError) {
        let inner = try reader.rowCount("\(names.first).weight")
        first = try reader.linear(names.first, inner, featureSize, hasBias: hasBias)
        if reader.contains("\(names.second).weight") {
            let hidden = try reader.rowCount("\(names.second).weight")
            second = try reader.linear(names.second, hidden, inner, hasBias: hasBias)
        } else {
            second = nil
        }
        self.gelu = gelu
        self.compute = compute
    }
}
