import MillTensor

extension ModelConverter {
    /// What becomes of the matrices. Vectors, norms and what a family keeps whole stay F32. ``TensorTypes`` says which matrix of
    /// a mix becomes what.
    public enum Precision: String, Sendable, CaseIterable {
        case f32
        case f16
        case bf16
        case q8 = "q8_0"
        /// The INT4 mix: Q4_0 in the transformer blocks but for their value and down projections, which with the heads, the
        /// memory and the token embeddings are Q8_0.
        case q4 = "int4"
        case q4_0, q4_1, q5_0, q5_1
        case q2_k
        case q3_k_s, q3_k_m, q3_k_l
        case q4_k_s, q4_k_m
        case q5_k_s, q5_k_m
        case q6_k
    }
}

extension ModelConverter.Precision {
    /// The type of most matrices.
    public var dtype: DType {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        case .q8: .q8_0
        case .q4, .q4_0: .q4_0
        case .q4_1: .q4_1
        case .q5_0: .q5_0
        case .q5_1: .q5_1
        case .q2_k: .q2_K
        case .q3_k_s, .q3_k_m, .q3_k_l: .q3_K
        case .q4_k_s, .q4_k_m: .q4_K
        case .q5_k_s, .q5_k_m: .q5_K
        case .q6_k: .q6_K
        }
    }

    /// llama.cpp's number for files that are mostly of this type (`enum llama_ftype`).
    var ggufFileType: Int {
        switch self {
        case .f32: 0
        case .f16: 1
        case .bf16: 32
        case .q4, .q4_0: 2
        case .q4_1: 3
        case .q8: 7
        case .q5_0: 8
        case .q5_1: 9
        case .q2_k: 10
        case .q3_k_s: 11
        case .q3_k_m: 12
        case .q3_k_l: 13
        case .q4_k_s: 14
        case .q4_k_m: 15
        case .q5_k_s: 16
        case .q5_k_m: 17
        case .q6_k: 18
        }
    }

    /// From the largest files to the smallest: what ``ModelConverter/automaticPrecision(memory:)`` chooses from.
    static let automatic: [ModelConverter.Precision] = [.q8, .q6_k, .q5_k_m, .q4_k_m, .q3_k_m, .q2_k]
}
