import ArgumentParser
import MillEvaluation
import MillModels
import MillWeights

/// What `models convert` and `models merge` have in common.
struct ConversionOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The GGUF file to write.")
    var output: String

    @Option(help: ArgumentHelp("An importance matrix, as llama-imatrix or --save-imatrix writes it.", valueName: "file"))
    var imatrix: String?

    @Option(
        help: ArgumentHelp(
            "Work the importance matrix out: read this text with the model as it is, and weigh errors by what its matrices meet.",
            valueName: "textfile"))
    var calibrate: String?

    @Option(help: ArgumentHelp("With --calibrate: write the importance matrix, too, as llama.cpp has it.", valueName: "file"))
    var saveImatrix: String?

    @Flag(help: "Take sources that are quantized already, and lose precision a second time.")
    var allowRequantize = false

    @Flag(help: "Go on with what an interrupted run with the same sources and options left (OUT.part).")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "When it is written, compare the scores of both models over this text: perplexities, KL divergence, NMSE, agreement.",
            valueName: "textfile"))
    var verify: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: "Tokens of a window for --calibrate and --verify; by default 512, or the model's context.")
    var context: Int?

    func validate() throws {
        try Bounded.check("--context", context, 4...1 << 20)
        guard imatrix == nil || calibrate == nil else { throw ValidationError("give either --imatrix or --calibrate") }
        guard saveImatrix == nil || calibrate != nil else { throw ValidationError("--save-imatrix is for --calibrate") }
    }
}
