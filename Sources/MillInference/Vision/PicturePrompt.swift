import MillModels

/// An instruction with pictures in it, before it is tokens.
public struct PicturePrompt: Sendable {
    enum Piece: Sendable {
        case text(String)
        case picture(any EncodedPicture)
    }

    /// What names a picture's place inside an instruction: the object replacement character.
    public static let place: Character = "\u{FFFC}"

    let pieces: [Piece]

    /// - Parameters:
    ///   - instruction: with ``place`` where each picture belongs; pictures without a place come first.
    ///   - pictures: in their order.
    public init(_ instruction: String, pictures: [any EncodedPicture]) {
        let texts = instruction.split(separator: Self.place, omittingEmptySubsequences: false).map(String.init)
        // The places are the last pictures'; places beyond them name nothing.
        let placeCount = min(texts.count - 1, pictures.count)
        var pieces = pictures.dropLast(placeCount).map { Piece.picture($0) }
        var rest = pictures.suffix(placeCount)
        for (index, text) in texts.enumerated() {
            if index > 0, let next = rest.popFirst() { pieces.append(.picture(next)) }
            if !text.isEmpty { pieces.append(.text(text)) }
        }
        self.pieces = pieces
    }

    var pictures: [any EncodedPicture] {
        pieces.compactMap { piece in
            if case .picture(let picture) = piece { picture } else { nil }
        }
    }
}
