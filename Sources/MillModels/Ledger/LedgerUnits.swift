/// Currencies before a number and units after it (`docs/models/ledger.md`, Entities → tuples).
struct LedgerUnits: Sendable {
    /// Words by their first code point, each list in the order of the configuration: longest first.
    private typealias Words = [Unicode.Scalar: [[Unicode.Scalar]]]

    private let units: Words
    private let currencies: Words
    private let codes: Words
    /// The currencies, longest first, to be looked for by their end.
    private let endings: [[Unicode.Scalar]]

    /// How far a cell is searched for its unit.
    private static let longestCell = 512

    init(_ c: LedgerConfiguration) {
        func words(_ list: [String]) -> Words {
            Dictionary(grouping: list.filter { !$0.isEmpty }.map { Array($0.unicodeScalars) }) { $0[0] }
        }
        units = words(c.units)
        currencies = words(c.currencies)
        codes = words(c.currencyCodes)
        endings = c.currencies.filter { !$0.isEmpty }.map { Array($0.unicodeScalars) }
    }

    /// How long the longest of the words at a place is; a word that ends with a letter is not followed by one.
    private func longest(_ text: LedgerText, _ place: Int, _ words: Words) -> Int {
        guard let first = text.lower(place), let candidates = words[first] else { return 0 }
        for word in candidates where text.lower[place...].starts(with: word) {
            let isCut = word[word.count - 1].isLetter && text.lower(place + word.count)?.isLetter == true
            if !isCut { return word.count }
        }
        return 0
    }

    /// The currency before a number and the unit after it, as far as there are any.
    ///
    /// - Parameter line: where the line of the number begins.
    func around(_ value: Range<Int>, line: Int, in text: LedgerText) -> [Range<Int>] {
        let closing = text.lower(value.upperBound) == ")" ? 1 : 0
        return [currency(before: value.lowerBound, line: line, text), unit(at: value.upperBound + closing, text)].compactMap {
            $0
        }
    }

    private func currency(before place: Int, line: Int, _ text: LedgerText) -> Range<Int>? {
        var end = place
        while end > line, [" ", "(", "+", "-", "~"].contains(text.lower[end - 1]) { end -= 1 }
        for word in endings {
            let start = end - word.count
            guard start >= line, text.lower[start..<end].elementsEqual(word) else { continue }
            let isCut = word[0].isLetter && start > line && text.lower[start - 1].isLetter
            if !isCut { return start..<end }
        }
        return nil
    }

    private func unit(at place: Int, _ text: LedgerText) -> Range<Int>? {
        let start = text.lower(place) == " " ? place + 1 : place
        let size = longest(text, start, units)
        guard size > 0 else { return nil }
        let end = start + size
        let more = text.lower(end) == " " ? longest(text, end + 1, codes) : 0
        return start..<(more > 0 ? end + 1 + more : end)
    }

    /// The unit that a cell or caption names: the first place where one stands that no letter or digit precedes.
    func inCell(_ cell: Range<Int>, in text: LedgerText) -> Range<Int>? {
        for place in cell.prefix(Self.longestCell) {
            let here = text.lower[place]
            if here == " " { continue }
            if place > cell.lowerBound {
                let before = text.lower[place - 1]
                if before.isLetter || before.isDigit || here.isChinese && before.isChinese { continue }
            }
            let currency = longest(text, place, currencies)
            let end = place + currency + (currency > 0 && text.lower(place + currency) == " " ? 1 : 0)
            let unit = longest(text, end, units)
            if unit > 0, end + unit <= cell.upperBound { return place..<end + unit }
            if currency > 0, place + currency <= cell.upperBound { return place..<place + currency }
        }
        return nil
    }
}
