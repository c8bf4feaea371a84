public import MillTensor

/// A model that reads a whole text at once: every token sees every token, and the result is a row for each.
public protocol TextEncoder: DescribedNetwork {
    /// The longest text, in tokens.
    var contextLength: Int { get }
    /// Length of a row.
    var hiddenSize: Int { get }
    /// How the checkpoint makes one row of a text; nil where it does not say.
    var pooling: EmbeddingPooling? { get }

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - tokens: at least one.
    ///   - types: for each token which sentence it belongs to; nil means the first.
    ///   - pool: where the result comes from.
    /// - Returns: F32 `[tokens, hidden]`.
    /// - Throws: ``ModelError/contextFull(capacity:needed:)``, ``ModelError/unknownToken(id:vocabularySize:)``,
    ///   ``ModelError/misuse(_:)`` for no tokens or types that do not fit.
    func encode(
        _ tokens: [Int32], types: [Int32]?, pool: StoragePool, tap: LayerTap?
    ) throws(ModelError) -> Tensor
}

extension TextEncoder {
    public func encode(_ tokens: [Int32], types: [Int32]? = nil) throws(ModelError) -> Tensor {
        try encode(tokens, types: types, pool: .default, tap: nil)
    }

    /// A text as one row, F32 `[hidden]`.
    ///
    /// - Parameter pooling: nil means the checkpoint's own way, or else the normalised mean.
    public func embed(
        _ tokens: [Int32], types: [Int32]? = nil, pooling: EmbeddingPooling? = nil
    ) throws(ModelError) -> Tensor {
        let rows = try encode(tokens, types: types)
        return try (pooling ?? self.pooling ?? EmbeddingPooling(.mean, isNormalised: true)).row(of: rows)
    }
}

extension EmbeddingPooling {
    /// One row of a text's rows `[tokens, hidden]`; sums in F64.
    package func row(of rows: Tensor) throws(ModelError) -> Tensor {
        guard rows.rank == 2, rows.shape[0] > 0 else { throw .misuse("there are no rows to make one of") }
        let (count, width) = (rows.shape[0], rows.shape[1])
        do throws(TensorError) {
            let values = try rows.floats()
            var row: [Double]
            switch mode {
            case .first: row = values.prefix(width).map { Double($0) }
            case .last: row = values.suffix(width).map { Double($0) }
            case .mean:
                row = (0..<width).map { column in
                    (0..<count).reduce(0.0) { $0 + Double(values[$1 * width + column]) } / Double(count)
                }
            case .largest:
                row = (0..<width).map { column in
                    (0..<count).reduce(-Double.infinity) { max($0, Double(values[$1 * width + column])) }
                }
            }
            if isNormalised { row = Self.normalised(row) }
            return try Tensor(row.map { Float($0) }, shape: [width])
        } catch { throw .memory(error) }
    }

    /// Scaled to length 1; zeros stay as they are.
    package static func normalised(_ row: [Double]) -> [Double] {
        let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? row.map { $0 / length } : row
    }
}
