/// A token that is matched as a whole in the text, before the text is split into words.
public struct AddedToken: Sendable, Hashable {
    public let id: Int32
    public let content: String
    /// Matches only where no letter, digit or underscore touches it.
    public let singleWord: Bool
    /// Takes the white space before it along.
    public let stripsLeft: Bool
    /// Takes the white space after it along.
    public let stripsRight: Bool
    /// Matches after normalization instead of before.
    public let isNormalized: Bool
    /// Steers the model (roles, end of text); left out by `decode(skipSpecial: true)`.
    public let isSpecial: Bool

    public init(
        id: Int32, content: String, singleWord: Bool = false, stripsLeft: Bool = false, stripsRight: Bool = false,
        isNormalized: Bool = false, isSpecial: Bool = false
    ) {
        self.id = id
        self.content = content
        self.singleWord = singleWord
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
        self.isNormalized = isNormalized
        self.isSpecial = isSpecial
    }
}
