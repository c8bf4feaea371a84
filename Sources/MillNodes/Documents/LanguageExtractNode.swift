import MillDocument
import MillExpression
import MillExtraction
import MillGraph
import MillInference
import MillSchema
import MillTokenizer
import MillValue

/// `language.extract`: a read document → what a language model finds in it under the user's schema, as far as the document has it.
final class LanguageExtractNode: Node {
    static let type = NodeType(
        "language.extract",
        "Lets a language model fill in your JSON Schema from a document; only values that stand on a page are kept, with their places.",
        inputs: [.input("document", .named("structure"), "a document of document.layout")],
        outputs: [
            .output(
                "record", .record,
                "file, value (null in place of what stands nowhere), places by JSON pointer, dropped with reasons")
        ],
        configuration: [
            ConfigField("schema", .document, "the JSON Schema of the answer, in place or as a file", required: true),
            ConfigField(
                "prompt", .string, "the instruction, a Jinja template; `text` is the document's text, `file` its name",
                default: .string(LanguageExtractNode.prompt)),
            ConfigField(
                "max_characters", .integer(minimum: 100),
                "the document is cut to so many characters, which the model must have room for",
                default: 12_000),
            ConfigField("max_tokens", .integer(minimum: 1, maximum: 65536), "longest answer", default: 1024),
            ConfigField("deadline", .duration, "an answer that takes longer has failed"),
        ],
        needsModel: true,
        check: InstructionCheck.problems,
        make: { context in try LanguageExtractNode(context) })

    private static let prompt = """
        {{ text }}

        Extract from the document above, word for word as it is written there. Answer with JSON only.
        """

    private let host: ModelHost
    private let prompt: JinjaTemplate
    private let options: GenerationOptions
    private let deadline: Duration?
    private let limit: Int
    private let verifier = SchemaExtractionVerifier()

    init(_ context: NodeContext) throws {
        host = try context.model(as: ModelHost.self)
        prompt = try JinjaTemplate(try context.config.string("prompt"))
        limit = try context.config.int("max_characters")
        deadline = try context.config["deadline"] == nil ? nil : context.config.duration("deadline")
        let constraint = try host.constraint(schema: JSONSchema(context.config["schema"] ?? .null))
        options = GenerationOptions(tokenLimit: try context.config.int("max_tokens"), constraint: constraint)
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        let packet = try inputs.packet("document")
        guard let read = packet.payload.object(as: ReadDocument.self) else {
            throw NodeError.wrongPayload(port: "document", expected: "a document of document.layout")
        }
        let text = read.structure.text
        let instruction = try prompt.render(["text": .string(String(text.prefix(limit))), "file": .string(packet.key)])
        var options = options
        options.deadline = deadline.map { emit.clock.now + $0 }
        let tokens = try host.tokenizer.encode(instruction, addSpecial: true, parseSpecial: false)
        let generation = try host.generate(tokens, options)
        guard generation.isFinished else {
            throw NodeError.unfinishedAnswer(reason: generation.stopReason.rawValue, text: generation.text)
        }
        let checked = verifier.verify(try JSON.parse(generation.text), against: read.structure)
        try emit(
            .value([
                "file": .string(packet.key), "sha256": .string(read.source.sha256), "value": checked.value,
                "places": .list(checked.values.map(Self.value)),
                "dropped": .list(
                    checked.missing.map { ["pointer": .string($0.pointer), "value": $0.value, "reason": .string($0.reason)] }),
                "cut": .bool(text.count > limit),
            ]))
    }

    private static func value(_ found: VerifiedValue) -> Value {
        [
            "pointer": .string(found.pointer), "value": found.value, "match": .string(found.match.rawValue),
            "places": .list(
                found.provenance.flatMap(\.places).map { place in
                    let box = place.box
                    return [
                        "page": .int(place.page),
                        "box": [.double(box.left), .double(box.top), .double(box.right), .double(box.bottom)],
                    ]
                }),
        ]
    }
}
