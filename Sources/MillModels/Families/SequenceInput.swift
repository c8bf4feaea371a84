import MillCompute
import MillTensor

/// What a model reads next: tokens, and rows that take the place of the embeddings of some of them.
public struct SequenceInput: Sendable {
    /// One for each position; where rows are inserted, the token that stands for them.
    public private(set) var tokens: [Int32]
    /// In order, without overlap.
    package private(set) var inserted: [InsertedRows] = []

    /// Pictures that are looked at from beside the sequence, and the positions of their tokens. A part of an input has those of
    /// all of it: rows before the first picture see every one.
    package private(set) var beside: [(at: Int, picture: SidePicture)] = []

    /// Inserted rows that lie in grids, and the positions of their first rows; those that begin before a part belong to it, too.
    package private(set) var grids: [(at: Int, grid: TokenGrid)] = []

    public init(_ tokens: [Int32] = []) { self.tokens = tokens }

    /// Positions of the sequence.
    public var count: Int { tokens.count }
    public var isEmpty: Bool { tokens.isEmpty }

    public mutating func append(_ more: [Int32]) { tokens += more }

    /// Adds a position for each row.
    ///
    /// - Parameters:
    ///   - rows: F32 `[n, hidden]`.
    ///   - token: what stands for each row where only tokens are seen.
    ///   - grid: how the rows lie in the picture, where that decides about their positions.
    package mutating func append(rows: Tensor, standingFor token: Int32, grid: TokenGrid? = nil) {
        guard let count = rows.shape.first, count > 0 else { return }
        if let grid { grids.append((tokens.count, grid)) }
        inserted.append(InsertedRows(at: tokens.count, rows: rows))
        tokens += [Int32](repeating: token, count: count)
    }

    /// Adds a picture that is looked at from beside the sequence, and the token in its place.
    package mutating func append(_ picture: SidePicture, token: Int32) {
        beside.append((tokens.count, picture))
        tokens.append(token)
    }

    /// Whether its tokens say all about it.
    public var isText: Bool { inserted.isEmpty && beside.isEmpty }

    /// The positions of a range as an input of their own; the rows are views.
    public subscript(range: Range<Int>) -> SequenceInput {
        var part = SequenceInput(Array(tokens[range]))
        part.inserted = inserted.compactMap { $0.part(in: range) }
        part.grids = grids.filter { $0.at < range.upperBound }.map { ($0.at - range.lowerBound, $0.grid) }
        part.beside = beside.map { ($0.at - range.lowerBound, $0.picture) }
        return part
    }
}

/// Rows that take the place of embeddings.
package struct InsertedRows: Sendable {
    /// The first row's position.
    package let at: Int
    /// F32 `[n, hidden]`.
    package let rows: Tensor

    package init(at: Int, rows: Tensor) {
        self.at = at
        self.rows = rows
    }

    private var count: Int { rows.shape.first ?? 0 }

    /// What lies in a range of positions, counted from its start; nil where nothing does.
    func part(in range: Range<Int>) -> InsertedRows? {
        let common = range.clamped(to: at..<at + count)
        guard !common.isEmpty, let rows = try? rows.rows(common.lowerBound - at..<common.upperBound - at) else { return nil }
        return InsertedRows(at: common.lowerBound - range.lowerBound, rows: rows)
    }

    /// - Parameter count: the rows of the pass.
    func check(hiddenSize: Int, count: Int) throws(ModelError) {
        guard rows.dtype == .f32, rows.rank == 2, rows.shape[1] == hiddenSize, rows.isContiguous, at >= 0,
            rows.shape[0] <= count, at <= count - rows.shape[0]
        else {
            throw .misuse("rows \(rows.dtype.name) \(rows.shape) at \(at) do not fit \(count) positions of width \(hiddenSize)")
        }
    }

    /// Puts the rows into the residual stream.
    func write(into hidden: Tensor, on compute: Compute) throws {
        try compute.embed((0..<Int32(count)).map { $0 }, rows, into: try hidden.rows(at..<at + count))
    }
}
