import MillTensor
import MillValue

/// The checked header of one safetensors file.
///
/// The rules are those of the format's description: an 8-byte length, a JSON object of tensors, then their data, which
/// fill the rest of the file without holes or overlaps.
struct SafetensorsHeader {
    struct Entry {
        let name: String
        let type: SafetensorsDType
        let shape: [Int]
        /// From the start of the file.
        let byteOffset: Int
        let byteCount: Int
    }

    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]
    private let path: String

    /// Some sixty thousand tensors; the bound keeps a hostile header from taking the machine's memory.
    static let maximumByteCount = 16 << 20

    init(storage: Storage, path: String) throws(WeightsError) {
        self.path = path
        try LFSPointer.refuse(storage, path: path)
        var reader = ByteReader(storage: storage, path: path)
        let length = try reader.count(limit: reader.remaining - 8, "header length")
        guard length <= Self.maximumByteCount else {
            throw reader.error("header length", "\(length) bytes are more than the limit of \(Self.maximumByteCount)", at: 0)
        }
        let start = try reader.skip(length, "header")
        let bytes = Array(UnsafeRawBufferPointer(start: storage.base + start, count: length))
        guard bytes.first == UInt8(ascii: "{") else { throw reader.error("header", "it does not start with '{'", at: start) }
        let header: Value
        do throws(JSON.ParseError) { header = try JSON.parse(bytes: bytes, maximumDepth: 16) } catch {
            throw reader.error("header", error.message, at: start + error.offset)
        }
        let dataStart = reader.offset
        for (name, value) in header.map ?? ValueMap() {
            if name == "__metadata__" {
                try readMetadata(value)
            } else {
                entries.append(try entry(name, value, dataStart: dataStart, dataByteCount: reader.remaining))
            }
        }
        try checkCoverage(from: dataStart, to: storage.byteCount)
    }

    private mutating func readMetadata(_ value: Value) throws(WeightsError) {
        guard let map = value.map else { throw error("__metadata__", "it must be an object, but it is \(value.kind)") }
        for (key, value) in map {
            guard let text = value.string else {
                throw error("__metadata__.\(key)", "it must be a string, but it is \(value.kind)")
            }
            metadata[key] = text
        }
    }

    private func entry(
        _ name: String, _ value: Value, dataStart: Int, dataByteCount: Int
    ) throws(WeightsError) -> Entry {
        let item = "tensor \(name)"
        guard let typeName = value["dtype"]?.string, let dimensions = value["shape"]?.list,
            let offsets = value["data_offsets"]?.list
        else { throw error(item, "it needs dtype, shape and data_offsets") }
        guard let type = SafetensorsDType(name: typeName) else { throw error(item, "dtype \(typeName) does not exist") }
        var shape: [Int] = []
        var byteCount = type.byteCount
        for dimension in dimensions {
            guard case .int(let size) = dimension, size >= 0 else {
                throw error(item, "its shape \(value["shape"]?.json() ?? "") is no list of sizes")
            }
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
            guard !overflow else { throw error(item, "its shape \(value["shape"]?.json() ?? "") overflows") }
            byteCount = product
            shape.append(size)
        }
        guard offsets.count == 2, case .int(let begin) = offsets[0], case .int(let end) = offsets[1], begin >= 0, begin <= end,
            end <= dataByteCount
        else {
            throw error(item, "its data_offsets \(value["data_offsets"]?.json() ?? "") leave the \(dataByteCount) bytes of data")
        }
        guard end - begin == byteCount else {
            throw error(item, "its data_offsets hold \(end - begin) bytes, but \(typeName) \(shape) takes \(byteCount)")
        }
        return Entry(name: name, type: type, shape: shape, byteOffset: dataStart + begin, byteCount: byteCount)
    }

    private func checkCoverage(from start: Int, to end: Int) throws(WeightsError) {
        var position = start
        for entry in entries.sorted(by: { ($0.byteOffset, $0.byteCount) < ($1.byteOffset, $1.byteCount) }) {
            guard entry.byteOffset == position else {
                let reason =
                    entry.byteOffset < position
                    ? "its data overlap those of another tensor" : "bytes before its data belong to no tensor"
                throw error("tensor \(entry.name)", reason, at: entry.byteOffset)
            }
            position += entry.byteCount
        }
        guard position == end else { throw error("data", "\(end - position) bytes at the end belong to no tensor", at: position) }
    }

    private func error(_ item: String, _ reason: String, at offset: Int = 8) -> WeightsError {
        .malformed(path: path, item: item, offset: offset, reason: reason)
    }
}
