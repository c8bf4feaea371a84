import Glibc
import MillCompute
import MillExpression
import MillModels
import MillTensor
import MillTokenizer

extension ModelHost {
    /// Encodes a picture, U8 `[height, width, 3]`, upright RGB of any size, with whatever model sees. Blocks until it is done.
    ///
    /// The last few pictures of models that read them as parts of the prompt are remembered by their pixels.
    public func encode(_ pixels: Tensor) throws(InferenceError) -> any EncodedPicture {
        guard case .vision(let network) = model.network else { return try look(at: pixels) }
        let key = ContentHash(pixels: pixels)
        if let key, let known = pictures.picture(key) { return known }
        let picture = try blocking { () throws(ModelError) in try network.encode(pixels) }
        if let key { pictures.keep(picture, key) }
        return picture
    }

    /// Answers an instruction about pictures, with a model that reads them as parts of the prompt. Blocks until it is done.
    public func answer(
        _ prompt: PicturePrompt, _ options: GenerationOptions = GenerationOptions(),
        onText: @escaping @Sendable (String) -> Void = { _ in }, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(InferenceError) -> Generation {
        let network = try vision
        let parts = try parts(prompt)
        let input: SequenceInput
        do { input = try network.input(parts) } catch { throw .model(error) }
        return try blocking { [self] in
            let context = try network.makeContext(
                capacity: Self.capacity(input.count, options), adapter: options.adapter, kv: options.cacheType)
            return try session(context).generate(input, options, onText: onText, isCancelled: isCancelled)
        }
    }

    /// The parts of a prompt: as the model's chat template writes them, or without one in the prompt's own order.
    public func parts(_ prompt: PicturePrompt) throws(InferenceError) -> [PromptPart] {
        try parts([PictureTurn(.user, prompt.pieces)])
    }

    /// The same for a conversation; without a template, of its last message.
    func parts(_ turns: [PictureTurn]) throws(InferenceError) -> [PromptPart] {
        let (network, tokenizer) = (try vision, try tokenizer)
        let mark = network.pictureMark
        if let source = model.chat.template {
            let template: JinjaTemplate
            do { template = try JinjaTemplate(source) } catch { throw .unsuitable("the model's chat template: \(error)") }
            let tokens = ChatFormat.tokens(model.chat, tokenizer)
            let chat = PictureChat(template: template, tokenizer: tokenizer, mark: mark, tokens: tokens, now: time(nil))
            if let layout = try chat.layout(turns) {
                let isBegun = layout.begins(with: tokens["bos_token"], or: tokenizer)
                return layout.parts(tokenizer, mark: mark, adding: mark.beginsWithToken && !isBegun)
            }
            guard turns.count < 2 else {
                throw .unsuitable("the model's chat template has no place for pictures in a conversation of several messages")
            }
        }
        let segments = (turns.last?.pieces ?? []).map { piece -> PromptLayout.Segment in
            switch piece {
            case .text(let text): .text(text)
            case .picture(let picture): .picture(picture)
            }
        }
        return PromptLayout(segments: segments).parts(tokenizer, mark: mark, adding: true)
    }

    /// The vision-language network; throws for models that see nothing, and for hearth, which has its own way.
    var vision: any VisionLanguageModel {
        get throws(InferenceError) {
            guard case .vision(let network) = model.network else {
                throw .unsuitable(
                    "\(model.description.path) is a \(model.description.family) model, whose prompts hold no pictures")
            }
            return network
        }
    }
}
