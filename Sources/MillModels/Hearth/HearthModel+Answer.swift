import MillValue

extension HearthModel {
    /// Whether the picture shows what is asked after; nil where the limits say nothing of questions.
    package func isVisible(_ question: HearthQuestion, in picture: HearthPicture, limits: GroundingLimits?) -> Bool? {
        HearthGrounding(configuration, limits: limits).isVisible(question, picture.slots)
    }

    /// The answer to a question as far as the picture side backs it; see ``HearthGrounding``.
    package func ground(
        _ answer: Value, to question: HearthQuestion, in picture: HearthPicture, limits: GroundingLimits?
    ) -> Value {
        HearthGrounding(configuration, limits: limits).apply(to: answer, of: question, picture.slots)
    }

    /// The objects of an answer with the boxes and scores of the slots that show them; see ``HearthGrounding``.
    ///
    /// - Parameters:
    ///   - limits: nil takes those that the model recommends.
    ///   - bounds: what added objects may be.
    public func ground(
        _ answer: Value, in picture: HearthPicture, limits: GroundingLimits? = nil, bounds: SceneBounds = SceneBounds()
    ) -> Value {
        HearthGrounding(configuration, limits: limits, bounds: bounds).apply(to: answer, picture.slots)
    }
}
