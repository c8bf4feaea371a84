import MillValue

/// The words of a CEL expression.
struct CELToken {
    enum Kind: Equatable {
        /// Without its sign, which the parser joins: the least whole number has no positive counterpart.
        case int(UInt)
        case double(Double)
        case string(String)
        case identifier(String)
        case symbol(String)
        case end
    }

    var kind: Kind
    /// In code points from the start of the expression.
    var offset: Int

    var text: String {
        switch kind {
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string: "a string"
        case .identifier(let name): "'\(name)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "the end"
        }
    }
}

/// Splits a CEL expression into words.
struct CELLexer {
    /// That of the least whole number.
    private static let greatestMagnitude = Int.min.magnitude

    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    static func tokens(of source: String) throws(ExpressionError) -> [CELToken] {
        var lexer = CELLexer(source)
        var tokens: [CELToken] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private mutating func next() throws(ExpressionError) -> CELToken {
        skipSpace()
        let start = position
        guard let scalar = peek() else { return CELToken(kind: .end, offset: start) }
        let kind: CELToken.Kind
        if scalar == "\"" || scalar == "'" {
            kind = .string(try string(isRaw: false))
        } else if scalar == "r" || scalar == "R", let quote = peek(1), quote == "\"" || quote == "'" {
            position += 1
            kind = .string(try string(isRaw: true))
        } else if isDigit(scalar) || scalar == "." && peek(1).map(isDigit) == true {
            kind = try number()
        } else if scalar == "_" || scalar.properties.isAlphabetic {
            kind = .identifier(word())
        } else {
            kind = .symbol(try symbol())
        }
        return CELToken(kind: kind, offset: start)
    }

    private mutating func symbol() throws(ExpressionError) -> String {
        if let first = peek(), let second = peek(1) {
            let pair = String(String.UnicodeScalarView([first, second]))
            if ["==", "!=", "<=", ">=", "&&", "||"].contains(pair) {
                position += 2
                return pair
            }
        }
        guard let scalar = peek(), "+-*/%<>!?:.,()[]{}".unicodeScalars.contains(scalar) else {
            let found = peek().map { "'\($0)'" } ?? "the end"
            let hint = peek() == "=" ? "'==' to compare" : peek() == "&" ? "'&&'" : peek() == "|" ? "'||'" : "an expression"
            throw .syntax(offset: position, expected: hint, found: found)
        }
        position += 1
        return String(scalar)
    }

    private mutating func number() throws(ExpressionError) -> CELToken.Kind {
        let start = position
        if peek() == "0", peek(1) == "x" || peek(1) == "X" {
            position += 2
            let digits = word()
            guard let value = UInt(digits, radix: 16), value <= Self.greatestMagnitude else {
                throw .syntax(offset: start, expected: "a number", found: "'0x\(digits)'")
            }
            return .int(value)
        }
        var text = digits()
        var isWhole = true
        if peek() == ".", peek(1).map(isDigit) == true {
            isWhole = false
            position += 1
            text += "." + digits()
        }
        if peek() == "e" || peek() == "E" {
            isWhole = false
            position += 1
            text += "e"
            if let sign = peek(), sign == "-" || sign == "+" {
                text.unicodeScalars.append(sign)
                position += 1
            }
            text += digits()
        } else if isWhole, peek() == "u" || peek() == "U" {
            position += 1
        }
        if isWhole, let value = UInt(text), value <= Self.greatestMagnitude { return .int(value) }
        if !isWhole, let value = Double(text.first == "." ? "0" + text : text), value.isFinite { return .double(value) }
        throw .syntax(offset: start, expected: "a number that fits 64 bits", found: "'\(text)'")
    }

    private mutating func digits() -> String {
        var text = ""
        while let scalar = peek(), isDigit(scalar) {
            text.unicodeScalars.append(scalar)
            position += 1
        }
        return text
    }

    private mutating func word() -> String {
        var text = ""
        while let scalar = peek(), scalar == "_" || scalar.properties.isAlphabetic || isDigit(scalar) {
            text.unicodeScalars.append(scalar)
            position += 1
        }
        return text
    }

    private mutating func string(isRaw: Bool) throws(ExpressionError) -> String {
        let start = position
        guard let quote = peek() else { return "" }
        let isTriple = peek(1) == quote && peek(2) == quote
        position += isTriple ? 3 : 1
        var content = String.UnicodeScalarView()
        while let scalar = peek() {
            if scalar == quote, !isTriple || peek(1) == quote && peek(2) == quote {
                position += isTriple ? 3 : 1
                return String(content)
            }
            if scalar == "\n", !isTriple { break }
            position += 1
            if scalar == "\\", !isRaw { content.append(try escape()) } else { content.append(scalar) }
        }
        throw .syntax(offset: start, expected: "a closing \(quote)", found: "a string that does not end")
    }

    private mutating func escape() throws(ExpressionError) -> Unicode.Scalar {
        let start = position - 1
        guard let scalar = peek() else { throw .syntax(offset: start, expected: "an escape", found: "the end") }
        position += 1
        switch scalar {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "\\", "\"", "'", "`", "?", "/": return scalar
        case "x", "u", "U":
            let count = scalar == "x" ? 2 : scalar == "u" ? 4 : 8
            let digits = String(String.UnicodeScalarView(scalars[position..<min(position + count, scalars.count)]))
            guard digits.unicodeScalars.count == count, let code = UInt32(digits, radix: 16), let result = Unicode.Scalar(code)
            else {
                throw .syntax(offset: start, expected: "\(count) hexadecimal digits of a code point", found: "'\(digits)'")
            }
            position += count
            return result
        default: throw .syntax(offset: start, expected: "an escape", found: "'\\\(scalar)'")
        }
    }

    private mutating func skipSpace() {
        while let scalar = peek() {
            if scalar.properties.isWhitespace {
                position += 1
            } else if scalar == "/", peek(1) == "/" {
                while let scalar = peek(), scalar != "\n" {
                    _ = scalar
                    position += 1
                }
            } else {
                return
            }
        }
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
