import MillModels

/// Values that follow one another under one name: `归母净利润分别为3.96亿元、4.81亿元和5.72亿元`.
struct ValueRuns {
    struct Place {
        /// The value with which the run begins.
        let first: LedgerFeed.Place
        let index: Int
        /// Where years stand before the run, as many as it has values: the year of this one.
        let year: ReportPeriod?
    }

    /// By the index of the figure; those that stand alone are left out.
    private(set) var places: [Int: Place] = [:]

    init(_ figures: [LedgerFigure], _ feed: LedgerFeed, periods: PeriodReader) {
        let values = figures.map { figure -> (place: LedgerFeed.Place, number: Range<Int>)? in
            guard let place = figure.value.flatMap(feed.place), !place.source.isInTable,
                case .number(let number) = NumberReader().around(place.range, in: place.source.folded)
            else { return nil }
            return (place, number.range)
        }
        var start = 0
        while start < values.count {
            var end = start + 1
            while end < values.count, let last = values[end - 1], let next = values[end],
                last.place.source.base == next.place.source.base,
                Self.areJoined(last.number, next.number, last.place.source.folded)
            { end += 1 }
            if end - start > 1, let first = values[start]?.place {
                let years = Self.years(before: first.range.lowerBound, count: end - start, first.source.folded, periods)
                for index in start..<end {
                    places[index] = Place(first: first, index: index - start, year: years?[index - start])
                }
            }
            start = end
        }
    }

    private static func areJoined(_ first: Range<Int>, _ second: Range<Int>, _ text: FoldedText) -> Bool {
        guard first.upperBound < second.lowerBound, second.lowerBound - first.upperBound <= 6 else { return false }
        return ["、", "和", "及", "与", "/", ",", "and", ", and"].contains(
            text.folded(first.upperBound..<second.lowerBound).trimmedBlanks)
    }

    /// The nearest list of so many years before a place in its sentence: `2025-2027年`.
    private static func years(before place: Int, count: Int, _ text: FoldedText, _ periods: PeriodReader) -> [ReportPeriod]? {
        var start = place
        while start > 0, place - start < 120, let scalar = text[start - 1], !["。", ";", "\n"].contains(scalar) {
            start -= 1
            guard text[start]?.isASCIIDigit == true, text[start - 1]?.isASCIIDigit != true else { continue }
            let words = FoldedText(text.original(start..<min(place, start + 30)))
            if let years = periods.list(words), years.count == count { return years }
        }
        return nil
    }
}
