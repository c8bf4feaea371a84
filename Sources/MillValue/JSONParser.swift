/// A recursive-descent JSON reader over UTF-8 bytes.
struct JSONParser {
    private let bytes: [UInt8]
    private let maximumDepth: Int
    private var position = 0

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSON.ParseError) -> Value {
        let result = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("something follows the end of the document") }
        return result
    }

    private mutating func value(depth: Int) throws(JSON.ParseError) -> Value {
        skipSpace()
        guard depth < maximumDepth else { throw error("nesting is deeper than \(maximumDepth) levels") }
        guard let byte = peek() else { throw error("the text ends where a value should stand") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSON.ParseError) -> Value {
        position += 1
        var map = ValueMap()
        skipSpace()
        if take("}") { return .map(map) }
        repeat {
            skipSpace()
            guard peek() == UInt8(ascii: "\"") else { throw error("expected a string as key") }
            let keyPosition = position
            let key = try string()
            guard map[key] == nil else { throw error("duplicate key \"\(key)\"", at: keyPosition) }
            skipSpace()
            guard take(":") else { throw error("expected ':' after the key") }
            map[key] = try value(depth: depth + 1)
            skipSpace()
        } while take(",")
        guard take("}") else { throw error("expected ',' or '}'") }
        return .map(map)
    }

    private mutating func array(depth: Int) throws(JSON.ParseError) -> Value {
        position += 1
        var list: [Value] = []
        skipSpace()
        if take("]") { return .list(list) }
        repeat {
            list.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw error("expected ',' or ']'") }
        return .list(list)
    }

    private mutating func string() throws(JSON.ParseError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while let byte = peek() {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw error("the string is not valid UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                try escape(into: &content)
            case 0..<0x20:
                throw error("a control character must be escaped", at: position - 1)
            default:
                content.append(byte)
            }
        }
        throw error("the string does not end", at: start)
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSON.ParseError) {
        guard let byte = peek() else { throw error("the string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(8)
        case UInt8(ascii: "f"): content.append(12)
        case UInt8(ascii: "n"): content.append(10)
        case UInt8(ascii: "r"): content.append(13)
        case UInt8(ascii: "t"): content.append(9)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard take("\\"), take("u") else { throw error("a high surrogate stands alone") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw error("a high surrogate stands alone") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("a low surrogate stands alone") }
            content.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw error("unknown escape '\\\(Character(Unicode.Scalar(byte)))'", at: position - 1)
        }
    }

    private mutating func hexadecimal() throws(JSON.ParseError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw error("expected four hexadecimal digits") }
        var code: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw error("expected four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
        }
        position += 4
        return code
    }

    private mutating func number() throws(JSON.ParseError) -> Value {
        let start = position
        _ = take("-")
        let integerStart = position
        skipDigits()
        guard position > integerStart else { throw error("expected a value", at: start) }
        if bytes[integerStart] == UInt8(ascii: "0"), position > integerStart + 1 {
            throw error("a number must not start with 0", at: start)
        }
        var isWhole = true
        if take(".") {
            isWhole = false
            let fractionStart = position
            skipDigits()
            guard position > fractionStart else { throw error("expected digits after '.'") }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            let exponentStart = position
            skipDigits()
            guard position > exponentStart else { throw error("expected digits in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let int = Int(text) { return .int(int) }
        guard let double = Double(text), double.isFinite else { throw error("the number is too large", at: start) }
        return .double(double)
    }

    private mutating func literal(_ word: StaticString, _ value: Value) throws(JSON.ParseError) -> Value {
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { throw error("expected a value") }
        position += expected.count
        return value
    }

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipDigits() {
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func error(_ message: String, at offset: Int? = nil) -> JSON.ParseError {
        let offset = offset ?? position
        let before = bytes[..<min(offset, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSON.ParseError(message: message, offset: offset, line: line, column: offset - lineStart + 1)
    }
}
