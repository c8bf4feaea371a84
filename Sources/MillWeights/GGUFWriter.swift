import Glibc
import MillTensor

/// Writes GGUF files (version 3), tensor after tensor: a model of any size takes the memory of its largest tensor.
///
/// ```swift
/// var writer = GGUFWriter()
/// writer.copyMetadata(of: source)
/// for info in source.tensorInfos {
///     try writer.add(info.name, .q8_0, info.shape) { try Quantizer.quantize(try source.tensor(info.name), to: .q8_0) }
/// }
/// try writer.write(to: "model-q8.gguf")
/// ```
public struct GGUFWriter {
    private struct Entry {
        let name: String
        let dtype: DType
        let shape: [Int]
        let byteCount: Int
        /// Its bytes, one after the other.
        let parts: [() throws(WeightsError) -> Tensor]
    }

    private var keys: [String] = []
    /// Type and value of each key, as they stand in the file.
    private var values: [String: [UInt8]] = [:]
    private var entries: [Entry] = []
    private var names: Set<String> = []
    private let alignment: Int

    /// - Parameter alignment: of the tensors' data; a power of two.
    public init(alignment: Int = 32) {
        self.alignment = alignment
        if alignment != 32 { set("general.alignment", integer: alignment, .u32) }
    }

    public mutating func set(_ key: String, _ value: String) { set(key, .string) { $0.append(string: value) } }
    public mutating func set(_ key: String, _ value: Bool) { set(key, .bool) { $0.append(value ? 1 : 0) } }
    public mutating func set(_ key: String, _ value: Float) { set(key, .f32) { $0.append(integer: value.bitPattern) } }

    /// An integer in the given type, `u32` as most keys expect; bits that do not fit are cut off.
    public mutating func set(_ key: String, integer value: Int, _ type: GGUFValueType = .u32) {
        set(key, type) { $0.append(integer: UInt64(truncatingIfNeeded: value), byteCount: type.byteCount ?? 8) }
    }

    public mutating func set(_ key: String, _ values: [String]) {
        set(key, array: .string, count: values.count) { bytes in for value in values { bytes.append(string: value) } }
    }

    public mutating func set(_ key: String, _ values: [Int32]) {
        set(key, array: .i32, count: values.count) { bytes in for value in values { bytes.append(integer: value) } }
    }

    public mutating func set(_ key: String, _ values: [Float]) {
        set(key, array: .f32, count: values.count) { bytes in for value in values { bytes.append(integer: value.bitPattern) } }
    }

    public mutating func set(_ key: String, _ values: [Bool]) {
        set(key, array: .bool, count: values.count) { bytes in for value in values { bytes.append(value ? 1 : 0) } }
    }

    /// Takes over all keys of a file but the alignment and those of a part, each in its own type.
    public mutating func copyMetadata(of file: GGUFFile) {
        for key in file.metadata.keys where key != "general.alignment" && !GGUFSplit.keys.contains(key) {
            if let bytes = file.metadata.encoded(key) { set(key, encoded: bytes) }
        }
    }

    /// Adds a tensor; its bytes are read when the file is written.
    public mutating func add(_ name: String, _ tensor: Tensor) throws(WeightsError) {
        try add(name, tensor.dtype, tensor.shape) { tensor }
    }

    /// Adds a tensor that `make` supplies, once, while the file is written.
    ///
    /// - Throws: ``WeightsError/invalidContent(item:reason:)`` for a name that is taken, and for shapes and types that
    ///   GGUF cannot hold.
    public mutating func add(
        _ name: String, _ dtype: DType, _ shape: [Int], _ make: @escaping () throws(WeightsError) -> Tensor
    ) throws(WeightsError) {
        try add(name, dtype, shape, parts: [make])
    }

    /// Adds a tensor whose bytes are those of several others, one after the other: each is supplied, once, while the file is
    /// written.
    ///
    /// - Throws: as ``add(_:_:_:_:)``.
    public mutating func add(
        _ name: String, _ dtype: DType, _ shape: [Int], parts: [() throws(WeightsError) -> Tensor]
    ) throws(WeightsError) {
        let item = "tensor \(name)"
        guard names.insert(name).inserted, !name.isEmpty else {
            throw .invalidContent(item: item, reason: "the name is empty or taken")
        }
        guard dtype.ggufType != nil else { throw .invalidContent(item: item, reason: "GGUF has no type \(dtype.name)") }
        guard shape.count <= 4, shape.allSatisfy({ $0 > 0 }), (shape.last ?? 1).isMultiple(of: dtype.blockSize),
            let byteCount = Self.byteCount(dtype, shape)
        else { throw .invalidContent(item: item, reason: "\(dtype.name) cannot have the shape \(shape)") }
        entries.append(Entry(name: name, dtype: dtype, shape: shape, byteCount: byteCount, parts: parts))
    }

