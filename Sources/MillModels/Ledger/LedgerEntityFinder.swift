/// The labels that rules know by name.
enum LedgerLabel {
    static let company = "company"
    static let metric = "metric"
    static let period = "period"
    static let value = "value"
    static let change = "change"
    /// Of these only the number counts.
    static let numeric: Set<String> = ["target_price", "previous_target", "current_price", value, change]
    /// The list in whose phrases an entity does not begin or end.
    static let phraseLists = [
        company: "company", "broker": "broker", metric: "metric", period: "period", "rating": "rating",
        "previous_rating": "rating",
    ]
    /// What follows the number of a change outside tables.
    static let changeUnits: Set<String> = [
        "%", "pc", "per", "percent", "percentage", "pct", "pcts", "pp", "ppt", "ppts", "bp", "bps", "basis", "个", "百", "基",
    ]
    /// What digits look like to a scanner, without the letters that are units.
    static let misread = Set("OoQDlIiZzASsGgTq".unicodeScalars)
    /// Names of figures and periods do not begin with these.
    static let determiners: Set<String> = ["the", "its", "our", "their"]
    /// Punctuation at the ends that belongs to no entity.
    static let stripped = Set(",;:|\"，、。；：-·•*".unicodeScalars)
    static let opening = Set("([（【".unicodeScalars)
    static let closing = Set(")]）】".unicodeScalars)
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

    private let features: LedgerFeatures
    private let labels: [String]
    private let lexicons: LedgerLexicons
    /// For labels that are not cut off inside a phrase: the flag of what goes on in it.
    private let continuations: [String: LedgerFlagSet]

    private var text: LedgerText { features.text }
    private var tokens: [LedgerToken] { features.tokens }

    init(_ features: LedgerFeatures, labels: [String], _ columns: LedgerFlagColumns, _ lexicons: LedgerLexicons) {
        self.features = features
        self.lexicons = lexicons
        self.labels = labels
        continuations = LedgerLabel.phraseLists.mapValues { columns["\($0).more"] }
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
            if let span = span(withoutBlanks(index..<end), labels[Int(tag - 1) / 2], tags) { found.append(span) }
            index = end
        }
        return (found + otherMentions(of: found)).sorted { $0.tokens.lowerBound < $1.tokens.lowerBound }
    }

    private func isBlank(_ token: LedgerToken) -> Bool {
        token.kind == .lineFeed || token.kind == .other && text.scalars[token.start].properties.isWhitespace
    }

    private func hasDigit(_ token: LedgerToken) -> Bool { token.kind == .number }

    private func withoutBlanks(_ range: Range<Int>) -> Range<Int> {
        var range = range
        while let first = range.first, isBlank(tokens[first]) { range = first + 1..<range.upperBound }
        while let last = range.last, isBlank(tokens[last]) { range = range.lowerBound..<last }
        return range
    }

    /// What becomes of the tokens of one label; nil where nothing is left of them.
    private func span(_ range: Range<Int>, _ label: String, _ tags: [UInt8]) -> Span? {
        guard LedgerLabel.numeric.contains(label) else {
            let tokens = whole(withoutPunctuation(range, label), continuations[label] ?? 0, tags)
            return tokens.isEmpty ? nil : Span(tokens: tokens, label: label)
        }
        guard let first = range.first(where: { hasDigit(tokens[$0]) }), let last = range.last(where: { hasDigit(tokens[$0]) })
        else {
            return nil
        }
        let number = number(from: first, in: range)
        let isValue =
            label == LedgerLabel.change && !features.isInRow(range.lowerBound)
            && !isChange(before: max(last + 1, number.upperBound))
        return Span(tokens: number, label: isValue ? LedgerLabel.value : label)
    }

    /// The part of the tokens that is one number: from the first with a digit on what follows it without a blank, digits
    /// and what may be misread ones.
    private func number(from first: Int, in range: Range<Int>) -> Range<Int> {
        func isJoined(_ index: Int) -> Bool { tokens[index].end == tokens[index + 1].start }
        func isMisread(_ index: Int) -> Bool {
            tokens[index].range.count == 1 && LedgerLabel.misread.contains(scalar(index))
        }
        var (start, end) = (first, first + 1)
        while start > range.lowerBound, isJoined(start - 1), isMisread(start - 1) { start -= 1 }
        var next = end
        while next < range.upperBound, isJoined(next - 1),
            hasDigit(tokens[next]) || tokens[next].range.count == 1 && scalar(next) != "|"
        {
            if hasDigit(tokens[next]) || isMisread(next) { end = next + 1 }
            next += 1
        }
        return start..<end
    }

    /// Whether what follows a number is the unit of a change.
    private func isChange(before place: Int) -> Bool {
        var next = place
        if next < tokens.count, scalar(next) == ")" { next += 1 }
        guard next < tokens.count, tokens[next].range.count <= 10 else { return false }
        return LedgerLabel.changeUnits.contains(word(next))
    }

    /// The only or first code point of a token.
    private func scalar(_ index: Int) -> Unicode.Scalar { text.scalars[tokens[index].start] }

    /// In lower case.
    private func word(_ index: Int) -> String { String(String.UnicodeScalarView(text.lower[tokens[index].range])) }

    private func withoutPunctuation(_ range: Range<Int>, _ label: String) -> Range<Int> {
        let losesDeterminers = label == LedgerLabel.metric || label == LedgerLabel.period
        func isOne(_ index: Int, of set: Set<Unicode.Scalar>) -> Bool {
            tokens[index].kind == .other && set.contains(scalar(index))
        }
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end {
            let isDeterminer =
                losesDeterminers && tokens[start].range.count <= 5 && LedgerLabel.determiners.contains(word(start))
            guard isDeterminer || isOne(start, of: LedgerLabel.stripped) || isOne(start, of: LedgerLabel.closing) else { break }
            start += 1
        }
        let opening = (start..<end).first { isOne($0, of: LedgerLabel.opening) } ?? end
        while start < end {
            let isUnopened = isOne(end - 1, of: LedgerLabel.closing) && opening >= end - 1
            guard isUnopened || isOne(end - 1, of: LedgerLabel.stripped) || isOne(end - 1, of: LedgerLabel.opening) else { break }
            end -= 1
        }
        return start..<end
    }

    /// As far as the phrases go that the ends lie in, where nothing else was found.
    private func whole(_ range: Range<Int>, _ continuation: LedgerFlagSet, _ tags: [UInt8]) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        guard start < end else { return range }
        while start > 0, features.flags[start] & continuation != 0, tags[start - 1] == 0 { start -= 1 }
        while end < tags.count, features.flags[end] & continuation != 0, tags[end] == 0 { end += 1 }
        return start..<end
    }

    private func words(_ range: Range<Int>) -> [ArraySlice<Unicode.Scalar>] { range.map { text.scalars[tokens[$0].range] } }

    /// The other places that have exactly the words of a company, or its first word, where nothing else was found.
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
        for first in Set(ordered.lazy.filter { $0.count > 1 }.map { $0[0] }) {
            for index in places[first] ?? [] where isFree[index] && isNameAlone(index) {
                more.append(Span(tokens: index..<index + 1, label: LedgerLabel.company))
            }
        }
        return more
    }

    /// Whether the first word of a name stands for it: long, with a capital, in no list, and without a name going on after it.
    private func isNameAlone(_ index: Int) -> Bool {
        let token = tokens[index]
        guard token.kind == .word, token.range.count > 3, scalar(index).isUpper, !lexicons.contains(token.range, in: text) else {
            return false
        }
        return index + 1 == tokens.count || !scalar(index + 1).isUpper
    }
}
