public import MillCompute

/// How exactly a model computes, as a user asks for it.
public enum Precision: String, Sendable, Hashable, CaseIterable {
    /// What suits the weights and the processor; ``ModelPlan`` says what that is, and why.
    case auto
    /// Quantized weights meet activations of 8 bits, 16-bit ones BF16 arithmetic where the processor has it.
    case int8
    /// All weights are taken exactly and multiplied in F32.
    case float32

    /// What operations run on: the instruction set and the threads of `base`.
    public func compute(_ base: Compute = .shared) -> Compute {
        // 8 bits cost a model of quantized weights less than they themselves did, and others are not touched by them.
        let activations: Compute.Activations = self == .float32 ? .float32 : .int8
        return base.activations == activations ? base : Compute(base, activations: activations)
    }
}

/// Where a model computes, as a user asks for it.
public enum Device: String, Sendable, Hashable, CaseIterable {
    case auto
    case cpu
}
