/// Comma-separated values (RFC 4180) in UTF-8, safe to open in a spreadsheet.
package enum CSV {
    package static func row(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

    /// A cell in quotes where it needs them. Spreadsheets take text that begins with `=`, `+`, `-` or `@` for a formula; such
    /// text gets an apostrophe in front, unless it is a number.
    static func cell(_ text: String) -> String {
        let text = visible(isFormula(text) ? "'" + text : text)
        let isPlain = !text.utf8.contains { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        }
        guard !isPlain || text.hasPrefix(" ") || text.hasSuffix(" ") else { return text }
        // Byte by byte: a quote with an accent on it is another character in Swift, but ends a cell all the same.
        let doubled = text.utf8.flatMap { $0 == UInt8(ascii: "\"") ? [$0, $0] : [$0] }
        return "\"" + String(decoding: doubled, as: UTF8.self) + "\""
    }

    /// With � for control characters, which come out of damaged text layers; tabs and line breaks stay.
    private static func visible(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool {
            (scalar.value < 0x20 && scalar != "\t" && scalar != "\n" && scalar != "\r") || (0x7F...0x9F).contains(scalar.value)
        }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }

    private static func isFormula(_ text: String) -> Bool {
        // Spreadsheets skip white space in front, and know the full-width forms.
        let start = text.unicodeScalars.drop { $0.properties.isWhitespace || $0.value < 0x20 || $0 == "\u{FEFF}" }
        guard let first = start.first, "=+-@＝＋－＠".unicodeScalars.contains(first) else { return false }
        if first == "-" || first == "+" { return !isNumber(start.dropFirst()) }
        return true
    }

    /// Digits with points and commas, perhaps with an exponent or a percent sign; also nothing at all.
    private static func isNumber(_ text: Substring.UnicodeScalarView) -> Bool {
        var text = text
        while let last = text.last, last == "%" || last == " " { text.removeLast() }
        if let exponent = text.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            let power = text[exponent...].dropFirst()
            let digits = power.first == "-" || power.first == "+" ? power.dropFirst() : power
            guard !digits.isEmpty, digits.allSatisfy(\.isASCIIDigit), exponent != text.startIndex else { return false }
            text = text[..<exponent]
        }
        return text.allSatisfy { $0.isASCIIDigit || $0 == "." || $0 == "," }
    }

}
