/// The structure of a regular expression over classes of characters and tests of places, whatever its dialect.
package indirect enum RegularExpression<Class: Sendable & Hashable, Assertion: Sendable & Hashable>: Sendable {
    case scalar(Class)
    case assertion(Assertion)
    case sequence([RegularExpression])
    case alternatives([RegularExpression])
    case repeated(RegularExpression, minimum: Int, maximum: Int?, isLazy: Bool)

    /// One step of the automaton; the numbers are indices into the program.
    package enum Instruction: Sendable, Hashable {
        case scalar(Class)
        /// Both go on; the first is preferred.
        case split(Int, Int)
        case jump(Int)
        case assertion(Assertion)
        case match
    }

    /// How long a program may become.
    package static var maximumInstructions: Int { 4000 }

    /// The automaton (Thompson's construction), repetitions written out; nil where it would have more than
    /// ``maximumInstructions`` steps.
    package func program() -> [Instruction]? {
        var compiler = Compiler<Class, Assertion>()
        guard compiler.append(self) else { return nil }
        return compiler.program + [.match]
    }
}

private struct Compiler<Class: Sendable & Hashable, Assertion: Sendable & Hashable> {
    typealias Expression = RegularExpression<Class, Assertion>
    var program: [Expression.Instruction] = []
    /// Counts visits too, since nested repetitions of nothing take time without adding instructions.
    private var visits = 0

    /// - Returns: whether there was room.
    mutating func append(_ node: Expression) -> Bool {
        visits += 1
        guard max(program.count, visits / 4) < Expression.maximumInstructions else { return false }
        switch node {
        case .scalar(let set): program.append(.scalar(set))
        case .assertion(let assertion): program.append(.assertion(assertion))
        case .sequence(let items): return items.allSatisfy { append($0) }
        case .alternatives(let branches): return appendAlternatives(branches)
        case .repeated(let item, let minimum, let maximum, let isLazy):
            for _ in 0..<minimum { guard append(item) else { return false } }
            func split(_ inside: Int, _ after: Int) -> Expression.Instruction {
                isLazy ? .split(after, inside) : .split(inside, after)
            }
            guard let maximum else {
                let start = reserve()
                guard append(item) else { return false }
                program.append(.jump(start))
                program[start] = split(start + 1, program.count)
                return true
            }
            var starts: [Int] = []
            for _ in 0..<max(maximum - minimum, 0) {
                starts.append(reserve())
                guard append(item) else { return false }
            }
            for start in starts { program[start] = split(start + 1, program.count) }
        }
        return true
    }

    private mutating func appendAlternatives(_ branches: [Expression]) -> Bool {
        var jumps: [Int] = []
        for (index, branch) in branches.enumerated() {
            guard index < branches.count - 1 else {
                guard append(branch) else { return false }
                break
            }
            let start = reserve()
            guard append(branch) else { return false }
            jumps.append(reserve())
            program[start] = .split(start + 1, program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
        return true
    }

    /// Room for an instruction whose target is not known yet.
    private mutating func reserve() -> Int {
        program.append(.match)
        return program.count - 1
    }
}
