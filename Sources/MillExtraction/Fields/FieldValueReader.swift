/// Reads the words beside a field's name as what the field holds.
struct FieldValueReader {
    let context: PeriodContext
    /// The currency of prices that have none of their own.
    var currency: String?

    /// The content and the code points that it was read from; nil where the words are no such value.
    func read(_ field: String, _ text: FoldedText, label: FoldedText? = nil) -> (
        content: ReportField.Content, range: Range<Int>, flags: [String]
    )? {
        let all = text.trimmed
        guard !all.isEmpty, all.count <= 400 else { return nil }
        switch FieldNames.kind(of: field) {
        case .price, .amount:
            guard let number = number(in: text) else { return nil }
            if FieldNames.kind(of: field) == .price, number.measure == .percent || number.measure == .times { return nil }
            let stated = label.flatMap { UnitReader().label($0).unit }
            let scale = number.scale ?? stated?.scale ?? 1
            let unit = number.currency ?? stated?.currency ?? currency
            return (
                .amount(Amount(number: (number.mantissa * scale).withoutNoise, unit: unit)), number.range,
                number.isCorrected ? ["corrected"] : []
            )
        case .date:
            let reader = DateReader(defaultYear: context.year)
            // `3月18` lost its last character.
            guard let found = reader.first(in: text) ?? reader.first(in: FoldedText(text.original(all) + "日")) else { return nil }
            return (.date(found.date.iso), found.range.clamped(to: 0..<text.count), [])
        case .rating:
            guard let found = RatingScale().first(in: text), found.range.lowerBound <= all.lowerBound + 24 else {
                guard let near = RatingScale().nearest(text.original(all)) else { return nil }
                return (.rating(near.word, scale: near.level), all, ["corrected"])
            }
            return (.rating(text.original(found.range), scale: found.level), found.range, [])
        case .ticker:
            guard let range = Tickers.range(in: text) else { return nil }
            return (.text(text.original(range)), range, [])
        case .text where field == "invoice_number" || field == "order_number":
            guard let range = Self.code(in: text, Self.plain(text, all)) else { return nil }
            return (.text(text.original(range)), range, [])
        case .people, .text:
            var range = Self.plain(text, all)
            // `销售方 | 名称：…` of Chinese invoices.
            for word in ["名称:", "名 称:", "名称："] where text.has(word, at: range.lowerBound) {
                range = text.afterBlanks(range.lowerBound + word.unicodeScalars.count)..<range.upperBound
            }
            guard !range.isEmpty, range.count <= 120 else { return nil }
            return (.text(text.original(range).trimmedBlanks), range, [])
        }
    }

    private func number(in text: FoldedText) -> NumberReading? {
        if case .number(let reading) = NumberReader().content(of: text.original(0..<text.count)) { return reading }
        return NumberReader().first(in: text, from: 0)
    }

    /// The number of a document: the first word with a digit, and a short one in capitals before it (`INV 0042`).
    private static func code(in text: FoldedText, _ all: Range<Int>) -> Range<Int>? {
        var place = all.lowerBound
        for _ in 0..<2 {
            place = text.afterBlanks(place)
            var end = place
            while end < all.upperBound, let scalar = text[end], scalar != " ", scalar != "\n", scalar != ",", scalar != ";" {
                end += 1
            }
            guard end > place else { return nil }
            if text.scalars[place..<end].contains(where: \.isASCIIDigit) { return plain(text, all.lowerBound..<end) }
            guard end - place <= 5, text.original[place..<end].allSatisfy({ !$0.isSmallLetter }) else {
                return nil
            }
            place = end
        }
        return nil
    }

    /// Without punctuation at the ends.
    static func plain(_ text: FoldedText, _ range: Range<Int>) -> Range<Int> {
        var range = range
        let marks: Set<Unicode.Scalar> = [" ", ":", ",", ";", "-", "|", "*", "\n", "、", "。"]
        while let first = range.first, let scalar = text[first], marks.contains(scalar) { range = first + 1..<range.upperBound }
        while let last = range.last, let scalar = text[last], marks.contains(scalar) { range = range.lowerBound..<last }
        return range
    }
}

