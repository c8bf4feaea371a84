/// Text on its way through the pre-tokenizers: bytes, and the words in them.
struct Words {
    var bytes: [UInt8]
    var ranges: [Range<Int>]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        ranges = bytes.isEmpty ? [] : [0..<bytes.count]
    }

    /// Cuts every word further; `cut` returns the end of the piece that starts at an index, and whether to keep it.
    mutating func refine(_ cut: (TextCursor, Int) -> (end: Int, isKept: Bool)) {
        var result: [Range<Int>] = []
        result.reserveCapacity(ranges.count)
        bytes.withUnsafeBufferPointer { bytes in
            for range in ranges {
                let text = TextCursor(UnsafeBufferPointer(rebasing: bytes[range]))
                var start = 0
                while start < range.count {
                    let (end, isKept) = cut(text, start)
                    if isKept { result.append(range.lowerBound + start..<range.lowerBound + end) }
                    start = max(end, start + 1)
                }
            }
        }
        ranges = result
    }
}

extension PreTokenizer {
    /// - Parameter isFirst: whether the words stand at the start of the whole text.
    func apply(_ words: inout Words, isFirst: Bool) {
        switch self {
        case .sequence(let steps):
            for step in steps { step.apply(&words, isFirst: isFirst) }
        case .words(let scanner):
            words.refine { text, start in (scanner.wordEnd(text, from: start), true) }
        case .byteLevel(let addsPrefixSpace):
            guard addsPrefixSpace, words.bytes.first.map({ $0 != UInt8(ascii: " ") }) ?? false else { return }
            words = Words([UInt8(ascii: " ")] + words.bytes)
        case .metaspace(let replacement, let prepends, let splits):
            Self.metaspace(&words, replacement, prepends == .always || prepends == .first && isFirst, splits)
        case .digits(let individually):
            words.refine { text, start in
                guard let (kind, next) = text.characterClass(at: start) else { return (start, false) }
                let isNumber = kind == .number
                return (isNumber && individually ? next : text.run(from: next) { ($0 == .number) == isNumber }, true)
            }
        case .whitespace(let punctuation):
            words.refine { text, start in
                let (scalar, next) = text.scalar(at: start)
                if scalar.properties.isWhitespace { return (next, false) }
                if punctuation, scalar.isPunctuation { return (next, true) }
                return (Self.end(text, from: next) { $0.properties.isWhitespace || punctuation && $0.isPunctuation }, true)
            }
        case .punctuation:
            words.refine { text, start in
                let (scalar, next) = text.scalar(at: start)
                return (scalar.isPunctuation ? next : Self.end(text, from: next) { $0.isPunctuation }, true)
            }
        }
    }

    private static func end(_ text: TextCursor, from start: Int, where isStop: (Unicode.Scalar) -> Bool) -> Int {
        var position = start
        while position < text.bytes.count {
            let (scalar, next) = text.scalar(at: position)
            if isStop(scalar) { break }
            position = next
        }
        return position
    }

    /// Writes spaces as `replacement`; with `splits` every replacement starts a word.
    private static func metaspace(_ words: inout Words, _ replacement: [UInt8], _ prepends: Bool, _ splits: Bool) {
        var bytes = words.bytes.replacing([UInt8(ascii: " ")], with: replacement)
        if prepends, !bytes.isEmpty, !bytes.starts(with: replacement) { bytes = replacement + bytes }
        words = Words(bytes)
        guard splits, !replacement.isEmpty else { return }
        words.refine { text, start in
            var end = start + 1
            while end < text.bytes.count, !text.bytes[end...].starts(with: replacement) { end += 1 }
            return (end, true)
        }
    }
}
