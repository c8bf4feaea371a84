import MillTensor

/// One metadata value of a GGUF file, in the type that the file gives it.
public enum GGUFValue: Sendable {
    /// Any of the signed or unsigned integer types.
    case integer(Int64, GGUFValueType)
    /// An unsigned 64-bit integer above `Int64.max`.
    case unsigned(UInt64)
    case float(Double, GGUFValueType)
    case bool(Bool)
    case string(String)
    case array(GGUFArray)

    /// The type's name in messages: `u32`, `string`, `array of f32`.
    public var typeName: String {
        switch self {
        case .integer(_, let type), .float(_, let type): type.name
        case .unsigned: GGUFValueType.u64.name
        case .bool: GGUFValueType.bool.name
        case .string: GGUFValueType.string.name
        case .array(let array): "array of \(array.elementType.name)"
        }
    }
}

/// The value types of the GGUF format, by their number in the file.
public enum GGUFValueType: UInt32, Sendable, Hashable {
    case u8 = 0, i8, u16, i16, u32, i32, f32, bool, string, array, u64, i64, f64

    public var name: String { String(describing: self) }

    /// Bytes of one value; nil for strings and arrays.
    var byteCount: Int? {
        switch self {
        case .u8, .i8, .bool: 1
        case .u16, .i16: 2
        case .u32, .i32, .f32: 4
        case .u64, .i64, .f64: 8
        case .string, .array: nil
        }
    }

    /// The fewest bytes that one value takes in the file.
    var minimumByteCount: Int { byteCount ?? (self == .string ? 8 : 12) }
}

/// An array of a GGUF file's metadata. Its bounds are checked when the file is opened; elements are decoded when asked for.
public struct GGUFArray: Sendable {
    public let elementType: GGUFValueType
    public let count: Int
    let storage: Storage
    let path: String
    let byteOffset: Int
    /// Bytes of all elements in the file.
    let byteCount: Int

    private var reader: ByteReader { ByteReader(storage: storage, path: path, range: byteOffset..<byteOffset + byteCount) }

    /// The elements of an array of strings; nil for other types.
    ///
    /// Bytes that are no valid UTF-8 become U+FFFD: some vocabularies hold parts of characters.
    public var strings: [String]? {
        byteStrings?.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The elements of an array of strings as raw bytes; nil for other types.
    public var byteStrings: [[UInt8]]? {
        guard elementType == .string else { return nil }
        var reader = reader
        return try? (0..<count).map { _ in Array(try reader.stringBytes("array")) }
    }

    /// The elements of an integer or boolean array; nil for other types, and when one exceeds `Int`.
    public var integers: [Int]? {
        switch elementType {
        case .u8, .bool: decode(UInt8.self)
        case .i8: decode(Int8.self)
        case .u16: decode(UInt16.self)
        case .i16: decode(Int16.self)
        case .u32: decode(UInt32.self)
        case .i32: decode(Int32.self)
        case .u64: decode(UInt64.self)
        case .i64: decode(Int64.self)
        case .f32, .f64, .string, .array: nil
        }
    }

    /// The elements of a numeric array; nil for other types.
    public var numbers: [Double]? {
        switch elementType {
        case .f32: decodeBits(UInt32.self) { Double(Float(bitPattern: $0)) }
        case .f64: decodeBits(UInt64.self) { Double(bitPattern: $0) }
        default: integers?.map(Double.init)
        }
    }

    private func decode<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type) -> [Int]? {
        let values = decodeBits(type) { Int(exactly: $0) }
        guard let values, values.allSatisfy({ $0 != nil }) else { return nil }
        return values.compactMap { $0 }
    }

    private func decodeBits<Element: FixedWidthInteger & BitwiseCopyable, Result>(
        _ type: Element.Type, _ convert: (Element) -> Result
    ) -> [Result]? {
        var reader = reader
        return try? (0..<count).map { _ in convert(try reader.integer(type, "array")) }
    }
}
