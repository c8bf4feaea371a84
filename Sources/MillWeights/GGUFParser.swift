import MillTensor

/// Walks a GGUF file once, from the header to the last tensor's end.
struct GGUFParser {
    private(set) var version = 0
    private(set) var alignment = 32
    private(set) var metadata: GGUFMetadata
    private(set) var tensors: [GGUFFile.TensorInfo] = []
    private(set) var indices: [String: Int] = [:]
    let storage: Storage
    private let path: String
    private var reader: ByteReader

    private static let magic = Array("GGUF".utf8)
    private static let maximumDimensions = 4
    private static let maximumArrayDepth = 4
    /// A pair has a key (length and at least one byte), a type and a value.
    private static let minimumPairByteCount = 8 + 1 + 4 + 1
    /// A tensor has a name, a number of dimensions, a type and an offset.
    private static let minimumTensorByteCount = 8 + 1 + 4 + 4 + 8

    init(parsing storage: Storage, path: String) throws(WeightsError) {
        self.storage = storage
        self.path = path
        metadata = GGUFMetadata(path: path)
        reader = ByteReader(storage: storage, path: path)
        try parse()
    }

    private mutating func parse() throws(WeightsError) {
        let (tensorCount, pairCount) = try header()
        for index in 0..<pairCount { try pair(index) }
        try readAlignment()
        // The section was bounded before the pairs were read; now less is left.
        guard tensorCount <= reader.remaining / Self.minimumTensorByteCount else {
            throw reader.error("tensor count", "\(tensorCount) tensors do not fit into the rest of the file")
        }
        tensors.reserveCapacity(tensorCount)
        indices.reserveCapacity(tensorCount)
        for index in 0..<tensorCount { try tensorInfo(index) }
        try placeTensors()
    }

    /// Whether the file begins with the magic number, or with as much of it as fits.
    private var startsAsGGUF: Bool {
        UnsafeRawBufferPointer(start: storage.base, count: min(storage.byteCount, Self.magic.count))
            .elementsEqual(Self.magic.prefix(storage.byteCount))
    }

    private mutating func header() throws(WeightsError) -> (tensors: Int, pairs: Int) {
        guard storage.byteCount > 0 else { throw reader.error("header", "the file is empty") }
        try LFSPointer.refuse(storage, path: path)
        guard startsAsGGUF else { throw .notGGUF(path: path) }
        try reader.skip(Self.magic.count, "magic number")
        let version = try reader.integer(UInt32.self, "version")
        switch version {
        case 2, 3: self.version = Int(version)
        case 0x0200_0000, 0x0300_0000:
            throw .unsupported(path: path, item: "version", reason: "the file is big-endian; convert it to little-endian")
        default:
            throw .unsupported(path: path, item: "version", reason: "version \(version) is not supported, only 2 and 3 are")
        }
        let tensors = try reader.count(limit: reader.remaining / Self.minimumTensorByteCount, "tensor count")
        let pairs = try reader.count(limit: reader.remaining / Self.minimumPairByteCount, "key count")
        return (tensors, pairs)
    }

    private mutating func pair(_ index: Int) throws(WeightsError) {
        let start = reader.offset
        let key = try reader.string("key \(index)")
        guard !key.isEmpty else { throw reader.error("key \(index)", "the key is empty", at: start) }
        let type = try valueType("key \(key)")
        let value = try value(type, key)
        guard metadata.insert(value, for: key) else { throw reader.error("key \(key)", "the key occurs twice", at: start) }
    }

    private mutating func valueType(_ item: @autoclosure () -> String) throws(WeightsError) -> GGUFValueType {
        let start = reader.offset
        let raw = try reader.integer(UInt32.self, item())
        guard let type = GGUFValueType(rawValue: raw) else {
            throw reader.error(item(), "value type \(raw) does not exist", at: start)
        }
        return type
    }

    private mutating func value(_ type: GGUFValueType, _ key: String) throws(WeightsError) -> GGUFValue {
        let item = "key \(key)"
        switch type {
        case .u8: return .integer(Int64(try reader.integer(UInt8.self, item)), type)
        case .i8: return .integer(Int64(try reader.integer(Int8.self, item)), type)
        case .u16: return .integer(Int64(try reader.integer(UInt16.self, item)), type)
        case .i16: return .integer(Int64(try reader.integer(Int16.self, item)), type)
        case .u32: return .integer(Int64(try reader.integer(UInt32.self, item)), type)
        case .i32: return .integer(Int64(try reader.integer(Int32.self, item)), type)
        case .i64: return .integer(try reader.integer(Int64.self, item), type)
        case .u64:
            let value = try reader.integer(UInt64.self, item)
            return Int64(exactly: value).map { .integer($0, type) } ?? .unsigned(value)
        case .f32: return .float(Double(Float(bitPattern: try reader.integer(UInt32.self, item))), type)
        case .f64: return .float(Double(bitPattern: try reader.integer(UInt64.self, item)), type)
        case .bool: return .bool(try reader.integer(UInt8.self, item) != 0)
        case .string: return .string(try reader.string(item))
        case .array: return .array(try array(key, depth: 0))
        }
    }

