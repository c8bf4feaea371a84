import MillSchema
import MillValue

/// A small generator of repeatable random numbers (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension JSONGrammar {
    /// A document made by choosing at random among the allowed bytes; nil if it gets stuck or does not end.
    ///
    /// - Parameter eagerness: the chance to stop where the document is complete, and to close what can be closed.
    func randomDocument(eagerness: Double, using random: inout SplitMix, maximumBytes: Int = 200_000) -> [UInt8]? {
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
