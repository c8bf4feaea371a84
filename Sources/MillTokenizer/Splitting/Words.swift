/// Text on its way through the pre-tokenizers: bytes, and the words in them.
struct Words {
    private(set) var bytes: [UInt8]
    private(set) var ranges: [Range<Int>]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        ranges = bytes.isEmpty ? [] : [0..<bytes.count]
    }

    /// Cuts every word further; `cut` returns the end of the piece that starts at an index, and whether to keep it.
    mutating func refine(_ cut: (TextCursor, Int) -> (end: Int, isKept: Bool)) {
        divide { text in
            var pieces: [Range<Int>] = []
            var start = 0
            while start < text.bytes.count {
                let (end, isKept) = cut(text, start)
                if isKept { pieces.append(start..<max(end, start + 1)) }
                start = max(end, start + 1)
            }
            return pieces
        }
    }

    /// Cuts every word into the pieces that `pieces` returns.
    mutating func divide(_ pieces: (TextCursor) -> [Range<Int>]) {
        var result: [Range<Int>] = []
        result.reserveCapacity(ranges.count)
        bytes.withUnsafeBufferPointer { bytes in
            for range in ranges {
                for piece in pieces(TextCursor(UnsafeBufferPointer(rebasing: bytes[range]))) {
                    result.append(range.lowerBound + piece.lowerBound..<range.lowerBound + piece.upperBound)
                }
            }
        }
        ranges = result
    }

    /// Writes every word anew; `rewrite` is told whether the word stands at the start.
    mutating func rewrite(_ rewrite: (ArraySlice<UInt8>, Bool) -> [UInt8]) {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + ranges.count)
        ranges = ranges.map { range in
            let start = result.count
            result += rewrite(bytes[range], range.lowerBound == 0)
            return start..<result.count
        }
        bytes = result
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
            guard addsPrefixSpace else { return }
            words.rewrite { word, _ in (word.first == 0x20 ? [] : [0x20]) + word }
        case .metaspace(let replacement, let prepends, let splits):
            words.rewrite { word, isAtStart in
                let text = Array(word).replacing([0x20], with: replacement)
                let isPrepended = prepends == .always || prepends == .first && isFirst && isAtStart
                return isPrepended && !text.starts(with: replacement) ? replacement + text : text
            }
            if splits { Self.split(&words, by: replacement, .mergedWithNext, isInverted: false) }
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
        case .punctuation(let behavior):
            words.divide { text in
                var (matches, start) = ([Range<Int>](), 0)
                while start < text.bytes.count {
                    let (scalar, next) = text.scalar(at: start)
                    if scalar.isPunctuation { matches.append(start..<next) }
                    start = next
                }
                return behavior.pieces(matches, count: text.bytes.count, isInverted: false)
            }
        case .expression(let expression, let behavior, let isInverted):
            words.divide { behavior.pieces(expression.matches(in: $0), count: $0.bytes.count, isInverted: isInverted) }
        case .text(let pattern, let behavior, let isInverted):
            Self.split(&words, by: pattern, behavior, isInverted: isInverted)
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

    private static func split(_ words: inout Words, by pattern: [UInt8], _ behavior: SplitBehavior, isInverted: Bool) {
        guard let first = pattern.first else { return }
        words.divide { text in
            var (matches, position) = ([Range<Int>](), 0)
            while position + pattern.count <= text.bytes.count {
                if text.bytes[position] == first, text.bytes[position..<position + pattern.count].elementsEqual(pattern) {
                    matches.append(position..<position + pattern.count)
                    position += pattern.count
                } else {
                    position += 1
                }
            }
            return behavior.pieces(matches, count: text.bytes.count, isInverted: isInverted)
        }
    }
}
