import MillModels
import MillSchema
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
    /// Answers an instruction about a picture and joins the answer with what the picture side saw. Blocks until it is done.
    ///
    /// To a question in one of the forms that the model was trained on (`docs/models/hearth.md`), whether the thing is there,
    /// where and how many is for the picture side to say (`ask_score` of the model's configuration). Where the model calls a
    /// thing not visible that is there, it is asked once more, and has to say where or in which state. An answer under a
    /// constraint is changed only to what its schema allows.
    ///
    /// - Parameters:
    ///   - limits: how sure the picture side must be; nil takes what the model recommends.
    ///   - bounds: what added objects may be.
    public func groundedAnswer(
        _ instruction: String, about picture: HearthPicture, _ options: GenerationOptions = GenerationOptions(),
        limits: GroundingLimits? = nil, bounds: SceneBounds = SceneBounds(),
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(InferenceError) -> PictureAnswer {
        let hearth = try hearth
        let question = HearthQuestion(instruction, hearth.configuration)
        let asked = question?.instruction ?? instruction
        var generation = try answer(asked, about: picture, options, isCancelled: isCancelled)
        guard var value = try? JSON.parse(generation.text) else {
            return PictureAnswer(generation: generation, value: .null)
        }
        value = hearth.ground(value, in: picture, limits: limits, bounds: bounds)
        guard let question, let isVisible = hearth.isVisible(question, in: picture, limits: limits) else {
            return PictureAnswer(generation: generation, value: value)
        }
        let field: String? = question.kind == .place ? "where" : question.kind == .state ? "state" : nil
        if let field, isVisible, value == ["answer": "not visible"], options.constraint == nil {
            var options = options
            options.constraint = try sightConstraint(field)
            generation = try answer(asked, about: picture, options, isCancelled: isCancelled)
            guard let again = try? JSON.parse(generation.text) else {
                return PictureAnswer(generation: generation, value: .null)
            }
            value = again
        }
        let corrected = hearth.ground(value, to: question, in: picture, limits: limits)
        let isAllowed = options.constraint?.schema.validate(corrected).isEmpty ?? true
        return PictureAnswer(generation: generation, value: isAllowed ? corrected : value)
    }
}
