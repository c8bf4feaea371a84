/// The type of a tensor's elements: plain numbers, or one of GGUF's quantized block types.
///
/// Block layouts are those of GGML (`ggml-common.h`): a row is a whole number of blocks, each holding
/// ``blockSize`` elements in ``blockByteCount`` bytes.
public enum DType: String, Sendable, Hashable, CaseIterable {
    case f32, f16, bf16, f64
    case i8, u8, i16, i32, i64
    case bool
    case q4_0, q4_1, q5_0, q5_1, q8_0
    case q2_K, q3_K, q4_K, q5_K, q6_K
    case iq4_nl, iq4_xs
}

extension DType {
    /// Elements per block; 1 for plain numbers.
    public var blockSize: Int {
        switch self {
        case .f32, .f16, .bf16, .f64, .i8, .u8, .i16, .i32, .i64, .bool: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .iq4_nl: 32
        case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_xs: 256
        }
    }

    /// Bytes per block; the element's size for plain numbers.
    public var blockByteCount: Int {
        switch self {
        case .i8, .u8, .bool: 1
        case .f16, .bf16, .i16: 2
        case .f32, .i32: 4
        case .f64, .i64: 8
        case .q4_0, .iq4_nl: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .q2_K: 84
        case .q3_K: 110
        case .q4_K: 144
        case .q5_K: 176
        case .q6_K: 210
        case .iq4_xs: 136
        }
    }

    /// Whether elements share scales within blocks.
    public var isQuantized: Bool { blockSize > 1 }

    /// The bytes that `elementCount` consecutive elements take; nil when that is no whole number of blocks or overflows.
    public func byteCount(elementCount: Int) -> Int? {
        guard elementCount >= 0, elementCount.isMultiple(of: blockSize) else { return nil }
        let (bytes, overflow) = (elementCount / blockSize).multipliedReportingOverflow(by: blockByteCount)
        return overflow ? nil : bytes
    }

    /// The name in upper case, as GGUF and safetensors files write it (`F32`, `Q4_K`).
    public var name: String { self == .bool ? "BOOL" : rawValue.uppercased() }
}
