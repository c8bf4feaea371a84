import ArgumentParser
import MillTensor

/// The types of a KV cache, by the names that the option has for them.
enum CacheType: String, ExpressibleByArgument, CaseIterable {
    case f32, f16, bf16
    case q8 = "q8_0"

    var dtype: DType {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        case .q8: .q8_0
        }
    }
}
