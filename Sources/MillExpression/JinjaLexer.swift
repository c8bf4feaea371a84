/// Splits a template into words.
///
/// White space is treated as chat templates expect it (`trim_blocks` and `lstrip_blocks`): the line break after a
/// statement or comment goes, and so do blanks before one that starts its line; `-` and `+` next to a delimiter decide otherwise.
struct JinjaLexer {
    private static let maximumTokens = 200_000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var line = 1
    private var tokens: [JinjaToken] = []
    /// Whether the text that follows stands at the start of a line.
    private var startsLine = true

    init(_ source: String) {
        var normalised: [Unicode.Scalar] = []
        var previous: Unicode.Scalar?
        for scalar in source.unicodeScalars {
            if scalar == "\r" { normalised.append("\n") } else if scalar != "\n" || previous != "\r" { normalised.append(scalar) }
            previous = scalar
        }
        if normalised.last == "\n" { normalised.removeLast() }
        scalars = normalised
    }

    static func tokens(of source: String) throws(ExpressionError) -> [JinjaToken] {
        var lexer = JinjaLexer(source)
        try lexer.run()
        return lexer.tokens
    }

    private mutating func run() throws(ExpressionError) {
        while position < scalars.count {
            let start = position
            var end = position
            while end < scalars.count, !isOpening(end) { end += 1 }
            append(text: start, end)
            position = end
            guard position < scalars.count else { break }
            let kind = scalars[position + 1]
            position += 2
            if let sign = peek(), sign == "-" || sign == "+" { position += 1 }
            if kind == "#" { try comment() } else { try tag(isStatement: kind == "%") }
        }
        tokens.append(JinjaToken(kind: .end, line: line))
    }

    /// Adds the text between `start` and `end`, without the blanks that the next delimiter takes away.
    private mutating func append(text start: Int, _ end: Int) {
        var stop = end
        if end < scalars.count {
            let sign = end + 2 < scalars.count ? scalars[end + 2] : " "
            if sign == "-" {
                while stop > start, isSpace(scalars[stop - 1]) { stop -= 1 }
            } else if scalars[end + 1] != "{", sign != "+" {
                var lineStart = end
                while lineStart > start, scalars[lineStart - 1] == " " || scalars[lineStart - 1] == "\t" { lineStart -= 1 }
                if lineStart > start ? scalars[lineStart - 1] == "\n" : startsLine { stop = lineStart }
            }
        }
        if stop > start {
            tokens.append(JinjaToken(kind: .text(String(String.UnicodeScalarView(scalars[start..<stop]))), line: line))
        }
        line += scalars[start..<end].count { $0 == "\n" }
    }

    /// After a closing delimiter: takes away what its sign, or `trim_blocks`, says.
    private mutating func finish(isTrimming: Bool, isStatement: Bool) {
        startsLine = false
        if isTrimming {
            while let scalar = peek(), isSpace(scalar) {
                startsLine = scalar == "\n"
                if scalar == "\n" { line += 1 }
                position += 1
            }
        } else if isStatement, peek() == "\n" {
            startsLine = true
            line += 1
            position += 1
        }
    }

    private mutating func comment() throws(ExpressionError) {
        let start = line
        while position + 1 < scalars.count {
            if scalars[position] == "#", scalars[position + 1] == "}" {
                let isTrimming = scalars[position - 1] == "-"
                let keepsLine = scalars[position - 1] == "+"
                position += 2
                return finish(isTrimming: isTrimming, isStatement: !keepsLine)
            }
            if scalars[position] == "\n" { line += 1 }
            position += 1
        }
        throw .template(line: start, message: "the comment does not end")
    }