    /// Walks over an array, so that its elements can be decoded later without further checks.
    private mutating func array(_ key: String, depth: Int) throws(WeightsError) -> GGUFArray {
        let item = "key \(key)"
        guard depth < Self.maximumArrayDepth else { throw reader.error(item, "arrays are nested too deeply") }
        let type = try valueType(item)
        let count = try reader.count(limit: (reader.remaining - 8) / type.minimumByteCount, item)
        let start = reader.offset
        if let size = type.byteCount {
            try reader.skip(count * size, item)
        } else if type == .string {
            for index in 0..<count { _ = try reader.stringBytes("key \(key), element \(index)") }
        } else {
            for _ in 0..<count { _ = try array(key, depth: depth + 1) }
        }
        return GGUFArray(
            elementType: type, count: count, storage: storage, path: path, byteOffset: start, byteCount: reader.offset - start)
    }

    private mutating func readAlignment() throws(WeightsError) {
        guard let value = metadata["general.alignment"] else { return }
        guard case .integer(let alignment, .u32) = value else {
            throw .wrongType(path: path, key: "general.alignment", expected: "u32", actual: value.typeName)
        }
        guard alignment > 0, alignment & (alignment - 1) == 0 else {
            throw reader.error("key general.alignment", "\(alignment) is no power of two")
        }
        self.alignment = Int(alignment)
    }

    private mutating func tensorInfo(_ index: Int) throws(WeightsError) {
        let start = reader.offset
        let name = try reader.string("name of tensor \(index)")
        guard !name.isEmpty else { throw reader.error("tensor \(index)", "the name is empty", at: start) }
        let item = "tensor \(name)"
        guard indices.updateValue(index, forKey: name) == nil else {
            throw reader.error(item, "the tensor occurs twice", at: start)
        }
        let rankOffset = reader.offset
        let rank = try reader.integer(UInt32.self, item)
        guard rank <= Self.maximumDimensions else {
            throw reader.error(item, "it has \(rank) dimensions; at most \(Self.maximumDimensions) are allowed", at: rankOffset)
        }
        var shape: [Int] = []
        for _ in 0..<rank {
            let offset = reader.offset
            let raw = try reader.integer(UInt64.self, item)
            guard let size = Int(exactly: raw), size > 0 else {
                throw reader.error(item, "a dimension of \(raw) is not allowed", at: offset)
            }
            shape.insert(size, at: 0)
        }
        let typeOffset = reader.offset
        let rawType = try reader.integer(UInt32.self, item)
        guard let dtype = DType(ggufType: rawType) else {
            throw .unsupported(
                path: path, item: "\(item) at byte \(typeOffset)", reason: "tensor type \(rawType) is unknown or not supported")
        }
        let byteCount = try Self.byteCount(dtype, shape, item, reader, at: rankOffset)
        let offsetOffset = reader.offset
        let offset = try reader.integer(UInt64.self, item)
        guard let offset = Int(exactly: offset), offset.isMultiple(of: alignment) else {
            throw reader.error(item, "its offset \(offset) is no multiple of the alignment \(alignment)", at: offsetOffset)
        }
        tensors.append(.init(name: name, dtype: dtype, shape: shape, byteOffset: offset, byteCount: byteCount))
    }

    private static func byteCount(
        _ dtype: DType, _ shape: [Int], _ item: String, _ reader: ByteReader, at offset: Int
    ) throws(WeightsError) -> Int {
        var elements = 1
        for size in shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: size)
            guard !overflow else { throw reader.error(item, "shape \(shape) overflows", at: offset) }
            elements = product
        }
        guard (shape.last ?? 1).isMultiple(of: dtype.blockSize) else {
            throw reader.error(
                item, "rows of \(shape.last ?? 1) elements are no whole number of \(dtype.name) blocks of \(dtype.blockSize)",
                at: offset)
        }
        guard let bytes = dtype.byteCount(elementCount: elements) else {
            throw reader.error(item, "shape \(shape) overflows", at: offset)
        }
        return bytes
    }

    /// Turns offsets into the data section into offsets into the file; checks the bounds and that no bytes are shared.
    private mutating func placeTensors() throws(WeightsError) {
        guard !tensors.isEmpty else { return }
        let (padded, overflow) = reader.offset.addingReportingOverflow(alignment - 1)
        let start = padded & ~(alignment - 1)
        guard !overflow, start <= storage.byteCount else {
            throw reader.error("tensor data", "the file ends before the tensor data")
        }
        let available = storage.byteCount - start
        tensors = try tensors.map { info throws(WeightsError) in
            guard info.byteOffset <= available, info.byteCount <= available - info.byteOffset else {
                throw reader.error(
                    "tensor \(info.name)",
                    "its \(info.byteCount) bytes at offset \(info.byteOffset) of the tensor data pass the end of the file",
                    at: storage.byteCount)
            }
            return .init(
                name: info.name, dtype: info.dtype, shape: info.shape, byteOffset: start + info.byteOffset,
                byteCount: info.byteCount)
        }
        let sorted = tensors.sorted { $0.byteOffset < $1.byteOffset }
        for (first, second) in zip(sorted, sorted.dropFirst()) where first.byteOffset + first.byteCount > second.byteOffset {
            throw reader.error("tensor \(second.name)", "its data overlap those of \(first.name)", at: second.byteOffset)
        }
    }
}
