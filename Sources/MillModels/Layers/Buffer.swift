import MillTensor

/// Working memory of a fixed width for up to a fixed number of rows; every pass takes a view on its first rows.
struct Buffer: Sendable {
    private let whole: Tensor

    /// F32 `[rows, width…]`.
    init(rows: Int, _ width: Int...) throws(TensorError) {
        whole = try Tensor.allocate(.f32, [rows] + width)
    }

    func view(_ rows: Int) throws(TensorError) -> Tensor {
        rows == whole.shape.first ? whole : try whole.rows(0..<rows)
    }

    var byteCount: Int { whole.byteCount }
}
