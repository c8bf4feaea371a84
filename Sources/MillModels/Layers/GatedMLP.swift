import MillCompute

/// SwiGLU (arXiv:2002.05202): `down(silu(gate(x)) * up(x))`.
struct GatedMLP: Sendable {
    let gate: Linear
    let up: Linear
    let down: Linear

    /// `pass.buffers.normed` → `pass.buffers.delta`.
    func run(_ pass: DecoderPass, layer: Int) throws {
        let (compute, buffers) = (pass.compute, pass.buffers)
        try pass.run([(gate, .gate, buffers.gate), (up, .up, buffers.up)], layer: layer, buffers.normed)
        try compute.siluMul(buffers.gate, buffers.up, into: buffers.gate)
        try pass.run(down, .down, layer: layer, buffers.gate, into: buffers.delta)
    }
}
