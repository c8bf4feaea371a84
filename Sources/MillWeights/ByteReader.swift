import MillTensor

/// Reads little-endian fields of a mapped file one after the other; every step is checked against the file's end.
struct ByteReader {
    let storage: Storage
    let path: String
    private(set) var offset: Int
    private let end: Int

    /// Reads a part of a file, or all of it; what lies outside the file is cut off.
    init(storage: Storage, path: String, range: Range<Int>? = nil) {
        self.storage = storage
        self.path = path
        let range = (range ?? 0..<storage.byteCount).clamped(to: 0..<storage.byteCount)
        (offset, end) = (range.lowerBound, range.upperBound)
    }

    var remaining: Int { end - offset }

    func error(_ item: String, _ reason: String, at offset: Int? = nil) -> WeightsError {
        .malformed(path: path, item: item, offset: offset ?? self.offset, reason: reason)
    }

    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, _ item: @autoclosure () -> String
    ) throws(WeightsError) -> Value {
        let start = try skip(MemoryLayout<Value>.size, item())
        return Value(littleEndian: UnsafeRawPointer(storage.base + start).loadUnaligned(as: type))
    }

    /// A 64-bit count or length that fits `Int`; `limit` is what the rest of the file can hold.
    mutating func count(limit: Int, _ item: @autoclosure () -> String) throws(WeightsError) -> Int {
        let start = offset
        let raw = try integer(UInt64.self, item())
        guard let count = Int(exactly: raw), count <= limit else {
            throw error(item(), "it declares \(raw), but the rest of the file has room for at most \(max(limit, 0))", at: start)
        }
        return count
    }

    /// A length-prefixed UTF-8 string.
    mutating func string(_ item: @autoclosure () -> String) throws(WeightsError) -> String {
        let start = offset
        let bytes = try stringBytes(item())
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error(item(), "the string is not valid UTF-8", at: start)
        }
        return text
    }

    /// A length-prefixed string as it stands in the file; valid as long as the storage.
    mutating func stringBytes(_ item: @autoclosure () -> String) throws(WeightsError) -> UnsafeRawBufferPointer {
        let length = try count(limit: remaining - 8, item())
        let start = try skip(length, item())
        return UnsafeRawBufferPointer(start: storage.base + start, count: length)
    }

    /// Passes over `byteCount` bytes and says where they start.
    @discardableResult
    mutating func skip(_ byteCount: Int, _ item: @autoclosure () -> String) throws(WeightsError) -> Int {
        guard byteCount >= 0, byteCount <= remaining else {
            throw error(item(), "it needs \(byteCount) bytes, but only \(remaining) are left")
        }
        defer { offset += byteCount }
        return offset
    }
}
