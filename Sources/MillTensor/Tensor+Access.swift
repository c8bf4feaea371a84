extension Tensor {
    /// Calls `body` with the tensor's bytes, from the first element to the end of the last.
    public func withBytes<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
        let buffer = UnsafeRawBufferPointer(start: storage.base + byteOffset, count: byteCount)
        return try body(buffer.bytes)
    }

    /// The elements of a contiguous F32 tensor, copied to an array (counted by ``CopyAccounting``).
    public func floats() throws(TensorError) -> [Float] {
        guard dtype == .f32 else { throw .dtypeMismatch(operation: "floats", expected: .f32, actual: dtype) }
        guard isContiguous else { throw .notContiguous(operation: "floats") }
        CopyAccounting.shared.record(byteCount: elementCount * 4)
        let start = (storage.base + byteOffset).assumingMemoryBound(to: Float.self)
        return Array(UnsafeBufferPointer(start: start, count: elementCount))
    }

    /// A dense F32 tensor of its own with these elements.
    public init(_ elements: [Float], shape: [Int]) throws(TensorError) {
        let tensor = try Tensor.allocate(.f32, shape)
        guard tensor.elementCount == elements.count else {
            throw .shapeMismatch(operation: "init", expected: shape, actual: [elements.count])
        }
        elements.withUnsafeBytes { source in
            if let base = source.baseAddress { tensor.storage.base.copyMemory(from: base, byteCount: source.count) }
        }
        self = tensor
    }

    /// A dense tensor of its own with the same elements; the bytes are counted.
    public func copy() throws(TensorError) -> Tensor {
        guard isContiguous else { throw .notContiguous(operation: "copy") }
        let result = try Tensor.allocate(dtype, shape)
        result.storage.base.copyMemory(from: storage.base + byteOffset, byteCount: byteCount)
        CopyAccounting.shared.record(byteCount: byteCount)
        return result
    }

    /// This tensor, or a copy if its elements do not lie at multiples of their size, as those of a mapped file may.
    package func aligned() throws(TensorError) -> Tensor {
        let size = dtype.isQuantized ? 1 : dtype.blockByteCount
        return UInt(bitPattern: storage.base + byteOffset).isMultiple(of: UInt(size)) ? self : try copy()
    }

    /// The first element. Reading is bounded by ``byteCount``; the memory lives as long as ``storage``.
    package var pointer: UnsafeRawPointer { UnsafeRawPointer(storage.base + byteOffset) }

    /// The first element, for whoever created the storage; nil for mapped files.
    package var mutablePointer: UnsafeMutableRawPointer? { storage.isWritable ? storage.base + byteOffset : nil }
}
