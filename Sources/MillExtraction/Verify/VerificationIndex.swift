import MillDocument

/// The texts, numbers and dates of a document, to look values up in.
struct VerificationIndex {
    struct Found {
        let match: VerifiedValue.Match
        let provenance: [Provenance]
    }

    private struct Number {
        let reading: NumberReading
        let source: Int
        /// With the scale of its table.
        let value: Double
        let halfUnit: Double
    }

    private struct Time {
        let text: String
        let range: Range<Int>
        let source: Int
    }

    private let sources: [SourceText]
    /// Each text without blanks.
    private let plain: [(scalars: [Unicode.Scalar], places: [Int])]
    private let numbers: [Number]
    private let times: [Time]

    /// Longer texts are compared exactly only.
    private static let longestNear = 400

    init(_ document: StructuredDocument) {
        let source = DocumentSource(document)
        var sources: [SourceText] = []
        var scales: [Double] = []
        for (index, item) in document.items.enumerated() {
            if let table = item.table {
                let unit = table.caption.flatMap { UnitReader().caption($0.text) }
                sources += source.cells(ofItem: index, table)
                scales += Array(repeating: unit?.scale ?? 1, count: sources.count - scales.count)
            } else {
                sources.append(source.source(ofItem: index))
                scales.append(1)
            }
        }
        var numbers: [Number] = []
        var times: [Time] = []
        for (index, text) in sources.enumerated() {
            for reading in Self.numbers(in: text) {
                for scale in scales[index] == 1 || reading.scale != nil ? [1] : [1, scales[index]] {
                    numbers.append(
                        Number(reading: reading, source: index, value: reading.number * scale, halfUnit: reading.halfUnit * scale)
                    )
                }
            }
            times += Self.times(in: text, source: index)
        }
        self.sources = sources
        plain = sources.map { Self.squeezed($0.folded) }
        self.numbers = numbers
        self.times = times
    }

    private static func numbers(in source: SourceText) -> [NumberReading] {
        if case .number(let reading) = NumberReader().content(of: source.text) { return [reading] }
        let scan = NumberScan(source.folded, isCell: false)
        var found: [NumberReading] = []
        var place = 0
        while place < source.folded.count {
            if scan.mayBegin(place), let reading = scan.number(at: place), reading.digits.upperBound > place {
                found.append(reading)
                place = reading.digits.upperBound
            } else {
                place += 1
            }
        }
        return found
    }

    private static func times(in source: SourceText, source index: Int) -> [Time] {
        let text = source.folded
        var found: [Time] = []
        var place = 0
        while place < text.count {
            if text[place - 1]?.isASCIIDigit != true, text[place - 1]?.isLatinLetter != true,
                let date = DateReader().date(at: place, in: text)
            {
                found.append(Time(text: date.date.iso, range: place..<date.end, source: index))
                place = date.end
            } else {
                place += 1
            }
        }
        for part in PeriodScan(text: text).parts() {
            guard let year = part.year else { continue }
            found.append(Time(text: ReportPeriod(year: year, span: part.span ?? .year).text, range: part.range, source: index))
        }
        return found
    }

    // MARK: Looking up

    /// A number as printed, as its words scale it, as its table scales it, or a share for percent (0.124 for 12.4 %).
    func number(_ value: Double, _ limit: Int) -> Found? {
        guard value.isFinite else { return nil }
        var found: [Provenance] = []
        var isExact = false
        for number in numbers {
            let candidates =
                [number.value, number.reading.mantissa]
                + (number.reading.measure == .percent ? [number.reading.mantissa / 100] : [])
            guard
                candidates.contains(where: {
                    abs($0 - value) <= abs(value) * 1e-9
                        || abs(abs($0) - abs(value)) <= abs(value) * 1e-9 && ($0 < 0) == (value < 0)
                }),
                let provenance = sources[number.source].provenance(number.reading.range)
            else { continue }
            isExact = isExact || number.reading.mantissa == value
            if !found.contains(where: { $0.range == provenance.range }) { found.append(provenance) }
            if found.count >= limit { break }
        }
        return found.isEmpty ? nil : Found(match: isExact ? .exact : .number, provenance: found)
    }