    /// Writes the file and reads it back before it gets its name; a file of this name is replaced, and keeps its permissions.
    ///
    /// - Parameter isCancelled: asked before each tensor; once it is true, nothing is left of what was written.
    /// - Returns: whether the file was written.
    /// - Throws: ``WeightsError/unwritable(path:reason:)``, also for a path at which something else than a GGUF file
    ///   or an empty one is.
    @discardableResult
    public func write(to path: String, isCancelled: () -> Bool = { false }) throws(WeightsError) -> Bool {
        guard alignment > 0, alignment & (alignment - 1) == 0 else {
            throw .invalidContent(item: "alignment", reason: "\(alignment) is no power of two")
        }
        try Self.checkReplaces(path)
        var output = try FileOutput(path: path)
        let isWhole: Bool
        do throws(WeightsError) {
            try writeHeader(to: &output)
            isWhole = try writeTensors(to: &output, isCancelled)
        } catch {
            output.abandon()
            throw error
        }
        guard isWhole else {
            output.abandon()
            return false
        }
        try output.commit { storage throws(WeightsError) in try verify(storage, path) }
        return true
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

    /// - Returns: false when it was cancelled.
    private func writeTensors(to output: inout FileOutput, _ isCancelled: () -> Bool) throws(WeightsError) -> Bool {
        for entry in entries {
            guard !isCancelled() else { return false }
            var byteCount = 0
            for make in entry.parts {
                let tensor = try make()
                byteCount += tensor.byteCount
                guard tensor.dtype == entry.dtype, entry.parts.count > 1 || tensor.shape == entry.shape,
                    tensor.isContiguous, byteCount <= entry.byteCount
                else {
                    throw .invalidContent(
                        item: "tensor \(entry.name)",
                        reason: "\(entry.dtype.name) \(entry.shape) was announced, \(tensor.dtype.name) \(tensor.shape) came")
                }
                try output.write(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount))
            }
            guard byteCount == entry.byteCount else {
                throw .invalidContent(
                    item: "tensor \(entry.name)", reason: "\(entry.byteCount) bytes were announced, \(byteCount) came")
            }
            try output.pad(to: alignment)
        }
        return true
    }

    private func writeHeader(to output: inout FileOutput) throws(WeightsError) {
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
            offset += (entry.byteCount + alignment - 1) / alignment * alignment
        }
        try output.write(header)
        try output.pad(to: alignment)
    }

    /// - Parameter path: for messages.
    private func verify(_ storage: Storage, _ path: String) throws(WeightsError) {
        let file = GGUFFile(parsed: try GGUFParser(parsing: storage, path: path), path: path)
        for (entry, info) in zip(entries, file.tensorInfos)
        where (entry.name, entry.dtype, entry.shape) != (info.name, info.dtype, info.shape) {
            throw .unwritable(path: path, reason: "tensor \(entry.name) reads back as \(info)")
        }
        guard file.tensorInfos.count == entries.count, file.metadata.keys == keys else {
            throw .unwritable(path: path, reason: "it reads back with other keys or tensors")
        }
    }

    private static func byteCount(_ dtype: DType, _ shape: [Int]) -> Int? {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            count = product
        }
        return dtype.byteCount(elementCount: count)
    }

    private mutating func set(_ key: String, _ type: GGUFValueType, _ write: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        bytes.append(integer: type.rawValue)
        write(&bytes)
        set(key, encoded: bytes)
    }

    private mutating func set(
        _ key: String, array type: GGUFValueType, count: Int, _ write: (inout [UInt8]) -> Void
    ) {
        set(key, .array) { bytes in
            bytes.append(integer: type.rawValue)
            bytes.append(integer: UInt64(count))
            write(&bytes)
        }
    }

    private mutating func set(_ key: String, encoded bytes: [UInt8]) {
        if values.updateValue(bytes, forKey: key) == nil { keys.append(key) }
    }
}

extension Array<UInt8> {
    /// Appends an integer, little-endian.
    mutating func append(integer value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends the lowest bytes of an integer, little-endian.
    mutating func append(integer value: UInt64, byteCount: Int) {
        for index in 0..<byteCount { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    /// Appends a string with its length before it.
    mutating func append(string: String) {
        append(integer: UInt64(string.utf8.count))
        append(contentsOf: string.utf8)
    }
}
