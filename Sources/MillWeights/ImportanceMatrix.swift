import Glibc
import MillCompute
import MillTensor

/// How strongly the columns of each matrix are met: the mean square of its inputs over a text. Quantizers weigh errors with it.
///
/// Files are llama.cpp's: GGUF (`general.type` is `imatrix`; tensors `NAME.in_sum2` and `NAME.counts`), and for reading the older
/// `.dat`.
public struct ImportanceMatrix: Sendable {
    /// The sums of one tensor's inputs, of each of its matrices.
    public struct Entry: Sendable, Hashable {
        /// Sums of squares, `[matrices * columns]`.
        public var sums: [Float]
        /// How many inputs each matrix met; of a stack of experts, one for each. Files before GGUF have one for the whole stack,
        /// whose sums are scaled to it.
        public var counts: [Float]

        public init(sums: [Float], counts: [Float]) {
            self.sums = sums
            self.counts = counts
        }

        /// How many matrices of this width the sums are about; nil where they fit none.
        fileprivate func matrixCount(columnCount: Int) -> Int? {
            guard columnCount > 0, !sums.isEmpty, sums.count.isMultiple(of: columnCount) else { return nil }
            let matrices = sums.count / columnCount
            return counts.count == 1 || counts.count == matrices ? matrices : nil
        }
    }

    /// By the tensor's name in GGUF files of the model.
    public var entries: [String: Entry]
    /// What texts it was made from.
    public var datasets: [String]
    public var chunkCount: Int
    /// Tokens of a chunk.
    public var chunkLength: Int

    public init(entries: [String: Entry], datasets: [String], chunkCount: Int, chunkLength: Int) {
        self.entries = entries
        self.datasets = datasets
        self.chunkCount = chunkCount
        self.chunkLength = chunkLength
    }

    public func contains(_ name: String) -> Bool { entries[name] != nil }

    /// A tensor of a model: a matrix, or a stack of them.
    package struct Matrices: Sendable {
        let name: String
        let count: Int
        let columnCount: Int

        package init(name: String, count: Int, columnCount: Int) {
            (self.name, self.count, self.columnCount) = (name, count, columnCount)
        }
    }

    /// Checks that this was made for a model with these tensors.
    ///
    /// Tensors that are not in here are no mistake: those that a text did not meet are left out.
    /// - Throws: ``WeightsError/invalidContent(item:reason:)`` for a name that is none of them, and for other sizes.
    package func check(isFor tensors: [Matrices]) throws(WeightsError) {
        // Of models that read one table at both ends, some files hold a head besides.
        let known = Set(tensors.map(\.name)).union(["output.weight"])
        let unknown = entries.keys.filter { !known.contains($0) }.sorted()
        guard unknown.isEmpty else {
            let names = unknown.prefix(3).joined(separator: ", ") + (unknown.count > 3 ? ", …" : "")
            throw .invalidContent(
                item: "importance matrix",
                reason:
                    "\(unknown.count) of its \(entries.count) tensors are none of the model's: \(names); it was made for another"
                    + " model, so make one of this (--calibrate TEXT)")
        }
        for tensor in tensors {
            guard let entry = entries[tensor.name] else { continue }
            guard let matrices = entry.matrixCount(columnCount: tensor.columnCount), matrices == 1 || matrices == tensor.count
            else { throw mismatch(entry, tensor.name, tensor.columnCount) }
        }
    }

    private func mismatch(_ entry: Entry, _ name: String, _ columnCount: Int) -> WeightsError {
        .invalidContent(
            item: "tensor \(name)",
            reason: "the importance matrix has \(entry.sums.count) columns for \(entry.counts.count) matrices, and the model"
                + " \(columnCount) for each; it was made for another model, so make one of this (--calibrate TEXT)")
    }

    /// The weights of a matrix's columns; nil where there are none: the tensor was not met, or this expert of it.
    ///
    /// - Throws: ``WeightsError/invalidContent(item:reason:)`` for a matrix of another width.
    public func weights(of name: String, matrix: Int, columnCount: Int) throws(WeightsError) -> Tensor? {
        guard let entry = entries[name] else { return nil }
        guard let matrices = entry.matrixCount(columnCount: columnCount), matrices == 1 || (0..<matrices).contains(matrix) else {
            throw mismatch(entry, name, columnCount)
        }
        let index = matrices == 1 ? 0 : matrix
        let isShared = entry.counts.count < matrices
        let (sums, count) = (entry.sums[index * columnCount..<(index + 1) * columnCount], entry.counts[isShared ? 0 : index])
        // Of experts that share a count, those that were not met have no other mark.
        guard count > 0, !isShared || sums.contains(where: { $0 > 0 }) else { return nil }
        let means = sums.map { Double($0) / Double(count) }
        // Only proportions matter, and quantizers multiply with them in F32: the largest comes near 1 where it is far from it.
        let largest = means.max() ?? 0
        let isFar = largest > 0 && !(-40...40).contains(largest.exponent)
        let factor = isFar ? Double(sign: .plus, exponent: -largest.exponent, significand: 1) : 1
        let values = means.map { Float($0 * factor) }
        do { return try Tensor(values, shape: [columnCount]) } catch { throw .tensor(name: name, error) }
    }

    /// The digest of all numbers.
    public var hash: ContentHash {
        var bytes: [UInt8] = []
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            bytes.append(string: name)
            for value in entry.sums + entry.counts { bytes.append(integer: value.bitPattern) }
        }
        return ContentHash(of: bytes)
    }
}

