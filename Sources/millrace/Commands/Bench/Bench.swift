import ArgumentParser
import MillCompute
import MillModels
import MillValue

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a text model or a vision tower against what this machine can do.",
        discussion: """
            One row per test and number of threads: load (from opening the file to the scores after a prompt of 8 tokens, \
            with the file cached as it is), pp512 (reading a prompt of 512 tokens), tg64 (writing 64 tokens), and with \
            --depth the same behind a context of that many tokens (tg64@d4096). Medians, with the least and the greatest. \
            Tokens are arbitrary; speed does not depend on them.

            The roofline says how much of the machine's limit at that number of threads a row reaches: bytes of weights and \
            cache per second against memory, or multiply-adds of all matrices against the peak of the instructions in \
            brackets; all limits are measured in the same run. Quantized weights are held against the peak of 8-bit vector \
            instructions on every machine, also where AMX multiplies them.

            Of a vision tower, one row per number of threads: a picture of the tower's own size, without a roofline; only \
            --threads, --repetitions and --json matter then.

            With --pool and no model: how long an operation without work takes on the worker threads.
            """)

    /// Jobs that --pool times, and chunks of each.
    private static let poolJobs = (count: 20_000, chunks: 4)

    @Argument(help: ArgumentHelp(ModelOptions.places))
    var model: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Tokens of the prompt, or several numbers (128,512); 0 leaves reading out.", valueName: "n,…"))
    var prompt = NumberList([512])

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("Tokens to write, or several numbers; 0 leaves writing out.", valueName: "n,…"))
    var generate = NumberList([64])

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Threads, or several numbers; by default as many as this machine lets Millrace use.", valueName: "n,…")
    )
    var threads: NumberList?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Tokens that the context holds before, or several numbers.", valueName: "n,…"))
    var depth = NumberList([0])

    @Option(parsing: .unconditional, help: "Keys and values are kept in f32, f16, bf16 or q8_0.")
    var kv: CacheType?

    @Option(name: .shortAndLong, parsing: .unconditional, help: "Repetitions.")
    var repetitions = 3

    @Flag(inversion: .prefixedNo, help: "Measure what the machine can do, for the roofline.")
    var limits = true

    @Flag(help: "Measure the worker threads instead of a model.")
    var pool = false

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func validate() throws {
        try prompt.check("--prompt", 0...65536)
        try generate.check("--generate", 0...65536)
        try threads?.check("--threads", 1...1024)
        try depth.check("--depth", 0...1_048_576)
        try Bounded.check("--repetitions", repetitions, 1...1000)
        guard pool != (model != nil) else { throw ValidationError("give either a model or --pool") }
    }

    func run() async throws {
        Interrupts.observe { _ in }
        let computes = try computes()
        guard let model else { return try measurePool(computes) }
        if let bench = try VisionBench(path: model, computes: computes, repetitions: repetitions) {
            Console.endProgress()
            return print(json ? bench.value.json(pretty: true) : bench.text)
        }
        var report = BenchReport(path: model)
        for compute in computes {
            let bench = TextBench(
                path: model, compute: compute, prompts: prompt.numbers, answers: generate.numbers, kv: kv?.dtype)
            let result = try bench.measure(depths: depth.numbers, repetitions: repetitions)
            report.rows += result.rows
            report.work = result.work
            report.memory = report.memory ?? result.memory
            if limits {
                try TextBench.progress("limits, \(compute.threadCount) threads")
                report.limits.append(try MachineLimits.measure(compute))
            }
        }
        Console.endProgress()
        print(json ? report.value.json(pretty: true) : report.text)
    }

    /// One for each number of threads that this process may use.
    private func computes() throws -> [Compute] {
        guard let threads else { return [try Compute()] }
        var computes: [Compute] = []
        for count in threads.numbers {
            let compute = try Compute(threads: count)
            if compute.threadCount < count {
                Console.warning("--threads \(count): this process may use \(compute.threadCount)")
            }
            if !computes.contains(where: { $0.threadCount == compute.threadCount }) { computes.append(compute) }
        }
        return computes
    }

    private func measurePool(_ computes: [Compute]) throws {
        var rows: [PoolRow] = []
        for compute in computes {
            if Interrupts.happened { throw Failure.interrupted }
            let times = MachineLimits.jobTimes(compute, jobs: Self.poolJobs.count, chunks: Self.poolJobs.chunks)
            rows.append(PoolRow(threadCount: compute.threadCount, times: times))
        }
        print(json ? PoolRow.value(rows).json(pretty: true) : PoolRow.text(rows))
    }
}
