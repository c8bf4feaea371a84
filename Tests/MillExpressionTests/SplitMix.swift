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

    /// Replaces, removes, doubles or inserts a few elements.
    mutating func mutate<Element>(_ elements: inout [Element], alphabet: [Element]) {
        for _ in 0..<Int.random(in: 1...4, using: &self) {
            guard !elements.isEmpty, let letter = alphabet.randomElement(using: &self) else { return }
            let index = Int.random(in: 0..<elements.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: elements[index] = letter
            case 1: elements.remove(at: index)
            case 2: elements.insert(letter, at: index)
            default:
                let end = min(elements.count, index + Int.random(in: 1...12, using: &self))
                elements.insert(contentsOf: Array(elements[index..<end]), at: index)
            }
        }
    }
}
