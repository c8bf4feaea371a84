import MillExpression
import MillModels
import MillTokenizer
import MillValue

/// Lays a prompt out as a model's chat template writes it: one message of the user, then the model's turn.
struct PictureChat {
    let template: JinjaTemplate
    let tokenizer: Tokenizer
    let mark: PictureMark

    /// The text of a picture's mark, as the vocabulary spells it.
    static func markText(_ mark: PictureMark, _ tokenizer: Tokenizer) -> String {
        mark.token.map { tokenizer.text(of: $0) } ?? mark.text
    }

    /// nil where the template writes neither lists of content nor text with pictures in it.
    ///
    /// - Throws: ``InferenceError/unsuitable(_:)`` where the template fails, or has not one place for each picture.
    func layout(_ prompt: PicturePrompt) throws(InferenceError) -> PromptLayout? {
        if let layout = try layout(prompt, content: content(prompt)) { return layout }
        return try layout(prompt, content: .string(inline(prompt)))
    }

    // Private characters stand for what the user wrote, and for pictures inside plain text, while the template is rendered.
    private static let open: Character = "\u{F0000}"
    private static let close: Character = "\u{F0001}"

    private func name(_ index: Int) -> String { "\(Self.open)\(index)\(Self.close)" }

    private func content(_ prompt: PicturePrompt) -> Value {
        .list(
            prompt.pieces.enumerated().map { index, piece in
                switch piece {
                case .text: ["type": "text", "text": .string(name(index))]
                case .picture: ["type": "image"]
                }
            })
    }

    private func inline(_ prompt: PicturePrompt) -> String { prompt.pieces.indices.map(name).joined() }

    private func layout(_ prompt: PicturePrompt, content: Value) throws(InferenceError) -> PromptLayout? {
        let rendered: String
        do {
            rendered = try template.render([
                "messages": [["role": "user", "content": content]], "add_generation_prompt": true,
                "image_tokens": .int(prompt.pictures.first?.tokenCount ?? 0),
                "bos_token": .string(tokenizer.bosID.map { tokenizer.text(of: $0) } ?? ""),
                "eos_token": .string(tokenizer.eosIDs.min().map { tokenizer.text(of: $0) } ?? ""),
            ])
        } catch { throw .unsuitable("the model's chat template takes no picture: \(error)") }
        var segments: [PromptLayout.Segment] = []
        var named: [Int] = []
        for (index, piece) in rendered.split(separator: Self.open, omittingEmptySubsequences: false).enumerated() {
            var literal = piece
            if index > 0, let end = piece.firstIndex(of: Self.close), let number = Int(piece[..<end]),
                prompt.pieces.indices.contains(number)
            {
                named.append(number)
                switch prompt.pieces[number] {
                case .text(let text): segments.append(.text(text))
                case .picture(let picture): segments.append(.picture(picture))
                }
                literal = piece[piece.index(after: end)...]
            }
            if !literal.isEmpty { segments.append(.literal(String(literal))) }
        }
        if case .string = content { return named == Array(prompt.pieces.indices) ? PromptLayout(segments: segments) : nil }
        let texts = prompt.pieces.indices.filter { if case .text = prompt.pieces[$0] { true } else { false } }
        guard named == texts else { return nil }
        return try placed(segments, prompt.pictures)
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
