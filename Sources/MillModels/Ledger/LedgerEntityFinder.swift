/// The labels that rules know by name.
enum LedgerLabel {
    static let company = "company"
    static let metric = "metric"
    static let period = "period"
    static let value = "value"
    static let change = "change"
    /// Of these only the number counts.
    static let numeric: Set<String> = ["target_price", "previous_target", "current_price", value, change]
}

/// From the tags of tokens to entities (`docs/models/ledger.md`, Logits → entities).
struct LedgerEntityFinder {
    struct Span: Hashable {
        let tokens: Range<Int>
        let label: String
    }

    /// Bounds on the work for texts made to cost much: company names of more tokens, and more names than these, are not
    /// looked for elsewhere.
    private static let longestName = 32
    private static let mostNames = 256

    private let text: LedgerText
    private let tokens: [LedgerToken]
    private let labels: [String]

    init(_ text: LedgerText, _ tokens: [LedgerToken], labels: [String]) {
        self.text = text
        self.tokens = tokens
        self.labels = labels
    }

    /// In order of their places.
    func entities(tags: [UInt8]) -> [Span] {
        var found: [Span] = []
        var index = 0
        while index < tags.count {
            let tag = tags[index]
            guard !tag.isMultiple(of: 2) else {
                index += 1
                continue
            }
            var end = index + 1
            while end < tags.count, tags[end] == tag + 1 { end += 1 }
            let label = labels[Int(tag - 1) / 2]
            if let tokens = trimmed(index..<end, isNumeric: LedgerLabel.numeric.contains(label)) {
                found.append(Span(tokens: tokens, label: label))
            }
            index = end
        }
        return (found + otherMentions(of: found)).sorted { $0.tokens.lowerBound < $1.tokens.lowerBound }
    }

    private func isBlank(_ token: LedgerToken) -> Bool {
        token.kind == .lineFeed || token.kind == .other && text.scalars[token.start].properties.isWhitespace
    }

    private func hasDigit(_ token: LedgerToken) -> Bool { token.kind == .number }

    /// Without white space at the ends; of numbers only the first and those that follow it directly.
    private func trimmed(_ range: Range<Int>, isNumeric: Bool) -> Range<Int>? {
        var range = range
        while let first = range.first, isBlank(tokens[first]) { range = first + 1..<range.upperBound }
        while let last = range.last, isBlank(tokens[last]) { range = range.lowerBound..<last }
        guard isNumeric else { return range.isEmpty ? nil : range }
        guard let first = range.first(where: { hasDigit(tokens[$0]) }) else { return nil }
        var end = first + 1
        while end < range.upperBound, hasDigit(tokens[end]) { end += 1 }
        return first..<end
    }

    private func words(_ range: Range<Int>) -> [ArraySlice<Unicode.Scalar>] { range.map { text.scalars[tokens[$0].range] } }

    /// The other places that have exactly the words of a company, where nothing else was found.
    private func otherMentions(of found: [Span]) -> [Span] {
        var isFree = [Bool](repeating: true, count: tokens.count)
        for span in found { for token in span.tokens { isFree[token] = false } }
        var names: Set<[ArraySlice<Unicode.Scalar>]> = []
        for span in found where span.label == LedgerLabel.company && span.tokens.count <= Self.longestName {
            guard span.tokens.count > 1 || tokens[span.tokens.lowerBound].range.count > 3 else { continue }
            names.insert(words(span.tokens))
        }
        guard !names.isEmpty else { return [] }
        let ordered = names.sorted { a, b in
            a.count != b.count ? a.count > b.count : a.lexicographicallyPrecedes(b) { $0.lexicographicallyPrecedes($1) }
        }.prefix(Self.mostNames)
        var places: [ArraySlice<Unicode.Scalar>: [Int]] = [:]
        for name in ordered { places[name[0]] = [] }
        for index in tokens.indices { places[text.scalars[tokens[index].range]]?.append(index) }
        var more: [Span] = []
        for name in ordered {
            for start in places[name[0]] ?? [] where start + name.count <= tokens.count {
                let range = start..<start + name.count
                guard range.allSatisfy({ isFree[$0] }),
                    zip(range, name).allSatisfy({ text.scalars[tokens[$0].range] == $1 })
                else { continue }
                more.append(Span(tokens: range, label: LedgerLabel.company))
                for token in range { isFree[token] = false }
            }
        }
        return more
    }
}
