import MillValue

extension SeededGenerator {
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
