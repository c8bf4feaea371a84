import MillValue

/// Reads the regular expressions of pre-tokenizers; depth and repetition are bounded.
struct SplitExpressionParser {
    typealias SyntaxError = SplitExpression.SyntaxError
    private static let maximumDepth = 64
    private static let maximumRepetition = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var ignoresCase = false

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    mutating func parse() throws(SyntaxError) -> SplitExpression.Node {
        let node = try alternatives(depth: 0)
        guard position == scalars.count else { throw error("')' closes no group") }
        return node
    }

    private mutating func alternatives(depth: Int) throws(SyntaxError) -> SplitExpression.Node {
        guard depth < Self.maximumDepth else { throw error("groups are nested deeper than \(Self.maximumDepth) levels") }
        var branches = [try sequence(depth: depth)]
        while take("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence(depth: Int) throws(SyntaxError) -> SplitExpression.Node {
        var items: [SplitExpression.Node] = []
        /// The class that a possessive repetition before took all of.
        var taken: ScalarClass?
        while let scalar = peek(), scalar != "|", scalar != ")" {
            if take("(", "?", "i", ")") {
                ignoresCase = true
                continue
            }
            let (item, possessive) = try quantified(depth: depth)
            if let before = taken {
                if let first = item.firstClass, !first.isDisjoint(with: before) {
                    throw error("a possessive quantifier before what it takes is not supported")
                }
                if !item.mayBeEmpty { taken = nil }
            }
            taken = possessive ?? taken
            items.append(item)
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    /// - Returns: the part, and the class of a possessive repetition, which is read as a greedy one.
    private mutating func quantified(depth: Int) throws(SyntaxError) -> (node: SplitExpression.Node, possessive: ScalarClass?) {
        let atom = try atom(depth: depth)
        guard let range = try quantifier() else { return (atom, nil) }
        if case .assertion = atom { throw error("there is nothing to repeat") }
        let isLazy = take("?")
        var possessive: ScalarClass?
        if !isLazy, take("+") {
            guard case .scalar(let set) = atom else { throw error("a possessive quantifier after a group is not supported") }
            possessive = set
        }
        guard !["*", "+", "?"].contains(peek()) else { throw error("a quantifier follows a quantifier") }
        return (.repeated(atom, minimum: range.minimum, maximum: range.maximum, isLazy: isLazy), possessive)
    }

    private mutating func quantifier() throws(SyntaxError) -> (minimum: Int, maximum: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = position
        guard take("{") else { return nil }
        let lower = number()
        var upper = lower
        if take(",") { upper = number() }
        guard take("}"), lower != nil || upper != nil else {
            position = start
            throw error("'{' starts no count; write '\\{' for the character")
        }
        let minimum = lower ?? 0
        guard max(minimum, upper ?? 0) <= Self.maximumRepetition, (upper ?? minimum) >= minimum else {
            throw error("the counts are out of order or above \(Self.maximumRepetition)")
        }
        return (minimum, upper)
    }

    private mutating func atom(depth: Int) throws(SyntaxError) -> SplitExpression.Node {
        guard let scalar = next() else { return .sequence([]) }
        switch scalar {
        case "(": return try group(depth: depth)
        case "[": return .scalar(cased(try characterClass(depth: 0)))
        case ".": return .scalar(ScalarClass([.ranges(ScalarSet("\n"))], isInverted: true))
        case "^": return .assertion(.lineStart)
        case "$": return .assertion(.lineEnd)
        case "\\": return try escape()
        case "*", "+", "?": throw error("there is nothing to repeat")
        default: return .scalar(cased(ScalarClass(scalar)))
        }
    }

    private mutating func group(depth: Int) throws(SyntaxError) -> SplitExpression.Node {
        let outer = ignoresCase
        defer { ignoresCase = outer }
        var look: Bool?
        if take("?") {
            if take("=") {
                look = false
            } else if take("!") {
                look = true
            } else if take("i", ":") {
                ignoresCase = true
            } else if !take(":") {
                throw error("only the groups (?:…), (?i:…), (?=…) and (?!…) are supported")
            }
        }
        let node = try alternatives(depth: depth + 1)
        guard take(")") else { throw error("a group is not closed") }
        guard let look else { return node }
        return .assertion(.lookAhead(try SplitExpression.program(of: node), isNegative: look))
    }

    private mutating func escape() throws(SyntaxError) -> SplitExpression.Node {
        if take("b") { return .assertion(.wordBoundary) }
        if take("B") { return .assertion(.noWordBoundary) }
        if take("A") { return .assertion(.textStart) }
        if take("z") { return .assertion(.textEnd) }
        return .scalar(cased(try escapedClass()))
    }

    /// The class that a `\x` inside or outside brackets stands for.
    private mutating func escapedClass() throws(SyntaxError) -> ScalarClass {
        guard let scalar = next() else { throw error("it ends after '\\'") }
        switch scalar {
        case "d", "D": return ScalarClass([ScalarClass.property("Nd") ?? .word], isInverted: scalar == "D")
        case "w", "W": return ScalarClass([.word], isInverted: scalar == "W")
        case "s", "S": return ScalarClass([.space], isInverted: scalar == "S")
        case "n": return ScalarClass("\n")
        case "r": return ScalarClass("\r")
        case "t": return ScalarClass("\t")
        case "f": return ScalarClass("\u{0C}")
        case "v": return ScalarClass("\u{0B}")
        case "x", "u": return ScalarClass(try codePoint(digits: scalar == "x" ? 2 : 4))
        case "p", "P": return try property(isInverted: scalar == "P")
        case _ where scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)):
            throw error("'\\\(scalar)' is not supported")
        default: return ScalarClass(scalar)
        }
    }

    private mutating func property(isInverted: Bool) throws(SyntaxError) -> ScalarClass {
        var name = ""
        if take("{") {
            while let scalar = next(), scalar != "}", name.utf8.count < 32 { name.unicodeScalars.append(scalar) }
        } else if let scalar = next() {
            name.unicodeScalars.append(scalar)
        }
        let isNot = name.hasPrefix("^")
        guard let item = ScalarClass.property(isNot ? String(name.dropFirst()) : name) else {
            throw error("the Unicode property \\p{\(name)} is not supported")
        }
        return ScalarClass([item], isInverted: isInverted != isNot)
    }

    private mutating func codePoint(digits: Int) throws(SyntaxError) -> Unicode.Scalar {
        var text = ""
        if take("{") {
            while let scalar = next(), scalar != "}", text.utf8.count < 8 { text.unicodeScalars.append(scalar) }
        } else {
            for _ in 0..<digits { if let scalar = next() { text.unicodeScalars.append(scalar) } }
        }
        guard let code = UInt32(text, radix: 16), let scalar = Unicode.Scalar(code) else {
            throw error("'\(text)' is no code point")
        }
        return scalar
    }

    /// After the opening bracket.
    private mutating func characterClass(depth: Int) throws(SyntaxError) -> ScalarClass {
        guard depth < Self.maximumDepth else { throw error("classes are nested deeper than \(Self.maximumDepth) levels") }
        let isInverted = take("^")
        var items: [ScalarClass.Item] = []
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = next() {
            if scalar == "]", !isFirst {
                if !ranges.isEmpty { items.append(.ranges(ScalarSet(ranges))) }
                return ScalarClass(items, isInverted: isInverted)
            }
            isFirst = false
            if scalar == "&", peek() == "&" { throw error("intersections of classes (&&) are not supported") }
            if scalar == "[" {
                guard peek() != ":" else { throw error("POSIX classes are not supported") }
                items.append(try characterClass(depth: depth + 1).asItem)
                continue
            }
            let member = scalar == "\\" ? try escapedClass() : ScalarClass(scalar)
            guard let low = member.single else {
                items.append(member.asItem)
                continue
            }
            guard peek() == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                ranges.append(low...low)
                continue
            }
            position += 1
            let end = next() ?? "-"
            guard let high = (end == "\\" ? try escapedClass() : ScalarClass(end)).single, low <= high else {
                throw error("a range is in the wrong order")
            }
            ranges.append(low...high)
        }
        throw error("a class is not closed")
    }
}

extension SplitExpressionParser {
    private func cased(_ set: ScalarClass) -> ScalarClass { ignoresCase ? set.ignoringCase : set }

    private func peek() -> Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek() else { return nil }
        position += 1
        return scalar
    }

    /// Goes over these characters if they are next.
    private mutating func take(_ expected: Unicode.Scalar...) -> Bool {
        guard scalars[position...].starts(with: expected) else { return false }
        position += expected.count
        return true
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek(), ("0"..."9").contains(scalar) {
            position += 1
            value = min((value ?? 0) * 10 + Int(scalar.value - 48), 100_000)
        }
        return value
    }

    private func error(_ message: String) -> SyntaxError { SyntaxError(message: "\(message) (at offset \(position))") }
}

extension SplitExpression.Node {
    /// The class of the characters that a part begins with where it is not empty; nil where it may begin in several ways.
    fileprivate var firstClass: ScalarClass? {
        switch self {
        case .scalar(let set): set
        case .repeated(let item, _, _, _): item.firstClass
        case .sequence, .assertion, .alternatives: nil
        }
    }

    fileprivate var mayBeEmpty: Bool {
        if case .repeated(_, 0, _, _) = self { true } else { false }
    }
}
