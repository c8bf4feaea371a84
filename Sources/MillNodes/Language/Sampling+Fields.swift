import MillGraph
import MillInference
import MillValue

extension Sampling {
    /// The keys of a node's `config` that say how its model chooses tokens, as `millrace generate` has them as options.
    static let fields = [
        ConfigField("temperature", .number(minimum: 0, maximum: 10), "0 always takes the likeliest token", default: 0),
        ConfigField(
            "top_k", .integer(minimum: 0, maximum: 1_000_000), "how many of the likeliest tokens are candidates; 0 means all",
            default: 0),
        ConfigField(
            "top_p", .number(minimum: 0, maximum: 1),
            "the smallest set of tokens with this share of the probability are candidates; above 0, 1 means all", default: 1),
        ConfigField(
            "min_p", .number(minimum: 0, maximum: 1), "tokens less likely than this share of the likeliest are left out",
            default: 0),
        ConfigField("seed", .integer(minimum: 0), "for temperatures above 0", default: 0),
        ConfigField(
            "repeat_penalty", .number(minimum: 0, maximum: 100),
            "scores of tokens that came lately are divided by this; above 0, 1 changes nothing", default: 1),
        ConfigField(
            "repeat_window", .integer(minimum: 0, maximum: 1_048_576),
            "how many of the last tokens repeat_penalty is for; 0 means all", default: 64),
    ]

    /// What ``fields`` say.
    init(_ config: Configuration) throws(GraphError) {
        self.init(
            temperature: Float(try config.double("temperature")), topK: try config.int("top_k"),
            topP: Float(try config.double("top_p")), minP: Float(try config.double("min_p")),
            seed: UInt64(try config.int("seed")), repeatPenalty: Float(try config.double("repeat_penalty")),
            repeatWindow: try config.int("repeat_window"))
    }

    /// What is wrong with a configuration with ``fields`` whose values are of the right kinds.
    static func problems(of config: Configuration) -> [ConfigurationProblem] {
        guard let sampling = try? Sampling(config) else { return [] }
        do {
            try sampling.check()
            return []
        } catch .sampling(let parameter, let value, let allowed) {
            return [ConfigurationProblem([parameter], "'\(parameter)' is \(value); allowed is \(allowed)")]
        } catch { return [ConfigurationProblem([], "\(error)")] }
    }
}
