/// Turns the source of a ``ScalarPattern`` into steps.
struct ScalarPatternCompiler {
    private let source: [Unicode.Scalar]
    private var position = 0
    private var steps: [ScalarPattern.Step] = []
    private(set) var runCount = 0

    init(_ source: String) { self.source = Array(source.unicodeScalars) }

    mutating func compile() -> [ScalarPattern.Step] {
        alternatives()
        steps.append(.match)
        return steps
    }

    private var next: Unicode.Scalar? { position < source.count ? source[position] : nil }

    private mutating func take(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard source[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    /// `a|b|c`: a chain of choices, the first tried first.
    private mutating func alternatives() {
        var ends: [Int] = []
        while true {
            let split = steps.count
            steps.append(.jump(split + 1))
            sequence()
            guard take("|") else { break }
            ends.append(steps.count)
            steps.append(.jump(0))
            steps[split] = .split(split + 1, steps.count)
        }
        for end in ends { steps[end] = .jump(steps.count) }
    }

    private mutating func sequence() {
        while let scalar = next, scalar != "|", scalar != ")" { quantified() }
    }

    private mutating func quantified() {
        let (start, begin) = (position, steps.count)
        atom()
        if take("?") {
            let body = Array(steps[begin...])
            steps.removeSubrange(begin...)
            appendOptional(body)
        } else if take("*") {
            if case .take(let set)? = steps.last, begin == steps.count - 1 {
                steps[begin] = .run(set, runCount)
                runCount += 1
            }
        } else if take("{") {
            let least = number()
            let most = take(",") ? number() : least
            _ = take("}")
            let after = position
            for _ in 1..<max(least, 1) { copyAtom(start, after) }
            for _ in least..<max(most, least) {
                let from = steps.count
                copyAtom(start, after)
                let body = Array(steps[from...])
                steps.removeSubrange(from...)
                appendOptional(body)
            }
        }
    }

    /// Writes the atom whose source begins at `start` once more.
    private mutating func copyAtom(_ start: Int, _ after: Int) {
        position = start
        atom()
        position = after
    }

    /// The body, or nothing; its targets move by the one step before it.
    private mutating func appendOptional(_ body: [ScalarPattern.Step]) {
        let split = steps.count
        steps.append(.split(split + 1, split + 1 + body.count))
        for step in body {
            switch step {
            case .split(let a, let b): steps.append(.split(a + 1, b + 1))
            case .jump(let target): steps.append(.jump(target + 1))
            default: steps.append(step)
            }
        }
    }

    private mutating func number() -> Int {
        var value = 0
        while let digit = next, digit.isDigit, value < 1000 {
            value = value * 10 + Int(digit.value - 0x30)
            position += 1
        }
        return value
    }

    private mutating func atom() {
        if take("(?!") {
            steps.append(.notAhead(set()))
            _ = take(")")
        } else if take("(?<!") {
            steps.append(.notBehind(set()))
            _ = take(")")
        } else if take("(?:") {
            alternatives()
            _ = take(")")
        } else {
            steps.append(.take(set()))
        }
    }

    /// A class in brackets, `\d`, or one code point.
    private mutating func set() -> ScalarPattern.Class {
        var result = ScalarPattern.Class()
        guard take("[") else {
            member(of: &result, mayBeRange: false)
            return result
        }
        while let scalar = next, scalar != "]" { member(of: &result, mayBeRange: true) }
        _ = take("]")
        return result
    }

    private mutating func member(of set: inout ScalarPattern.Class, mayBeRange: Bool) {
        if take("\\d") { return set.insertDigits() }
        guard let scalar = next else { return }
        position += 1
        var upper = scalar
        // A minus before the closing bracket stands for itself.
        if mayBeRange, next == "-", position + 1 < source.count, source[position + 1] != "]", mayRange(scalar) {
            upper = source[position + 1]
            position += 2
        }
        set.insert(min(scalar.value, upper.value)...max(scalar.value, upper.value))
    }

    /// Ranges are between letters or digits; in `[-/.]` the minus comes first and is meant literally.
    private func mayRange(_ scalar: Unicode.Scalar) -> Bool { scalar.isLetter || scalar.isDigit }
}
