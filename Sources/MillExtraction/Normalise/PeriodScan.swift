/// Parts of periods at places of a text: a year, a span, or both.
struct PeriodScan {
    enum Relation: Sendable, Hashable {
        case current, yearBefore
        /// Whole years.
        case thisYear, lastYear, nextYear
        /// The quarter or half before that of the document.
        case spanBefore
        /// The year that the document reports on, or that of its period; the one after.
        case theYear, yearAhead
        /// The day on which the last year or period ended; that on which the year began.
        case close, opening
        /// The day on which the last whole year ended.
        case yearEnd
        /// From the beginning of the year to the end of the document's period.
        case toDate
    }

    struct Part: Sendable, Hashable {
        var year: Int?
        var span: ReportPeriod.Span?
        var kind: ReportFigure.Kind?
        var relation: Relation?
        /// Whether a word says that the year is meant as such: `FY25`, `2025年`, `25E`.
        var isPlain = true
        var range: Range<Int>
    }

    let text: FoldedText
    /// See ``PeriodContext/monthShift``.
    var monthShift = 0

    /// The parts from left to right that begin in a range; nil means all.
    func parts(in range: Range<Int>? = nil) -> [Part] {
        var parts: [Part] = []
        let range = (range ?? 0..<text.count).clamped(to: 0..<text.count)
        var place = range.lowerBound
        while place < range.upperBound, parts.count < 64 {
            if let part = part(at: place), part.range.upperBound > place {
                parts.append(part)
                place = part.range.upperBound
            } else {
                place += 1
            }
        }
        return parts
    }

    private func part(at place: Int) -> Part? {
        let before = text[place - 1]
        guard let scalar = text[place] else { return nil }
        if scalar.isASCIIDigit || scalar == "'" {
            guard before?.isASCIIDigit != true, before?.isLatinLetter != true else { return nil }
            if before == "." || before == ",", text[place - 2]?.isASCIIDigit == true { return nil }
            return date(place) ?? months(place) ?? monthsOfYear(place) ?? shortCode(place) ?? yearFirst(place) ?? spanFirst(place)
                ?? shortYear(place)
                ?? dayAndMonth(place)
                ?? chineseMonth(place)
        }
        if scalar.isLatinLetter {
            guard before?.isLatinLetter != true, before?.isASCIIDigit != true else { return nil }
            return endOfMonth(place) ?? lengthOfTime(place) ?? spanFirst(place) ?? date(place) ?? fiscalYear(place) ?? words(
                place)
                ?? monthAndYear(place)
        }
        return scalar.isHan ? chinese(place) : nil
    }

    // MARK: Days

    private func date(_ place: Int) -> Part? {
        guard let found = DateReader().date(at: place, in: text) else { return nil }
        return Part(
            year: found.date.year, span: .day(month: found.date.month, day: found.date.day), range: place..<found.end)
    }

    /// `30 June`, `31 December` above columns of years.
    private func dayAndMonth(_ place: Int) -> Part? {
        guard let found = DateReader(defaultYear: 2024).date(at: place, in: text) else { return nil }
        return Part(span: .day(month: found.date.month, day: found.date.day), range: place..<found.end)
    }

    /// `Dec-25`, `June 2025`; `June 30` alone.
    private func monthAndYear(_ place: Int) -> Part? {
        guard let month = DateReader.months.match(text, at: place) else { return nil }
        if let several = monthsAndYear(place, first: month) { return several }
        var next = month.end
        while let scalar = text[next], scalar == " " || scalar == "-" || scalar == "'" || scalar == "." { next += 1 }
        next = yearBehindComma(next, month.end)
        let digits = text.digits(at: next)
        guard digits.count == 4 || digits.count == 2, let number = text.integer(digits) else {
            guard let day = DateReader(defaultYear: 2024).date(at: place, in: text) else { return nil }
            return Part(span: .day(month: day.date.month, day: day.date.day), range: place..<day.end)
        }
        if digits.count == 2, next == month.end || text[next - 1] == " ",
            let day = DateReader(defaultYear: 2024).date(at: place, in: text)
        {
            return Part(span: .day(month: day.date.month, day: day.date.day), range: place..<day.end)
        }
        guard digits.count == 2 || (1990...2059).contains(number) else { return nil }
        let (kind, end) = mark(at: digits.upperBound)
        let year = digits.count == 2 ? 2000 + number : number
        for word in ["quarter", "qtr"] {
            guard let after = text.after(word, at: text.afterBlanks(digits.upperBound)) else { continue }
            let shifted = (month.meaning + monthShift + 11) % 12 + 1
            return Part(year: year, span: .quarter((shifted + 2) / 3), range: place..<after)
        }
        return Part(year: year, span: kind == nil ? .month(month.meaning) : .year, kind: kind, range: place..<end)
    }

