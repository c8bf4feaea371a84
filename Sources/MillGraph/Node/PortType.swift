import MillTensor

/// The type of a port, checked before anything runs.
public indirect enum PortType: Sendable, Hashable {
    case bytes, image, text, event, document, page, action, outcome, tick
    /// JSON-like data; the name of its schema where that is known.
    case record(schema: String?)
    /// dtype and shape where they are known.
    case tensor(DType?, shape: [Dimension]?)
    /// A type that nodes define among themselves, such as an encoded picture.
    case named(String)
    case any

    /// One dimension of a tensor type.
    public enum Dimension: Sendable, Hashable {
        case size(Int)
        /// A size that is known only at run time; the name is for people.
        case variable(String)
    }

    /// JSON-like data without a known schema.
    public static var record: PortType { .record(schema: nil) }
    public static var tensor: PortType { .tensor(nil, shape: nil) }

    /// Whether an input of this type takes what an output of type `output` sends. What is unknown on either side fits.
    public func accepts(_ output: PortType) -> Bool {
        switch (self, output) {
        case (.any, _): true
        case (.record(let wanted), .record(let given)): wanted == nil || given == nil || wanted == given
        case (.record(nil), .event), (.record(nil), .action), (.record(nil), .outcome): true
        case (.tensor(let wantedType, let wantedShape), .tensor(let givenType, let givenShape)):
            (wantedType == nil || givenType == nil || wantedType == givenType)
                && Self.fits(wantedShape, givenShape)
        default: self == output
        }
    }

    private static func fits(_ wanted: [Dimension]?, _ given: [Dimension]?) -> Bool {
        guard let wanted, let given else { return true }
        guard wanted.count == given.count else { return false }
        return zip(wanted, given).allSatisfy { pair in
            if case (.size(let a), .size(let b)) = pair { a == b } else { true }
        }
    }
}

extension PortType: CustomStringConvertible {
    /// As in a pipeline file: `tensor<f16,[n,768]>`, `record<scene>`.
    public var description: String {
        switch self {
        case .bytes: "bytes"
        case .image: "image"
        case .text: "text"
        case .event: "event"
        case .document: "document"
        case .page: "page"
        case .action: "action"
        case .outcome: "outcome"
        case .tick: "tick"
        case .any: "any"
        case .named(let name): name
        case .record(let schema): schema.map { "record<\($0)>" } ?? "record"
        case .tensor(let dtype, let shape):
            dtype == nil && shape == nil
                ? "tensor" : "tensor<\(dtype?.rawValue ?? "any")\(shape.map { ",[\(Self.list($0))]" } ?? "")>"
        }
    }

    private static func list(_ shape: [Dimension]) -> String {
        shape.map { dimension in
            switch dimension {
            case .size(let size): String(size)
            case .variable(let name): name
            }
        }.joined(separator: ",")
    }
}
