/// Sizes of memory as people write them.
package enum ByteCount {
    /// `8G`, `500M`, `1000000`; nil for what is no size.
    package static func parse(_ text: String) -> Int? {
        let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let shift = text.last.flatMap { shifts[Character($0.uppercased())] }
        let digits = shift == nil ? Substring(text) : text.dropLast()
        guard digits.allSatisfy(\.isASCII), digits.first != "+", let number = Int(digits), number >= 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        return overflow ? nil : bytes
    }

    /// `17 bytes`, `1.5 GiB`.
    package static func text(_ count: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB"]
        var (value, unit) = (Double(count), 0)
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return unit == 0 ? "\(count) bytes" : "\((value * 10).rounded() / 10) \(units[unit])"
    }
}
