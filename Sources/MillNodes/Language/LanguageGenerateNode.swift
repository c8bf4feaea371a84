import MillCompute
import MillExpression
import MillGraph
import MillInference
import MillModels
import MillSchema
import MillTensor
import MillTokenizer
import MillValue

/// `language.generate`: an instruction, and a picture if the model sees, → text, or a record under a schema.
final class LanguageGenerateNode: Node {
    static let type = NodeType(
        "language.generate", "Answers an instruction; under a schema every answer is valid JSON.",
        inputs: [
            .input("vision", .named("vision"), "the encoded picture, for models that see", required: false),
            .input(
                "text", .any,
                "what the instruction is about: text, or a record, whose `text` or else JSON is `text` in the prompt",
                required: false),
            .input("state", .record, "what the prompt knows of the home, `state` in the prompt", required: false, sync: .latest),
        ],
        outputs: [.output("answer", .record, "the record under a schema, otherwise {text}")],
        configuration: [
            ConfigField(
                "prompt", .string,
                "the instruction, a Jinja template; `picture` is the picture's place for models that read it as part of the"
                    + " prompt, which is before the text otherwise",
                required: true),
            ConfigField("schema", .document, "a JSON Schema, in place or as a file"),
            ConfigField("deadline", .duration, "an answer that takes longer has failed"),
            ConfigField("max_tokens", .integer(minimum: 1, maximum: 65536), "longest answer", default: 512),
            ConfigField(
                "keep", .number(minimum: 0, maximum: 1),
                "leave out objects of which the picture side is less sure; by default what the model recommends"),
            ConfigField(
                "add", .number(minimum: 0, maximum: 1),
                "add objects of which the picture side is at least this sure; by default what the model recommends"),
            ConfigField(
                "kv", .choice(KeyValueStore.types.map(\.rawValue)), "what a text model keeps keys and values in; by default f16"),
        ] + Sampling.fields,
        needsModel: true,
        check: { node in InstructionCheck.problems(of: node) + Sampling.problems(of: node.config) },
        make: { context in try LanguageGenerateNode(context) })

    private let host: ModelHost
    private let prompt: JinjaTemplate
    private let constraint: Constraint?
    private let bounds: SceneBounds
    private let deadline: Duration?
    private let options: GenerationOptions
    private let limits: GroundingLimits?

    init(_ context: NodeContext) throws {
        let host = try context.model(as: ModelHost.self)
        self.host = host
        prompt = try JinjaTemplate(try context.config.string("prompt"))
        constraint = try context.config["schema"].map { try host.constraint(schema: JSONSchema($0)) }
        bounds = context.config["schema"].map(SceneBounds.init(schema:)) ?? SceneBounds()
        deadline = try context.config["deadline"] == nil ? nil : context.config.duration("deadline")
        var options = GenerationOptions(tokenLimit: try context.config.int("max_tokens"), constraint: constraint)
        options.sampling = try Sampling(context.config)
        options.cacheType = context.config["kv"]?.string.flatMap(DType.init(rawValue:))
        self.options = options
        if case .hearth(let model) = host.model.network {
            var limits = model.configuration.limits
            limits.keep = context.config["keep"]?.double.map { Float($0) } ?? limits.keep
            limits.add = context.config["add"]?.double.map { Float($0) } ?? limits.add
            self.limits = limits
        } else {
            limits = nil
        }
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        let instruction = try prompt.render([
            "text": .string(inputs["text"].map { Self.text(of: $0.payload).filter { $0 != PicturePrompt.place } } ?? ""),
            "state": inputs["state"]?.payload.value.map(Self.plain) ?? .null,
            "picture": .string(inputs["vision"] == nil ? "" : String(PicturePrompt.place)),
        ])
        var options = options
        options.deadline = deadline.map { emit.clock.now + $0 }
        guard let packet = inputs["vision"] else {
            let tokens = try host.tokenizer.encode(instruction, addSpecial: true, parseSpecial: false)
            return try emit(.value(try record(try host.generate(tokens, options))))
        }
        switch (packet.payload.object(as: (any EncodedPicture).self), host.model.network) {
        case (let picture as HearthPicture, .hearth):
            // Hearth looks at its pictures from beside the prompt.
            let text = instruction.filter { $0 != PicturePrompt.place }
            let answer = try host.groundedAnswer(text, about: picture, options, limits: limits, bounds: bounds)
            try emit(.value(try record(answer.generation, grounded: answer.value)))
        case (let picture?, .vision):
            try emit(.value(try record(try host.answer(try PicturePrompt(instruction, pictures: [picture]), options))))
        default: throw NodeError.wrongPayload(port: "vision", expected: "a picture encoded by the same model")
        }
    }

    /// Data without characters that would stand for a picture.
    private static func plain(_ value: Value) -> Value {
        switch value {
        case .string(let text): .string(text.filter { $0 != PicturePrompt.place })
        case .list(let items): .list(items.map(plain))
        case .map(let map): .map(ValueMap(map.map { ($0.key, plain($0.value)) }))
        default: value
        }
    }

    private static func text(of payload: Payload) -> String {
        payload.text ?? payload.value.map { $0["text"]?.string ?? $0.json() } ?? ""
    }

    /// - Parameter grounded: the JSON of the text as far as the picture backs it; null where there is none.
    private func record(_ generation: Generation, grounded: Value = .null) throws -> Value {
        guard constraint != nil else {
            return ["text": .string(grounded == .null ? generation.text : grounded.json())]
        }
        guard generation.isFinished else {
            throw NodeError.unfinishedAnswer(reason: generation.stopReason.rawValue, text: generation.text)
        }
        return grounded == .null ? try JSON.parse(generation.text) : grounded
    }
}
