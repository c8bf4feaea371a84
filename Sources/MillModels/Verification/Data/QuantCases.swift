import MillCompute
import MillTensor

/// Raw blocks of a type of weights with the values that they stand for: `TYPE.safetensors` with `raw`, `deq`, `x` and `y = deq x`.
package struct QuantCases {
    package let dtype: DType
    /// `[rows, columns]` of ``dtype``.
    package let blocks: Tensor
    /// What they stand for, F32 `[rows, columns]`.
    package let values: Tensor
    /// F32 `[columns]`.
    package let vector: Tensor
    /// The product of both, F32 `[rows]`.
    package let product: Tensor

    /// The types that a folder has files of.
    package static func dtypes(in folder: String) -> [DType] {
        DType.allCases.filter { ModelFile.exists("\(folder)/\($0.name).safetensors") }
    }

    static func isFolder(_ path: String) -> Bool { !dtypes(in: path).isEmpty }

    package init(_ dtype: DType, in folder: String) throws(ModelError) {
        let path = "\(folder)/\(dtype.name).safetensors"
        let file = try Reference(path)
        self.dtype = dtype
        (values, vector, product) = (try file.tensor("deq"), try file.tensor("x"), try file.tensor("y"))
        let raw = try file.tensor("raw")
        guard raw.byteCount == dtype.byteCount(elementCount: values.elementCount) else {
            throw .tensor(path: path, name: "raw", problem: "has not the bytes of \(values.shape) \(dtype.name)")
        }
        do {
            blocks = try Tensor(storage: raw.storage, dtype: dtype, shape: values.shape, byteOffset: raw.byteOffset)
        } catch { throw .memory(error) }
    }
}

extension ModelVerifier {
    /// The product of 8-bit activations may be this far off: a random row has no outliers that would ask for more.
    private static let int8ProductTolerance = 1e-3

    /// Values bit for bit, and products with exact and with 8-bit activations.
    func verifyQuants(_ folder: String) -> [VerificationReport.Run] {
        [
            run("values") { run in
                for dtype in QuantCases.dtypes(in: folder) {
                    let item = try QuantCases(dtype, in: folder)
                    let values = try Tensor.allocate(.f32, item.values.shape)
                    try reference.dequantize(item.blocks, into: values)
                    let isEqual = try zip(values.floats(), item.values.floats()).allSatisfy { $0.bitPattern == $1.bitPattern }
                    run.comparisons.append(.equality(dtype.name, isEqual))
                }
            },
            products(folder, reference, tolerance: Self.float32Tolerance),
            products(folder, fast, tolerance: Self.int8ProductTolerance),
        ]
    }

    private func products(_ folder: String, _ compute: Compute, tolerance: Double) -> VerificationReport.Run {
        run("products \(compute.activations.rawValue)") { run in
            for dtype in QuantCases.dtypes(in: folder) {
                let item = try QuantCases(dtype, in: folder)
                let y = try Tensor.allocate(.f32, [1, item.values.shape[0]])
                try compute.linear(try item.vector.reshaped([1, item.vector.elementCount]), item.blocks, into: y)
                let (found, expected) = (try y.floats(), try item.product.floats())
                run.comparisons.append(
                    VerificationReport.Comparison(
                        name: dtype.name, error: Reference.normalisedError(found, expected),
                        largestDifference: Reference.largestDifference(found, expected), tolerance: tolerance))
            }
        }
    }
}
