import Glibc
import MillCompute
import MillTensor

extension GGUFWriter {
    /// How far the writing of a file is.
    public struct Progress: Sendable {
        /// The tensor that was last worked on.
        public let tensor: String
        /// Bytes of tensors in the file, of ``byteCount`` in all.
        public let doneByteCount: Int
        public let byteCount: Int
        /// Bytes that were there already when writing went on.
        public let resumedByteCount: Int
    }

    /// Writing that can be gone on with after its program was stopped. What is finished lies beside the output as `NAME.part`, with
    /// a journal of checksums, `NAME.part.log`.
    public struct Resumption: Sendable {
        /// All that decides about the content of the tensors: sources and options.
        public let identity: String
        /// Go on with what is there; else begin anew.
        public let isResuming: Bool

        public init(identity: String, isResuming: Bool) {
            self.identity = identity
            self.isResuming = isResuming
        }
    }

    /// Writes the file and reads it back before it gets its name; a file of this name is replaced, and keeps its permissions.
    ///
    /// Reading back compares the checksum of every tensor with that of what was written.
    /// - Parameters:
    ///   - resumption: nil for a file of which nothing is left when it is not finished.
    ///   - isCancelled: asked before each piece of a tensor; without `resumption`, nothing is left of what was written then.
    /// - Returns: whether the file was written.
    /// - Throws: ``WeightsError/unwritable(path:reason:)``, also for a path at which something else than a GGUF file
    ///   or an empty one is; ``WeightsError/anothersPart(path:reason:)``.
    @discardableResult
    public func write(
        to path: String, resumption: Resumption? = nil, isCancelled: () -> Bool = { false },
        progress: (Progress) -> Void = { _ in }
    ) throws(WeightsError) -> Bool {
        guard alignment > 0, alignment & (alignment - 1) == 0 else {
            throw .invalidContent(item: "alignment", reason: "\(alignment) is no power of two")
        }
        try Self.checkReplaces(path)
        let header = header()
        let target = try OutputTarget(path)
        var output = resumption == nil ? try FileOutput(path: path) : try FileOutput(keeping: target)
        var pieces: [WriteJournal.Piece] = []
        /// What is there was begun for another file, which may still be gone on with.
        var isAnothers = resumption?.isResuming ?? false
        let isWhole: Bool
        do throws(WeightsError) {
            if let resumption {
                let identity = ContentHash(of: header + Array(resumption.identity.utf8))
                let journal = try WriteJournal(target, identity: identity, isResuming: resumption.isResuming)
                isAnothers = false
                let known = try finished(journal.pieces, header, in: output)
                try journal.cut(to: known.count, identity: identity)
                pieces = known
                isWhole = try writeTensors(after: header, to: &output, &pieces, isCancelled, progress) {
                    piece throws(WeightsError) in
                    try journal.append(piece)
                }
            } else {
                isWhole = try writeTensors(after: header, to: &output, &pieces, isCancelled, progress) { _ in }
            }
        } catch {
            // A full disk, for example: what is there can be gone on with.
            if resumption != nil, isAnothers || !pieces.isEmpty {
                output.keep()
            } else {
                Self.abandon(output, target, resumption)
            }
            throw error
        }
        guard isWhole else {
            if resumption != nil, !pieces.isEmpty { output.keep() } else { Self.abandon(output, target, resumption) }
            return false
        }
        let written = pieces
        defer { if resumption != nil { unlink(target.journalPath) } }
        try output.commit { storage throws(WeightsError) in try verify(storage, path, header.count, written) }
        return true
    }

    private static func abandon(_ output: consuming FileOutput, _ target: OutputTarget, _ resumption: Resumption?) {
        output.abandon()
        if resumption != nil { unlink(target.journalPath) }
    }

    /// A name typed wrongly must not cost a file of another kind.
    private static func checkReplaces(_ path: String) throws(WeightsError) {
        // What is no file is refused with its own words; opening a pipe would wait.
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
            let file = fopen(path, "r")
        else { return }
        defer { fclose(file) }
        var magic = [UInt8](repeating: 0, count: 4)
        guard fread(&magic, 1, 4, file) == 4, magic == Array("GGUF".utf8) else {
            throw .unwritable(path: path, reason: "it is there already and is no GGUF file; choose another name, or remove it")
        }
    }

    /// The pieces at the file's start that are there as the journal says, in the order of the parts of all tensors.
    private func finished(
        _ pieces: [WriteJournal.Piece], _ header: [UInt8], in output: borrowing FileOutput
    ) throws(WeightsError) -> [WriteJournal.Piece] {
        guard !pieces.isEmpty else { return [] }
        let storage = try output.written()
        guard storage.byteCount >= header.count,
            UnsafeRawBufferPointer(start: storage.base, count: header.count).elementsEqual(header)
        else { return [] }
        var known: [WriteJournal.Piece] = []
        for (offset, piece) in ranges(of: pieces, after: header.count) {
            guard offset + piece.byteCount <= storage.byteCount, hash(storage, offset, piece.byteCount) == piece.hash else {
                break
            }
            known.append(piece)
        }
        return known
    }

