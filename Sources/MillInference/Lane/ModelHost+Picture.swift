import MillModels
import MillSchema
import MillTokenizer
import MillValue

/// An answer about a picture, as far as the picture backs it.
public struct PictureAnswer: Sendable {
    /// What the model wrote.
    public let generation: Generation
    /// Its JSON: objects with boxes and scores, and the answer to a question about one kind of thing, both as the picture side
    /// saw them; null where the text is no JSON.
    public let value: Value
}

extension ModelHost {
    /// The question that the first line of an instruction asks, if it is one about a single kind of thing.
    package func question(in instruction: String) throws(InferenceError) -> HearthQuestion? {
        let line = String(instruction.prefix { !$0.isNewline })
        return try hearth.question(try tokenizer.encode(line, addSpecial: false, parseSpecial: false))
    }

    /// Answers an instruction about a picture and joins the answer with what the picture side saw. Blocks until it is done.
    ///
    /// Whether a thing that is asked after is there, where and how many is for the picture side to say (`ask_score` of the
    /// model's configuration). Where the model calls a thing not visible that is there, it is asked once more, and has to say
    /// where or in which state.
    ///
    /// - Parameters:
    ///   - limits: of the objects; nil takes those that the model recommends.
    ///   - bounds: what added objects may be.
    public func groundedAnswer(
        _ instruction: String, about picture: HearthPicture, _ options: GenerationOptions = GenerationOptions(),
        limits: GroundingLimits? = nil, bounds: SceneBounds = SceneBounds(),
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(InferenceError) -> PictureAnswer {
        let hearth = try hearth
        func described(_ answer: Value) -> Value { hearth.ground(answer, in: picture, limits: limits, bounds: bounds) }
        var generation = try answer(instruction, about: picture, options, isCancelled: isCancelled)
        guard generation.isFinished, var written = try? JSON.parse(generation.text) else {
            return PictureAnswer(generation: generation, value: .null)
        }
        guard let question = try question(in: instruction), let isVisible = hearth.isVisible(question, in: picture) else {
            return PictureAnswer(generation: generation, value: described(written))
        }
        if isVisible, written == ["answer": "not visible"], options.constraint == nil {
            var options = options
            options.constraint = try sightConstraint()
            generation = try answer(instruction, about: picture, options, isCancelled: isCancelled)
            guard generation.isFinished, let again = try? JSON.parse(generation.text) else {
                return PictureAnswer(generation: generation, value: .null)
            }
            written = again
        }
        let corrected = hearth.ground(written, to: question, in: picture)
        let isAllowed = options.constraint?.schema.validate(corrected).isEmpty ?? true
        return PictureAnswer(generation: generation, value: described(isAllowed ? corrected : written))
    }
}
