import MillInference
import MillModels
import MillSchema
import MillTokenizer
import MillValue

/// Puts text and tasks to a text model, alone and with LoRA adapters.
package struct ScribeExaminer: Sendable {
    /// Each token is foretold from at most so many before it; windows of them do not overlap.
    package static let windowLength = 1024
    /// Beyond what the bounds of a schema allow of a call with a few arguments: every answer comes to its end.
    private static let answerLimit = 2048

    private let host: ModelHost
    private let model: TextModel
    private let tokenizer: Tokenizer

    /// - Throws: ``EvaluationError/unsuitableModel(reason:)`` for models of another kind.
    package init(path: String) throws {
        host = try ModelHost(path: path)
        model = try Self.network(of: host.model, path)
        tokenizer = try host.tokenizer
    }

    /// Refuses a model of another kind, as ``init(path:)`` does, without making it ready to answer.
    package static func check(path: String) throws {
        _ = try network(of: try ModelLoader().load(path: path, tokenizer: false), path)
    }

    private static func network(of model: LoadedModel, _ path: String) throws(EvaluationError) -> TextModel {
        guard case .text(let network) = model.network else {
            throw .unsuitableModel(reason: "\(path) is a \(model.description.family) model, not one of text")
        }
        return network
    }

    package func adapter(path: String) throws -> LoRAAdapter { try host.adapter(path: path) }

    /// How well the model foretells each token of the documents.
    package func surprise(
        of documents: [String], isCancelled: () -> Bool, progress: (Int, Int) -> Void
    ) throws -> Surprise {
        var sum = Surprise()
        for (index, document) in documents.enumerated() {
            guard !isCancelled() else { throw CancellationError() }
            progress(index, documents.count)
            let tokens = begin + tokenizer.encode(document, addSpecial: false, parseSpecial: true)
            let length = min(Self.windowLength, model.contextLength)
            for start in stride(from: 0, to: tokens.count - 1, by: length) {
                let window = tokens[start..<min(start + length + 1, tokens.count)]
                sum = sum + (try surprise(Array(window), from: 1, adapter: nil))
            }
        }
        return sum
    }

    /// Refuses tasks that the model cannot be given, before any is.
    ///
    /// - Throws: ``EvaluationError/noTestSet(path:reason:)``, with the line, for prompt and answer that are longer than the model's
    ///   context, and for a schema without a prompt.
    package func check(_ tasks: [ScribeTestSet.Task]) throws(EvaluationError) {
        for task in tasks { _ = try tokens(of: task) }
    }

    /// Answers every task, alone or under an adapter.
    ///
    /// Each expected answer is foretold token by token; where there is a schema, an answer is written under it, too.
    ///
    /// - Throws: ``EvaluationError/noTestSet(path:reason:)``, as ``check(_:)`` does, and for a schema that no answer can be held to.
    package func answers(
        to tasks: [ScribeTestSet.Task], adapter: LoRAAdapter?, isCancelled: () -> Bool, progress: (Int, Int) -> Void
    ) throws -> TaskScores {
        var scores = TaskScores()
        for (index, task) in tasks.enumerated() {
            guard !isCancelled() else { throw CancellationError() }
            progress(index, tasks.count)
            let (prompt, answer) = try tokens(of: task)
            scores.add(try surprise(prompt + answer, from: max(prompt.count, 1), adapter: adapter))
            guard let schema = task.schema else { continue }
            let constraint: Constraint
            do { constraint = try host.constraint(schema: schema) } catch InferenceError.schema(let error) {
                throw task.error("\(error)")
            }
            let options = GenerationOptions(tokenLimit: Self.answerLimit, constraint: constraint, adapter: adapter)
            scores.add(document: try generate(prompt, options), of: schema, to: task)
        }
        return scores
    }

    /// The tokens of a prompt, and those of the answer with the end after it.
    private func tokens(of task: ScribeTestSet.Task) throws(EvaluationError) -> (prompt: [Int32], answer: [Int32]) {
        let prompt = tokenizer.encode(task.prompt, addSpecial: false, parseSpecial: true)
        let answer = tokenizer.encode(task.answer, addSpecial: false, parseSpecial: true) + end
        // The last one is foretold and never read.
        let count = prompt.count + answer.count - 1
        guard count <= model.contextLength else {
            throw task.error("prompt and answer have \(count) tokens, and the model's context has \(model.contextLength)")
        }
        guard task.schema == nil || !prompt.isEmpty else {
            throw task.error("\"prompt\" is empty, and an answer under a schema needs one")
        }
        return (prompt, answer)
    }

    /// nil where the answer did not come to its end.
    private func generate(_ prompt: [Int32], _ options: GenerationOptions) throws -> String? {
        do {
            let generation = try host.generate(prompt, options)
            return generation.isFinished ? generation.text : nil
        } catch InferenceError.answerUnfinished { return nil }
    }

    private var begin: [Int32] { Array(model.configuration.beginTokenIDs.prefix(1)) }
    private var end: [Int32] { Array(model.configuration.endTokenIDs.prefix(1)) }

    /// Nats of the tokens from index `first` on, each given all before it.
    private func surprise(_ tokens: [Int32], from first: Int, adapter: LoRAAdapter?) throws -> Surprise {
        try TextScorer(model).surprise(tokens, from: first, adapter: adapter)
    }
}