    func text(_ value: String, _ options: SchemaExtractionVerifier.Options) -> Found? {
        let wanted = Self.squeezed(FoldedText(value)).scalars
        guard !wanted.isEmpty else { return nil }
        var exact: [Provenance] = []
        for (source, (scalars, places)) in zip(sources, plain) where scalars.count >= wanted.count {
            var start = 0
            while exact.count < options.placeLimit, let found = Self.find(wanted, in: scalars, from: start) {
                start = found + wanted.count
                guard Self.isWhole(found..<start, in: scalars),
                    let provenance = source.provenance(places[found]..<places[start - 1] + 1)
                else { continue }
                exact.append(provenance)
            }
        }
        if !exact.isEmpty { return Found(match: .exact, provenance: exact) }
        if let found = time(value, options.placeLimit) { return found }
        if case .number(let reading) = NumberReader().content(of: value), let found = number(reading.number, options.placeLimit) {
            return found
        }
        return nil
    }

    /// Dates and periods by what they mean: `2025-03-14` is `14 March 2025`, `2025H1` is `1H25`.
    private func time(_ value: String, _ limit: Int) -> Found? {
        let text = FoldedText(value)
        guard text.count <= 40 else { return nil }
        var meant: [String] = []
        if let date = DateReader().first(in: text), date.range.count + 2 >= text.trimmed.count { meant.append(date.date.iso) }
        if let period = PeriodReader().read(text) { meant.append(period.period.text) }
        let whole = text.folded(text.trimmed).uppercased()
        let found = times.filter { meant.contains($0.text) || $0.text == whole }.prefix(limit).compactMap {
            sources[$0.source].provenance($0.range)
        }
        return found.isEmpty ? nil : Found(match: .date, provenance: Array(found))
    }

    /// A text with at most one edit for so many characters, for words that were misread.
    func near(_ value: String, _ options: SchemaExtractionVerifier.Options) -> Found? {
        let wanted = Self.squeezed(FoldedText(value)).scalars
        let allowed = wanted.count / max(1, options.charactersPerEdit)
        guard allowed > 0, wanted.count <= Self.longestNear else { return nil }
        for (source, (scalars, places)) in zip(sources, plain) where scalars.count + allowed >= wanted.count {
            guard let range = Approximate.find(wanted, in: scalars, edits: allowed),
                let provenance = source.provenance(places[range.lowerBound]..<places[range.upperBound - 1] + 1)
            else { continue }
            return Found(match: .near, provenance: [provenance])
        }
        return nil
    }

    /// Without blanks, with the place of each code point that is left.
    private static func squeezed(_ text: FoldedText) -> (scalars: [Unicode.Scalar], places: [Int]) {
        var scalars: [Unicode.Scalar] = []
        var places: [Int] = []
        for (place, scalar) in text.scalars.enumerated() where scalar != " " && scalar != "\n" && scalar != "\t" {
            scalars.append(scalar)
            places.append(place)
        }
        return (scalars, places)
    }

    private static func find(_ word: [Unicode.Scalar], in text: [Unicode.Scalar], from start: Int) -> Int? {
        guard let first = word.first, start + word.count <= text.count else { return nil }
        for place in start...text.count - word.count
        where text[place] == first && text[place..<place + word.count].elementsEqual(word) { return place }
        return nil
    }

    /// Numbers are whole: `12` does not stand in `3,128`.
    private static func isWhole(_ range: Range<Int>, in text: [Unicode.Scalar]) -> Bool {
        func isDigit(_ place: Int) -> Bool { text.indices.contains(place) && text[place].isASCIIDigit }
        if text[range.lowerBound].isASCIIDigit,
            isDigit(range.lowerBound - 1)
                || range.lowerBound > 1 && [".", ","].contains(text[range.lowerBound - 1]) && isDigit(range.lowerBound - 2)
        {
            return false
        }
        let end = range.upperBound
        if text[end - 1].isASCIIDigit,
            isDigit(end) || text.indices.contains(end) && [".", ","].contains(text[end]) && isDigit(end + 1)
        {
            return false
        }
        return true
    }
}
