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
    struct Entry {
        let name: String
        let dtype: DType
        let shape: [Int]
        let byteCount: Int
        /// Its bytes, one after the other.
        let parts: [() throws(WeightsError) -> Tensor]
        /// Looks at what was written, as it is read back.
        let check: ((Tensor) throws(WeightsError) -> Void)?
    }

    private(set) var keys: [String] = []
    /// Type and value of each key, as they stand in the file.
    private(set) var values: [String: [UInt8]] = [:]
    private(set) var entries: [Entry] = []
    private var names: Set<String> = []
    let alignment: Int

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
    /// - Parameter check: looks at the tensor as it is read back, before the file gets its name.
    /// - Throws: as ``add(_:_:_:_:)``.
    public mutating func add(
        _ name: String, _ dtype: DType, _ shape: [Int], parts: [() throws(WeightsError) -> Tensor],
        check: ((Tensor) throws(WeightsError) -> Void)? = nil
    ) throws(WeightsError) {
        let item = "tensor \(name)"
        guard names.insert(name).inserted, !name.isEmpty else {
            throw .invalidContent(item: item, reason: "the name is empty or taken")
        }
        guard dtype.ggufType != nil else { throw .invalidContent(item: item, reason: "GGUF has no type \(dtype.name)") }
        guard shape.count <= 4, shape.allSatisfy({ $0 > 0 }), (shape.last ?? 1).isMultiple(of: dtype.blockSize),
            let byteCount = Self.byteCount(dtype, shape)
        else { throw .invalidContent(item: item, reason: "\(dtype.name) cannot have the shape \(shape)") }
        entries.append(Entry(name: name, dtype: dtype, shape: shape, byteCount: byteCount, parts: parts, check: check))
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
