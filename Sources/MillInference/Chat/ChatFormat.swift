import Glibc
import MillExpression
public import MillModels
public import MillTokenizer
public import MillValue

/// How one model's conversations become prompts: its template, kept safe from what users write.
///
/// ```swift
/// let format = try ChatFormat(model)
/// let tokens = try format.tokens([ChatMessage(.user, "Is the kettle on?")])
/// ```
/// Special tokens that a message spells out stay text: a ``TextGuard`` keeps them apart from those that the template writes.
public struct ChatFormat: Sendable {
    /// Where the template is from, and what about that a user should know; nil where it is the model's own.
    public let notice: String?
    /// Whether the template is the model's own.
    public let isModelsOwn: Bool
    /// Tokens that end an answer, besides those that the model's configuration has.
    public private(set) var endTokens: Set<Int32>

    private let tokenizer: Tokenizer
    private let template: JinjaTemplate
    /// For conversations with tools, where the model has one of its own for them.
    private let toolTemplate: JinjaTemplate?
    private let tokens: [String: String]
    /// When this was made, for templates that tell the model the date.
    private let now: Int
    private let textGuard: TextGuard
    /// For answers, which may be written in the model's own markup, such as its thoughts.
    private let answerGuard: TextGuard

    /// - Parameter now: seconds since 1970; nil means the present.
    public init(_ model: LoadedModel, now: Int? = nil) throws(InferenceError) {
        guard let tokenizer = model.tokenizer else { throw .noTokenizer(path: model.description.path) }
        try self.init(tokenizer, model.chat, now: now)
    }

    /// - Throws: ``InferenceError/template(_:)`` for a template that cannot be read.
    public init(_ tokenizer: Tokenizer, _ settings: ChatSettings, now: Int? = nil) throws(InferenceError) {
        self.now = now ?? time(nil)
        let source: String
        if let own = settings.template {
            (source, notice, isModelsOwn) = (own, nil, true)
        } else if let match = BuiltInTemplate.matching(tokenizer) {
            source = match.source
            notice =
                "the model's files have no chat template; its special tokens are those of \(match.name), whose template is used"
            isModelsOwn = false
        } else {
            source = BuiltInTemplate.chatML.source
            notice =
                "the model's files have no chat template and its vocabulary is of no family known for chat; chatml is used, which a"
                + " model that only continues text does not follow"
            isModelsOwn = false
        }
        self.tokenizer = tokenizer
        do {
            template = try JinjaTemplate(source)
            toolTemplate = try settings.templates["tool_use"].map { text throws(ExpressionError) in try JinjaTemplate(text) }
        } catch { throw .template("the chat template of the model: \(error)") }
        tokens = Self.tokens(settings, tokenizer)
        let written = tokenizer.addedTokens.filter { source.contains($0.content) }
        textGuard = TextGuard(tokenizer, besides: Set(written.map(\.id)))
        answerGuard = TextGuard(tokenizer)
        endTokens = []
        endTokens = settings.endTokenIDs.union(EndTokens.named(in: tokenizer)).union(turnEnd())
    }

    /// Special tokens by the names that templates use: those of the model's files, else those that the vocabulary shows.
    static func tokens(_ settings: ChatSettings, _ tokenizer: Tokenizer) -> [String: String] {
        var names = settings.tokens
        if names["bos_token"] == nil, let bos = tokenizer.bosID { names["bos_token"] = tokenizer.text(of: bos) }
        if names["eos_token"] == nil, let eos = tokenizer.eosIDs.min() { names["eos_token"] = tokenizer.text(of: eos) }
        for (name, spelling) in [("bos_token", "<s>"), ("eos_token", "</s>")]
        where names[name] == nil && tokenizer.id(of: spelling) != nil {
            names[name] = spelling
        }
        return names
    }

