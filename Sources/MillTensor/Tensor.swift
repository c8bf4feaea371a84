/// A view on a storage: where the elements start, how many there are in each dimension, and how far apart they lie.
///
/// A tensor owns no bytes; passing one on passes a reference. `copy()` is the only operation here that moves bytes,
/// and ``CopyAccounting`` counts them.
public struct Tensor: Sendable {
    public let storage: Storage
    public let dtype: DType
    /// Elements per dimension, outermost first.
    public let shape: [Int]
    /// Distance in elements between neighbours in each dimension. For quantized types the last dimension is dense
    /// and rows are whole blocks.
    public let strides: [Int]
    /// Bytes from the start of the storage to the first element.
    public let byteOffset: Int

    /// A checked view.
    ///
    /// - Parameter strides: non-negative, in elements; nil means dense in row-major order.
    /// - Throws: ``TensorError`` when the view would leave the storage or split a block.
    public init(
        storage: Storage, dtype: DType, shape: [Int], strides: [Int]? = nil, byteOffset: Int = 0
    ) throws(TensorError) {
        self.storage = storage
        self.dtype = dtype
        self.shape = shape
        self.byteOffset = byteOffset
        let strides = if let strides { strides } else { try Self.denseStrides(shape) }
        self.strides = strides
        let byteCount = try Self.extent(dtype: dtype, shape: shape, strides: strides)
        guard byteOffset >= 0, byteCount <= storage.byteCount, byteOffset <= storage.byteCount - byteCount else {
            throw .outOfBounds(byteOffset: byteOffset, byteCount: byteCount, storageByteCount: storage.byteCount)
        }
    }

    /// A new dense tensor with unspecified content.
    public static func allocate(_ dtype: DType, _ shape: [Int], pool: StoragePool? = nil) throws(TensorError) -> Tensor {
        let byteCount = try extent(dtype: dtype, shape: shape, strides: try denseStrides(shape))
        let storage = if let pool { try pool.take(byteCount: byteCount) } else { try Storage.allocate(byteCount: byteCount) }
        return try Tensor(storage: storage, dtype: dtype, shape: shape)
    }

    /// A new dense tensor of zeros.
    public static func zeros(_ dtype: DType, _ shape: [Int]) throws(TensorError) -> Tensor {
        let tensor = try allocate(dtype, shape)
        tensor.storage.base.initializeMemory(as: UInt8.self, repeating: 0, count: tensor.storage.byteCount)
        return tensor
    }

    public var rank: Int { shape.count }
    public var elementCount: Int { shape.reduce(1, *) }

    /// Whether the elements lie one after the other in row-major order.
    public var isContiguous: Bool {
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() {
            if size != 1, stride != expected { return false }
            expected *= size
        }
        return true
    }

    /// The bytes from the first element to the end of the last; for a contiguous tensor, its size.
    public var byteCount: Int { (try? Self.extent(dtype: dtype, shape: shape, strides: strides)) ?? 0 }

    static func denseStrides(_ shape: [Int]) throws(TensorError) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        var product = 1
        for dimension in shape.indices.reversed() {
            strides[dimension] = product
            let (next, overflow) = product.multipliedReportingOverflow(by: max(shape[dimension], 1))
            guard !overflow, shape[dimension] >= 0 else { throw .shapeOverflow(shape: shape) }
            product = next
        }
        return strides
    }

    /// Bytes from the first element to the end of the last.
    private static func extent(dtype: DType, shape: [Int], strides: [Int]) throws(TensorError) -> Int {
        guard shape.count == strides.count else {
            throw .shapeMismatch(operation: "strides", expected: shape, actual: strides)
        }
        guard shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else { throw .shapeOverflow(shape: shape) }
        if shape.contains(0) {
            // Their product must not overflow on its way to 0.
            _ = try denseStrides(shape)
            return 0
        }
        var last = 0
        var elementCount = 1
        for (size, stride) in zip(shape, strides) {
            // Strides of 0 repeat elements, so their number needs a check of its own.
            let (product, productOverflow) = elementCount.multipliedReportingOverflow(by: size)
            guard !productOverflow else { throw .shapeOverflow(shape: shape) }
            elementCount = product
            let (distance, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, sumOverflow) = last.addingReportingOverflow(distance)
            guard !overflow, !sumOverflow else { throw .shapeOverflow(shape: shape) }
            last = sum
        }
        guard dtype.isQuantized else {
            let (bytes, overflow) = (last + 1).multipliedReportingOverflow(by: dtype.blockByteCount)
            guard !overflow, last < Int.max else { throw .shapeOverflow(shape: shape) }
            return bytes
        }
        let row = shape.last ?? 1
        guard row.isMultiple(of: dtype.blockSize), strides.dropLast().allSatisfy({ $0.isMultiple(of: dtype.blockSize) }),
            strides.last == 1 || row == 1
        else { throw .partialBlock(dtype: dtype, elementCount: row) }
        guard let bytes = dtype.byteCount(elementCount: last + 1) else { throw .shapeOverflow(shape: shape) }
        return bytes
    }
}
