import MillTensor

/// Reads fields of a protobuf message that lies in a mapped file (protobuf.dev, "Encoding"); every step is checked against the
/// message's end.
struct ProtobufReader {
    /// What stands behind a field's number.
    enum Value {
        case integer(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        /// Text, bytes, a message or packed numbers: where they lie in the file.
        case bytes(Range<Int>)
    }

    private var reader: ByteReader
    private let item: String

    /// - Parameter item: the message, for errors.
    init(storage: Storage, path: String, range: Range<Int>, item: String) {
        reader = ByteReader(storage: storage, path: path, range: range)
        self.item = item
    }

    /// The next field; nil at the message's end.
    mutating func next() throws(WeightsError) -> (number: Int, value: Value)? {
        guard reader.remaining > 0 else { return nil }
        let start = reader.offset
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw reader.error(item, "a field has the number \(tag >> 3)", at: start) }
        let number = Int(tag >> 3)
        switch tag & 7 {
        case 0: return (number, .integer(try varint()))
        case 1: return (number, .fixed64(UInt64(littleEndian: try reader.integer(UInt64.self, item))))
        case 2:
            let length = try varint()
            guard let count = Int(exactly: length), count <= reader.remaining else {
                throw reader.error(item, "field \(number) has \(length) bytes, but only \(reader.remaining) are left", at: start)
            }
            let place = try reader.skip(count, item)
            return (number, .bytes(place..<place + count))
        case 5: return (number, .fixed32(try reader.integer(UInt32.self, item)))
        default: throw reader.error(item, "field \(number) has the unknown wire type \(tag & 7)", at: start)
        }
    }

    var isAtEnd: Bool { reader.remaining == 0 }

    /// Seven bits a byte, low ones first.
    mutating func varint() throws(WeightsError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try reader.integer(UInt8.self, item)
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
        }
        throw reader.error(item, "a number has more than ten bytes")
    }

    func error(_ reason: String) -> WeightsError { reader.error(item, reason) }
}

extension Storage {
    /// The text in a range of bytes that lies inside; nil when it is not valid UTF-8.
    func text(_ range: Range<Int>) -> String? {
        String(validating: UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count), as: UTF8.self)
    }
}
