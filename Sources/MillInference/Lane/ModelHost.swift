import MillCompute
import MillModels
import MillSchema
import MillTensor
import MillTokenizer
import MillValue
import Synchronization

/// A loaded model with its lane: takes requests from any thread and serves them one after the other.
///
/// ```swift
/// let host = try ModelHost(path: "builtin:hearth")
/// let constraint = try host.constraint(schema: schema)
/// let picture = try host.look(at: image.pixels)
/// let answer = try host.answer("Describe the scene.", about: picture, GenerationOptions(constraint: constraint))
/// ```
/// The blocking calls are for threads of one's own (the graph's workers, the command line); from tasks use the `async` one.
public final class ModelHost: Sendable {
    public let model: LoadedModel
    private let lane: ModelLane
    private let clock: any MillClock
    /// Built for the first constraint.
    private let trie = Mutex<VocabularyTrie?>(nil)
    /// Constraints of answers that are one field, by its name.
    private let sights = Mutex<[String: Constraint]>([:])
    /// What ``encode(_:)`` remembers.
    let pictures: PictureCache

    /// - Parameter pictureByteLimit: bytes of encoded pictures that are kept for the next question about them; nil for a share of
    ///   the memory (``PictureCache``).
    public init(_ model: LoadedModel, clock: any MillClock = SystemClock(), pictureByteLimit: Int? = nil) {
        self.model = model
        self.clock = clock
        pictures = PictureCache(byteLimit: pictureByteLimit)
        lane = ModelLane()
    }

    /// Loads a model; see ``ModelLoader/load(path:tokenizer:pictures:)``.
    public convenience init(
        path: String, pictures: PictureSide = .beside, compute: Compute = .shared, clock: any MillClock = SystemClock()
    ) throws(ModelError) {
        try PictureSide.checkIsNone(at: path)
        self.init(try ModelLoader(compute: compute).load(path: path, pictures: pictures), clock: clock)
    }

    /// The model's tokenizer.
    public var tokenizer: Tokenizer {
        get throws(InferenceError) {
            _ = try language
            guard let tokenizer = model.tokenizer else { throw .noTokenizer(path: model.description.path) }
            return tokenizer
        }
    }

    /// Compiles the schema of an answer; worth keeping, since it remembers what it worked out.
    public func constraint(schema: JSONSchema) throws(InferenceError) -> Constraint {
        let tokenizer = try tokenizer
        let size = try language.vocabularySize
        let trie = trie.withLock { trie in
            let built = trie ?? VocabularyTrie(tokenizer, vocabularySize: size)
            trie = built
            return built
        }
        return try Constraint(schema, trie, tokenizer)
    }

    /// The constraint of answers that say where a thing is (`where`), or in which state (`state`).
    func sightConstraint(_ field: String) throws(InferenceError) -> Constraint {
        if let known = sights.withLock({ $0[field] }) { return known }
        let document = try hearth.configuration.sightSchema(field)
        let schema: JSONSchema
        do { schema = try JSONSchema(document) } catch { throw .schema(error) }
        let built = try constraint(schema: schema)
        sights.withLock { $0[field] = built }
        return built
    }

    /// Loads a LoRA adapter for this model from a PEFT folder or a GGUF file; it serves any number of answers, beside others
    /// and none.
    public func adapter(path: String) throws(InferenceError) -> LoRAAdapter {
        try adapter([LoRAAdapter.Source(path: path)])
    }

    /// Loads several, whose changes add up.
    public func adapter(_ sources: [LoRAAdapter.Source]) throws(InferenceError) -> LoRAAdapter {
        let network = try text
        do { return try LoRAAdapter(sources, for: network) } catch { throw .model(error) }
    }

    /// The network as one that writes; throws for models that only read.
    private var language: any LanguageModel {
        get throws(InferenceError) {
            guard let language = model.network.language else {
                throw .unsuitable("\(model.description.path) is a \(model.description.family) model, which writes no text")
            }
            return language
        }
    }

    /// The text network; throws for models that are none.
    private var text: TextModel {
        get throws(InferenceError) {
            guard let network = model.network.text else {
                _ = try language
                throw .unsuitable("\(model.description.path) answers only about pictures")
            }
            return network
        }
    }

    /// The vision-language network; throws for models that see nothing.
    var hearth: HearthModel {
        get throws(InferenceError) {
            guard case .hearth(let hearth) = model.network else {
                throw .unsuitable("\(model.description.path) is a \(model.description.family) model, which takes no pictures")
            }
            return hearth
        }
    }

