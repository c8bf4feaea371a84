import MillCompute
import MillTensor
import MillWeights

/// Idefics3's connector (arXiv:2408.12637): squares of neighbouring tokens become one wide token, and a linear layer brings it to
/// the text model's width.
struct PixelShuffleProjector: PictureProjector {
    let featureSize: Int
    /// Tokens in a row of the tower's grid.
    let gridSize: Int
    /// Sides of the squares.
    let scale: Int
    /// `[hidden, scale² * features]`.
    let projection: Linear
    let compute: Compute

    var hiddenSize: Int { projection.weight.shape[0] }
    /// Rows of one picture or tile.
    var rowCount: Int { (gridSize / scale) * (gridSize / scale) }

    func run(_ features: Tensor, pool: StoragePool) throws(ModelError) -> Tensor {
        try ModelError.wrapping {
            let shuffled = try Tensor.allocate(.f32, [rowCount, featureSize * scale * scale], pool: pool)
            shuffle(features, into: shuffled)
            let rows = try Tensor.allocate(.f32, [rowCount, hiddenSize], pool: pool)
            try projection.run(shuffled, into: rows, on: compute)
            return rows
        }
    }

    /// Within a wide token, the tokens of its square lie line by line.
    private func shuffle(_ features: Tensor, into wide: Tensor) {
        guard let target = wide.mutablePointer?.assumingMemoryBound(to: Float.self) else { return }
        // Bounded by the shapes that the initialiser and the tower's configuration set: gridSize² rows of featureSize values.
        let source = features.pointer.assumingMemoryBound(to: Float.self)
        let side = gridSize / scale
        for row in 0..<gridSize {
            for column in 0..<gridSize {
                let square = (row / scale) * side + column / scale
                let place = (square * scale + row % scale) * scale + column % scale
                (target + place * featureSize).update(from: source + (row * gridSize + column) * featureSize, count: featureSize)
            }
        }
    }
}

extension PixelShuffleProjector {
    /// - Parameter name: `projector.proj` of hub checkpoints, `mm.model.fc` of mmproj files.
    init(
        _ reader: WeightReader, name: String, tower: SiglipConfiguration, scale: Int, compute: Compute
    ) throws(ModelError) {
        guard tower.gridWidth.isMultiple(of: scale) else {
            throw .configuration(
                path: reader.source.path, key: "scale_factor",
                problem: "is \(scale), which does not divide the \(tower.gridWidth) patches of a row")
        }
        let hidden = try reader.rowCount("\(name).weight")
        featureSize = tower.hiddenSize
        gridSize = tower.gridWidth
        self.scale = scale
        projection = try reader.linear(name, hidden, tower.hiddenSize * scale * scale)
        self.compute = compute
    }
}