    // MARK: Years

    /// `Q3,2025`: where the four digits begin that a comma joins to the end of a span; the place itself if it is otherwise.
    private func yearBehindComma(_ place: Int, _ end: Int) -> Int {
        place == end && text[place] == "," && text.digits(at: place + 1).count == 4 ? place + 1 : place
    }

    /// The year at a place: `2025`, `'25`, `25`; with `fiscal`, `2024/25` is the year that ends in 2025.
    func year(at place: Int, allowsShort: Bool) -> (year: Int, end: Int)? {
        let start = text[place] == "'" ? place + 1 : place
        let digits = text.digits(at: start)
        guard let number = text.integer(digits) else { return nil }
        if digits.count == 4, (1990...2059).contains(number) {
            if let next = text[digits.upperBound], next == "/" || next == "-" {
                let second = text.digits(at: digits.upperBound + 1)
                let short = text.integer(second)
                if second.count == 2, short == (number + 1) % 100, text[second.upperBound] != next {
                    return (number + 1, second.upperBound)
                }
            }
            return (number, digits.upperBound)
        }
        guard allowsShort, digits.count == 2, number < 60 else { return nil }
        if text[digits.upperBound] == "/" {
            let second = text.digits(at: digits.upperBound + 1)
            if second.count == 2, text.integer(second) == number + 1 { return (2001 + number, second.upperBound) }
        }
        return (2000 + number, digits.upperBound)
    }

    /// `A`, `E`, `F`, `预测` after a period; nothing else may follow the letter.
    func mark(at place: Int) -> (kind: ReportFigure.Kind?, end: Int) {
        for candidate in [place, text.afterBlanks(place)] {
            for (word, kind) in Self.marks {
                if let end = text.after(word, at: candidate), text[end]?.isASCIIDigit != true { return (kind, end) }
            }
            // A single letter stands directly behind, or in brackets.
            let inside = text[candidate] == "(" ? candidate + 1 : candidate
            guard candidate == place || inside > candidate, let letter = text[inside], let kind = Self.letters[letter],
                text[inside + 1]?.isLatinLetter != true, text[inside + 1]?.isASCIIDigit != true
            else { continue }
            if inside == candidate { return (kind, inside + 1) }
            if text[inside + 1] == ")" { return (kind, inside + 2) }
        }
        return (nil, place)
    }

    private static let marks: [(String, ReportFigure.Kind)] = [
        ("预测", .estimate), ("预计", .estimate), ("预期", .estimate), ("实际", .actual), ("estimates", .estimate),
        ("estimate", .estimate),
        ("forecast", .estimate), ("est.", .estimate), ("actual", .actual), ("consensus", .consensus), ("一致预期", .consensus),
        ("guidance", .estimate),
        ("projected", .estimate),
    ]
    private static let letters: [Unicode.Scalar: ReportFigure.Kind] = [
        "a": .actual, "e": .estimate, "f": .estimate, "p": .estimate,
    ]

    /// `FY25E`, `fiscal year 2025`, `CY25`.
    private func fiscalYear(_ place: Int) -> Part? {
        for word in [
            "financial year", "fiscal year", "full-year", "full year", "calendar year", "fiscal", "fye", "fy", "cy", "year",
        ] {
            guard text.has(word, at: place) else { continue }
            var next = text.afterBlanks(place + word.unicodeScalars.count)
            if let end = text.after("to", at: next), word == "year" { next = text.afterBlanks(end) }
            if text[next] == "-" { next += 1 }
            if let month = DateReader.months.match(text, at: next) {
                next = month.end
                while let scalar = text[next], scalar == " " || scalar == "-" { next += 1 }
            }
            // `FYE 31 Mar 2025`: the year follows the day.
            if let dated = DateReader().date(at: next, in: text) {
                return Part(year: dated.date.year, span: .year, range: place..<dated.end)
            }
            guard let year = year(at: next, allowsShort: word != "year") ?? yearAfterMonth(next) else { continue }
            // `FY2025 Q3`
            if let span = code(at: text.afterBlanks(year.end)), text[span.end]?.isLatinLetter != true,
                text[span.end]?.isASCIIDigit != true
            {
                return Part(year: year.year, span: span.span, range: place..<span.end)
            }
            let (kind, end) = mark(at: year.end)
            return Part(year: year.year, span: .year, kind: kind, range: place..<end)
        }
        return nil
    }

