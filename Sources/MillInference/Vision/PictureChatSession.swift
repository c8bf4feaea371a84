import MillModels
import MillTensor
import MillTokenizer

/// A conversation with a model that reads pictures as parts of its prompts. Pictures stay in the conversation; what was read
/// before is not read again, unless a picture was shown since.
///
/// One caller at a time; the work is done on the model's lane.
public final class PictureChatSession: @unchecked Sendable {
    // Safe to share: the state is touched by one caller at a time, and the session inside only on the lane.

    private let host: ModelHost
    private let session: Session
    private let system: String?
    private let endTokens: Set<Int32>
    private var turns: [PictureTurn] = []
    /// Pictures that were shown since the last question.
    private var shown: [any EncodedPicture] = []
    /// The tokens that the session holds, and how many pictures are among them.
    private var read: (tokens: [Int32], pictureCount: Int) = ([], 0)

    /// - Parameters:
    ///   - system: what the model is told before everything.
    ///   - capacity: positions that the conversation may come to, at most; the model's own limit bounds it further.
    ///   - options: `adapter` and `cacheType` count here.
    public init(
        _ host: ModelHost, system: String? = nil, capacity: Int, _ options: GenerationOptions = GenerationOptions()
    ) throws(InferenceError) {
        self.host = host
        self.system = system
        _ = try host.vision
        session = try host.openSession(capacity: capacity, options)
        // A template that takes no text beside lists says less about itself; the session knows the model's own end tokens.
        endTokens = (try? ChatFormat(host.model))?.endTokens ?? []
    }

    /// What a user should know of this model's conversations; nil where there is nothing.
    public var notice: String? {
        hasTemplate
            ? nil
            : "the model's files have no chat template: each question stands by itself, with the pictures that were shown last"
    }

    /// Positions that were read and written so far.
    public var tokenCount: Int { session.tokenCount }
    /// The most positions that fit.
    public var capacity: Int { session.capacity }

    private var hasTemplate: Bool { host.model.chat.template != nil }

    /// Shows a picture, U8 `[height, width, 3]`, upright RGB of any size; the next question is about it, too.
    public func show(_ pixels: Tensor) throws(InferenceError) { shown.append(try host.encode(pixels)) }

    /// Forgets everything but the system message.
    public func reset() throws(InferenceError) {
        (turns, shown) = ([], [])
        try rewind(to: 0)
    }

    /// Answers what a user says. Blocks until it is done.
    ///
    /// - Throws: ``InferenceError``. Where the conversation has no room for the message, nothing of it is kept.
    public func answer(
        _ text: String, _ options: GenerationOptions = GenerationOptions(),
        onText: @escaping @Sendable (String) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(InferenceError) -> Generation {
        let conversation = turns + [question(text)]
        let prompt =
            hasTemplate ? (system.map { [PictureTurn(.system, [.text($0)])] } ?? []) + conversation : conversation.suffix(1)
        let pictureCount = prompt.reduce(0) { $0 + $1.pictures.count }
        let parts = try host.parts(prompt)
        let network = try host.vision
        let input: SequenceInput
        do { input = try network.input(parts) } catch { throw .model(error) }
        guard input.count < session.capacity else {
            throw .model(.contextFull(capacity: session.capacity, needed: input.count + 1))
        }
        // Every picture's rows stand where they stood if no picture was added.
        let isSame = hasTemplate && pictureCount == read.pictureCount
        let kept = isSame ? min(zip(read.tokens, input.tokens).prefix { $0 == $1 }.count, input.count - 1) : 0
        var options = options
        options.stopTokens.formUnion(endTokens)
        let (final, rest) = (options, input[kept..<input.count])
        try rewind(to: kept)
        nonisolated(unsafe) let session = session  // the lane's work is waited for
        let generation = try host.onLane {
            try session.generate(rest, final, onText: onText, isCancelled: isCancelled)
        }
        read = (Array((input.tokens + generation.tokens).prefix(session.tokenCount)), pictureCount)
        turns = conversation + [PictureTurn(.assistant, [.text(generation.text)])]
        shown = []
        return generation
    }

    private func question(_ text: String) -> PictureTurn {
        let pictures = shown.isEmpty && !hasTemplate ? turns.last { !$0.pictures.isEmpty }?.pictures ?? [] : shown
        // A place that the text names is that of no picture.
        return PictureTurn(.user, pictures.map { .picture($0) } + [.text(text.filter { $0 != PicturePrompt.place })])
    }

    private func rewind(to position: Int) throws(InferenceError) {
        read.tokens.removeLast(max(0, read.tokens.count - position))
        nonisolated(unsafe) let session = session  // the lane's work is waited for
        try host.onLane { try session.rewind(to: position) }
    }
}
