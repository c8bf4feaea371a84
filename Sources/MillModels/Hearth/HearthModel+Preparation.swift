import MillCompute
import MillTensor

extension HearthModel {
    /// What is worked out once at load, and the working memory.
    static func prepare(
        _ c: HearthConfiguration, _ weights: HearthWeights, _ compute: Compute
    ) throws(ModelError) -> (
        itemInputs: Tensor, unitNorm: Tensor, scaledUnitNorm: Tensor, vision: HearthVisionBuffers, text: HearthTextBuffers
    ) {
        try ModelError.wrapping {
            let itemInputs = try Tensor.allocate(.f32, [c.itemNames.count, c.hiddenSize])
            try weights.itemInput.run(weights.itemEmbedding, into: itemInputs, on: compute)
            // x / sqrt(mean(x²) + ε/n) / sqrt(n) = x / sqrt(sum(x²) + ε)
            let unit = 1 / Float(c.itemHiddenSize).squareRoot()
            func constant(_ value: Float) throws -> Tensor {
                try Tensor([Float](repeating: value, count: c.itemHiddenSize), shape: [c.itemHiddenSize])
            }
            return (
                itemInputs, try constant(unit), try constant(unit * weights.cellScale), try HearthVisionBuffers(c),
                try HearthTextBuffers(c, promptLimit: promptLimit)
            )
        }
    }
}
