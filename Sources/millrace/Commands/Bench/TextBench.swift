import MillCompute
import MillModels
import MillTensor

/// Measures a text model on one number of threads.
struct TextBench {
    /// Tokens of the prompt of the `load` row.
    private static let firstPrompt = 8

    struct Result {
        var rows: [BenchRow] = []
        var work: TokenWork?
        /// While the model and the last context were there.
        var memory: ResidentMemory?
    }

    let path: String
    let compute: Compute
    /// Tokens to read and to write; 0 is left out.
    let prompts: [Int]
    let answers: [Int]
    /// What keys and values are kept in; nil takes the model's default.
    let kv: DType?

    init(path: String, compute: Compute, prompts: [Int], answers: [Int], kv: DType?) {
        self.path = path
        self.compute = compute
        self.prompts = prompts.filter { $0 > 0 }
        self.answers = answers.filter { $0 > 0 }
        self.kv = kv
    }

    /// Measures loading, then reading and writing behind each depth.
    ///
    /// A context is filled to the depth once, outside the measurement, and rewound to it between repetitions.
    /// - Throws: `Failure` where the model writes no text or its context is too short, and at an interrupt.
    func measure(depths: [Int], repetitions: Int) throws -> Result {
        var model: (network: TextModel, description: ModelDescription)?
        var loading: [BenchSample] = []
        for repetition in 1...repetitions {
            try progress("load", repetition, repetitions)
            // So that memory never holds two of them.
            model = nil
            loading.append(
                try BenchSample.measure {
                    let opened = try open()
                    let context = try opened.network.makeContext(capacity: Self.firstPrompt)
                    try context.append(Self.tokens(0..<Self.firstPrompt, opened.network))
                    model = opened
                })
        }
        guard let (network, description) = model else { return Result() }
        var result = Result(rows: [row(.load, loading, 0, description)], work: description.work, memory: .current)
        for depth in depths where !(prompts + answers).isEmpty {
            let context = try makeContext(network, depth: depth)
            try fill(context, to: depth, network)
            for test in prompts.map(BenchRow.Test.read) + answers.map(BenchRow.Test.write) {
                var samples: [BenchSample] = []
                for repetition in 1...repetitions {
                    try progress(test.name(depth: depth), repetition, repetitions)
                    try context.rewind(to: depth)
                    samples.append(try BenchSample.measure { try run(test, in: context, network) })
                }
                try context.rewind(to: depth)
                result.rows.append(row(test, samples, depth, description))
                result.memory = .current
            }
        }
        return result
    }

    private func open() throws -> (network: TextModel, description: ModelDescription) {
        let loaded = try ModelLoader(compute: compute).load(path: path, tokenizer: false, pictures: .none)
        guard let network = loaded.network.text else {
            throw Failure.usage("\(path) writes no text of its own; bench takes text models and vision towers")
        }
        return (network, loaded.description)
    }

    private func makeContext(_ network: TextModel, depth: Int) throws -> TextContext {
        let needed = depth + (prompts + answers).reduce(0, max)
        guard needed <= network.contextLength else {
            throw Failure.usage("\(path) takes \(network.contextLength) tokens, and depth and test need \(needed)")
        }
        return try network.makeContext(capacity: needed, kv: kv)
    }

    private func fill(_ context: TextContext, to depth: Int, _ network: TextModel) throws {
        while context.position < depth {
            try Self.progress("filling the context, \(context.position) of \(depth)")
            let next = context.position..<min(context.position + context.chunkLength, depth)
            try context.append(Self.tokens(next, network))
        }
    }

    private func run(_ test: BenchRow.Test, in context: TextContext, _ network: TextModel) throws {
        let end = context.position + test.tokenCount
        while context.position < end {
            if Interrupts.happened { throw Failure.interrupted }
            let step = if case .write = test { 1 } else { context.chunkLength }
            try context.append(Self.tokens(context.position..<min(context.position + step, end), network))
        }
    }

    /// Arbitrary tokens for some positions.
    private static func tokens(_ positions: Range<Int>, _ network: TextModel) -> [Int32] {
        positions.map { Int32(($0 * 7919 + 13) % network.vocabularySize) }
    }

    private func row(
        _ test: BenchRow.Test, _ samples: [BenchSample], _ depth: Int, _ description: ModelDescription
    ) -> BenchRow {
        BenchRow(
            test: test, depth: depth, threadCount: compute.threadCount, isa: compute.isa, samples: samples,
            cost: BenchRow.Cost(test, depth: depth, description, kv: kv, compute))
    }

    private func progress(_ test: String, _ repetition: Int, _ repetitions: Int) throws {
        try Self.progress("\(test), \(compute.threadCount) threads: \(repetition) of \(repetitions)")
    }

    /// Says what is done at present, and ends the program where it was interrupted.
    static func progress(_ text: String) throws {
        if Interrupts.happened { throw Failure.interrupted }
        Console.progress(text)
    }
}