    /// `3/25` of `FY3/25`: the year that ends in March 2025.
    private func yearAfterMonth(_ place: Int) -> (year: Int, end: Int)? {
        let first = text.digits(at: place)
        guard (1...2).contains(first.count), text[first.upperBound] == "/", let month = text.integer(first),
            (1...12).contains(month)
        else { return nil }
        return year(at: first.upperBound + 1, allowsShort: true)
    }

    /// `1-9/2025`: from January on.
    private func monthsOfYear(_ place: Int) -> Part? {
        guard text[place] == "1", text[place + 1] == "-", case let last = text.digits(at: place + 2),
            let count = text.integer(last), (2...12).contains(count), text[last.upperBound] == "/",
            let year = year(at: last.upperBound + 1, allowsShort: false)
        else { return nil }
        return Part(year: year.year, span: .months(count), range: place..<year.end)
    }

    /// `25E`, `24A`, `12/25E`.
    private func shortYear(_ place: Int) -> Part? {
        var start = place
        let first = text.digits(at: place)
        if (1...2).contains(first.count), text[first.upperBound] == "/", let month = text.integer(first), (1...12).contains(month)
        {
            start = first.upperBound + 1
        }
        guard let year = year(at: start, allowsShort: true) else { return nil }
        let (kind, end) = mark(at: year.end)
        guard kind != nil, text[year.end]?.isLatinLetter == true || text[start] == "'" else {
            guard text[place] == "'", kind == nil, text[year.end]?.isASCIIDigit != true else { return nil }
            return Part(year: year.year, range: place..<year.end)
        }
        return Part(year: year.year, span: .year, kind: kind, range: place..<end)
    }

    /// `2025`, `2025E`, `2025 Q1`, `2025H1`, `2025年上半年`.
    private func yearFirst(_ place: Int) -> Part? {
        guard let year = year(at: place, allowsShort: false) ?? chineseShortYear(place) else { return nil }
        if text[year.end] == "年" || text.has("财年", at: year.end) { return chineseYear(year.year, place, at: year.end) }
        var next = year.end
        while let scalar = text[next], scalar == " " || scalar == "-" || scalar == "'" { next += 1 }
        if let span = code(at: next), year.end == next || text[year.end] != "-" || span.end > next {
            let (kind, end) = mark(at: span.end)
            return Part(year: year.year, span: span.span, kind: kind, range: place..<end)
        }
        if let span = chineseSpan(at: text.afterBlanks(year.end)) {
            let (kind, end) = mark(at: span.end)
            return Part(year: year.year, span: span.span, kind: kind, range: place..<end)
        }
        let (kind, end) = mark(at: year.end)
        // A number of four digits with a point or unit behind is none.
        if kind == nil, let after = text[year.end], after == "%" || after == "." && text[year.end + 1]?.isASCIIDigit == true {
            return nil
        }
        return Part(year: year.year, span: kind == nil ? nil : .year, kind: kind, isPlain: kind != nil, range: place..<end)
    }

    /// `25H1`, `25Q2E`.
    private func shortCode(_ place: Int) -> Part? {
        let digits = text.digits(at: place)
        guard digits.count == 2, let year = text.integer(digits), (10...59).contains(year), let letter = text[digits.upperBound],
            letter == "q" || letter == "h", let span = code(at: digits.upperBound)
        else { return nil }
        let (kind, end) = mark(at: span.end)
        guard text[end]?.isLatinLetter != true, text[end]?.isASCIIDigit != true else { return nil }
        return Part(year: 2000 + year, span: span.span, kind: kind, range: place..<end)
    }

    /// `25年`.
    private func chineseShortYear(_ place: Int) -> (year: Int, end: Int)? {
        let digits = text.digits(at: place)
        guard digits.count == 2, let number = text.integer(digits), number < 60, text[digits.upperBound] == "年" else {
            return nil
        }
        return (2000 + number, digits.upperBound)
    }

    // MARK: Codes

