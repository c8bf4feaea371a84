import ArgumentParser
import MillInference

/// How tokens are chosen, for the commands that let a model write.
struct SamplingOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "0 always takes the likeliest token.")
    var temperature: Float = 0

    @Option(parsing: .unconditional, help: "How many of the likeliest tokens are candidates; 0 means all.")
    var topK = 0

    @Option(parsing: .unconditional, help: "The smallest set of tokens with this share of the probability are candidates.")
    var topP: Float = 1

    @Option(parsing: .unconditional, help: "Tokens less likely than this share of the likeliest are left out.")
    var minP: Float = 0

    @Option(parsing: .unconditional, help: "Seed for temperatures above 0; 0 by default.", transform: Bounded.unsigned)
    var seed: UInt64 = 0

    @Option(parsing: .unconditional, help: "Scores of tokens that came lately are divided by this; 1 changes nothing.")
    var repeatPenalty: Float = 1

    @Option(parsing: .unconditional, help: "How many of the last tokens --repeat-penalty is for; 0 means all.")
    var repeatWindow = 64

    func validate() throws {
        try Bounded.check("--repeat-penalty", repeatPenalty, Float.leastNormalMagnitude...100)
        try Bounded.check("--repeat-window", repeatWindow, 0...1_048_576)
        try Bounded.check("--temperature", temperature, 0...100)
        try Bounded.check("--top-k", topK, 0...1_000_000)
        try Bounded.check("--top-p", topP, Float.leastNormalMagnitude...1)
        try Bounded.check("--min-p", minP, 0...1)
    }

    var sampling: Sampling {
        Sampling(
            temperature: temperature, topK: topK, topP: topP, minP: minP, seed: seed, repeatPenalty: repeatPenalty,
            repeatWindow: repeatWindow)
    }
}
