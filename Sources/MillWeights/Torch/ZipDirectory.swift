import MillTensor

/// The entries of a zip archive that lie in it as they are, found by its central directory (APPNOTE.TXT 6.3, with zip64).
///
/// PyTorch stores all entries without compression, so that they can be mapped.
struct ZipDirectory {
    private struct Entry {
        let flags: UInt16
        let method: UInt16
        let storedByteCount: Int
        let byteCount: Int
        let headerOffset: Int
    }

    /// In the directory's order.
    private(set) var names: [String] = []
    private var entries: [String: Entry] = [:]
    private let storage: Storage
    private let path: String
    /// Where the central directory starts: entries lie before it.
    private var directoryOffset = 0

    private static let endByteCount = 22
    private static let locatorByteCount = 20
    private static let centralByteCount = 46
    private static let localByteCount = 30

    /// Whether a file begins as a zip archive does.
    static func isZip(_ storage: Storage) -> Bool {
        UnsafeRawBufferPointer(start: storage.base, count: min(storage.byteCount, 4)).elementsEqual([0x50, 0x4B, 3, 4])
    }

    init(storage: Storage, path: String) throws(WeightsError) {
        self.storage = storage
        self.path = path
        let (count, range) = try findDirectory()
        directoryOffset = range.lowerBound
        var reader = ByteReader(storage: storage, path: path, range: range)
        guard count <= range.count / Self.centralByteCount else {
            throw reader.error("zip directory", "\(count) entries do not fit into its \(range.count) bytes")
        }
        for _ in 0..<count { try readEntry(&reader) }
    }

    func contains(_ name: String) -> Bool { entries[name] != nil }

    /// Where an entry's bytes lie in the file.
    ///
    /// - Throws: ``WeightsError/unsupported(path:item:reason:)`` for one that is compressed or encrypted.
    func range(_ name: String) throws(WeightsError) -> Range<Int> {
        let item = "entry \(name)"
        guard let entry = entries[name] else {
            throw .malformed(path: path, item: item, offset: directoryOffset, reason: "the archive does not hold it")
        }
        guard entry.flags & 1 == 0 else { throw .unsupported(path: path, item: item, reason: "it is encrypted") }
        guard entry.method == 0 else {
            throw .unsupported(
                path: path, item: item, reason: "it is compressed (method \(entry.method)); torch.save stores entries as they are"
            )
        }
        var reader = ByteReader(
            storage: storage, path: path, range: entry.headerOffset..<max(entry.headerOffset, directoryOffset))
        guard try reader.integer(UInt32.self, item) == 0x0403_4B50 else {
            throw reader.error(item, "there is no local header", at: entry.headerOffset)
        }
        try reader.skip(22, item)
        let nameByteCount = Int(try reader.integer(UInt16.self, item))
        let extraByteCount = Int(try reader.integer(UInt16.self, item))
        let start = try reader.skip(nameByteCount, item)
        guard UnsafeRawBufferPointer(start: storage.base + start, count: nameByteCount).elementsEqual(name.utf8) else {
            throw reader.error(item, "its local header has another name", at: start)
        }
        try reader.skip(extraByteCount, item)
        guard entry.storedByteCount == entry.byteCount else {
            throw reader.error(item, "it is not compressed, but has two sizes")
        }
        let data = try reader.skip(entry.byteCount, item)
        return data..<data + entry.byteCount
    }

    /// The number of entries and the bytes of the central directory.
    private func findDirectory() throws(WeightsError) -> (count: Int, range: Range<Int>) {
        let end = try findEnd()
        var reader = ByteReader(storage: storage, path: path, range: end + 4..<storage.byteCount)
        let item = "zip directory"
        let disks = [try reader.integer(UInt16.self, item), try reader.integer(UInt16.self, item)]
        try reader.skip(2, item)
        var count = Int(try reader.integer(UInt16.self, item))
        var byteCount = Int(try reader.integer(UInt32.self, item))
        var offset = Int(try reader.integer(UInt32.self, item))
        var limit = end
        if count == 0xFFFF || byteCount == 0xFFFF_FFFF || offset == 0xFFFF_FFFF, end >= Self.locatorByteCount {
            var locator = ByteReader(storage: storage, path: path, range: end - Self.locatorByteCount..<end)
            if try locator.integer(UInt32.self, item) == 0x0706_4B50 {
                try locator.skip(4, item)
                limit = try locator.count(limit: end, item)
                var wide = ByteReader(storage: storage, path: path, range: limit..<end)
                guard try wide.integer(UInt32.self, item) == 0x0606_4B50 else {
                    throw wide.error(item, "there is no zip64 record", at: limit)
                }
                try wide.skip(28, item)
                count = try wide.count(limit: limit, item)
                byteCount = try wide.count(limit: limit, item)
                offset = try wide.count(limit: limit, item)
            }
        }
        guard disks.allSatisfy({ $0 == 0 || $0 == 0xFFFF }) else {
            throw .unsupported(path: path, item: item, reason: "the archive is split into several files")
        }
        guard offset <= limit, byteCount <= limit - offset else {
            throw reader.error(item, "its \(byteCount) bytes at \(offset) pass its end", at: limit)
        }
        return (count, offset..<offset + byteCount)
    }

