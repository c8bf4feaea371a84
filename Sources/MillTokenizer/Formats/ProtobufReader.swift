/// Reads the fields of a protocol-buffers message one after the other.
struct ProtobufReader {
    enum Content {
        case integer(UInt64)
        case fixed32(UInt32)
        case bytes(ArraySlice<UInt8>)
        /// 64 bits that nothing here needs.
        case fixed64
    }

    struct Malformed: Error {
        let offset: Int
    }

    private var bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The next field with its number; nil at the end.
    mutating func next() throws(Malformed) -> (field: Int, content: Content)? {
        guard !bytes.isEmpty else { return nil }
        let key = try variable()
        guard let field = Int(exactly: key >> 3), field > 0 else { throw malformed }
        switch key & 7 {
        case 0: return (field, .integer(try variable()))
        case 1:
            _ = try take(8)
            return (field, .fixed64)
        case 2:
            guard let count = Int(exactly: try variable()) else { throw malformed }
            return (field, .bytes(try take(count)))
        case 5: return (field, .fixed32(try take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }))
        default: throw malformed
        }
    }

    private var malformed: Malformed { Malformed(offset: bytes.startIndex) }

    private mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
        guard count <= bytes.count else { throw malformed }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }

    private mutating func variable() throws(Malformed) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { throw malformed }
            result |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return result }
        }
        throw malformed
    }
}
