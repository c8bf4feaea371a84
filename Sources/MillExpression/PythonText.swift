/// Numbers and text as Python writes them.
enum PythonText {
    /// A number with `places` digits after the point, correctly rounded from the double's exact value.
    static func fixed(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        // A double is a whole number over a power of two; its decimal digits come out one by one.
        let magnitude = abs(value)
        guard magnitude < 1e18 else { return (value < 0 ? "-" : "") + "\(magnitude)" }
        var whole = UInt64(magnitude)
        var rest = magnitude - Double(whole)
        var digits: [UInt8] = []
        for _ in 0..<places {
            rest *= 10
            let digit = rest.rounded(.down)
            digits.append(UInt8(digit))
            rest -= digit
        }
        if rest > 0.5 || rest == 0.5 && (digits.last.map { $0 % 2 == 1 } ?? (whole % 2 == 1)) {
            var index = digits.count - 1
            while index >= 0, digits[index] == 9 {
                digits[index] = 0
                index -= 1
            }
            if index >= 0 { digits[index] += 1 } else { whole += 1 }
        }
        let fraction = digits.isEmpty ? "" : "." + digits.map(String.init).joined()
        return (value.sign == .minus ? "-" : "") + "\(whole)" + fraction
    }

    /// `repr` of a float.
    static func number(_ double: Double) -> String {
        if double.isNaN { return "nan" }
        return double.isInfinite ? (double < 0 ? "-inf" : "inf") : "\(double)"
    }

    /// `repr` of a text.
    static func quoted(_ string: String) -> String {
        let quote = string.unicodeScalars.contains("'") && !string.unicodeScalars.contains("\"") ? "\"" : "'"
        var result = quote
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "'" where quote == "'": result += "\\'"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += (scalar.value < 0x10 ? "\\x0" : "\\x") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + quote
    }
}