    private mutating func tag(isStatement: Bool) throws(ExpressionError) {
        let start = line
        let first = tokens.count
        add(isStatement ? .openStatement : .openOutput)
        var braces = 0
        while true {
            skipSpace()
            guard let scalar = peek() else {
                throw .template(line: start, message: "'\(isStatement ? "{%" : "{{")' is not closed")
            }
            if braces == 0, let length = closing(isStatement) {
                let sign = length == 3 ? scalar : " "
                position += length
                add(isStatement ? .closeStatement : .closeOutput)
                finish(isTrimming: sign == "-", isStatement: isStatement && sign != "+")
                if isStatement, tokens.count == first + 3, tokens[first + 1].kind == .name("raw") { try raw(from: first) }
                return
            }
            if scalar == "{" || scalar == "[" || scalar == "(" { braces += 1 }
            if scalar == "}" || scalar == "]" || scalar == ")" { braces = max(0, braces - 1) }
            add(try word(scalar))
            guard tokens.count < Self.maximumTokens else { throw .limit(what: "words in a template", limit: Self.maximumTokens) }
        }
    }

    /// The length of the closing delimiter that stands here, its sign included.
    private func closing(_ isStatement: Bool) -> Int? {
        let second: Unicode.Scalar = isStatement ? "%" : "}"
        if peek() == second, peek(1) == "}" { return 2 }
        if peek() == "-" || isStatement && peek() == "+", peek(1) == second, peek(2) == "}" { return 3 }
        return nil
    }

    /// Everything up to `{% endraw %}` is text.
    private mutating func raw(from first: Int) throws(ExpressionError) {
        let start = position
        let startLine = tokens[first].line
        while position < scalars.count {
            guard isOpening(position), scalars[position + 1] == "%" else {
                position += 1
                continue
            }
            var end = position + 2
            let isTrimming = end < scalars.count && scalars[end] == "-"
            if end < scalars.count, scalars[end] == "-" || scalars[end] == "+" { end += 1 }
            while end < scalars.count, isSpace(scalars[end]) { end += 1 }
            guard scalars[end...].starts(with: "endraw".unicodeScalars) else {
                position += 2
                continue
            }
            let textEnd = position
            position = end + 6
            skipSpace()
            guard let length = closing(true) else { throw .template(line: line, message: "expected '%}' after 'endraw'") }
            let closesTrimming = length == 3 && peek() == "-"
            tokens.removeLast(3)
            var stop = textEnd
            if isTrimming { while stop > start, isSpace(scalars[stop - 1]) { stop -= 1 } }
            add(.text(String(String.UnicodeScalarView(scalars[start..<stop]))))
            line += scalars[start..<textEnd].count { $0 == "\n" }
            position += length
            return finish(isTrimming: closesTrimming, isStatement: true)
        }
        throw .template(line: startLine, message: "'{% raw %}' is not closed by '{% endraw %}'")
    }

    private mutating func add(_ kind: JinjaToken.Kind) { tokens.append(JinjaToken(kind: kind, line: line)) }

    private func isOpening(_ index: Int) -> Bool {
        guard scalars[index] == "{", index + 1 < scalars.count else { return false }
        return scalars[index + 1] == "{" || scalars[index + 1] == "%" || scalars[index + 1] == "#"
    }
}

extension JinjaLexer {
    private mutating func word(_ scalar: Unicode.Scalar) throws(ExpressionError) -> JinjaToken.Kind {
        if scalar == "\"" || scalar == "'" { return .string(try string(quote: scalar)) }
        if isDigit(scalar) { return try number() }
        if scalar == "_" || scalar.properties.isAlphabetic {
            var text = ""
            while let scalar = peek(), scalar == "_" || scalar.properties.isAlphabetic || isDigit(scalar) {
                text.unicodeScalars.append(scalar)
                position += 1
            }
            return .name(text)
        }
        if let second = peek(1) {
            let pair = String(String.UnicodeScalarView([scalar, second]))
            if ["==", "!=", "<=", ">=", "//", "**"].contains(pair) {
                position += 2
                return .symbol(pair)
            }
        }
        guard "+-*/%<>~|.,:()[]{}=".unicodeScalars.contains(scalar) else {
            throw .template(line: line, message: "unexpected '\(scalar)'")
        }
        position += 1
        return .symbol(String(scalar))
    }

    private mutating func number() throws(ExpressionError) -> JinjaToken.Kind {
        var text = ""
        var isWhole = true
        while let scalar = peek() {
            if isDigit(scalar) {
                text.unicodeScalars.append(scalar)
            } else if scalar == ".", isWhole, peek(1).map(isDigit) == true {
                isWhole = false
                text += "."
            } else if scalar != "_" {
                break
            }
            position += 1
        }
        if let exponent = exponent() {
            isWhole = false
            text += exponent
        }
        if isWhole, let value = Int(text) { return .int(value) }
        guard let value = Double(text) else { throw .template(line: line, message: "'\(text)' is no number") }
        return .double(value)
    }

    /// `e` and digits, if they stand here.
    private mutating func exponent() -> String? {
        guard peek() == "e" || peek() == "E" else { return nil }
        let sign = peek(1) == "-" || peek(1) == "+" ? 1 : 0
        guard peek(1 + sign).map(isDigit) == true else { return nil }
        var text = sign == 1 && peek(1) == "-" ? "e-" : "e"
        position += 1 + sign
        while let scalar = peek(), isDigit(scalar) || scalar == "_" {
            if scalar != "_" { text.unicodeScalars.append(scalar) }
            position += 1
        }
        return text
    }

    private mutating func string(quote: Unicode.Scalar) throws(ExpressionError) -> String {
        let start = line
        position += 1
        var content = String.UnicodeScalarView()
        while let scalar = peek() {
            position += 1
            if scalar == quote { return String(content) }
            if scalar == "\n" { line += 1 }
            if scalar == "\\" { content.append(contentsOf: try escape()) } else { content.append(scalar) }
        }
        throw .template(line: start, message: "the string does not end")
    }

    private mutating func escape() throws(ExpressionError) -> [Unicode.Scalar] {
        guard let scalar = peek() else { throw .template(line: line, message: "the string does not end") }
        position += 1
        switch scalar {
        case "n": return ["\n"]
        case "t": return ["\t"]
        case "r": return ["\r"]
        case "\\", "'", "\"": return [scalar]
        case "x", "u":
            let count = scalar == "x" ? 2 : 4
            let digits = String(String.UnicodeScalarView(scalars[position..<min(position + count, scalars.count)]))
            guard digits.unicodeScalars.count == count, let code = UInt32(digits, radix: 16), let result = Unicode.Scalar(code)
            else {
                throw .template(line: line, message: "'\\\(scalar)\(digits)' is no character")
            }
            position += count
            return [result]
        // As in Python, an unknown escape stands for itself.
        default: return ["\\", scalar]
        }
    }

    private mutating func skipSpace() {
        while let scalar = peek(), isSpace(scalar) {
            if scalar == "\n" { line += 1 }
            position += 1
        }
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
