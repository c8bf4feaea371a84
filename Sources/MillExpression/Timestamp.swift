import Glibc

/// Times as RFC 3339 text, and their parts in UTC.
enum Timestamp {
    /// Seconds since 1970 of a text such as `2026-01-31T08:00:00.5+01:00`; nil if it is no such time.
    static func seconds(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40, let year = number(bytes, 0, 4), let month = number(bytes, 5, 2),
            let day = number(bytes, 8, 2), let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2),
            let second = number(bytes, 17, 2), bytes[4] == dash, bytes[7] == dash, bytes[10] | 0x20 == UInt8(ascii: "t"),
            bytes[13] == colon, bytes[16] == colon, (1...12).contains(month), (1...daysIn(month, year)).contains(day),
            hour < 24, minute < 60, second < 61
        else { return nil }
        var position = 19
        var fraction = 0.0
        if bytes[position] == UInt8(ascii: ".") {
            position += 1
            var unit = 0.1
            while position < bytes.count, let digit = number(bytes, position, 1) {
                fraction += Double(digit) * unit
                unit /= 10
                position += 1
            }
        }
        guard let zone = zone(Array(bytes[position...])) else { return nil }
        return Double(daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zone) + fraction
    }

    static func part(_ function: CELFunction, of time: Double) -> Int {
        let seconds = Int(time.rounded(.down))
        let days = (seconds - modulo(seconds, 86_400)) / 86_400
        return switch function {
        case .getHours: modulo(seconds, 86_400) / 3600
        case .getMinutes: modulo(seconds, 3600) / 60
        default: modulo(days + 4, 7)
        }
    }

    /// A time as `strftime` writes it, in the local time zone.
    static func local(_ seconds: Int, _ format: String, line: Int) throws(ExpressionError) -> String {
        let longest = 256
        guard !format.isEmpty else { return "" }
        guard format.utf8.count <= longest, !format.utf8.contains(0) else {
            throw .rendering(line: line, message: "the format of a time is longer than \(longest) bytes")
        }
        var (time, parts) = (time_t(seconds), tm())
        guard localtime_r(&time, &parts) != nil else { throw .rendering(line: line, message: "\(seconds) is no time") }
        var buffer = [CChar](repeating: 0, count: 16 * longest)
        let count = strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static let dash = UInt8(ascii: "-")
    private static let colon = UInt8(ascii: ":")

    private static func zone(_ bytes: [UInt8]) -> Int? {
        if bytes.count == 1, bytes[0] | 0x20 == UInt8(ascii: "z") { return 0 }
        guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == dash, bytes[3] == colon,
            let hours = number(bytes, 1, 2), let minutes = number(bytes, 4, 2), hours < 24, minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (bytes[0] == dash ? -1 : 1)
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for byte in bytes[start..<start + count] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func daysIn(_ month: Int, _ year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400
        let ofYear = (1..<month).reduce(0) { $0 + daysIn($1, year) }
        return before * 365 + leapDays + ofYear + day - 1 - 719_162
    }

    private static func modulo(_ value: Int, _ divisor: Int) -> Int { (value % divisor + divisor) % divisor }
}
