import MillValue

extension HearthModel {
    /// The objects of an answer with the boxes and scores of the slots that show them; see ``HearthGrounding``.
    ///
    /// - Parameter limits: nil takes those that the model recommends.
    public func ground(_ answer: Value, in picture: HearthPicture, limits: GroundingLimits? = nil) -> Value {
        HearthGrounding(configuration, limits: limits).apply(to: answer, picture.slots)
    }
}
