extension Tensor {
    /// The elements, dense in row-major order: this tensor if they lie so already, else a copy (counted by ``CopyAccounting``).
    ///
    /// - Throws: ``TensorError/notContiguous(operation:)`` for quantized types, whose rows cannot be cut, and
    ///   ``TensorError/outOfMemory(byteCount:)``.
    public func dense() throws(TensorError) -> Tensor {
        if isContiguous { return self }
        guard !dtype.isQuantized else { throw .notContiguous(operation: "dense") }
        let result = try Tensor.allocate(dtype, shape)
        guard elementCount > 0 else { return result }
        switch dtype.blockByteCount {
        case 1: gather(UInt8.self, into: result)
        case 2: gather(UInt16.self, into: result)
        case 4: gather(UInt32.self, into: result)
        default: gather(UInt64.self, into: result)
        }
        CopyAccounting.shared.record(byteCount: result.byteCount)
        return result
    }

    /// A matrix, in tiles that stay in the cache whichever way it lies.
    private func gatherTiles<Element: BitwiseCopyable>(_ type: Element.Type, _ target: UnsafeMutablePointer<Element>) {
        let (rows, columns) = (shape[0], shape[1])
        let (down, across, first) = (strides[0], strides[1], pointer)
        let size = MemoryLayout<Element>.size
        let side = 32
        for top in stride(from: 0, to: rows, by: side) {
            for left in stride(from: 0, to: columns, by: side) {
                for row in top..<min(top + side, rows) {
                    for column in left..<min(left + side, columns) {
                        // Below the extent that the initialiser checked.
                        let source = row * down + column * across
                        target[row * columns + column] = first.loadUnaligned(fromByteOffset: source * size, as: type)
                    }
                }
            }
        }
    }

    /// `result` is dense, new and of the same shape: `elementCount` elements of `Element` behind its pointer.
    private func gather<Element: BitwiseCopyable>(_ type: Element.Type, into result: Tensor) {
        guard let target = result.mutablePointer?.assumingMemoryBound(to: type) else { return }
        let size = MemoryLayout<Element>.size
        if rank == 2 { return gatherTiles(type, target) }
        let (columns, step) = (shape.last ?? 1, strides.last ?? 1)
        var position = [Int](repeating: 0, count: rank)
        var (row, source) = (0, 0)
        while true {
            // `source` is the sum of position * stride, below the extent that the initialiser checked.
            for column in 0..<columns {
                target[row + column] = pointer.loadUnaligned(fromByteOffset: (source + column * step) * size, as: type)
            }
            row += columns
            var dimension = rank - 2
            while dimension >= 0 {
                position[dimension] += 1
                source += strides[dimension]
                if position[dimension] < shape[dimension] { break }
                source -= strides[dimension] * shape[dimension]
                position[dimension] = 0
                dimension -= 1
            }
            if dimension < 0 { return }
        }
    }
}
