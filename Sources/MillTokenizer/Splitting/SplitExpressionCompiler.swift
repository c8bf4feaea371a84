/// The structure of a regular expression.
indirect enum SplitNode: Hashable {
    case scalar(ScalarClass)
    case assertion(SplitExpression.Assertion)
    case lookAhead(SplitNode, isNegative: Bool)
    case sequence([SplitNode])
    case alternatives([SplitNode])
    case repeated(SplitNode, minimum: Int, maximum: Int?, isLazy: Bool)
}

/// Compiles expressions (Thompson's construction), repetitions written out.
struct SplitExpressionCompiler {
    private static let maximumInstructions = 4000
    private var program: [SplitExpression.Instruction] = []
    /// Counts visits too, since nested repetitions of nothing take time without adding instructions.
    private var visits = 0

    static func compile(_ node: SplitNode) throws(SplitExpression.SyntaxError) -> [SplitExpression.Instruction] {
        var compiler = SplitExpressionCompiler()
        try compiler.append(node)
        compiler.program.append(.match)
        return compiler.program
    }

    private mutating func append(_ node: SplitNode) throws(SplitExpression.SyntaxError) {
        visits += 1
        guard max(program.count, visits / 4) < Self.maximumInstructions else {
            throw .init(message: "it has more than \(Self.maximumInstructions) steps when written out")
        }
        switch node {
        case .scalar(let set): program.append(.scalar(set))
        case .assertion(let assertion): program.append(.assertion(assertion))
        case .sequence(let items): for item in items { try append(item) }
        case .alternatives(let branches): try appendAlternatives(branches)
        case .lookAhead(let body, let isNegative):
            let start = program.count
            program.append(.match)
            try append(body)
            program.append(.match)
            program[start] = .lookAhead(isNegative: isNegative, next: program.count)
        case .repeated(let item, let minimum, let maximum, let isLazy):
            for _ in 0..<minimum { try append(item) }
            func split(_ inside: Int, _ after: Int) -> SplitExpression.Instruction {
                isLazy ? .split(after, inside) : .split(inside, after)
            }
            guard let maximum else {
                let start = program.count
                program.append(.match)
                try append(item)
                program.append(.jump(start))
                program[start] = split(start + 1, program.count)
                return
            }
            var starts: [Int] = []
            for _ in 0..<max(maximum - minimum, 0) {
                starts.append(program.count)
                program.append(.match)
                try append(item)
            }
            for start in starts { program[start] = split(start + 1, program.count) }
        }
    }

    private mutating func appendAlternatives(_ branches: [SplitNode]) throws(SplitExpression.SyntaxError) {
        var jumps: [Int] = []
        for (index, branch) in branches.enumerated() {
            let start = program.count
            let isLast = index == branches.count - 1
            if !isLast { program.append(.match) }
            try append(branch)
            if !isLast {
                jumps.append(program.count)
                program.append(.match)
                program[start] = .split(start + 1, program.count)
            }
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }
}
