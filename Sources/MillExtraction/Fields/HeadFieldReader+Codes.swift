extension HeadFieldReader {
    // MARK: Companies

    /// A line that is a name with its legal form: `Varga Maschinenbau AG`, `远信教育控股有限公司`.
    func company(_ source: SourceText, _ isHead: Bool) -> FieldCandidate? {
        let text = source.folded
        var range = FieldValueReader.plain(text, text.trimmed)
        // The code may stand behind it.
        if let bracket = text.scalars[range].firstIndex(of: "("), bracket > range.lowerBound + 1 {
            range = FieldValueReader.plain(text, range.lowerBound..<bracket)
        }
        if let end = CompanyNames.endOfLegalForm(text, range) { range = range.lowerBound..<end }
        guard range.count >= 4, range.count <= 60, CompanyNames.hasLegalForm(text.original(range)),
            !text.scalars[range].contains(where: { $0 == ":" || $0 == "|" || $0 == "," && text[range.upperBound - 1] != "." }),
            let provenance = source.provenance(range)
        else { return nil }
        return FieldCandidate(
            name: "company", content: .text(text.original(range).trimmedBlanks), provenance: provenance, weight: isHead ? 3 : 1.5)
    }

    /// The name that stands before its code: `Balmoral Copper (BMC AU): grades recover`.
    func company(before bracket: Int, _ source: SourceText, _ isHead: Bool) -> FieldCandidate? {
        let text = source.folded
        guard text.count <= 200 else { return nil }
        var start = bracket
        while start > 0, let scalar = text[start - 1], ![":", "|", ",", ";", "。", "、", "·", "\n", "(", ")"].contains(scalar),
            !(scalar == "-" && text[start - 2] == " ")
        {
            start -= 1
        }
        let range = FieldValueReader.plain(text, start..<bracket)
        let words = text.original(range).split(separator: " ")
        guard range.count >= 2, range.count <= 48, words.count <= 6, !text.scalars[range].contains(where: \.isASCIIDigit),
            words.allSatisfy({ $0.first?.isLowercase != true || ["of", "and", "de", "&"].contains($0) }),
            !CompanyNames.isSector(text.folded(range)), FieldNames.field(of: FoldedText(text.original(range))) == nil,
            let provenance = source.provenance(range)
        else { return nil }
        return FieldCandidate(
            name: "company", content: .text(text.original(range).trimmedBlanks), provenance: provenance, weight: isHead ? 4 : 2)
    }

    // MARK: Tickers

    private static let exchanges = WordTable<String>(
        lines: """
            NASDAQ: nasdaq
            NYSE: nyse
            HKEX: hkex, sehk
            LSE: lse, aim
            ASX: asx
            TSX: tsx
            SSE: sse
            SZSE: szse
            Euronext: euronext
            Xetra: xetra
            """
    ) { $0 }

    /// `Nasdaq Stockholm`, `Euronext Paris`.
    private static let cities = WordTable<Bool>(
        lines:
            "yes: stockholm, helsinki, copenhagen, iceland, paris, amsterdam, brussels, lisbon, dublin, milan, oslo, riga, tallinn, vilnius"
    ) { _ in true }

    /// `(NASDAQ: CLWY)`, `（3926.HK）`, `HLDF LN`.
    func tickers(_ source: SourceText, _ isHead: Bool) -> [FieldCandidate] {
        let text = source.folded
        guard text.count <= 4000 else { return [] }
        var result: [FieldCandidate] = []
        for match in Self.exchanges.all(in: text, 0..<text.count) {
            var place = text.afterBlanks(match.range.upperBound)
            if let city = Self.cities.match(text, at: place) { place = text.afterBlanks(city.end) }
            guard text[place] == ":" else { continue }
            place = text.afterBlanks(place + 1)
            var end = place
            while let scalar = text[end],
                scalar.isLatinLetter || scalar.isASCIIDigit || scalar == "." && text[end + 1]?.isLatinLetter == true
            { end += 1 }
            // The class of the share: `NORV B`.
            if text[end] == " ", ["a", "b", "c", "d"].contains(text[end + 1]), text.original[end + 1].isCapitalLetter,
                text[end + 2].map({ !$0.isLatinLetter && !$0.isASCIIDigit }) ?? true
            {
                end += 2
            }
            guard end > place, end - place <= 8, let provenance = source.provenance(place..<end),
                let where_ = source.provenance(match.range)
            else { continue }
            result.append(
                FieldCandidate(
                    name: "ticker", content: .text(text.original(place..<end)), provenance: provenance, weight: isHead ? 4 : 3))
            result.append(
                FieldCandidate(name: "exchange", content: .text(text.original(match.range)), provenance: where_, weight: 2))
        }
        result += bareTickers(source, isHead)
        var place = 0
        while place < text.count {
            guard text[place] == "(" else {
                place += 1
                continue
            }
            var end = place + 1
            while end - place < 24, let scalar = text[end], scalar != ")" { end += 1 }
            let inside = place + 1..<end
            let slice = FoldedText(text.original(inside))
            if text[end] == ")", let range = Tickers.range(in: slice), Tickers.normalised(slice.original(range)) != nil,
                range.count + 3 >= inside.count,
                let provenance = source.provenance(inside.lowerBound + range.lowerBound..<inside.lowerBound + range.upperBound)
            {
                result.append(
                    FieldCandidate(
                        name: "ticker", content: .text(slice.original(range)), provenance: provenance, weight: isHead ? 4 : 2))
                if let company = company(before: place, source, isHead) { result.append(company) }
            } else if isHead, text[end] == ")", end + 1 == text.trimmed.upperBound,
                let company = company(before: place, source, isHead),
                let code = code(inside, source)
            {
                result += [code, company]
            }
            place = end
        }
        return result
    }

    /// A short word in capitals behind the name of a company, without its exchange: `Tesselate Software (TSLT)`.
    private func code(_ range: Range<Int>, _ source: SourceText) -> FieldCandidate? {
        let letters = source.folded.original[range.clamped(to: 0..<source.folded.count)]
        guard (2...5).contains(letters.count), letters.allSatisfy({ $0.isCapitalLetter }),
            !Self.abbreviations.contains(source.folded.original(range)), let provenance = source.provenance(range)
        else { return nil }
        return FieldCandidate(
            name: "ticker", content: .text(source.folded.original(range)), provenance: provenance, weight: 1.5)
    }

    /// `BMC AU closed at`, `0999.HK`: a code and the sign of its exchange in capitals, in a line that is not all capitals.
    private func bareTickers(_ source: SourceText, _ isHead: Bool) -> [FieldCandidate] {
        let text = source.folded
        guard text.count <= 400, text.original.contains(where: { $0.isSmallLetter || $0.isHan }) else {
            return []
        }
        var result: [FieldCandidate] = []
        func isCode(_ scalar: Unicode.Scalar) -> Bool { scalar.isASCIIDigit || scalar.isCapitalLetter }
        var place = 0
        while place < text.count, result.count < 4 {
            guard isCode(text.original[place]),
                text[place - 1].map({ !$0.isLatinLetter && !$0.isASCIIDigit && $0 != "." }) ?? true
            else {
                place += 1
                continue
            }
            var end = place
            while end < text.count, isCode(text.original[end]) { end += 1 }
            var last = end + 1
            while last < text.count, text.original[last].isCapitalLetter { last += 1 }
            let code = text.original(place..<end)
            let exchange = text.folded(min(end + 1, last)..<last)
            let next = end
            defer { place = max(next, place + 1) }
            guard end - place <= 6, end - place >= 2 || code.allSatisfy(\.isNumber), text[end] == " " || text[end] == ".",
                Self.signs.contains(exchange), text[last].map({ !$0.isLatinLetter && !$0.isASCIIDigit }) ?? true,
                text[end] == "." || !code.allSatisfy(\.isNumber) || code.count >= 4 && exchange != "us",
                RatingScale().level(of: code) == nil, !Self.abbreviations.contains(code),
                let provenance = source.provenance(place..<last)
            else { continue }
            result.append(
                FieldCandidate(
                    name: "ticker", content: .text(text.original(place..<last)), provenance: provenance,
                    weight: isHead ? 2.5 : 1.5))
        }
        return result
    }

    /// Signs of exchanges that are no words.
    private static let signs: Set<String> = [
        "hk", "us", "ln", "cn", "ch", "sh", "sz", "gr", "gy", "fp", "jp", "jt", "au", "sp", "tt", "ks", "na", "sw", "im", "dc",
        "bb",
        "pw", "bj", "ax", "pa", "mi",
    ]
    private static let abbreviations: Set<String> = [
        "EPS", "GDP", "CEO", "CFO", "ADR", "FX", "IPO", "ETF", "USD", "EUR", "THE", "AND",
    ]
}
