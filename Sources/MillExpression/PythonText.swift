import MillValue

/// Values written as Python writes them: `str`, `repr`, `json.dumps` and `%` formats.
enum PythonText {
    /// `str(value)`.
    static func string(_ value: Value) -> String {
        if case .string(let string) = value { return string }
        return representation(value)
    }

    /// `repr(value)`.
    static func representation(_ value: Value) -> String {
        switch value {
        case .null: return "None"
        case .bool(let bool): return bool ? "True" : "False"
        case .int(let int): return String(int)
        case .double(let double): return number(double)
        case .string(let string): return quoted(string)
        case .list(let list): return "[" + list.map(representation).joined(separator: ", ") + "]"
        case .map(let map):
            return "{" + map.map { quoted($0.key) + ": " + representation($0.value) }.joined(separator: ", ") + "}"
        }
    }

    /// `json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=sortsKeys)`.
    static func json(_ value: Value, indent: Int?, sortsKeys: Bool, level: Int = 0) -> String {
        let items: [String]
        let (open, close): (String, String)
        switch value {
        case .list(let list):
            (open, close) = ("[", "]")
            items = list.map { json($0, indent: indent, sortsKeys: sortsKeys, level: level + 1) }
        case .map(let map):
            (open, close) = ("{", "}")
            let keys = sortsKeys ? map.keys.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) } : map.keys
            items = keys.map {
                Value.string($0).json() + ": " + json(map[$0] ?? .null, indent: indent, sortsKeys: sortsKeys, level: level + 1)
            }
        case .double(let double) where !double.isFinite: return double.isNaN ? "NaN" : double > 0 ? "Infinity" : "-Infinity"
        default: return value.json()
        }
        guard !items.isEmpty else { return open + close }
        guard let indent else { return open + items.joined(separator: ", ") + close }
        let outer = "\n" + String(repeating: " ", count: min(indent, 16) * level)
        let inner = outer + String(repeating: " ", count: min(indent, 16))
        return open + inner + items.joined(separator: "," + inner) + outer + close
    }

    /// `format % arguments`; nil if they do not fit together.
    static func format(_ format: String, _ arguments: [Value]) -> String? {
        var result = ""
        var remaining = arguments[...]
        var scalars = Array(format.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if scalars.first == "%" {
                scalars.removeFirst()
                result += "%"
                continue
            }
            guard let text = conversion(&scalars, &remaining) else { return nil }
            result += text
        }
        return remaining.isEmpty ? result : nil
    }

    private static func conversion(_ scalars: inout ArraySlice<Unicode.Scalar>, _ arguments: inout ArraySlice<Value>) -> String? {
        var flags: Set<Unicode.Scalar> = []
        while let flag = scalars.first, "-+0 #".unicodeScalars.contains(flag) {
            flags.insert(flag)
            scalars.removeFirst()
        }
        func number() -> Int? {
            var value: Int?
            while let digit = scalars.first, ("0"..."9").contains(digit) {
                value = min((value ?? 0) * 10 + Int(digit.value) - 48, 1000)
                scalars.removeFirst()
            }
            return value
        }
        let width = number() ?? 0
        var precision: Int?
        if scalars.first == "." {
            scalars.removeFirst()
            precision = number() ?? 0
        }
        guard let kind = scalars.popFirst(), let argument = arguments.popFirst() else { return nil }
        var text: String
        switch kind {
        case "s", "r":
            text = kind == "s" ? string(argument) : representation(argument)
            if let precision { text = String(text.unicodeScalars.prefix(precision)) }
        case "d", "i":
            guard let double = argument.double, let int = argument.int ?? Int(exactly: double.rounded(.towardZero)) else {
                return nil
            }
            text = String(int)
        case "x":
            guard let int = argument.int else { return nil }
            text = String(int, radix: 16)
        case "f":
            guard let double = argument.double else { return nil }
            text = fixed(double, places: min(precision ?? 6, 30))
        default: return nil
        }
        if flags.contains("+"), kind != "s", kind != "r", !text.hasPrefix("-") { text = "+" + text }
        let padding = max(0, width - text.unicodeScalars.count)
        if flags.contains("-") { return text + String(repeating: " ", count: padding) }
        guard flags.contains("0"), kind != "s", kind != "r" else { return String(repeating: " ", count: padding) + text }
        let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.removeFirst()) : ""
        return sign + String(repeating: "0", count: padding) + text
    }

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

    private static func number(_ double: Double) -> String {
        if double.isNaN { return "nan" }
        return double.isInfinite ? (double < 0 ? "-inf" : "inf") : "\(double)"
    }

    private static func quoted(_ string: String) -> String {
        let quote = string.unicodeScalars.contains("'") && !string.unicodeScalars.contains("\"") ? "\"" : "'"
        var result = quote
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "'" where quote == "'": result += "\\'"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + quote
    }
}
