/// Reading and writing JSON (RFC 8259) as ``Value``.
public enum JSON {
    /// What is wrong with a JSON text and where.
    public struct ParseError: Error, Sendable, Equatable, CustomStringConvertible {
        public let message: String
        /// Byte offset from the start of the text.
        public let offset: Int
        /// Line and column, from 1; the column counts bytes.
        public let line: Int
        public let column: Int

        public var description: String { "invalid JSON at line \(line), column \(column): \(message)" }
    }

    /// Reads one JSON document.
    ///
    /// Whole numbers that fit become `.int`, all others `.double`. Duplicate keys, nesting deeper than
    /// `maximumDepth`, unpaired surrogates and invalid UTF-8 are refused.
    public static func parse(_ text: String, maximumDepth: Int = 256) throws(ParseError) -> Value {
        try parse(bytes: Array(text.utf8), maximumDepth: maximumDepth)
    }

    /// Reads one JSON document from UTF-8 bytes; see ``parse(_:maximumDepth:)``.
    public static func parse(bytes: [UInt8], maximumDepth: Int = 256) throws(ParseError) -> Value {
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
        return try parser.document()
    }
}

extension Value {
    /// Compact JSON; `pretty` indents by two spaces. Numbers that JSON cannot hold (NaN, ±∞) become `null`.
    public func json(pretty: Bool = false) -> String {
        var output = ""
        writeJSON(to: &output, indent: pretty ? 0 : nil)
        return output
    }

    private func writeJSON(to output: inout String, indent: Int?) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .int(let value): output += String(value)
        case .double(let value): output += value.isFinite ? "\(value)" : "null"
        case .string(let value): Value.writeJSONString(value, to: &output)
        case .list(let list):
            Value.writeJSONItems(list, "[", "]", to: &output, indent: indent) { item, output, inner in
                item.writeJSON(to: &output, indent: inner)
            }
        case .map(let map):
            Value.writeJSONItems(Array(map), "{", "}", to: &output, indent: indent) { entry, output, inner in
                Value.writeJSONString(entry.key, to: &output)
                output += inner == nil ? ":" : ": "
                entry.value.writeJSON(to: &output, indent: inner)
            }
        }
    }

    private static func writeJSONItems<Item>(
        _ items: [Item], _ open: String, _ close: String, to output: inout String, indent: Int?,
        _ write: (Item, inout String, Int?) -> Void
    ) {
        output += open
        let inner = indent.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { output += "," }
            if let inner { output += "\n" + String(repeating: " ", count: inner) }
            write(item, &output, inner)
        }
        if let indent, !items.isEmpty { output += "\n" + String(repeating: " ", count: indent) }
        output += close
    }

    private static func writeJSONString(_ string: String, to output: inout String) {
        output += "\""
        if !string.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            output += string
            output += "\""
            return
        }
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}
