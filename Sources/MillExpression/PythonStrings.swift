import MillValue

/// Python's string methods.
enum PythonStrings {
    static func strip(_ text: String, _ set: String?, left: Bool = true, right: Bool = true) -> String {
        let characters = set.map { Set($0.unicodeScalars) }
        func isStripped(_ scalar: Unicode.Scalar) -> Bool { characters?.contains(scalar) ?? scalar.properties.isWhitespace }
        var view = text.unicodeScalars[...]
        if left { while let first = view.first, isStripped(first) { view.removeFirst() } }
        if right { while let last = view.last, isStripped(last) { view.removeLast() } }
        return String(view)
    }

    /// The parts between `separator`; nil separates at runs of white space.
    static func split(_ text: String, by separator: String?, limit: Int = .max) -> [String] {
        let scalars = Array(text.unicodeScalars)
        guard let separator, !separator.isEmpty else {
            return scalars.split(maxSplits: limit) { $0.properties.isWhitespace }.map { String(String.UnicodeScalarView($0)) }
        }
        let part = Array(separator.unicodeScalars)
        var result: [String] = []
        var start = 0
        var index = 0
        while index + part.count <= scalars.count {
            if result.count < limit, scalars[index] == part[0], scalars[index..<index + part.count].elementsEqual(part) {
                result.append(String(String.UnicodeScalarView(scalars[start..<index])))
                index += part.count
                start = index
            } else {
                index += 1
            }
        }
        return result + [String(String.UnicodeScalarView(scalars[start...]))]
    }

    static func capitalized(_ text: String) -> String {
        guard let first = text.first else { return "" }
        return first.uppercased() + text.dropFirst().lowercased()
    }

    static func titled(_ text: String) -> String {
        var startsWord = true
        return text.reduce(into: "") { result, character in
            result += startsWord ? character.uppercased() : character.lowercased()
            startsWord = !character.isLetter && !character.isNumber && character != "'"
        }
    }
}
