/// A regular expression with look-around, for the patterns of a specification that are fixed.
///
/// The syntax is the part of Python's that they use: literals, `\d`, classes, `(?:…)`, `|`, `?`, `{m,n}`, and before or after a
/// place a class that must not stand there. `*` follows a class only and gives nothing back, so that matching stays linear.
struct ScalarPattern: Sendable {
    /// Code points that may stand at one place.
    struct Class: Sendable {
        var ascii: UInt128 = 0
        var others: [ClosedRange<UInt32>] = []
        /// Digits of every script.
        var hasDigits = false

        func contains(_ scalar: Unicode.Scalar) -> Bool {
            if scalar.value < 128 { return ascii >> UInt128(scalar.value) & 1 == 1 }
            if others.contains(where: { $0.contains(scalar.value) }) { return true }
            return hasDigits && scalar.properties.generalCategory == .decimalNumber
        }

        mutating func insert(_ range: ClosedRange<UInt32>) {
            for value in range.clamped(to: 0...127) where range.contains(value) { ascii |= 1 << UInt128(value) }
            if range.upperBound > 127 { others.append(range) }
        }

        mutating func insertDigits() {
            insert(0x30...0x39)
            hasDigits = true
        }

        mutating func formUnion(_ other: Class) {
            ascii |= other.ascii
            others += other.others
            hasDigits = hasDigits || other.hasDigits
        }
    }

    enum Step: Sendable {
        case take(Class)
        /// As many of a class as there are; the number is that of the run.
        case run(Class, Int)
        case split(Int, Int)
        case jump(Int)
        case notAhead(Class)
        case notBehind(Class)
        case match
    }

    private let steps: [Step]
    private let runCount: Int
    /// What a match can begin with.
    private let first: Class

    /// - Parameter source: a pattern of this module; what is not understood is taken literally.
    init(_ source: String) {
        var compiler = ScalarPatternCompiler(source)
        steps = compiler.compile()
        runCount = compiler.runCount
        first = Self.first(of: steps)
    }

    private static func first(of steps: [Step]) -> Class {
        var (found, seen, open) = (Class(), Set<Int>(), [0])
        while let index = open.popLast() {
            guard seen.insert(index).inserted else { continue }
            switch steps[index] {
            case .take(let set): found.formUnion(set)
            case .run(let set, _):
                found.formUnion(set)
                open.append(index + 1)
            case .split(let a, let b): open += [a, b]
            case .jump(let target): open.append(target)
            case .notAhead, .notBehind: open.append(index + 1)
            case .match: break
            }
        }
        return found
    }

    /// All matches from left to right without overlap.
    func matches(in text: [Unicode.Scalar]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var matcher = Matcher(runCount: runCount)
        var place = 0
        while place < text.count {
            if first.contains(text[place]), let end = matcher.end(steps, text, place, limit: text.count), end > place {
                found.append(place..<end)
                place = end
            } else {
                place += 1
            }
        }
        return found
    }

    /// Whether the pattern matches anywhere in a part of the text.
    func occurs(in text: [Unicode.Scalar], _ range: Range<Int>) -> Bool {
        var matcher = Matcher(runCount: runCount)
        return range.contains { first.contains(text[$0]) && matcher.end(steps, text, $0, limit: range.upperBound) != nil }
    }

    /// Whether the pattern matches a part of the text from its start to its end.
    func matches(all range: Range<Int>, of text: [Unicode.Scalar]) -> Bool {
        var matcher = Matcher(runCount: runCount)
        return matcher.end(steps, text, range.lowerBound, limit: range.upperBound, whole: true) != nil
    }
}

/// Goes through the steps with a list of the choices still open.
private struct Matcher {
    private var open: [(step: Int, place: Int)] = []
    /// Where the run last seen lies; places inside it need not look for its end again.
    private var runs: [Range<Int>]

    init(runCount: Int) { runs = [Range<Int>](repeating: 0..<0, count: runCount) }

    mutating func end(
        _ steps: [ScalarPattern.Step], _ text: [Unicode.Scalar], _ start: Int, limit: Int, whole: Bool = false
    ) -> Int? {
        open.removeAll(keepingCapacity: true)
        open.append((0, start))
        choices: while let choice = open.popLast() {
            var (step, place) = choice
            while true {
                switch steps[step] {
                case .take(let set):
                    guard place < limit, set.contains(text[place]) else { continue choices }
                    place += 1
                case .run(let set, let index):
                    if !runs[index].contains(place) {
                        var end = place
                        while end < limit, set.contains(text[end]) { end += 1 }
                        runs[index] = place..<end
                    }
                    place = max(place, runs[index].upperBound)
                case .split(let a, let b):
                    open.append((b, place))
                    step = a
                    continue
                case .jump(let target):
                    step = target
                    continue
                case .notAhead(let set):
                    if place < limit, set.contains(text[place]) { continue choices }
                case .notBehind(let set):
                    if place > 0, set.contains(text[place - 1]) { continue choices }
                case .match:
                    if whole && place != limit { continue choices }
                    return place
                }
                step += 1
            }
        }
        return nil
    }
}
