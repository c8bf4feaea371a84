import Foundation

/// What a new kind of thing may be called: what can be a label, and what instructions and answers do not have for something
/// else. A name is one token wherever it stands, so a thing called `scene` would take the word out of `Describe the scene.`
struct HearthNameRule: Sendable {
    /// In characters.
    private static let longest = 60

    /// What the model was trained to be told, with `…` for the name of a thing (`Tools/train-hearth/answers.py`).
    private static let instructions =
        [
            "Describe the scene.", "What do you see?", "Describe the room.", "List what is in the picture.",
            "What is in the room?", "Look at the picture and describe it.", "Home:", "Home state:", "Devices:",
        ] + HearthQuestion.sentences

    /// Keys and values of the answers, and the words of JSON; the model has states and more activities of its own.
    private static let answers = [
        "objects", "label", "state", "where", "people", "activity", "light", "answer", "count", "left", "center", "right",
        "none", "standing", "sitting", "lying", "reading", "bright", "dim", "dark", "yes", "no", "not visible", "true",
        "false", "null",
    ]

    /// The words of each instruction and answer, in lower case.
    private let phrases: [[String]]

    /// - Parameter values: the model's states and activities.
    init(values: [String]) { phrases = (Self.instructions + Self.answers + values).map(Self.words) }

    /// The name with letters and their accents in one character (NFC), as it is stored.
    ///
    /// - Throws: ``ModelError/misuse(_:)`` for what cannot be a name, or is taken.
    func label(_ name: String, taken: [String]) throws(ModelError) -> String {
        let label = name.precomposedStringWithCanonicalMapping
        let isLabel = label.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || " -'".unicodeScalars.contains($0)
        }
        let hasLetter = label.unicodeScalars.contains { $0.properties.isAlphabetic }
        let isSpacedWell = label.first != " " && label.last != " " && !label.contains("  ")
        guard isLabel, hasLetter, isSpacedWell, label.count <= Self.longest else {
            throw .misuse(
                """
                '\(name)' cannot be an item's name: it is made of letters (one at least), digits, hyphens, apostrophes and \
                single spaces inside, at most \(Self.longest) of them all
                """)
        }
        guard label.precomposedStringWithCompatibilityMapping == label else {
            throw .misuse("'\(name)' cannot be an item's name: it has special forms of characters; write the plain ones")
        }
        let folded = label.lowercased()
        if let other = taken.first(where: { $0.lowercased() == folded }) {
            throw .misuse("there is an item '\(other)' already; choose another name")
        }
        guard !isReserved(label) else {
            throw .misuse(
                """
                '\(name)' cannot be an item's name: instructions or answers have it for something else; choose another name, \
                or say more (as 'stage light' for 'light')
                """)
        }
        return label
    }

    /// Whether the name's words stand one after the other in an instruction or an answer.
    private func isReserved(_ name: String) -> Bool {
        let name = Self.words(name)
        return phrases.contains { phrase in
            phrase.count >= name.count
                && (0...(phrase.count - name.count)).contains { phrase[$0...].starts(with: name) }
        }
    }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