extension ImportanceMatrix {
    /// Larger files are none, in bytes.
    private static let limit = 4 << 30

    /// Reads a file of either kind.
    public init(path: String) throws(WeightsError) {
        try self.init(storage: try FileSystem.map(path), path: path)
    }

    /// Reads a file of either kind that is in memory already; `path` is for messages.
    public init(storage: Storage, path: String) throws(WeightsError) {
        let head = [UInt8](UnsafeRawBufferPointer(start: storage.base, count: min(4, storage.byteCount)))
        guard storage.byteCount <= Self.limit else {
            throw .unreadable(path: path, reason: "\(storage.byteCount) bytes are more than an importance matrix has")
        }
        if head == Array("GGUF".utf8) {
            try self.init(file: try GGUFFile(storage: storage, path: path))
        } else {
            try self.init(legacy: storage, path: path)
        }
    }

    private init(file: GGUFFile) throws(WeightsError) {
        let type = try file.metadata.string("general.type")
        guard type == "imatrix" else {
            throw .invalidSetting(
                path: file.path, key: "general.type",
                reason: "it is \(type ?? "not there"), and in an importance matrix it is imatrix")
        }
        var entries: [String: Entry] = [:]
        for name in file.names where name.hasSuffix(".in_sum2") {
            let tensor = String(name.dropLast(".in_sum2".count))
            func floats(_ name: String) throws(WeightsError) -> [Float] {
                do { return try Quantizer.dequantize(try file.tensor(name)).floats() } catch let error as WeightsError {
                    throw error
                } catch {
                    throw .invalidContent(item: "tensor \(name)", reason: "\(error)")
                }
            }
            try entries[tensor] = Self.entry(floats(name), floats("\(tensor).counts"), tensor, file.path)
        }
        guard !entries.isEmpty else {
            throw .malformed(path: file.path, item: "importance matrix", offset: 0, reason: "it is about no tensor")
        }
        self.init(
            entries: entries, datasets: try file.metadata.strings("imatrix.datasets") ?? [],
            chunkCount: try file.metadata.integer("imatrix.chunk_count") ?? 0,
            chunkLength: try file.metadata.integer("imatrix.chunk_size") ?? 0)
    }

    /// The older kind: for each tensor its name, the number of calls, and their mean squares times that number.
    private init(legacy storage: Storage, path: String) throws(WeightsError) {
        var reader = ByteReader(storage: storage, path: path, range: 0..<storage.byteCount)
        func count(_ what: String, _ limit: Int) throws(WeightsError) -> Int {
            let value = Int(try reader.integer(Int32.self, what))
            guard (0...limit).contains(value) else {
                throw .malformed(
                    path: path, item: what, offset: reader.offset, reason: "\(value) is no count; is it an importance matrix?")
            }
            return value
        }
        let entryCount = try count("the number of tensors", 1 << 20)
        var entries: [String: Entry] = [:]
        for _ in 0..<entryCount {
            let length = try count("the length of a name", 1 << 10)
            var name: [UInt8] = []
            for _ in 0..<length { name.append(try reader.integer(UInt8.self, "a name")) }
            let tensor = String(decoding: name, as: UTF8.self)
            let calls = try count("the calls of \(tensor)", Int(Int32.max))
            let valueCount = try count("the columns of \(tensor)", storage.byteCount / 4)
            var sums: [Float] = []
            for _ in 0..<valueCount { sums.append(Float(bitPattern: try reader.integer(UInt32.self, tensor))) }
            entries[tensor] = try Self.entry(sums, [Float(calls)], tensor, path)
        }
        guard !entries.isEmpty else {
            throw .malformed(path: path, item: "importance matrix", offset: 0, reason: "it is about no tensor")
        }
        self.init(entries: entries, datasets: [], chunkCount: 0, chunkLength: 0)
    }

    private static func entry(_ sums: [Float], _ counts: [Float], _ name: String, _ path: String) throws(WeightsError) -> Entry {
        guard !counts.isEmpty, sums.count.isMultiple(of: counts.count),
            sums.allSatisfy({ $0.isFinite && $0 >= 0 }), counts.allSatisfy({ $0.isFinite && $0 >= 0 })
        else {
            throw .malformed(
                path: path, item: "tensor \(name)", offset: 0,
                reason: "its sums or counts are no numbers from 0 on, or do not fit together")
        }
        return Entry(sums: sums, counts: counts)
    }

    /// Writes a GGUF file.
    ///
    /// - Throws: ``WeightsError/unwritable(path:reason:)``.
    public func write(to path: String) throws(WeightsError) {
        var writer = GGUFWriter()
        writer.set("general.type", "imatrix")
        writer.set("imatrix.datasets", datasets)
        writer.set("imatrix.chunk_count", integer: chunkCount)
        writer.set("imatrix.chunk_size", integer: chunkLength)
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            do {
                let columns = entry.sums.count / max(1, entry.counts.count)
                try writer.add("\(name).in_sum2", try Tensor(entry.sums, shape: [entry.counts.count, columns]))
                try writer.add("\(name).counts", try Tensor(entry.counts, shape: [entry.counts.count, 1]))
            } catch let error as WeightsError { throw error } catch {
                throw .invalidContent(item: "tensor \(name)", reason: "\(error)")
            }
        }
        try writer.write(to: path)
    }
}
