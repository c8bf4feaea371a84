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
        guard let separator, !separator.isEmpty else {
            let parts = text.unicodeScalars.split(maxSplits: limit) { $0.properties.isWhitespace }
            return parts.map { String($0) }
        }
        let places = SubstringSearch(separator).occurrences(in: text, limit: limit)
        var text = text
        return text.withUTF8 { bytes in
            var start = 0
            var result: [String] = []
            for place in places {
                result.append(String(decoding: bytes[start..<place], as: UTF8.self))
                start = place + separator.utf8.count
            }
            return result + [String(decoding: bytes[start...], as: UTF8.self)]
        }
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
