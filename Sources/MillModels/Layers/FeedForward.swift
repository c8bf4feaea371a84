/// What a block computes for each token by itself, after attention.
enum FeedForward: Sendable {
    case dense(GatedMLP)
    case experts(ExpertMLP)

    /// `pass.buffers.normed` → `pass.buffers.delta`.
    func run(_ pass: DecoderPass, layer: Int) throws {
        switch self {
        case .dense(let mlp): try mlp.run(pass, layer: layer)
        case .experts(let mlp): try mlp.run(pass, layer: layer)
        }
    }
}