    /// Encodes a picture, U8 `[height, width, 3]`, upright RGB of any size. Blocks until it is done.
    public func look(at pixels: Tensor) throws(InferenceError) -> HearthPicture {
        let hearth = try hearth
        return try blocking { () throws(ModelError) in try hearth.encode(pixels) }
    }

    /// The tokens of an instruction as the model was trained to read it.
    public func prompt(instruction: String) throws(InferenceError) -> [Int32] {
        let tokenizer = try tokenizer
        guard let user = tokenizer.id(of: "<|user|>"), let assistant = tokenizer.id(of: "<|assistant|>") else {
            throw .unsuitable("the tokenizer of \(model.description.path) has no <|user|> and <|assistant|>")
        }
        return [user] + tokenizer.encode(instruction, addSpecial: false, parseSpecial: false) + [assistant]
    }

    /// Answers an instruction about a picture. Blocks until it is done.
    ///
    /// The answer's text is what the model wrote; ``groundedAnswer(_:about:_:limits:bounds:isCancelled:)`` joins it with what the
    /// picture shows.
    public func answer(
        _ instruction: String, about picture: HearthPicture, _ options: GenerationOptions = GenerationOptions(),
        onText: @escaping @Sendable (String) -> Void = { _ in }, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(InferenceError) -> Generation {
        let hearth = try hearth
        guard options.adapter == nil else { throw .unsuitable("adapters are for text models") }
        guard options.cacheType == nil else { throw .unsuitable("the type of the KV cache can be chosen for text models") }
        let prompt = try prompt(instruction: instruction)
        return try blocking { [self] in
            try session(hearth.makeContext(picture, capacity: Self.capacity(prompt.count, options)))
                .generate(prompt, options, onText: onText, isCancelled: isCancelled)
        }
    }

    /// Continues a prompt. Blocks until it is done.
    public func generate(
        _ prompt: [Int32], _ options: GenerationOptions = GenerationOptions(),
        onText: @escaping @Sendable (String) -> Void = { _ in }, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(InferenceError) -> Generation {
        let work = try textWork(prompt, options, onText, isCancelled)
        return try blocking(work)
    }

    /// Continues a prompt without blocking the caller's thread; cancelling the task stops within one token.
    public func generate(
        _ prompt: [Int32], _ options: GenerationOptions = GenerationOptions(),
        onText: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Generation {
        let flag = CancellationFlag()
        let work = try textWork(prompt, options, onText) { flag.isSet }
        return try await withTaskCancellationHandler {
            try await lane.run(work)
        } onCancel: {
            flag.set()
        }
    }

    private func textWork(
        _ prompt: [Int32], _ options: GenerationOptions, _ onText: @escaping @Sendable (String) -> Void,
        _ isCancelled: @escaping @Sendable () -> Bool
    ) throws(InferenceError) -> @Sendable () throws -> Generation {
        let network = try text
        return { [self] in
            try session(
                network.makeContext(
                    capacity: Self.capacity(prompt.count, options), adapter: options.adapter, kv: options.cacheType)
            )
            .generate(prompt, options, onText: onText, isCancelled: isCancelled)
        }
    }

    /// The tokens that a sequence may come to hold; a model's own limit bounds it further.
    static func capacity(_ promptCount: Int, _ options: GenerationOptions) -> Int {
        let (sum, isTooLarge) = promptCount.addingReportingOverflow(max(options.tokenLimit, 0))
        return isTooLarge ? .max : sum
    }

    /// A sequence of its own, whose work belongs on the lane: ``onLane(_:)``.
    func openSession(capacity: Int, _ options: GenerationOptions) throws(InferenceError) -> Session {
        do {
            if case .vision(let network) = model.network {
                return try session(network.makeContext(capacity: capacity, adapter: options.adapter, kv: options.cacheType))
            }
            return session(try text.makeContext(capacity: capacity, adapter: options.adapter, kv: options.cacheType))
        } catch let error as InferenceError { throw error } catch let error as ModelError { throw .model(error) } catch {
            throw .unsuitable("\(error)")
        }
    }

    func session(_ context: any DecodingContext) -> Session {
        Session(context, tokenizer: model.tokenizer, endTokens: model.endTokenIDs, clock: clock)
    }

    /// Runs `body` on the model's lane and waits for it.
    func onLane<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws(InferenceError) -> Result {
        do { return try lane.perform(body) } catch {
            switch error {
            case let error as InferenceError: throw error
            case let error as ModelError: throw .model(error)
            default: throw .unsuitable("\(error)")
            }
        }
    }

    /// From pixels to logits nothing may be copied, which the region lets a preloaded counter check.
    func blocking<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) throws(InferenceError) -> Result {
        try onLane { try CopyAccounting.region(body) }
    }
}

/// Set once, from any thread.
private final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}
