/// Turns tokens into text as they come, never splitting a character.
///
/// What ``append(_:)`` returned never changes: bytes that may be the start of a character wait for the rest of it.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipSpecial: Bool
    private var pending: [UInt8] = []
    private var dropsSpace: Bool

    public init(_ tokenizer: Tokenizer, skipSpecial: Bool = true) {
        self.tokenizer = tokenizer
        self.skipSpecial = skipSpecial
        dropsSpace = tokenizer.core.decoder.dropsLeadingSpace
    }

    /// The text that is complete with this token; may be empty.
    public mutating func append(_ id: Int32) -> String {
        guard !(skipSpecial && tokenizer.isSpecial(id)) else { return "" }
        var bytes = tokenizer.bytes(of: id)
        if dropsSpace, !bytes.isEmpty {
            if bytes[0] == 0x20 { bytes.removeFirst() }
            dropsSpace = false
        }
        pending += bytes
        let end = pending.count - Self.incompleteSuffix(pending)
        defer { pending.removeFirst(end) }
        return String(decoding: pending[..<end], as: UTF8.self)
    }

    /// What is left at the end; an unfinished character becomes U+FFFD.
    public mutating func finish() -> String {
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }

    /// How many bytes at the end may be the start of a character that is not complete.
    private static func incompleteSuffix(_ bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let byte = bytes[bytes.count - length]
            let needed = byte >= 0xF5 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1
            if byte & 0xC0 == 0x80 { continue }
            return needed > length ? length : 0
        }
        return 0
    }
}

extension TokenDecoder {
    /// Whether the space at the very start of the decoded text is dropped.
    var dropsLeadingSpace: Bool {
        switch self {
        case .metaspace(_, let dropsFirst): dropsFirst
        case .strip(let content, let left, _): content == [0x20] && left > 0
        case .sequence(let steps): steps.contains { $0.dropsLeadingSpace }
        default: false
        }
    }
}