    /// `q1`, `1q`, `h1`, `1h`, `9m` at a place.
    private func code(at place: Int) -> (span: ReportPeriod.Span, end: Int)? {
        guard let first = text[place] else { return nil }
        func digit(_ place: Int, _ range: ClosedRange<UInt32>) -> Int? {
            guard let scalar = text[place], range.contains(scalar.value &- 48) else { return nil }
            return Int(scalar.value - 48)
        }
        // `F4Q25`: of the fiscal year.
        if first == "f", text[place + 1]?.isASCIIDigit == true || text[place + 1] == "q" { return code(at: place + 1) }
        var found: (span: ReportPeriod.Span, end: Int)?
        if first == "q", let number = digit(place + 1, 1...4) { found = (.quarter(number), place + 2) }
        if first == "h", text[place + 1] == "y", text[place + 2] == " " || text[place + 2]?.isASCIIDigit == true {
            return (.half(1), place + 2)
        }
        if first == "h", let number = digit(place + 1, 1...2) { found = (.half(number), place + 2) }
        if let number = digit(place, 1...4), text[place + 1] == "q" { found = (.quarter(number), place + 2) }
        if let number = digit(place, 1...2), text[place + 1] == "h" { found = (.half(number), place + 2) }
        let digits = text.digits(at: place)
        if let number = text.integer(digits), (2...12).contains(number), text[digits.upperBound] == "m" {
            found = (.months(number), digits.upperBound + 1)
        }
        if first == "m", case let digits = text.digits(at: place + 1), let number = text.integer(digits),
            (2...12).contains(number)
        {
            found = (.months(number), digits.upperBound)
        }
        return found
    }

    /// `1Q25`, `Q1 FY26E`, `H1 2025`, `9M25`, `first half of 2025`.
    private func spanFirst(_ place: Int) -> Part? {
        guard var span = code(at: place) ?? writtenSpan(at: place) else { return nil }
        // `Q1-Q3 2025`
        if span.span == .quarter(1), case let dash = text.afterBlanks(span.end), text[dash] == "-",
            let last = code(at: text.afterBlanks(dash + 1)), case .quarter(let number) = last.span, number > 1
        {
            span = (.months(3 * number), last.end)
        }
        var next = span.end
        while let scalar = text[next], scalar == " " || scalar == "-" || scalar == "'" || scalar == "/" { next += 1 }
        next = yearBehindComma(next, span.end)
        for word in ["of", "fiscal year", "financial year", "fiscal", "fy", "cy"] {
            if text.has(word, at: next) { next = text.afterBlanks(next + word.unicodeScalars.count) }
        }
        if let year = year(at: next, allowsShort: true), text[year.end]?.isASCIIDigit != true, text[year.end] != "%",
            text[year.end] != "."
                || text[year.end + 1]?.isASCIIDigit != true
        {
            let (kind, end) = mark(at: year.end)
            if kind == nil, text[year.end]?.isLatinLetter == true { return nil }
            return Part(year: year.year, span: span.span, kind: kind, range: place..<end)
        }
        // A number of months, such as `3m`, is mostly an amount.
        if case .months = span.span, text[place]?.isASCIIDigit == true, text[place + 1] != "q" { return nil }
        guard text[span.end]?.isLatinLetter != true, text[span.end]?.isASCIIDigit != true else { return nil }
        return Part(span: span.span, range: place..<span.end)
    }

    static let written = WordTable<ReportPeriod.Span>([
        ("first half", .half(1)), ("1st half", .half(1)), ("second half", .half(2)), ("2nd half", .half(2)),
        ("interim", .half(1)),
        ("first-half", .half(1)), ("second-half", .half(2)), ("half-year", .half(1)), ("half year", .half(1)),
        ("first quarter", .quarter(1)), ("second quarter", .quarter(2)), ("third quarter", .quarter(3)),
        ("fourth quarter", .quarter(4)),
        ("first-quarter", .quarter(1)), ("second-quarter", .quarter(2)), ("third-quarter", .quarter(3)),
        ("fourth-quarter", .quarter(4)),
        ("march quarter", .quarter(1)), ("june quarter", .quarter(2)), ("september quarter", .quarter(3)),
        ("december quarter", .quarter(4)),
        ("first nine months", .months(9)), ("nine months", .months(9)), ("first three quarters", .months(9)),
        ("first six months", .half(1)),
        ("first three months", .quarter(1)), ("first two months", .months(2)), ("first four months", .months(4)),
        ("first five months", .months(5)),
        ("first seven months", .months(7)), ("first eight months", .months(8)), ("first ten months", .months(10)),
        ("first eleven months", .months(11)),
        ("full year", .year), ("full-year", .year),
    ])

    private func writtenSpan(at place: Int) -> (span: ReportPeriod.Span, end: Int)? {
        Self.written.match(text, at: place).map { ($0.meaning, $0.end) }
    }
}
