/// Compiles regular expressions to automata (Thompson's construction), repetitions written out.
struct PatternCompiler {
    private var program: [Pattern.Instruction] = []
    /// Counts visits too, since nested repetitions of nothing take time without adding instructions.
    private var visits = 0

    static func compile(_ node: PatternNode) throws(Pattern.SyntaxError) -> [Pattern.Instruction] {
        var compiler = PatternCompiler()
        try compiler.append(node)
        compiler.program.append(.match)
        return compiler.program
    }

    private mutating func append(_ node: PatternNode) throws(Pattern.SyntaxError) {
        visits += 1
        guard max(program.count, visits / 4) < Pattern.maximumInstructions else {
            throw Pattern.SyntaxError(
                message: "the pattern has more than \(Pattern.maximumInstructions) steps when written out", offset: 0)
        }
        switch node {
        case .empty: break
        case .scalar(let set): program.append(.scalar(set))
        case .assertion(let assertion): program.append(.assertion(assertion))
        case .sequence(let items): for item in items { try append(item) }
        case .alternatives(let branches): try appendAlternatives(branches)
        case .repeated(let item, let minimum, let maximum):
            for _ in 0..<minimum { try append(item) }
            if let maximum {
                try appendOptional(item, count: maximum - minimum)
            } else {
                let split = program.count
                program.append(.match)
                try append(item)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
            }
        }
    }

    private mutating func appendAlternatives(_ branches: [PatternNode]) throws(Pattern.SyntaxError) {
        var jumps: [Int] = []
        for (index, branch) in branches.enumerated() {
            let split = program.count
            let isLast = index == branches.count - 1
            if !isLast { program.append(.match) }
            try append(branch)
            if !isLast {
                jumps.append(program.count)
                program.append(.match)
                program[split] = .split(split + 1, program.count)
            }
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func appendOptional(_ item: PatternNode, count: Int) throws(Pattern.SyntaxError) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(program.count)
            program.append(.match)
            try append(item)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }
}
