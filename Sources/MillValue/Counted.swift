extension Int {
    /// `1 page`, `2 pages`: the number with what it counts, whose plural ends in s.
    public func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
