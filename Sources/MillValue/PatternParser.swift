/// Reads regular expressions; depth and repetition are bounded.
struct PatternParser {
    private static let maximumDepth = 64
    private static let maximumRepetition = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var ignoresCase = false

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    mutating func parse() throws(Pattern.SyntaxError) -> Pattern.Node {
        if scalars.starts(with: Array("(?i)".unicodeScalars)) {
            ignoresCase = true
            position = 4
        }
        let node = try alternatives(depth: 0)
        guard position == scalars.count else { throw error("unexpected '\(scalars[position])'") }
        return node
    }

    private mutating func alternatives(depth: Int) throws(Pattern.SyntaxError) -> Pattern.Node {
        guard depth < Self.maximumDepth else { throw error("groups are nested deeper than \(Self.maximumDepth) levels") }
        var branches = [try sequence(depth: depth)]
        while take("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence(depth: Int) throws(Pattern.SyntaxError) -> Pattern.Node {
        var items: [Pattern.Node] = []
        while let scalar = peek(), scalar != "|", scalar != ")" {
            items.append(try quantified(depth: depth))
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    private mutating func quantified(depth: Int) throws(Pattern.SyntaxError) -> Pattern.Node {
        let start = position
        let atom = try atom(depth: depth)
        guard let range = try quantifier() else { return atom }
        if case .assertion = atom { throw error("nothing to repeat", at: start) }
        _ = take("?")
        if peek() == "+" { throw error("possessive quantifiers are not supported") }
        if peek() == "*" || peek() == "?" { throw error("a quantifier follows a quantifier") }
        return .repeated(atom, minimum: range.minimum, maximum: range.maximum, isLazy: false)
    }

    private mutating func quantifier() throws(Pattern.SyntaxError) -> (minimum: Int, maximum: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = position
        guard take("{") else { return nil }
        guard let minimum = number() else { throw error("expected a count after '{'; write '\\{' for the character", at: start) }
        var maximum: Int? = minimum
        if take(",") { maximum = number() }
        guard take("}") else { throw error("expected '}'") }
        guard max(minimum, maximum ?? 0) <= Self.maximumRepetition else {
            throw error("repeats more than \(Self.maximumRepetition) times", at: start)
        }
        if let maximum, maximum < minimum { throw error("the counts are in the wrong order", at: start) }
        return (minimum, maximum)
    }

    private mutating func atom(depth: Int) throws(Pattern.SyntaxError) -> Pattern.Node {
        let start = position
        guard let scalar = next() else { return .sequence([]) }
        switch scalar {
        case "(":
            try groupPrefix(at: start)
            let node = try alternatives(depth: depth + 1)
            guard take(")") else { throw error("the group is not closed", at: start) }
            return node
        case "[": return .scalar(cased(try characterClass(at: start)))
        case ".": return .scalar(.anyButNewline)
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case "\\": return try escape(at: start)
        case "*", "+", "?", "{": throw error("nothing to repeat", at: start)
        default: return .scalar(cased(ScalarSet(scalar)))
        }
    }

    private mutating func groupPrefix(at start: Int) throws(Pattern.SyntaxError) {
        guard take("?") else { return }
        if take(":") { return }
        if take("=") || take("!") { throw error("look-ahead is not supported", at: start) }
        if take("P") || peek() == "<" {
            _ = take("<")
            if take("=") || take("!") { throw error("look-behind is not supported", at: start) }
            while let scalar = next(), scalar != ">" {
                guard ScalarSet.word.contains(scalar) else { throw error("not a group name", at: start) }
            }
            return
        }
        throw error("group options are supported only as '(?i)' at the start", at: start)
    }

    private mutating func escape(at start: Int) throws(Pattern.SyntaxError) -> Pattern.Node {
        switch peek() {
        case "b": position += 1; return .assertion(.wordBoundary)
        case "B": position += 1; return .assertion(.noWordBoundary)
        case "A": position += 1; return .assertion(.start)
        case "z": position += 1; return .assertion(.end)
        default: return .scalar(cased(try escapedSet(at: start)))
        }
    }

    /// The set that a `\x` inside or outside a class stands for.
    private mutating func escapedSet(at start: Int) throws(Pattern.SyntaxError) -> ScalarSet {
        guard let scalar = next() else { throw error("the pattern ends after '\\'", at: start) }
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .word
        case "W": return ScalarSet.word.inverted
        case "s": return .space
        case "S": return ScalarSet.space.inverted
        case "n": return ScalarSet("\n")
        case "r": return ScalarSet("\r")
        case "t": return ScalarSet("\t")
        case "f": return ScalarSet("\u{0C}")
        case "v": return ScalarSet("\u{0B}")
        case "x": return ScalarSet(try codePoint(digits: 2, at: start))
        case "u": return ScalarSet(try codePoint(digits: 4, at: start))
        case "p", "P": throw error("Unicode properties are not supported", at: start)
        case "0"..."9", "k": throw error("back-references are not supported", at: start)
        case _ where ScalarSet.word.contains(scalar): throw error("unknown escape '\\\(scalar)'", at: start)
        default: return ScalarSet(scalar)
        }
    }

    private mutating func codePoint(digits: Int, at start: Int) throws(Pattern.SyntaxError) -> Unicode.Scalar {
        var text = ""
        if take("{") {
            while let scalar = next(), scalar != "}", text.utf8.count < 8 { text.unicodeScalars.append(scalar) }
        } else {
            for _ in 0..<digits { if let scalar = next() { text.unicodeScalars.append(scalar) } }
            guard text.unicodeScalars.count == digits else { throw error("expected \(digits) hexadecimal digits", at: start) }
        }
        guard let code = UInt32(text, radix: 16), let scalar = Unicode.Scalar(code) else {
            throw error("'\(text)' is no code point", at: start)
        }
        return scalar
    }

    private mutating func characterClass(at start: Int) throws(Pattern.SyntaxError) -> ScalarSet {
        let isInverted = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = next() {
            if scalar == "]", !isFirst {
                let set = ScalarSet(ranges)
                return isInverted ? (ignoresCase ? set.ignoringCase : set).inverted : set
            }
            isFirst = false
            if scalar == "[", peek() == ":" { throw error("POSIX classes are not supported", at: position - 1) }
            let set = scalar == "\\" ? try classEscape() : ScalarSet(scalar)
            guard let low = set.singleValue, peek() == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                ranges += set.ranges
                continue
            }
            position += 1
            let upper = next() ?? "-"
            let high = upper == "\\" ? try classEscape() : ScalarSet(upper)
            guard let high = high.singleValue, low <= high else { throw error("the range is in the wrong order", at: start) }
            ranges.append(low...high)
        }
        throw error("the class is not closed", at: start)
    }

    private mutating func classEscape() throws(Pattern.SyntaxError) -> ScalarSet {
        if take("b") { return ScalarSet("\u{08}") }
        return try escapedSet(at: position - 1)
    }
}

extension PatternParser {
    private func cased(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.ignoringCase : set }

    private func peek() -> Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek() else { return nil }
        position += 1
        return scalar
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek(), ScalarSet.digits.contains(scalar) {
            position += 1
            value = min((value ?? 0) * 10 + Int(scalar.value - 48), 100_000)
        }
        return value
    }

    private func error(_ message: String, at offset: Int? = nil) -> Pattern.SyntaxError {
        Pattern.SyntaxError(message: message, offset: offset ?? position)
    }
}

extension ScalarSet {
    /// The value of the only scalar in the set.
    fileprivate var singleValue: UInt32? {
        guard ranges.count == 1, let range = ranges.first, range.count == 1 else { return nil }
        return range.lowerBound
    }
}
