import MillTensor

/// What a pickle of tensors is made of. Containers are numbers of the unpickler's own lists: whoever refers to them, nothing is
/// held twice, and loops among them do no harm.
enum PickleValue: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case text(String)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case global(PickleGlobal)
    case storage(TorchStorage)
    case tensor(TorchTensor)

    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a bool"
        case .int: "an integer"
        case .float: "a float"
        case .text: "a string"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global(let global): "\(global)"
        case .storage: "a storage"
        case .tensor: "a tensor"
        }
    }
}

/// The functions and classes that a dictionary of tensors names. None is ever called: each stands for what it would give.
enum PickleGlobal: Sendable, Hashable {
    case orderedDictionary
    /// `_rebuild_tensor(storage, offset, size, stride)`, or `_rebuild_tensor_v2` with more behind.
    case rebuildTensor
    /// `_rebuild_parameter(tensor, requires_grad, hooks)`.
    case rebuildParameter
    case storageType(DType)

    static let supported = "collections.OrderedDict, torch.*Storage, torch._utils._rebuild_tensor(_v2) and _rebuild_parameter"

    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", _):
            guard let dtype = Self.storageTypes[name] else { return nil }
            self = .storageType(dtype)
        default: return nil
        }
    }

    private static let storageTypes: [String: DType] = [
        "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16, "DoubleStorage": .f64, "LongStorage": .i64,
        "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8, "ByteStorage": .u8, "BoolStorage": .bool,
    ]
}

/// A storage as the pickle names it: its bytes lie elsewhere in the file.
struct TorchStorage: Sendable, Hashable {
    let key: String
    let dtype: DType
    let elementCount: Int
}

/// A view on a storage as the pickle describes it; not checked yet.
struct TorchTensor: Sendable {
    let storage: TorchStorage
    /// In elements.
    let offset: Int
    let shape: [Int]
    /// In elements.
    let strides: [Int]
}