    /// The prompt as text, with guards in it.
    func render(_ messages: [ChatMessage], tools: Value = .null, answers: Bool = true) throws(InferenceError) -> String {
        do {
            return try render(messages.map { value($0) }, tools, answers)
        } catch .raised(_, let message) {
            guard let first = messages.first, first.role == .system, messages.count > 1, messages[1].role == .user else {
                throw .template("the model's chat template refuses this conversation: \(message)")
            }
            // Some families know no system message; their cards say to put it before the first question.
            let merged = [ChatMessage(.user, "\(first.text)\n\n\(messages[1].text)")] + messages.dropFirst(2)
            do { return try render(merged.map { value($0) }, tools, answers) } catch {
                throw .template("the model's chat template refuses this conversation: \(message)")
            }
        } catch { throw .template("the chat template of the model: \(error)") }
    }

    private func render(_ messages: [Value], _ tools: Value, _ answers: Bool) throws(ExpressionError) -> String {
        var context: [String: Value] = tokens.mapValues { .string($0) }
        context["messages"] = .list(messages)
        context["add_generation_prompt"] = .bool(answers)
        if tools != .null { context["tools"] = guarded(tools) }
        return try (tools == .null ? template : toolTemplate ?? template).render(context, now: now)
    }

    /// The tokens of a conversation, ready for the model to answer.
    ///
    /// - Parameter tools: a list of function descriptions in JSON Schema as chat templates take them; null for none.
    /// - Throws: ``InferenceError/template(_:)`` where the template refuses the conversation, or fails.
    public func tokens(_ messages: [ChatMessage], tools: Value = .null) throws(InferenceError) -> [Int32] {
        tokens(rendered: try render(messages, tools: tools))
    }

    /// The tokens of a rendered prompt. What the tokenizer writes before every text comes first, unless the template wrote it,
    /// with nothing before it but white space.
    func tokens(rendered text: String) -> [Int32] {
        let ids = tokenizer.encode(guarded: text)
        let prefix = tokenizer.prefixIDs
        guard let first = prefix.first, let index = ids.firstIndex(of: first) else { return prefix + ids }
        return tokenizer.decode(Array(ids[..<index]), skipSpecial: false).allSatisfy(\.isWhitespace) ? ids : prefix + ids
    }

    /// The tokens of a part of a rendered prompt.
    func tokens(part text: String) -> [Int32] { tokenizer.encode(guarded: text) }

    func isSpecial(_ token: Int32?) -> Bool { token.map(tokenizer.isSpecial) ?? false }

    /// An answer as it stands in a rendered prompt.
    func guardedAnswer(_ text: String) -> String { answerGuard.guarded(text) }

    private func value(_ message: ChatMessage) -> Value {
        let isAnswer = message.role == .assistant
        var map: ValueMap = [
            "role": .string(message.role.rawValue),
            "content": .string((isAnswer ? answerGuard : textGuard).guarded(message.text)),
        ]
        if message.toolCalls != .null { map["tool_calls"] = guarded(message.toolCalls) }
        if let name = message.name { map["name"] = .string(textGuard.guarded(name)) }
        return .map(map)
    }

    /// A value with guards in all its texts, keys included.
    private func guarded(_ value: Value) -> Value {
        switch value {
        case .string(let text): return .string(textGuard.guarded(text))
        case .list(let items): return .list(items.map { guarded($0) })
        case .map(let map):
            var result = ValueMap()
            for (key, item) in map { result[textGuard.guarded(key)] = guarded(item) }
            return .map(result)
        default: return value
        }
    }

    /// The special token that the template writes after an answer; none where it writes none.
    private func turnEnd() -> Set<Int32> {
        let mark = "Zq4answer"
        let messages = [ChatMessage(.user, "a"), ChatMessage(.assistant, mark), ChatMessage(.user, "b")]
        guard let text = try? render(messages), let range = text.firstRange(of: mark) else { return [] }
        return Set(tokens(part: String(text[range.upperBound...])).first { tokenizer.isSpecial($0) }.map { [$0] } ?? [])
    }
}
