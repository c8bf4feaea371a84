import Glibc
import MillValue

/// A wall time in the machine's time zone.
struct LocalTime: Sendable {
    let minuteOfDay: Int
    /// What rules see as `local`: `date`, `hour`, `minute`, `weekday` (1 Monday – 7 Sunday).
    let value: Value

    init(_ wallTime: Double) {
        var seconds = time_t(min(max(wallTime, 0), 1e11))
        var parts = tm()
        localtime_r(&seconds, &parts)
        func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        minuteOfDay = Int(parts.tm_hour) * 60 + Int(parts.tm_min)
        value = [
            "time": .double(wallTime),
            "date": .string("\(Int(parts.tm_year) + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"),
            "hour": .int(Int(parts.tm_hour)), "minute": .int(Int(parts.tm_min)),
            "weekday": .int((Int(parts.tm_wday) + 6) % 7 + 1),
        ]
    }
}
