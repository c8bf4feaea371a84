import MillTensor

/// A picture as rows that take the place of token embeddings, with the tokens that the family writes around them.
public struct PictureRows: EncodedPicture {
    enum Piece: Sendable {
        case tokens([Int32])
        /// F32 `[n, hidden]`.
        case rows(Tensor)
        /// The same, of a picture whose rows have positions in a grid.
        case grid(Tensor, TokenGrid)
    }

    let pieces: [Piece]
    /// The model that looked at the picture, and can read it.
    var maker: ObjectIdentifier?
    public let tokenCount: Int

    init(_ pieces: [Piece]) {
        self.pieces = pieces
        tokenCount = pieces.reduce(0) { sum, piece in
            switch piece {
            case .tokens(let tokens): sum + tokens.count
            case .rows(let rows), .grid(let rows, _): sum + (rows.shape.first ?? 0)
            }
        }
    }

    public var byteCount: Int { rows.reduce(0) { $0 + $1.byteCount } }

    /// What is wrong with pictures of other models.
    static let foreign = "the picture was encoded by another model; encode it with the one that answers"

    /// Only the rows, in order.
    package var rows: [Tensor] {
        pieces.compactMap { piece in
            switch piece {
            case .tokens: nil
            case .rows(let rows), .grid(let rows, _): rows
            }
        }
    }
}