    /// Where pieces lie in the file; as far as they are of the sizes that the tensors have.
    private func ranges(of pieces: [WriteJournal.Piece], after start: Int) -> [(offset: Int, piece: WriteJournal.Piece)] {
        var result: [(offset: Int, piece: WriteJournal.Piece)] = []
        var begin = start
        for entry in entries {
            var count = 0
            for _ in entry.parts {
                guard result.count < pieces.count else { return result }
                let piece = pieces[result.count]
                guard piece.byteCount <= entry.byteCount - count else { return result }
                result.append((begin + count, piece))
                count += piece.byteCount
            }
            begin += Self.padded(entry.byteCount, alignment)
        }
        return result
    }

    private func hash(_ storage: Storage, _ offset: Int, _ count: Int) -> ContentHash {
        // The caller has compared the range with the storage's length.
        ContentHash(of: UnsafeRawBufferPointer(start: storage.base + offset, count: count))
    }

    /// Writes what `pieces` do not cover yet, and adds to them.
    ///
    /// - Returns: false when it was cancelled.
    private func writeTensors(
        after header: [UInt8], to output: inout FileOutput, _ pieces: inout [WriteJournal.Piece], _ isCancelled: () -> Bool,
        _ progress: (Progress) -> Void, _ note: (WriteJournal.Piece) throws(WeightsError) -> Void
    ) throws(WeightsError) -> Bool {
        let last = ranges(of: pieces, after: header.count).last
        try output.cut(to: last.map { $0.offset + $0.piece.byteCount } ?? 0)
        if last == nil { try output.write(header) }
        let known = pieces
        let (all, resumed) = (entries.reduce(0) { $0 + $1.byteCount }, known.reduce(0) { $0 + $1.byteCount })
        var (index, done) = (0, resumed)
        for entry in entries {
            var byteCount = 0
            for make in entry.parts {
                defer { index += 1 }
                if index < known.count {
                    byteCount += known[index].byteCount
                    continue
                }
                guard !isCancelled() else { return false }
                let tensor = try make()
                byteCount += tensor.byteCount
                guard tensor.dtype == entry.dtype, entry.parts.count > 1 || tensor.shape == entry.shape,
                    tensor.isContiguous, byteCount <= entry.byteCount
                else {
                    throw .invalidContent(
                        item: "tensor \(entry.name)",
                        reason: "\(entry.dtype.name) \(entry.shape) was announced, \(tensor.dtype.name) \(tensor.shape) came")
                }
                let bytes = UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)
                try output.write(bytes)
                try output.flush()
                let piece = WriteJournal.Piece(byteCount: bytes.count, hash: ContentHash(of: bytes))
                try note(piece)
                pieces.append(piece)
                done += bytes.count
                progress(Progress(tensor: entry.name, doneByteCount: done, byteCount: all, resumedByteCount: resumed))
            }
            guard byteCount == entry.byteCount else {
                throw .invalidContent(
                    item: "tensor \(entry.name)", reason: "\(entry.byteCount) bytes were announced, \(byteCount) came")
            }
            if index >= known.count { try output.pad(to: alignment) }
        }
        return true
    }

    private static func padded(_ count: Int, _ alignment: Int) -> Int { (count + alignment - 1) / alignment * alignment }

    /// All before the tensors' data.
    private func header() -> [UInt8] {
        var header = Array("GGUF".utf8)
        header.append(integer: UInt32(3))
        header.append(integer: UInt64(entries.count))
        header.append(integer: UInt64(keys.count))
        for key in keys {
            header.append(string: key)
            header += values[key] ?? []
        }
        var offset = 0
        for entry in entries {
            header.append(string: entry.name)
            header.append(integer: UInt32(entry.shape.count))
            for size in entry.shape.reversed() { header.append(integer: UInt64(size)) }
            header.append(integer: entry.dtype.ggufType ?? 0)
            header.append(integer: UInt64(offset))
            offset += Self.padded(entry.byteCount, alignment)
        }
        return header + [UInt8](repeating: 0, count: Self.padded(header.count, alignment) - header.count)
    }

    /// - Parameter path: for messages.
    private func verify(
        _ storage: Storage, _ path: String, _ headerByteCount: Int, _ pieces: [WriteJournal.Piece]
    ) throws(WeightsError) {
        let file = GGUFFile(parsed: try GGUFParser(parsing: storage, path: path), path: path)
        guard file.tensorInfos.count == entries.count, file.metadata.keys == keys else {
            throw .unwritable(path: path, reason: "it reads back with other keys or tensors")
        }
        var index = 0
        let ranges = ranges(of: pieces, after: headerByteCount)
        for (entry, info) in zip(entries, file.tensorInfos) {
            guard (entry.name, entry.dtype, entry.shape) == (info.name, info.dtype, info.shape) else {
                throw .unwritable(path: path, reason: "tensor \(entry.name) reads back as \(info)")
            }
            for _ in entry.parts {
                guard index < ranges.count, ranges[index].offset + ranges[index].piece.byteCount <= storage.byteCount,
                    hash(storage, ranges[index].offset, ranges[index].piece.byteCount) == ranges[index].piece.hash
                else { throw .unwritable(path: path, reason: "tensor \(entry.name) reads back with other bytes; check the disk") }
                index += 1
            }
            if let check = entry.check { try check(try file.tensor(entry.name)) }
        }
    }
}
