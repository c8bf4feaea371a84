import ArgumentParser
import Glibc
import MillCompute
import MillModels
import MillValue

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure reading a prompt and writing tokens with a text model.",
        discussion: "Tokens are arbitrary; speed does not depend on them. Prints the median of the repetitions.")

    @Argument(help: "A folder or a .gguf file.")
    var model: String

    @Option(parsing: .unconditional, help: "Tokens of the prompt.")
    var prompt = 256

    @Option(parsing: .unconditional, help: "Tokens to write.")
    var generate = 32

    @Option(parsing: .unconditional, help: "Threads; by default as many as this machine lets Millrace use.")
    var threads: Int?

    @Option(help: "What keys and values are kept in: f32, f16, bf16 or q8_0; f16 by default.")
    var kv: CacheType?

    @Option(parsing: .unconditional, help: "Repetitions.")
    var repetitions = 3

    @Flag(help: "Print JSON on standard output.")
    var json = false

    /// Seconds, and seconds of processor time.
    private struct Sample {
        var wall: Double
        var processor: Double
    }

    func validate() throws {
        try Bounded.check("--prompt", prompt, 1...65536)
        try Bounded.check("--generate", generate, 1...65536)
        try Bounded.check("--threads", threads, 1...1024)
        try Bounded.check("--repetitions", repetitions, 1...1000)
    }

    func run() async throws {
        let compute = try Compute(threads: threads)
        guard case .text(let network) = try ModelLoader(compute: compute).load(path: model, tokenizer: false).network else {
            throw Failure.usage("\(model) writes no text of its own; bench takes text models")
        }
        let context = try network.makeContext(capacity: prompt + generate, kv: kv?.dtype)
        let tokens = (0..<prompt + generate).map { Int32(($0 * 7919 + 13) % network.vocabularySize) }
        try context.append(Array(tokens.prefix(8)))
        var prefill: [Sample] = []
        var decode: [Sample] = []
        for _ in 0..<repetitions {
            try context.rewind(to: 0)
            prefill.append(
                try Self.measure {
                    for start in stride(from: 0, to: prompt, by: context.chunkLength) {
                        try context.append(Array(tokens[start..<min(start + context.chunkLength, prompt)]))
                    }
                })
            decode.append(try Self.measure { for token in tokens[prompt...] { try context.append([token]) } })
        }
        report(prefill, decode, compute)
    }

    private func report(_ prefill: [Sample], _ decode: [Sample], _ compute: Compute) {
        let read = Self.median(prefill.map { Double(prompt) / $0.wall })
        let written = Self.median(decode.map { Double(generate) / $0.wall })
        guard json else {
            print("\(model), \(compute.isa.rawValue), \(compute.threadCount) threads")
            print("prompt \(prompt): \(RunSummary.decimal(read)) tokens/s")
            print("decode \(generate): \(RunSummary.decimal(written)) tokens/s")
            return
        }
        let value: Value = [
            "prefill": .double(read), "decode": .double(written), "isa": .string(compute.isa.rawValue),
            "threads": .int(compute.threadCount),
            "prefillCPU": .double(Self.median(prefill.map { $0.processor / Double(prompt) })),
            "decodeCPU": .double(Self.median(decode.map { $0.processor / Double(generate) })),
        ]
        print(value.json())
    }

    private static func measure(_ body: () throws -> Void) rethrows -> Sample {
        let (wall, processor) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
        try body()
        return Sample(wall: seconds(CLOCK_MONOTONIC) - wall, processor: seconds(CLOCK_PROCESS_CPUTIME_ID) - processor)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func median(_ numbers: [Double]) -> Double {
        let sorted = numbers.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
