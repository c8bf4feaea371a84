import MillModels
import MillValue

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
    ///   - instruction: with ``place`` where each picture belongs; where it names no place, the pictures come first.
    ///   - pictures: in their order.
    /// - Throws: ``InferenceError/unsuitable(_:)`` where it names places, and not as many as there are pictures.
    public init(_ instruction: String, pictures: [any EncodedPicture]) throws(InferenceError) {
        let texts = instruction.split(separator: Self.place, omittingEmptySubsequences: false).map(String.init)
        let placeCount = texts.count - 1
        guard placeCount == 0 || placeCount == pictures.count else {
            throw .unsuitable(
                "the prompt has \(placeCount.counted("place")) for pictures, and there \(pictures.count == 1 ? "is" : "are")"
                    + " \(pictures.count.counted("picture")); name one place for each, or none, and the pictures come first")
        }
        var pieces = placeCount == 0 ? pictures.map { Piece.picture($0) } : []
        for (index, text) in texts.enumerated() {
            if index > 0 { pieces.append(.picture(pictures[index - 1])) }
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
