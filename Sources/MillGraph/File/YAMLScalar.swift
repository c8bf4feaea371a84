import MillValue

/// The YAML 1.2 core schema: what a scalar without quotes and tag means (https://yaml.org/spec/1.2.2/#103-core-schema).
enum YAMLScalar {
    static func resolve(_ text: String) -> Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
        case ".nan", ".NaN", ".NAN": return .double(.nan)
        default: return number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> Value? {
        let bytes = Array(text.utf8)
        if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8, digits: bytes.dropFirst(2)).map(Value.int) }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16, digits: bytes.dropFirst(2)).map(Value.int) }
        guard isNumber(bytes) else { return nil }
        if let int = Int(text), !bytes.contains(UInt8(ascii: ".")) { return .int(int) }
        return Double(text).map(Value.double)
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private static func isNumber(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        skipSign(&rest)
        let whole = skipDigits(&rest)
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = skipDigits(&rest)
        }
        guard whole + fraction > 0 else { return false }
        if let byte = rest.first, byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            rest.removeFirst()
            skipSign(&rest)
            guard skipDigits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func skipSign(_ bytes: inout ArraySlice<UInt8>) {
        if let byte = bytes.first, byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { bytes.removeFirst() }
    }

    private static func skipDigits(_ bytes: inout ArraySlice<UInt8>) -> Int {
        let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        bytes = bytes.dropFirst(digits.count)
        return digits.count
    }
}

extension Int {
    /// A number without sign; `digits` are the bytes of `text`.
    fileprivate init?(_ text: Substring, radix: Int, digits: ArraySlice<UInt8>) {
        guard let first = digits.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        self.init(text, radix: radix)
    }
}
