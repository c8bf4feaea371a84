import MillSchema
import MillValue

extension JSONGrammar {
    /// A document made by choosing at random among the allowed bytes; nil if it gets stuck or does not end.
    ///
    /// - Parameter eagerness: the chance to stop where the document is complete, and to close what can be closed.
    func randomDocument(eagerness: Double, using random: inout SeededGenerator, maximumBytes: Int = 200_000) -> [UInt8]? {
        var state = initialState
        var bytes: [UInt8] = []
        while bytes.count < maximumBytes {
            let allowed = allowedBytes(state).members
            if isAccepting(state), allowed.isEmpty || Double.random(in: 0..<1, using: &random) < eagerness { return bytes }
            let closing = allowed.filter { [UInt8(ascii: "\""), UInt8(ascii: "]"), UInt8(ascii: "}")].contains($0) }
            let candidates = !closing.isEmpty && Double.random(in: 0..<1, using: &random) < eagerness ? closing : allowed
            guard let byte = candidates.randomElement(using: &random), let next = advance(state, byte) else { return nil }
            bytes.append(byte)
            state = next
        }
        return nil
    }

    /// Whether `text` is accepted as a whole.
    func accepts(_ text: String) -> Bool {
        advance(initialState, bytes: text.utf8).map(isAccepting) ?? false
    }
}
