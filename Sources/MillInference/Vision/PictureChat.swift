import MillExpression
import MillModels
import MillTokenizer
import MillValue

/// One message of a conversation with pictures in it.
struct PictureTurn {
    let role: ChatMessage.Role
    let pieces: [PicturePrompt.Piece]

    init(_ role: ChatMessage.Role, _ pieces: [PicturePrompt.Piece]) {
        self.role = role
        self.pieces = pieces
    }

    var pictures: [any EncodedPicture] {
        pieces.compactMap { piece in
            if case .picture(let picture) = piece { picture } else { nil }
        }
    }
}

/// Lays a conversation out as a model's chat template writes it: the messages, then the model's turn.
struct PictureChat {
    let template: JinjaTemplate
    let tokenizer: Tokenizer
    let mark: PictureMark
    /// Special tokens by the names that templates use.
    let tokens: [String: String]
    /// Seconds since 1970, for templates that tell the model the date.
    let now: Int

    /// The text of a picture's mark, as the vocabulary spells it.
    static func markText(_ mark: PictureMark, _ tokenizer: Tokenizer) -> String {
        mark.token.map { tokenizer.text(of: $0) } ?? mark.text
    }

    /// nil where the template writes neither lists of content nor text with pictures in it.
    ///
    /// - Throws: ``InferenceError/unsuitable(_:)`` where the template fails, or has not one place for each picture.
    func layout(_ turns: [PictureTurn]) throws(InferenceError) -> PromptLayout? {
        if let layout = try layout(turns, isList: true) { return layout }
        return try layout(turns, isList: false)
    }

    // Private characters stand for what was said, and for pictures inside plain text, while the template is rendered.
    private static let open: Character = "\u{F0000}"
    private static let close: Character = "\u{F0001}"

    private func name(_ index: Int) -> String { "\(Self.open)\(index)\(Self.close)" }

    /// - Parameter isList: whether messages are lists of content, or text with pictures in it.
    private func layout(_ turns: [PictureTurn], isList: Bool) throws(InferenceError) -> PromptLayout? {
        let all = turns.flatMap(\.pieces)
        var start = 0
        let messages = turns.map { turn -> Value in
            let names = turn.pieces.indices.map { name(start + $0) }
            start += names.count
            guard isList else { return ["role": .string(turn.role.rawValue), "content": .string(names.joined())] }
            let content = zip(turn.pieces, names).map { piece, name -> Value in
                switch piece {
                case .text: ["type": "text", "text": .string(name)]
                case .picture: ["type": "image"]
                }
            }
            return ["role": .string(turn.role.rawValue), "content": .list(content)]
        }
        let pictures = turns.flatMap(\.pictures)
        let rendered: String
        do {
            var context: [String: Value] = tokens.mapValues { .string($0) }
            context["messages"] = .list(messages)
            context["add_generation_prompt"] = true
            context["image_tokens"] = .int(pictures.first?.tokenCount ?? 0)
            rendered = try template.render(context, now: now)
        } catch .raised(_, let message) {
            throw .unsuitable("the model's chat template refuses this conversation with pictures: \(message)")
        } catch { throw .unsuitable("the model's chat template fails on a conversation with pictures: \(error)") }
        var segments: [PromptLayout.Segment] = []
        var named: [Int] = []
        for (index, piece) in rendered.split(separator: Self.open, omittingEmptySubsequences: false).enumerated() {
            var literal = piece
            if index > 0, let end = piece.firstIndex(of: Self.close), let number = Int(piece[..<end]),
                all.indices.contains(number)
            {
                named.append(number)
                switch all[number] {
                case .text(let text): segments.append(.text(text))
                case .picture(let picture): segments.append(.picture(picture))
                }
                literal = piece[piece.index(after: end)...]
            }
            if !literal.isEmpty { segments.append(.literal(String(literal))) }
        }
        guard isList else { return named == Array(all.indices) ? PromptLayout(segments: segments) : nil }
        let texts = all.indices.filter { if case .text = all[$0] { true } else { false } }
        guard named == texts else { return nil }
        return try placed(segments, pictures)
    }

    /// Pictures in place of the marks that the template wrote: one for each picture, or one for each of its rows.
    private func placed(
        _ segments: [PromptLayout.Segment], _ pictures: [any EncodedPicture]
    ) throws(InferenceError) -> PromptLayout? {
        let mark = Self.markText(mark, tokenizer)
        // A text, or a run of marks with its length.
        var pieces: [(segment: PromptLayout.Segment?, marks: Int)] = []
        for segment in segments {
            guard case .literal(let text) = segment else {
                pieces.append((segment, 0))
                continue
            }
            for (index, between) in text.split(separator: mark, omittingEmptySubsequences: false).enumerated() {
                if index > 0 {
                    if let last = pieces.last, last.segment == nil {
                        pieces[pieces.count - 1].marks += 1
                    } else {
                        pieces.append((nil, 1))
                    }
                }
                if !between.isEmpty { pieces.append((.literal(String(between)), 0)) }
            }
        }
        let runs = pieces.filter { $0.segment == nil }
        let total = runs.reduce(0) { $0 + $1.marks }
        if total == 0, !pictures.isEmpty { return nil }
        guard runs.count == pictures.count || total == pictures.count else {
            throw .unsuitable("the model's chat template has \(runs.count) places for \(pictures.count) pictures")
        }
        var rest = pictures[...]
        var result: [PromptLayout.Segment] = []
        for piece in pieces {
            if let segment = piece.segment {
                result.append(segment)
            } else {
                for _ in 0..<(total == pictures.count ? piece.marks : 1) {
                    if let picture = rest.popFirst() { result.append(.picture(picture)) }
                }
            }
        }
        return PromptLayout(segments: result)
    }
}
