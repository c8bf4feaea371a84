import ArgumentParser
import MillImage
import MillInference
import MillModels
import MillSchema
import MillTensor
import MillTokenizer
import MillValue
import Synchronization

struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a model answer once.",
        discussion: """
            With --image the model looks at the picture; what hearth says of objects is compared with it:

            millrace generate -m builtin:hearth --image a.jpg --schema pipelines/schemas/scene.json "Describe the scene."

            Vision-language models (GLM-Edge-V, LLaVA, SmolVLM, Qwen2.5-VL, Llama 3.2 Vision; docs/models/vision-language.md) are
            folders as the hub has them, or a GGUF file with its mmproj file beside it:

            millrace generate -m glm-edge-v-2b.gguf --image a.jpg "What is on the table?"

            A text model whose files have a chat template is asked through it, as llama-cli does; --no-chat lets it continue the
            text as it is, and --chat asks a model without a template through the one that fits its family.

            With --adapter a text model answers as a LoRA adapter changes it (a folder as PEFT saves it, or a GGUF file);
            PATH@0.5 takes half of what it adds, and several add up.

            Ctrl-C stops within one token.
            """)

    @OptionGroup var answers: AnswerOptions

    @Option(help: "A JSON Schema file; the answer is a document of it.")
    var schema: String?

    @Flag(help: "Special tokens that the text spells out, such as <|user|>, are these tokens; implies --no-chat.")
    var special = false

    @Flag(inversion: .prefixedNo, help: "Ask a text model through its chat template; by default where its files have one.")
    var chat: Bool?

    @Flag(help: "Print JSON: what the model wrote (text), with hearth the answer as far as the picture backs it, and timing.")
    var json = false

    @Argument(help: "The instruction, or the text to continue.")
    var prompt: String

    func validate() throws {
        if special, chat == true { throw ValidationError("--special writes the prompt by hand, which --chat does not allow") }
    }

    func run() async throws {
        let host = try answers.host()
        var options = try answers.generation(host, limit: 256)
        if let schema { options.constraint = try constraint(host, path: schema) }
        Interrupts.observe { _ in }
        let stream: @Sendable (String) -> Void = { [json] text in if !json { print(text, terminator: "") } }
        let generation: Generation
        var answer = Value.null
        if !answers.image.isEmpty {
            let pictures = try answers.image.map { try host.encode(Self.picture($0).pixels) }
            if let picture = pictures[0] as? HearthPicture {
                guard pictures.count == 1 else { throw Failure.usage("\(answers.model.model) looks at one picture at a time") }
                let grounded = try host.groundedAnswer(prompt, about: picture, options) { Interrupts.happened }
                (generation, answer) = (grounded.generation, grounded.value)
                // An answer counts only as far as the picture backs it, and that is known when it is whole.
                stream(answer == .null ? generation.text : answer.json())
            } else {
                generation = try host.answer(try PicturePrompt(prompt, pictures: pictures), options, onText: stream) {
                    Interrupts.happened
                }
                if schema != nil { answer = (try? JSON.parse(generation.text)) ?? .null }
            }
        } else {
            let tokens = try tokens(host, &options)
            generation = try host.generate(tokens, options, onText: stream) { Interrupts.happened }
        }
        print(json ? Self.value(generation, answer).json(pretty: true) : "")
        if Interrupts.happened { throw Failure.interrupted }
        switch generation.stopReason {
        case .tokenLimit where !json: Console.line("cut off after \(generation.tokens.count) tokens; --max-tokens allows more")
        case .contextFull where !json:
            Console.line("cut off after \(generation.tokens.count) tokens: the context is full; shorten the prompt")
        default: break
        }
    }

    /// The prompt: the instruction in the model's chat template, or the text as it is.
    private func tokens(_ host: ModelHost, _ options: inout GenerationOptions) throws -> [Int32] {
        let tokenizer = try host.tokenizer
        guard !special, chat ?? (host.model.chat.template != nil) else {
            if answers.system != nil {
                throw Failure.usage("--system is for models that are asked through a chat template; add --chat")
            }
            return tokenizer.encode(prompt, addSpecial: true, parseSpecial: special)
        }
        let format = try ChatFormat(host.model)
        if let notice = format.notice { Console.warning(notice) }
        options.stopTokens.formUnion(format.endTokens)
        return try format.tokens((answers.system.map { [ChatMessage(.system, $0)] } ?? []) + [ChatMessage(.user, prompt)])
    }

    private func constraint(_ host: ModelHost, path: String) throws -> Constraint {
        do {
            return try host.constraint(schema: JSONSchema(JSON.parse(bytes: Storage.map(path: path).bytes)))
        } catch { throw Failure.usage("\(path): \((error as? TensorError)?.reason ?? "\(error)")") }
    }

    private static func picture(_ path: String) throws -> Image {
        do { return try ImageDecoder.decode(StoragePool.default.read(path: path)) } catch let error as ImageError {
            throw Failure.usage("--image \(path): \(error)")
        }
    }

    private static func value(_ generation: Generation, _ answer: Value) -> Value {
        [
            "text": .string(generation.text), "answer": answer, "tokens": .int(generation.tokens.count),
            "promptTokens": .int(generation.promptTokenCount), "stop": .string(generation.stopReason.rawValue),
            "prefillMilliseconds": .double(generation.prefillTime.inMilliseconds),
            "decodeMilliseconds": .double(generation.decodeTime.inMilliseconds),
        ]
    }
}
