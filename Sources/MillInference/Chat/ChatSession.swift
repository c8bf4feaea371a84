import MillModels
import MillTensor
import MillTokenizer
public import MillValue

/// A conversation with a text model. What was read stays in the model's keys and values, so that a turn costs only its own tokens.
///
/// One caller at a time; the work is done on the model's lane.
public final class ChatSession: @unchecked Sendable {
    // Safe to share: the state is touched by one caller at a time, and the session inside only on the lane.

    public let format: ChatFormat
    public private(set) var messages: [ChatMessage]
    private let host: ModelHost
    private let session: Session
    private let tools: Value
    /// The prompt that was rendered last, the tokens that it became, and what was answered to it.
    private var last: (prompt: String, tokens: [Int32], answer: Generation)?

    /// - Parameters:
    ///   - system: what the model is told before everything.
    ///   - capacity: tokens that the conversation may come to, at most; the model's own limit bounds it further.
    ///   - options: `adapter` and `cacheType` count here.
    public init(
        _ host: ModelHost, system: String? = nil, tools: Value = .null, capacity: Int,
        _ options: GenerationOptions = GenerationOptions()
    ) throws(InferenceError) {
        self.host = host
        self.tools = tools
        format = try ChatFormat(host.model)
        session = try host.openSession(capacity: capacity, options)
        messages = system.map { [ChatMessage(.system, $0)] } ?? []
    }

    /// Tokens that were read and written so far.
    public var tokenCount: Int { session.tokenCount }
    /// The most tokens that fit.
    public var capacity: Int { session.capacity }

    /// Forgets everything but the system message.
    public func reset() throws(InferenceError) {
        messages = messages.filter { $0.role == .system }
        last = nil
        nonisolated(unsafe) let session = session  // the lane's work is waited for
        try host.onLane { try session.rewind(to: 0) }
    }

    /// Answers what a user says. Blocks until it is done.
    ///
    /// - Throws: ``InferenceError``. Where the conversation has no room for the message, nothing of it is kept.
    public func answer(
        _ text: String, _ options: GenerationOptions = GenerationOptions(),
        onText: @escaping @Sendable (String) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(InferenceError) -> Generation {
        let conversation = messages + [ChatMessage(.user, text)]
        let prompt = try format.render(conversation, tools: tools)
        let (kept, tokens) = continuation(prompt)
        guard kept + tokens.count < session.capacity else {
            throw .model(.contextFull(capacity: session.capacity, needed: kept + tokens.count + 1))
        }
        var options = options
        options.stopTokens.formUnion(format.endTokens)
        let final = options
        nonisolated(unsafe) let session = session  // the lane's work is waited for
        let generation = try host.onLane {
            try session.rewind(to: kept)
            return try session.generate(tokens, final, onText: onText, isCancelled: isCancelled)
        }
        messages = conversation + [ChatMessage(.assistant, generation.text)]
        last = (prompt, Array(session.tokens.prefix(kept)) + tokens, generation)
        return generation
    }

    /// How many of the tokens that were read stay, and which are to be read.
    private func continuation(_ prompt: String) -> (kept: Int, tokens: [Int32]) {
        let read = session.tokens
        if let last, let rest = afterAnswer(prompt, last.prompt, last.answer.text) {
            // The answer stands as it was written, whatever its text would be cut into.
            let whole = last.tokens + last.answer.tokens
            let kept = commonPrefix(read, whole)
            if kept == read.count { return (kept, Array(whole[kept...]) + rest) }
        }
        let whole = format.tokens(rendered: prompt)
        let kept = min(commonPrefix(read, whole), max(whole.count - 1, 0))
        return (kept, Array(whole[kept...]))
    }

    /// The tokens of what a prompt has after the one before and the answer to it; nil where it does not go on from there, for
    /// example because a template leaves the thoughts of earlier answers out.
    private func afterAnswer(_ prompt: String, _ before: String, _ answer: String) -> [Int32]? {
        func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View { text.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D } }
        guard prompt.utf8.starts(with: before.utf8) else { return nil }
        var rest = trimmed(prompt.utf8.dropFirst(before.utf8.count))
        var written = trimmed(format.guardedAnswer(answer)[...].utf8)
        while let byte = written.last, byte == 0x20 || byte == 0x0A || byte == 0x0D { written.removeLast() }
        guard rest.starts(with: written) else { return nil }
        rest = rest.dropFirst(written.count)
        // Templates write white space around answers that models do not write themselves.
        let tokens = format.tokens(part: String(Substring(trimmed(rest))))
        return format.isSpecial(tokens.first) ? tokens : format.tokens(part: String(Substring(rest)))
    }

    private func commonPrefix(_ first: [Int32], _ second: [Int32]) -> Int { zip(first, second).prefix { $0 == $1 }.count }
}
