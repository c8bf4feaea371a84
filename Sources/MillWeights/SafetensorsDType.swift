import MillTensor

/// The element types of the safetensors format. Some have a size but no counterpart in ``DType``: files that hold such
/// tensors open, and only asking for the tensor is refused.
struct SafetensorsDType {
    let name: String
    let byteCount: Int
    let dtype: DType?

    init?(name: String) {
        self.name = name
        switch name {
        case "F64": (byteCount, dtype) = (8, .f64)
        case "F32": (byteCount, dtype) = (4, .f32)
        case "F16": (byteCount, dtype) = (2, .f16)
        case "BF16": (byteCount, dtype) = (2, .bf16)
        case "I64": (byteCount, dtype) = (8, .i64)
        case "I32": (byteCount, dtype) = (4, .i32)
        case "I16": (byteCount, dtype) = (2, .i16)
        case "I8": (byteCount, dtype) = (1, .i8)
        case "U8": (byteCount, dtype) = (1, .u8)
        case "BOOL": (byteCount, dtype) = (1, .bool)
        case "U64", "C64": (byteCount, dtype) = (8, nil)
        case "U32": (byteCount, dtype) = (4, nil)
        case "U16": (byteCount, dtype) = (2, nil)
        case "F8_E4M3", "F8_E5M2", "F8_E8M0": (byteCount, dtype) = (1, nil)
        default: return nil
        }
    }
}