    /// The record at the end; a comment of up to 65535 bytes may follow it.
    private func findEnd() throws(WeightsError) -> Int {
        let first = max(0, storage.byteCount - Self.endByteCount - 0xFFFF)
        var offset = storage.byteCount - Self.endByteCount
        while offset >= first {
            var reader = ByteReader(storage: storage, path: path, range: offset..<storage.byteCount)
            if try reader.integer(UInt32.self, "zip directory") == 0x0605_4B50 {
                try reader.skip(16, "zip directory")
                let comment = Int(try reader.integer(UInt16.self, "zip directory"))
                if comment == reader.remaining { return offset }
            }
            offset -= 1
        }
        throw .malformed(
            path: path, item: "zip directory", offset: storage.byteCount,
            reason: "there is none at the end; the file is cut short")
    }

    private mutating func readEntry(_ reader: inout ByteReader) throws(WeightsError) {
        let item = "zip directory"
        let start = reader.offset
        guard try reader.integer(UInt32.self, item) == 0x0201_4B50 else {
            throw reader.error(item, "there is no entry", at: start)
        }
        try reader.skip(4, item)
        let flags = try reader.integer(UInt16.self, item)
        let method = try reader.integer(UInt16.self, item)
        try reader.skip(8, item)
        var sizes = [Int(try reader.integer(UInt32.self, item)), Int(try reader.integer(UInt32.self, item))]
        let nameByteCount = Int(try reader.integer(UInt16.self, item))
        let extraByteCount = Int(try reader.integer(UInt16.self, item))
        let commentByteCount = Int(try reader.integer(UInt16.self, item))
        try reader.skip(8, item)
        sizes.append(Int(try reader.integer(UInt32.self, item)))
        let nameStart = try reader.skip(nameByteCount, item)
        let bytes = UnsafeRawBufferPointer(start: storage.base + nameStart, count: nameByteCount)
        guard let name = String(validating: bytes, as: UTF8.self) else {
            throw reader.error(item, "a name is not valid UTF-8", at: nameStart)
        }
        let extraStart = try reader.skip(extraByteCount, item)
        try widen(&sizes, ByteReader(storage: storage, path: path, range: extraStart..<reader.offset))
        try reader.skip(commentByteCount, item)
        // Stored sizes are in the order in which the wide ones are: plain, stored, offset.
        let entry = Entry(
            flags: flags, method: method, storedByteCount: sizes[0], byteCount: sizes[1], headerOffset: sizes[2])
        guard entries.updateValue(entry, forKey: name) == nil else {
            throw reader.error("entry \(name)", "it occurs twice", at: start)
        }
        names.append(name)
    }

    /// Replaces sizes that do not fit 32 bits by those of the zip64 field: plain size, stored size, offset.
    private func widen(_ sizes: inout [Int], _ extra: ByteReader) throws(WeightsError) {
        var extra = extra
        while extra.remaining >= 4 {
            let kind = try extra.integer(UInt16.self, "zip directory")
            let byteCount = Int(try extra.integer(UInt16.self, "zip directory"))
            let start = try extra.skip(byteCount, "zip directory")
            guard kind == 1 else { continue }
            var field = ByteReader(storage: storage, path: path, range: start..<start + byteCount)
            // In the directory the stored size comes before the plain one.
            for index in [1, 0, 2] where sizes[index] == 0xFFFF_FFFF {
                sizes[index] = try field.count(limit: storage.byteCount, "zip directory")
            }
        }
    }
}