/// Codes of securities: `0700.HK`, `600519.SH`, `AAPL US`, `NYSE: KO`.
public enum Tickers {
    private static let exchanges: [String: String] = [
        "hk": "HK", "sh": "SH", "ss": "SH", "sz": "SZ", "ch": "CH", "us": "US", "ln": "LN", "l": "LN", "gr": "GR", "gy": "GR",
        "de": "GR", "fp": "FP", "pa": "FP",
        "jp": "JP", "jt": "JP", "t": "JP", "ax": "AU", "au": "AU", "in": "IN", "ns": "IN", "sp": "SP", "si": "SP", "tt": "TT",
        "tw": "TT", "ks": "KS",
        "kq": "KQ", "na": "NA", "as": "NA", "sw": "SW", "im": "IM", "mi": "IM", "sm": "SM", "mc": "SM", "ss ": "SS", "st": "SS",
        "no": "NO", "ol": "NO",
        "dc": "DC", "co": "DC", "bb": "BB", "br": "BB", "o": "US", "n": "US", "oq": "US", "bj": "BJ", "cn": "CN", "to": "CN",
        "vx": "SW", "cp": "CP", "pw": "PW",
    ]

    /// Code and exchange in one form: `0700.HK`, `600519.SH`, `AAPL.US`; nil where the exchange is not known.
    public static func normalised(_ ticker: String) -> String? {
        let text = FoldedText(ticker)
        let parts = text.folded(text.trimmed).split { $0 == "." || $0 == " " || $0 == ":" || $0 == "-" }.map(String.init)
        if parts.count == 1, parts[0].count == 6, parts[0].allSatisfy(\.isNumber) {
            return parts[0]
                + (parts[0].hasPrefix("6") || parts[0].hasPrefix("9")
                    ? ".SH" : parts[0].hasPrefix("8") || parts[0].hasPrefix("4") ? ".BJ" : ".SZ")
        }
        guard parts.count >= 2 else { return nil }
        for (code, exchange) in [(parts[0], parts[1]), (parts[1], parts[0])] {
            guard let market = exchanges[exchange], !code.isEmpty else { continue }
            let isNumber = code.allSatisfy { $0.isNumber && $0.isASCII }
            let padded =
                market == "HK" && isNumber && code.count < 4 ? String(repeating: "0", count: 4 - code.count) + code : code
            if exchange.count <= 2, code.count > 1 || isNumber { return "\(padded.uppercased()).\(market)" }
        }
        return nil
    }

    /// The first code of a text.
    static func range(in text: FoldedText) -> Range<Int>? {
        var place = 0
        while place < text.count {
            guard let scalar = text[place], scalar.isASCIIDigit || scalar.isLatinLetter, text[place - 1]?.isLatinLetter != true,
                text[place - 1]?.isASCIIDigit != true
            else {
                place += 1
                continue
            }
            var end = place
            while let scalar = text[end], scalar.isASCIIDigit || scalar.isLatinLetter { end += 1 }
            let size = end - place
            let isUpper = text.original[place..<end].allSatisfy { $0.value < 0x80 && !$0.isSmallLetter }
            if size <= 6, size >= 1, isUpper {
                let next = text[end] == "." || text[end] == " " || text[end] == ":" ? end + 1 : end
                var second = next
                while let scalar = text[second], scalar.isLatinLetter { second += 1 }
                let suffix = text.folded(next..<second)
                let isUpperSuffix = text.original[next..<second].allSatisfy { $0.isCapitalLetter }
                if next > end, isUpperSuffix, exchanges[suffix] != nil, text[second]?.isASCIIDigit != true {
                    return place..<second
                }
                if size >= 2, text.scalars[place..<end].contains(where: \.isLatinLetter) || size >= 4 { return place..<end }
            }
            place = max(end, place + 1)
        }
        return nil
    }
}
