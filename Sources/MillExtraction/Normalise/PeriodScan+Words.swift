extension PeriodScan {
    // MARK: Lengths of time with their end

    private static let lengths = WordTable<Int>(
        lines: """
            3: three months, three-month period, 3 months, 3m, quarter, 13 weeks, thirteen weeks, 12 weeks
            6: six months, six-month period, 6 months, 6m, half-year, half year, half, 26 weeks, twenty-six weeks, 27 weeks
            9: nine months, nine-month period, 9 months, 9m, 39 weeks, thirty-nine weeks
            12: twelve months, 12 months, 12m, fy, fye, financial year, fiscal year, full year, year, years, 52 weeks, 53 weeks, fifty-two weeks
            """
    ) { Int($0) }

    func months(_ place: Int) -> Part? { lengthOfTime(place) }

    /// `nine months ended 30 September 2025`, `year ended 31 December`, `as at 30 June 2025`.
    func lengthOfTime(_ place: Int) -> Part? {
        guard let length = Self.lengths.match(text, at: place) else { return nil }
        var next = text.afterBlanks(length.end)
        if let end = text.after("period", at: next) { next = text.afterBlanks(end) }
        guard
            let verb = ["ended on", "ending on", "ended", "ending", "to"].lazy.compactMap({ self.text.after($0, at: next) }).first
        else {
            return nil
        }
        next = text.afterBlanks(verb)
        // The year may stand in a row below; any year with a 29 February does to check the day.
        if let found = DateReader().date(at: next, in: text) {
            let (year, month) = Self.month(of: found.date)
            return part(length.meaning, year: year, month: month, place..<found.end)
        }
        // `12 months to Dec 24` names a month, `weeks to June 28` a day.
        if ["months to", "m to"].contains(where: text.folded(place..<verb).hasSuffix),
            let month = DateReader.months.match(text, at: next),
            case let digits = text.digits(at: text[month.end] == "-" ? month.end + 1 : text.afterBlanks(month.end)),
            digits.count == 2, let year = text.integer(digits),
            text[digits.upperBound] != ","
        {
            return part(length.meaning, year: 2000 + year, month: month.meaning, place..<digits.upperBound)
        }
        if let found = DateReader(defaultYear: 2024).date(at: next, in: text) {
            return part(length.meaning, year: nil, month: found.date.month, place..<found.end)
        }
        guard let month = DateReader.months.match(text, at: next) else {
            // The days stand above the columns.
            return text.folded(place..<verb).hasSuffix("to")
                ? nil : part(length.meaning, year: nil, month: length.meaning == 6 ? 6 : 0, place..<verb)
        }
        var end = text.afterBlanks(month.end)
        if text[end] == "-" { end += 1 }
        let year = year(at: end, allowsShort: true)
        return part(length.meaning, year: year?.year, month: month.meaning, place..<(year?.end ?? month.end))
    }

    /// Years of 52 weeks end up to a week into the month after.
    private static func month(of date: CalendarDate) -> (year: Int, month: Int) {
        if date.day > 7 { return (date.year, date.month) }
        return date.month == 1 ? (date.year - 1, 12) : (date.year, date.month - 1)
    }

    private func part(_ length: Int, year: Int?, month: Int, _ range: Range<Int>) -> Part {
        let span: ReportPeriod.Span =
            switch length {
            case 3: month == 0 ? .months(3) : .quarter((((month + monthShift + 11) % 12) + 3) / 3)
            case 6: .half(month == 12 ? 2 : 1)
            case 9: .months(9)
            default: .year
            }
        return Part(year: year, span: span, range: range)
    }

    /// `Jan-Jun 2025`, `January to September 2025`, `Apr-Jun`: from the beginning of the year, or a half or quarter of it.
    func monthsAndYear(_ place: Int, first: (meaning: Int, end: Int)) -> Part? {
        var next = text.afterBlanks(first.end)
        if text[next] == "." { next = text.afterBlanks(next + 1) }
        if text[next] == "-" || text[next] == "/" {
            next = text.afterBlanks(next + 1)
        } else if let end = text.after("to", at: next) {
            next = text.afterBlanks(end)
        } else {
            return nil
        }
        guard let last = DateReader.months.match(text, at: next), last.meaning > first.meaning else { return nil }
        let span: ReportPeriod.Span
        switch (first.meaning, last.meaning) {
        case (1, let count): span = .months(count)
        case (let month, let end) where end == month + 2 && month % 3 == 1: span = .quarter(end / 3)
        case (7, 12): span = .half(2)
        default: return nil
        }
        var end = text.afterBlanks(last.end)
        if text[end] == "." || text[end] == "-" { end = text.afterBlanks(end + 1) }
        let year = year(at: end, allowsShort: true)
        return Part(year: year?.year, span: span, range: place..<(year?.end ?? last.end))
    }

    /// `end of March`, `end-June 2025`.
    func endOfMonth(_ place: Int) -> Part? {
        guard
            let end = ["the end of", "end of", "end-", "end "].lazy.compactMap({
                self.text.has($0, at: place) ? place + $0.unicodeScalars.count : nil
            }).first,
            let month = DateReader.months.match(text, at: text.afterBlanks(end))
        else { return endOfYear(place) }
        let year = year(at: text.afterBlanks(month.end), allowsShort: false)
        let day = CalendarDate.dayCount(year: year?.year ?? 2025, month: month.meaning)
        return Part(year: year?.year, span: .day(month: month.meaning, day: day), range: place..<(year?.end ?? month.end))
    }

    /// `the end of 2024`, `end-2024`, `year-end 2024`, `2024 year-end` on its last day.
    private func endOfYear(_ place: Int) -> Part? {
        for word in ["the end of", "end of", "end-", "end ", "year-end", "year end"] {
            guard text.has(word, at: place) else { continue }
            let next = text.afterBlanks(place + word.unicodeScalars.count)
            guard let year = year(at: next, allowsShort: false), text[year.end]?.isLatinLetter != true else { continue }
            return Part(year: year.year, span: .day(month: 12, day: 31), range: place..<year.end)
        }
        return nil
    }

    /// `6月末`.
    func chineseMonth(_ place: Int) -> Part? {
        let digits = text.digits(at: place)
        guard let month = text.integer(digits), (1...12).contains(month), text[digits.upperBound] == "月",
            let next = text[digits.upperBound + 1], next == "末" || next == "底"
        else { return nil }
        let day = CalendarDate.dayCount(year: 2025, month: month)
        return Part(span: .day(month: month, day: day), range: place..<digits.upperBound + 2)
    }

    // MARK: Words that refer to another period

    private static let relations = WordTable<Relation>(
        lines: """
            year: at the year end, at the year-end, at year-end, at year end, at the end of the year, by the year end
            close: at the period end, at period-end, at the end of the period, at the half-year end, at the end of the quarter, at quarter-end, at the balance sheet date, 期末, 年末, 年底, 本报告期末, 报告期末, 本期末, 期末余额, 期末数
            opening: 上年度末, 上年末, 上年年末, 上年期末, 期初, 期初余额, 期初数, 年初余额, 年初数
            date: 年初至报告期末, 年初至本报告期末, 年初到报告期末, 年初至期末, 年初至今, year to date, year-to-date, ytd
            before: the same period last year, same period last year, same period of last year, same period a year ago, same period of the previous year, corresponding period last year, corresponding period, prior year period, prior-year period, same quarter last year, same quarter of last year, same half last year, prior-year quarter, prior year quarter, prior-year half, year-ago quarter, year-ago period, year-earlier period, year-earlier quarter, same period in the prior year, same period in the previous year, same quarter of the prior year, same quarter in the prior year, same time last year, prior year, previous year, prior period, previous period, preceding year, year earlier, year ago, year before, 上年同期, 去年同期, 同期, 上期
            earlier: last quarter, previous quarter, prior quarter, preceding quarter, the quarter before, quarter earlier, 上季度, 上一季度, 前一季度
            current: current period, reporting period, this period, the period, the half, the quarter, half, quarter, period, 本报告期, 报告期内, 报告期, 本期, 期内
            this: current year, this year, 本年度, 本年, 今年
            last: last year, 上年度, 上年, 去年, 前一年, 上一年
            next: next year, 明年, 下一年
            the: for the year, for the full year, full-year, for the whole year, 全年
            ahead: the coming year, coming year, year ahead, the current financial year, new financial year, 来年, 新一年, 新财年
            """
    ) { name in
        switch name {
        case "before": .yearBefore
        case "close": .close
        case "year": .yearEnd
        case "opening": .opening
        case "date": .toDate
        case "this": .thisYear
        case "last": .lastYear
        case "next": .nextYear
        case "the": .theYear
        case "ahead": .yearAhead
        case "earlier": .spanBefore
        default: .current
        }
    }

    func words(_ place: Int) -> Part? {
        guard let match = Self.relations.match(text, at: place) else { return nil }
        if match.meaning == .theYear {
            // `for the year ended 31 March`, `for the year 2025` say which.
            let next = text.afterBlanks(match.end)
            if text[next]?.isASCIIDigit == true { return nil }
            if ["ended", "ending", "to", "end", "just"].contains(where: { text.after($0, at: next) != nil }) { return nil }
        }
        return Part(relation: match.meaning, range: place..<match.end)
    }

    // MARK: Chinese

    private static let chineseSpans = WordTable<ReportPeriod.Span>([
        ("上半年度", .half(1)), ("上半年", .half(1)), ("上半财年", .half(1)), ("下半年度", .half(2)), ("下半年", .half(2)), ("下半财年", .half(2)),
        ("中期", .half(1)),
        ("半年度", .half(1)), ("半年报", .half(1)), ("中报", .half(1)), ("第一季度", .quarter(1)), ("第二季度", .quarter(2)),
        ("第三季度", .quarter(3)), ("第四季度", .quarter(4)),
        ("首季度", .quarter(1)), ("首季", .quarter(1)), ("一季度", .quarter(1)), ("二季度", .quarter(2)), ("三季度", .quarter(3)),
        ("四季度", .quarter(4)),
        ("第1季度", .quarter(1)), ("第2季度", .quarter(2)), ("第3季度", .quarter(3)), ("第4季度", .quarter(4)),
        ("1季度", .quarter(1)), ("2季度", .quarter(2)), ("3季度", .quarter(3)), ("4季度", .quarter(4)), ("一季报", .quarter(1)),
        ("三季报", .months(9)),
        ("前三季度", .months(9)), ("前三季", .months(9)), ("首三季", .months(9)), ("首九个月", .months(9)), ("前九个月", .months(9)),
        ("前9个月", .months(9)),
        ("首6个月", .half(1)), ("首六个月", .half(1)), ("前6个月", .half(1)), ("全年", .year), ("年度", .year), ("年报", .year), ("全年度", .year),
        ("年末", .day(month: 12, day: 31)), ("年底", .day(month: 12, day: 31)),
    ])

    /// `上半年`, `第一季度`, `1-9月`, `q1` at a place.
    func chineseSpan(at place: Int) -> (span: ReportPeriod.Span, end: Int)? {
        if let match = Self.chineseSpans.match(text, at: place) { return (match.meaning, match.end) }
        // `1-9月`, `1—6月份`.
        let first = text.digits(at: place)
        guard text.integer(first) == 1, let dash = text[first.upperBound], dash == "-" || dash == "~" || dash == "至" else {
            return nil
        }
        let second = text.digits(at: first.upperBound + 1)
        guard let count = text.integer(second), (2...12).contains(count), text[second.upperBound] == "月" else { return nil }
        let end = text[second.upperBound + 1] == "份" ? second.upperBound + 2 : second.upperBound + 1
        return (.months(count), end)
    }

    /// What follows a year: `年`, `年上半年`, `年末`, `年3月`.
    func chineseYear(_ year: Int, _ start: Int, at place: Int) -> Part {
        let isFiscal = text[place] != "年"
        let afterYear = isFiscal ? place + 2 : place + 1
        func part(_ span: ReportPeriod.Span, _ end: Int, isPlain: Bool = true) -> Part {
            let (kind, end) = mark(at: end)
            return Part(year: year, span: span, kind: kind, isPlain: isPlain, range: start..<end)
        }
        if text.has("年末", at: place) || text.has("年底", at: place) { return part(.day(month: 12, day: 31), place + 2) }
        if text.has("年度", at: place) { return part(.year, place + 2) }
        let next = text.afterBlanks(afterYear)
        if let span = chineseSpan(at: next) { return part(span.span, span.end) }
        if let code = codeOfQuarter(at: next) { return part(code.span, code.end) }
        let digits = text.digits(at: next)
        if let month = text.integer(digits), (1...12).contains(month), text[digits.upperBound] == "月" {
            let end = digits.upperBound + 1
            if text[end] == "末" || text[end] == "底" {
                return part(.day(month: month, day: CalendarDate.dayCount(year: year, month: month)), end + 1)
            }
            return part(.month(month), text[end] == "份" ? end + 1 : end)
        }
        // `2025年` above a column may be any part of that year.
        return part(.year, afterYear, isPlain: isFiscal)
    }

    private func codeOfQuarter(at place: Int) -> (span: ReportPeriod.Span, end: Int)? {
        guard let letter = text[place], let digit = text[place + 1], (49...52).contains(digit.value) else { return nil }
        if letter == "q" { return (.quarter(Int(digit.value - 48)), place + 2) }
        return letter == "h" && digit.value <= 50 ? (.half(Int(digit.value - 48)), place + 2) : nil
    }

    /// `截至2025年6月30日止六个月`, `上半年`, `上年同期`.
    func chinese(_ place: Int) -> Part? {
        if text.has("截至", at: place) {
            let start = text.afterBlanks(place + 2)
            let dated = DateReader().date(at: start, in: text)
            let undated = dated ?? DateReader(defaultYear: 2024).date(at: start, in: text)
            if let loose = looseLength(start) {
                return part(loose.length, year: loose.year, month: loose.month, place..<loose.end)
            }
            guard let undated else { return nil }
            let year = dated?.date.year
            for (word, length) in Self.chineseLengths where text.has(word, at: text.afterBlanks(undated.end)) {
                let end = text.afterBlanks(undated.end) + word.unicodeScalars.count
                return part(length, year: year, month: undated.date.month, place..<end)
            }
            return Part(year: year, span: .day(month: undated.date.month, day: undated.date.day), range: place..<undated.end)
        }
        if let word = words(place) { return word }
        if let year = writtenYear(place) { return chineseYear(year, place, at: place + 4) }
        if let found = DateReader().date(at: place, in: text) {
            return Part(year: found.date.year, span: .day(month: found.date.month, day: found.date.day), range: place..<found.end)
        }
        guard let span = chineseSpan(at: place) else { return nil }
        // `三季度末`, `上半年末` are days.
        if text[span.end] == "末" || text[span.end] == "底" {
            let month = ReportPeriod(year: 2025, span: span.span).end - 2025 * 12
            let day = CalendarDate.dayCount(year: 2025, month: month)
            return Part(span: .day(month: month, day: day), range: place..<span.end + 1)
        }
        return Part(span: span.span, range: place..<span.end)
    }

    /// `9月30日止三个月` from its month on, with blanks within and without signs that recognition lost.
    private func looseLength(_ start: Int) -> (length: Int, year: Int?, month: Int, end: Int)? {
        var place = start
        var year: Int?
        let first = text.digits(at: place)
        if first.count == 4, let number = text.integer(first), (1990...2059).contains(number) {
            year = number
            place = text.afterBlanks(first.upperBound)
            guard text[place] == "年" else { return nil }
            place = text.afterBlanks(place + 1)
        }
        guard let (month, after) = number(at: place), (1...12).contains(month), text[text.afterBlanks(after)] == "月" else {
            return nil
        }
        place = text.afterBlanks(text.afterBlanks(after) + 1)
        if let day = number(at: place) { place = day.end }
        for _ in 0..<6 {
            for (word, length) in Self.plainLengths where text.has(word, at: place) {
                return (length, year, month, place + word.unicodeScalars.count)
            }
            guard let scalar = text[place], [" ", "\n", "日", "月", "号", "止", "的", ")", "|"].contains(scalar) else { return nil }
            place += 1
        }
        return nil
    }

    /// `二零二五年`, unless a day follows.
    private func writtenYear(_ place: Int) -> Int? {
        guard text[place] == "二", text[place + 4] == "年", DateReader().date(at: place, in: text) == nil else { return nil }
        var year = 0
        for offset in 0..<4 {
            guard let scalar = text[place + offset], let digit = Self.digits[scalar] else { return nil }
            year = year * 10 + digit
        }
        return (1990...2059).contains(year) ? year : nil
    }

    private static let digits: [Unicode.Scalar: Int] = [
        "〇": 0, "零": 0, "○": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    ]

    /// A number up to 31 in digits or in words.
    private func number(at place: Int) -> (value: Int, end: Int)? {
        let digits = text.digits(at: place)
        if let value = text.integer(digits) { return (value, digits.upperBound) }
        var (value, end) = (0, place)
        while let scalar = text[end], end - place < 3 {
            if scalar == "十" {
                value = max(value, 1) * 10
            } else if let digit = Self.digits[scalar] {
                value = value % 10 == 0 ? value + digit : value
            } else {
                break
            }
            end += 1
        }
        return end > place && value > 0 ? (value, end) : nil
    }

    private static let plainLengths = [
        ("三个月", 3), ("3个月", 3), ("六个月", 6), ("6个月", 6), ("九个月", 9), ("9个月", 9), ("十二个月", 12), ("12个月", 12),
    ]

    private static let chineseLengths = [
        ("止三个月", 3), ("止3个月", 3), ("止六个月", 6), ("止6个月", 6), ("止九个月", 9), ("止9个月", 9), ("止年度", 12), ("止十二个月", 12), ("止12个月", 12),
        ("止半年度", 6),
        ("止财政年度", 12), ("止的年度", 12), ("止六个月期间", 6),
    ]
}
