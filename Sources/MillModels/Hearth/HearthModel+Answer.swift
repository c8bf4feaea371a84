import MillValue

extension HearthModel {
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
