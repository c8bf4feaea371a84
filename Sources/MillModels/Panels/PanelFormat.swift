import MillCompute
import MillTensor

/// A file of panels: a header, the table, zeros up to a multiple of 4096, the panels, their hash, and the model's path.
///
/// | bytes | what |
/// | --- | --- |
/// | 8 | `MILLPNL2` |
/// | 4, 4 | the version of the layout; the instruction sets that it is for, 0 for all |
/// | 32 | the key, which is the file's name, too |
/// | 8, 8, 8 | offset and number of the panels' bytes; entries of the table |
/// | | for each entry: name (4 bytes of length, UTF-8), type (the same), first row, rows, columns, offset, bytes (8 each) |
/// | 32 | the content hash of all bytes before |
/// | 4064 | the path of the model from which it was made, and zeros |
///
/// Numbers are little-endian. All but hash and path follows from the model's file, so a reader knows every byte of header and table
/// beforehand, and takes no offset or size from the file.
struct PanelFormat: Sendable {
    static let magic = Array("MILLPNL2".utf8)
    static let variant = 0
    private static let alignment = 4096

    let key: ContentHash
    /// Header and table, padded.
    let header: [UInt8]
    let fileByteCount: Int

    /// - Parameter hashes: of the model's files.
    init(_ table: PanelTable, hashes: [ContentHash]) throws(ModelError) {
        var rows: [UInt8] = []
        for entry in table.entries {
            rows.append(text: entry.key.name)
            rows.append(text: entry.rows.dtype.rawValue)
            for number in [
                entry.key.rows.lowerBound, entry.rows.shape[0], entry.rows.shape[1], entry.byteOffset, entry.byteCount,
            ] {
                rows.append(number: UInt64(number))
            }
        }
        var start = Self.magic
        start.append(number: UInt32(WeightPanels.layoutVersion))
        start.append(number: UInt32(Self.variant))
        key = ContentHash(of: start + hashes.flatMap(\.bytes) + rows)
        start += key.bytes
        let unpadded = start.count + 3 * 8 + rows.count
        let offset = (unpadded + Self.alignment - 1) / Self.alignment * Self.alignment
        for number in [offset, table.byteCount, table.entries.count] { start.append(number: UInt64(number)) }
        header = start + rows + [UInt8](repeating: 0, count: offset - unpadded)
        let (size, overflow) = table.byteCount.addingReportingOverflow(offset + Trailer.byteCount)
        guard !overflow else { throw .memory(.outOfMemory(byteCount: .max)) }
        fileByteCount = size
    }

    /// The last bytes of a file.
    struct Trailer {
        static let byteCount = 4096

        /// Of all bytes before.
        let hash: ContentHash
        /// The model's, as it was when the file was made.
        var path: String

        init(hash: ContentHash, path: String) {
            self.hash = hash
            self.path = path
        }

        /// - Parameter bytes: ``byteCount`` of them.
        init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.byteCount, let hash = ContentHash(bytes: Array(bytes.prefix(32))) else { return nil }
            self.hash = hash
            path = String(decoding: bytes.dropFirst(32).prefix { $0 != 0 }, as: UTF8.self)
        }

        var bytes: [UInt8] {
            let start = hash.bytes + path.utf8.prefix(Self.byteCount - 33)
            return start + [UInt8](repeating: 0, count: Self.byteCount - start.count)
        }
    }

    /// Why a file's content is none of this format and table; nil where it is.
    func problem(_ storage: Storage) -> String? {
        guard storage.byteCount == fileByteCount else {
            return "it has \(storage.byteCount) bytes and not \(fileByteCount)"
        }
        let found = UnsafeRawBufferPointer(start: storage.base, count: header.count)
        return found.elementsEqual(header) ? nil : "its table is not that of the model"
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(text: String) {
        append(number: UInt32(truncatingIfNeeded: text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
