/// A day of the Gregorian calendar.
public struct CalendarDate: Sendable, Hashable, Comparable {
    public let year: Int
    public let month: Int
    public let day: Int

    /// nil for days that do not exist.
    public init?(year: Int, month: Int, day: Int) {
        guard (1900...2199).contains(year), (1...12).contains(month), day >= 1, day <= Self.dayCount(year: year, month: month)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// `2025-03-14`.
    public var iso: String { "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)" }

    public static func < (first: CalendarDate, second: CalendarDate) -> Bool {
        (first.year, first.month, first.day) < (second.year, second.month, second.day)
    }

    static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// Reads dates: `14 March 2025`, `March 14, 2025`, `2025-03-14`, `2025年3月14日`, `14-Mar-25`, `20250314`.
public struct DateReader: Sendable {
    /// The year of dates that have none (`3 March`); nil leaves them out.
    public let defaultYear: Int?

    public init(defaultYear: Int? = nil) { self.defaultYear = defaultYear }

    /// The first date of a text.
    public func first(in text: String) -> CalendarDate? { first(in: FoldedText(text))?.date }

    func first(in text: FoldedText) -> (date: CalendarDate, range: Range<Int>)? {
        for place in 0..<text.count where text[place - 1]?.isASCIIDigit != true && text[place - 1]?.isLatinLetter != true {
            if let found = date(at: place, in: text) { return (found.date, place..<found.end) }
        }
        return nil
    }

    static let months = WordTable<Int>(
        lines: """
            1: january, jan
            2: february, feb
            3: march, mar
            4: april, apr
            5: may
            6: june, jun
            7: july, jul
            8: august, aug
            9: september, sept, sep
            10: october, oct
            11: november, nov
            12: december, dec
            """
    ) { Int($0) }

    /// A date that begins at a place.
    func date(at place: Int, in text: FoldedText) -> (date: CalendarDate, end: Int)? {
        guard let scalar = text[place] else { return nil }
        if scalar.isASCIIDigit {
            return compact(place, text) ?? yearFirst(place, text) ?? dayFirst(place, text) ?? dayMonth(place, text)
        }
        if scalar.isLatinLetter { return monthFirst(place, text) }
        if scalar.isHan || scalar == "〇" { return chineseDigits(place, text) }
        return nil
    }

    /// `20250314`.
    private func compact(_ place: Int, _ text: FoldedText) -> (date: CalendarDate, end: Int)? {
        let digits = text.digits(at: place)
        guard digits.count == 8, let number = text.integer(digits), (1990...2059).contains(number / 10000),
            let date = CalendarDate(year: number / 10000, month: number / 100 % 100, day: number % 100)
        else { return nil }
        return (date, digits.upperBound)
    }

    /// `2025-03-14`, `2025/3/14`, `2025年3月14日`.
    private func yearFirst(_ place: Int, _ text: FoldedText) -> (date: CalendarDate, end: Int)? {
        let yearDigits = text.digits(at: place)
        guard yearDigits.count == 4, let year = text.integer(yearDigits) else { return nil }
        let first = text.afterBlanks(yearDigits.upperBound)
        guard let separator = text[first], ["-", "/", ".", "年"].contains(separator) else { return nil }
        let monthDigits = text.digits(at: text.afterBlanks(first + 1))
        guard (1...2).contains(monthDigits.count), let month = text.integer(monthDigits) else { return nil }
        let second = text.afterBlanks(monthDigits.upperBound)
        guard text[second] == (separator == "年" ? "月" : separator) else { return nil }
        let dayDigits = text.digits(at: text.afterBlanks(second + 1))
        guard (1...2).contains(dayDigits.count), let day = text.integer(dayDigits),
            let date = CalendarDate(year: year, month: month, day: day)
        else { return nil }
        let end = text.afterBlanks(dayDigits.upperBound)
        return (date, text[end] == "日" ? end + 1 : dayDigits.upperBound)
    }

    /// `14 March 2025`, `14-Mar-25`, `14th of March, 2025`.
    private func dayFirst(_ place: Int, _ text: FoldedText) -> (date: CalendarDate, end: Int)? {
        let digits = text.digits(at: place)
        guard (1...2).contains(digits.count), let day = text.integer(digits) else { return nil }
        var next = digits.upperBound
        for suffix in ["st", "nd", "rd", "th"] { next = text.after(suffix, at: next) ?? next }
        next = skip(next, text)
        if let end = text.after("of", at: next) { next = text.afterBlanks(end) }
        guard let month = Self.months.match(text, at: next) else { return nil }
        return finish(day: day, month: month.meaning, at: month.end, text)
    }

    /// `March 14, 2025`.
    private func monthFirst(_ place: Int, _ text: FoldedText) -> (date: CalendarDate, end: Int)? {
        guard let month = Self.months.match(text, at: place) else { return nil }
        let digits = text.digits(at: skip(month.end, text))
        guard (1...2).contains(digits.count), let day = text.integer(digits) else { return nil }
        var next = digits.upperBound
        for suffix in ["st", "nd", "rd", "th"] { next = text.after(suffix, at: next) ?? next }
        return finish(day: day, month: month.meaning, at: next, text)
    }

    private func finish(day: Int, month: Int, at place: Int, _ text: FoldedText) -> (date: CalendarDate, end: Int)? {
        var next = skip(place, text)
        if text[next] == "," { next = skip(next + 1, text) }
        if text[next] == "'" { next += 1 }
        let digits = text.digits(at: next)
        // `1 January - 30 June`: the second day of a range is no year.
        let isRange = digits.count == 2 && text[next - 1] == " " && text[next - 2] == "-" && text[next - 3] == " "
        if !isRange, let year = text.integer(digits), digits.count == 4 || digits.count == 2, text[digits.upperBound] != "%",
            let date = CalendarDate(year: digits.count == 2 ? 2000 + year : year, month: month, day: day)
        {
            return (date, digits.upperBound)
        }
        guard let defaultYear, let date = CalendarDate(year: defaultYear, month: month, day: day) else { return nil }
        return (date, place)
    }

    /// `14/03/2025`; the month comes first only where the second number cannot be one.
    private func dayMonth(_ place: Int, _ text: FoldedText) -> (date: CalendarDate, end: Int)? {
        let first = text.digits(at: place)
        guard (1...2).contains(first.count), let separator = text[first.upperBound], ["/", "-", "."].contains(separator) else {
            return monthDay(place, text)
        }
        let second = text.digits(at: first.upperBound + 1)
        guard (1...2).contains(second.count), text[second.upperBound] == separator else { return nil }
        let third = text.digits(at: second.upperBound + 1)
        guard third.count == 4 || third.count == 2 && separator != ".", let a = text.integer(first), let b = text.integer(second),
            let last = text.integer(third)
        else { return nil }
        let year = third.count == 2 ? 2000 + last : last
        guard let date = CalendarDate(year: year, month: b, day: a) ?? CalendarDate(year: year, month: a, day: b) else {
            return nil
        }
        return (date, third.upperBound)
    }

    /// `3月14日`, in the default year.
    private func monthDay(_ place: Int, _ text: FoldedText) -> (date: CalendarDate, end: Int)? {
        let first = text.digits(at: place)
        guard let defaultYear, let month = text.integer(first), text[first.upperBound] == "月" else { return nil }
        let second = text.digits(at: first.upperBound + 1)
        guard let day = text.integer(second), text[second.upperBound] == "日",
            let date = CalendarDate(year: defaultYear, month: month, day: day)
        else { return nil }
        return (date, second.upperBound + 1)
    }

    /// `二〇二五年三月十四日`.
    private func chineseDigits(_ place: Int, _ text: FoldedText) -> (date: CalendarDate, end: Int)? {
        let digits: [Unicode.Scalar: Int] = [
            "〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
        ]
        var next = place
        var year = 0
        while next < place + 4, let scalar = text[next], let digit = digits[scalar] {
            year = year * 10 + digit
            next += 1
        }
        guard next == place + 4, text[next] == "年" else { return nil }
        func number(_ closing: Unicode.Scalar) -> Int? {
            next += 1
            var (tens, ones, size) = (0, 0, 0)
            while size < 3, let scalar = text[next], scalar != closing {
                if scalar == "十" {
                    (tens, ones) = (max(ones, 1), 0)
                } else if let digit = digits[scalar] {
                    ones = digit
                } else {
                    return nil
                }
                next += 1
                size += 1
            }
            return text[next] == closing ? tens * 10 + ones : nil
        }
        guard let month = number("月"), let day = number("日"), let date = CalendarDate(year: year, month: month, day: day) else {
            return nil
        }
        return (date, next + 1)
    }

    private func skip(_ place: Int, _ text: FoldedText) -> Int {
        var place = place
        while let scalar = text[place], scalar == " " || scalar == "-" || scalar == "/" { place += 1 }
        return place
    }
}
