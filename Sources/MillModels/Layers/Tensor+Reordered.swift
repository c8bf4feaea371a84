import MillTensor

extension Tensor {
    /// A dense tensor of its own whose row `i` is row `order[i]` of this one; of any type, also of blocks.
    func reordered(_ order: [Int]) throws(ModelError) -> Tensor { try reordered(order, of: order.count) }

    /// The same for some rows of `count`.
    func reordered(_ order: [Int], of count: Int) throws(ModelError) -> Tensor {
        try ModelError.wrapping {
            guard isContiguous, shape.first == count, count > 0 else {
                throw TensorError.shapeMismatch(operation: "reorder", expected: [count], actual: shape)
            }
            let result = try Tensor.allocate(dtype, [order.count] + shape.dropFirst())
            let rowByteCount = byteCount / count
            for (target, source) in order.enumerated() {
                let row = try rows(source..<source + 1)
                result.mutablePointer?.advanced(by: target * rowByteCount)
                    .copyMemory(from: row.pointer, byteCount: rowByteCount)
            }
            return result
        }
    }
}
