import MillValue

/// JSON pointers (RFC 6901).
enum JSONPointer {
    /// `token` with `~` and `/` escaped.
    static func escaped(_ token: String) -> String {
        var result = ""
        for scalar in token.unicodeScalars {
            switch scalar {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The unescaped tokens of a URI fragment such as `#/$defs/a~1b`; nil if it is malformed.
    static func tokens(ofFragment fragment: String) -> [String]? {
        guard fragment.utf8.first == UInt8(ascii: "#"), let pointer = percentDecoded(fragment.dropFirst()) else { return nil }
        if pointer.isEmpty { return [] }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        for part in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let token = unescaped(part) else { return nil }
            tokens.append(token)
        }
        return tokens
    }

    /// The part of `root` that `tokens` lead to.
    static func resolve(_ tokens: [String], in root: Value) -> Value? {
        var current = root
        for token in tokens {
            let next = if case .list = current { Int(token).flatMap { current[$0] } } else { current[token] }
            guard let next else { return nil }
            current = next
        }
        return current
    }

    private static func unescaped(_ part: Substring) -> String? {
        var result = ""
        var scalars = part.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "~" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch scalars.next() {
            case "0": result += "~"
            case "1": result += "/"
            default: return nil
            }
        }
        return result
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
