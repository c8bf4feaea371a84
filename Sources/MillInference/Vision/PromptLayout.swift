import MillModels
import MillTokenizer

/// A prompt as text with pictures in it: what a template wrote, which may name special tokens, and what a user wrote, which may not.
struct PromptLayout {
    enum Segment {
        /// Of the template.
        case literal(String)
        /// Of the user.
        case text(String)
        case picture(any EncodedPicture)
    }

    var segments: [Segment]

    /// Whether the template itself wrote the beginning: the token of one, or what the tokenizer adds before a text.
    func begins(with token: String?, or tokenizer: Tokenizer) -> Bool {
        guard case .literal(let text)? = segments.first else { return false }
        let own = tokenizer.prefixIDs.first.map { tokenizer.text(of: $0) }
        return [token, own].contains { $0.map { !$0.isEmpty && text.hasPrefix($0) } ?? false }
    }

    /// The prompt's parts.
    ///
    /// Text around pictures is tokenized in one piece where the vocabulary has a token for a picture's place, so that each
    /// tokenizer treats what comes before and after as it was trained; a user's text that spells special tokens is kept apart
    /// from the template's.
    ///
    /// - Parameter adding: whether the tokenizer adds its own beginning.
    func parts(_ tokenizer: Tokenizer, mark: PictureMark, adding: Bool) -> [PromptPart] {
        if let whole = whole(tokenizer, mark: mark, adding: adding) { return whole }
        var parts: [PromptPart] = []
        var isFirst = true
        func encode(_ text: String, parseSpecial: Bool) {
            let tokens = tokenizer.encode(text, addSpecial: isFirst && adding, parseSpecial: parseSpecial)
            isFirst = false
            if !tokens.isEmpty { parts.append(.tokens(tokens)) }
        }
        for segment in segments {
            switch segment {
            case .literal(let text): encode(text, parseSpecial: true)
            case .text(let text): encode(text, parseSpecial: false)
            case .picture(let picture):
                if isFirst { encode("", parseSpecial: false) }
                parts.append(.picture(picture))
            }
        }
        return parts
    }

    private func whole(_ tokenizer: Tokenizer, mark: PictureMark, adding: Bool) -> [PromptPart]? {
        guard let token = mark.token ?? tokenizer.id(of: mark.text) else { return nil }
        var (all, pictures): (String, [any EncodedPicture]) = ("", [])
        for segment in segments {
            switch segment {
            case .literal(let text): all += text
            case .text(let text):
                guard
                    tokenizer.encode(text, addSpecial: false, parseSpecial: true)
                        == tokenizer.encode(text, addSpecial: false, parseSpecial: false)
                else { return nil }
                all += text
            case .picture(let picture):
                all += tokenizer.text(of: token)
                pictures.append(picture)
            }
        }
        let tokens = tokenizer.encode(all, addSpecial: adding, parseSpecial: true)
        let stretches = tokens.split(separator: token, omittingEmptySubsequences: false)
        guard stretches.count == pictures.count + 1 else { return nil }
        var parts: [PromptPart] = []
        for (index, stretch) in stretches.enumerated() {
            if index > 0 { parts.append(.picture(pictures[index - 1])) }
            if !stretch.isEmpty { parts.append(.tokens(Array(stretch))) }
        }
        return parts
    }
}
