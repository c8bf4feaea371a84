import MillTensor
import MillValue

/// What a packet carries. Tensors and objects travel by reference; the graph never copies their bytes.
public enum Payload: Sendable {
    /// A moment without content, as a timer or a loop's feedback sends it.
    case tick
    /// Encoded bytes (a JPEG, a PDF), as a U8 tensor `[byteCount]`.
    case bytes(Tensor)
    case tensor(Tensor)
    case text(String)
    /// A record, event, action, outcome or any other JSON-like value.
    case value(Value)
    /// A type that only the nodes at both ends know: a decoded image, an encoded picture.
    case object(any Sendable)
}

extension Payload {
    /// The tensor of `.bytes` and `.tensor`.
    public var tensor: Tensor? {
        switch self {
        case .bytes(let tensor), .tensor(let tensor): tensor
        default: nil
        }
    }

    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    public var value: Value? {
        if case .value(let value) = self { value } else { nil }
    }

    /// The object, if it is of that type.
    public func object<Object: Sendable>(as type: Object.Type) -> Object? {
        if case .object(let object) = self { object as? Object } else { nil }
    }

    /// How an expression sees this payload: values and texts as they are, anything else as null.
    public var expressionValue: Value {
        switch self {
        case .value(let value): value
        case .text(let text): .string(text)
        case .tick, .bytes, .tensor, .object: .null
        }
    }
}
