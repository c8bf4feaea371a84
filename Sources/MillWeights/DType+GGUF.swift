import MillTensor

extension DType {
    /// The type with this number in a GGUF file (`enum ggml_type`); nil when it is unknown or not supported.
    init?(ggufType: UInt32) {
        guard let match = DType.allCases.first(where: { $0.ggufType == ggufType }) else { return nil }
        self = match
    }

    /// The type's number in a GGUF file; nil for types that GGUF does not have.
    public var ggufType: UInt32? {
        switch self {
        case .f32: 0
        case .f16: 1
        case .q4_0: 2
        case .q4_1: 3
        case .q5_0: 6
        case .q5_1: 7
        case .q8_0: 8
        case .q2_K: 10
        case .q3_K: 11
        case .q4_K: 12
        case .q5_K: 13
        case .q6_K: 14
        case .iq4_nl: 20
        case .iq4_xs: 23
        case .i8: 24
        case .i16: 25
        case .i32: 26
        case .i64: 27
        case .f64: 28
        case .bf16: 30
        case .u8, .bool: nil
        }
    }
}
