import MillCompute

/// SwiGLU (arXiv:2002.05202): `down(silu(gate(x)) * up(x))`.
struct GatedMLP: Sendable {
    let gate: Linear
    let up: Linear
    let down: Linear

    /// `pass.buffers.normed` → `pass.buffers.delta`.
    func run(_ pass: DecoderPass) throws {
        let (compute, buffers) = (pass.compute, pass.buffers)
        try gate.run(buffers.normed, into: buffers.gate, on: compute)
        try up.run(buffers.normed, into: buffers.up, on: compute)
        try compute.siluMul(buffers.gate, buffers.up, into: buffers.gate)
        try down.run(buffers.gate, into: buffers.delta, on: compute)
    }
}
