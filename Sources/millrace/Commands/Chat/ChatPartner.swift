import MillImage
import MillInference
import MillModels
import MillTensor
import MillValue

/// Who answers in a conversation: what differs between kinds of models.
protocol ChatPartner {
    /// What a user should know before the first question.
    var notices: [String] { get }
    /// Lets the model see a picture.
    func show(_ path: String) throws
    func reset() throws
    /// Answers, and gives the text as it comes.
    ///
    /// - Returns: why the answer ended, where it is not whole.
    func answer(
        _ text: String, onText: @escaping @Sendable (String) -> Void, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> String?
}

/// A text model.
struct TextPartner: ChatPartner {
    private let session: ChatSession
    private let options: GenerationOptions

    init(_ session: ChatSession, _ options: GenerationOptions) {
        self.session = session
        self.options = options
    }

    var notices: [String] { session.format.notice.map { [$0] } ?? [] }

    func show(_ path: String) throws {
        throw Failure.usage("this model reads text only; /image is for models that see, such as builtin:hearth")
    }

    func reset() throws { try session.reset() }

    func answer(
        _ text: String, onText: @escaping @Sendable (String) -> Void, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> String? {
        try ChatEnd.of(capacity: session.capacity) {
            try session.answer(text, options, onText: onText, isCancelled: isCancelled)
        }
    }
}

/// A model that reads pictures as parts of its prompts; they stay in the conversation.
struct PicturePartner: ChatPartner {
    private let session: PictureChatSession
    private let options: GenerationOptions

    init(_ session: PictureChatSession, _ options: GenerationOptions) {
        self.session = session
        self.options = options
    }

    var notices: [String] { session.notice.map { [$0] } ?? [] }

    func show(_ path: String) throws { try session.show(ImageDecoder.decode(try StoragePool.default.read(path: path)).pixels) }

    func reset() throws { try session.reset() }

    func answer(
        _ text: String, onText: @escaping @Sendable (String) -> Void, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> String? {
        try ChatEnd.of(capacity: session.capacity) {
            try session.answer(text, options, onText: onText, isCancelled: isCancelled)
        }
    }
}

/// How answers of a conversation end.
private enum ChatEnd {
    /// Why an answer is not whole; nil where it is.
    static func of(capacity: Int, _ answer: () throws -> Generation) throws -> String? {
        let generation: Generation
        do { generation = try answer() } catch InferenceError.model(.contextFull(let capacity, let needed)) {
            throw Failure.run(
                "the conversation would come to \(needed) tokens and \(capacity) fit; /reset begins anew, --context N makes room")
        }
        switch generation.stopReason {
        case .endToken, .complete: return nil
        case .tokenLimit: return "cut off after \(generation.tokens.count) tokens; --max-tokens allows more"
        case .contextFull: return "the conversation has filled all \(capacity) tokens; /reset begins anew, --context N makes room"
        case .cancelled, .deadline: return "stopped"
        }
    }
}

/// A model that answers about one picture; it was made for single questions, so each stands by itself.
final class HearthPartner: ChatPartner {
    private let host: ModelHost
    private let options: GenerationOptions
    private var picture: HearthPicture?

    init(_ host: ModelHost, _ options: GenerationOptions) {
        self.host = host
        self.options = options
    }

    var notices: [String] {
        picture == nil
            ? ["this model answers about pictures, each question by itself: /image FILE shows it one"]
            : ["this model answers each question about the picture by itself"]
    }

    func show(_ path: String) throws {
        picture = try host.look(at: ImageDecoder.decode(try StoragePool.default.read(path: path)).pixels)
    }

    func reset() { picture = nil }

    func answer(
        _ text: String, onText: @escaping @Sendable (String) -> Void, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> String? {
        guard let picture else { throw Failure.usage("there is no picture yet: /image FILE shows one") }
        let answer = try host.groundedAnswer(text, about: picture, options, isCancelled: isCancelled)
        // An answer counts only as far as the picture backs it, and that is known when it is whole.
        onText(answer.value == .null ? answer.generation.text : answer.value.json())
        return answer.generation.isFinished ? nil : "cut off"
    }
}
