extension FieldValueReader {
    /// A value with its place in a text, and the name of the field that it is of.
    typealias Part = (name: String, content: ReportField.Content, range: Range<Int>)

    private static let arrows: [String] = ["→", "➔", "➜", "⟶", "⇒", "»", "->", "=>", "> ", "至", " to "]
    private static let earlier = WordTable<Bool>(
        lines: "yes: from, was, previously, previous, prev., prev, prior, old, formerly, 前值, 前次, 原, 原为, 此前, 上次"
    ) { _ in true }

    /// The value now and the one before where a text has both: `Hold → Buy`, `£5.60 (was £4.20)`; nil for other texts.
    ///
    /// - Parameter field: where the name says that the brackets hold the one before (`Target price (prior)`), the field before.
    func change(_ field: String, _ text: FoldedText, label: FoldedText? = nil) -> [Part]? {
        let isNamed = field.hasPrefix("previous_")
        let field = isNamed ? String(field.dropFirst("previous_".count)) : field
        guard field == "rating" || field == "target_price", text.count <= 80 else { return nil }
        guard let (now, before) = halves(text, isNamed: isNamed) else { return nil }
        func part(_ name: String, _ range: Range<Int>) -> Part? {
            let words = FoldedText(text.original(range))
            guard let read = read(field, words, label: label), Self.plain(words, words.trimmed).count <= read.range.count + 4
            else {
                return nil
            }
            return (name, read.content, range.lowerBound + read.range.lowerBound..<range.lowerBound + read.range.upperBound)
        }
        guard let first = part(field, now), let second = part("previous_\(field)", before) else { return nil }
        return [first, second]
    }

    /// - Parameter isNamed: whether brackets need no word that says that they hold the one before.
    private func halves(_ text: FoldedText, isNamed: Bool) -> (now: Range<Int>, before: Range<Int>)? {
        let all = text.trimmed
        for arrow in Self.arrows {
            guard
                let place = (all.lowerBound + 1..<max(all.lowerBound + 1, all.upperBound)).first(where: {
                    text.has(arrow, at: $0)
                })
            else { continue }
            var start = all.lowerBound
            if let end = Self.earlier.match(text, at: start)?.end { start = text.afterBlanks(end) }
            let next = place + arrow.unicodeScalars.count
            guard next < all.upperBound, start < place else { return nil }
            return (next..<all.upperBound, start..<place)
        }
        // `Buy (from Hold)`
        guard let open = text.scalars.firstIndex(of: "("), let close = text.scalars.lastIndex(of: ")"), open > all.lowerBound,
            close > open
        else { return nil }
        let word = Self.earlier.match(text, at: text.afterBlanks(open + 1))
        guard word != nil || isNamed else { return nil }
        var start = text.afterBlanks(word?.end ?? open + 1)
        if text[start] == ":" { start = text.afterBlanks(start + 1) }
        return start < close ? (all.lowerBound..<open, start..<close) : nil
    }
}
