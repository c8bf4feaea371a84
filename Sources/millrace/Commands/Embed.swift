import ArgumentParser
import Glibc
import MillImage
import MillModels
import MillTensor
import MillTokenizer
import MillValue

struct Embed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn texts or pictures into rows of numbers whose products say how alike they are.",
        discussion: """
            Texts are arguments, or the lines of standard input; the model is an encoder (BERT and its kin). With --image the \
            model is a vision tower (SigLIP, CLIP, ViT). Each row is a line of its own:

            millrace embed -m all-MiniLM-L6-v2 "a cat" "a kitten" --json

            A text that is longer than the model can read is cut, with a warning.
            """)

    @OptionGroup var options: ModelOptions

    @Option(help: "A JPEG or PNG picture; may be given several times.")
    var image: [String] = []

    @Option(help: "How many rows become one: mean, cls (the first), max or last; by default as the model says, else mean.")
    var pooling: String?

    @Flag(help: "Do not scale rows to length 1. Without it texts are scaled as the model says, else, and pictures, always.")
    var noNormalize = false

    @Flag(help: "Print JSON, an object per line: text or image, tokens, embedding, and of classifiers the classes that fit best.")
    var json = false

    @Argument(help: "The texts; without any, the lines of standard input.")
    var texts: [String] = []

    func validate() throws {
        if let pooling, EmbeddingPooling.Mode(rawValue: pooling) == nil {
            let known = EmbeddingPooling.Mode.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--pooling \(pooling): expected one of \(known)")
        }
        guard texts.isEmpty || image.isEmpty else { throw ValidationError("give either texts or --image") }
    }

    func run() async throws {
        let model = options.model
        let loaded = try options.load(tokenizer: image.isEmpty)
        switch loaded.network {
        case .tower(let tower):
            guard !image.isEmpty else { throw Failure.usage("\(model) looks at pictures; name them with --image") }
            for path in image { try embed(path, tower) }
        case .encoder(let encoder):
            guard image.isEmpty else { throw Failure.usage("\(model) reads texts; it cannot look at pictures") }
            guard let tokenizer = loaded.tokenizer else {
                throw Failure.usage("\(model) has no tokenizer (tokenizer.json, or the vocabulary in a GGUF file)")
            }
            if texts.isEmpty {
                while let line = readLine() { try embed(line, encoder, tokenizer) }
            } else {
                for text in texts { try embed(text, encoder, tokenizer) }
            }
        default:
            throw Failure.usage(
                "\(model) is a \(loaded.description.family) model, which makes no embeddings; use an encoder or a vision tower")
        }
    }

    private func embed(_ text: String, _ encoder: any TextEncoder, _ tokenizer: Tokenizer) throws {
        var tokens = tokenizer.encode(text)
        if tokens.count > encoder.contextLength {
            let suffix = tokenizer.suffixIDs
            Console.warning("a text of \(tokens.count) tokens is cut to \(encoder.contextLength)")
            tokens = Array(tokens.prefix(max(1, encoder.contextLength - suffix.count))) + suffix
        }
        guard !tokens.isEmpty else { throw Failure.usage("an empty text has no tokens") }
        let row = try encoder.embed(tokens, pooling: way(encoder.pooling))
        try show(["text": .string(text), "tokens": .int(tokens.count)], row)
    }

    private func embed(_ path: String, _ tower: any VisionTower) throws {
        let picture = try ImageDecoder.decode(try StoragePool.default.read(path: path)).pixels
        let features = try tower.encode(picture)
        let row: Tensor
        if pooling == nil, let pooled = try tower.pooled(features) {
            row = noNormalize ? pooled : try Self.normalised(pooled)
        } else {
            row = try way(nil).row(of: features)
        }
        var facts: ValueMap = ["image": .string(path), "tokens": .int(tower.tokenCount)]
        if let scores = try tower.scores(features) { facts["classes"] = Self.classes(try scores.floats(), tower.labels) }
        try show(facts, row)
    }

    /// How rows become one, where the model has this way of its own.
    private func way(_ own: EmbeddingPooling?) -> EmbeddingPooling {
        var way = own ?? EmbeddingPooling(.mean, isNormalised: true)
        if let mode = pooling.flatMap(EmbeddingPooling.Mode.init) { way.mode = mode }
        if noNormalize { way.isNormalised = false }
        return way
    }

    private static func normalised(_ row: Tensor) throws -> Tensor {
        let values = EmbeddingPooling.normalised(try row.floats().map { Double($0) })
        return try Tensor(values.map { Float($0) }, shape: row.shape)
    }

    /// The five classes that fit best, with their share (softmax).
    private static func classes(_ scores: [Float], _ labels: [String]) -> Value {
        let largest = scores.max() ?? 0
        let weights = scores.map { exp(Double($0 - largest)) }
        let sum = weights.reduce(0, +)
        let best = weights.indices.sorted { weights[$0] > weights[$1] }.prefix(5)
        return .list(best.map { ["label": .string(labels[$0]), "probability": .double(weights[$0] / sum)] })
    }

    private func show(_ facts: ValueMap, _ row: Tensor) throws {
        let values = try row.floats()
        guard json else { return print(values.map { "\($0)" }.joined(separator: " ")) }
        var facts = facts
        facts["embedding"] = .list(values.map { .double(Double($0)) })
        print(Value.map(facts).json())
    }
}
