extension Tensor {
    /// The same elements under another shape.
    ///
    /// - Throws: ``TensorError/notContiguous(operation:)``, or ``TensorError/shapeMismatch(operation:expected:actual:)``
    ///   when the number of elements differs.
    public func reshaped(_ shape: [Int]) throws(TensorError) -> Tensor {
        guard isContiguous else { throw .notContiguous(operation: "reshape") }
        let result = try Tensor(storage: storage, dtype: dtype, shape: shape, byteOffset: byteOffset)
        guard result.elementCount == elementCount else {
            throw .shapeMismatch(operation: "reshape", expected: self.shape, actual: shape)
        }
        return result
    }

    /// Rows `range` of the outermost dimension.
    public func rows(_ range: Range<Int>) throws(TensorError) -> Tensor {
        guard let count = shape.first, let stride = strides.first, range.lowerBound >= 0, range.upperBound <= count,
            let skipped = dtype.byteCount(elementCount: range.lowerBound * stride)
        else { throw .shapeMismatch(operation: "rows \(range)", expected: [range.upperBound], actual: shape) }
        return try Tensor(
            storage: storage, dtype: dtype, shape: [range.count] + shape.dropFirst(), strides: strides,
            byteOffset: byteOffset + skipped)
    }

    /// The view with two dimensions exchanged; not for quantized types.
    public func transposed(_ first: Int, _ second: Int) throws(TensorError) -> Tensor {
        guard shape.indices.contains(first), shape.indices.contains(second) else {
            throw .shapeMismatch(operation: "transpose", expected: [first, second], actual: shape)
        }
        var (shape, strides) = (shape, strides)
        shape.swapAt(first, second)
        strides.swapAt(first, second)
        return try Tensor(storage: storage, dtype: dtype, shape: shape, strides: strides, byteOffset: byteOffset)
    }
}
