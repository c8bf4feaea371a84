/// Reads the numbers and Latin words of a Chinese page once more with a language of Latin letters: the Chinese model loses
/// points and commas, and both models together take Chinese characters for Latin words.
package struct SecondReading: Sendable {
    let tesseract: Tesseract
    let languages: [String]

    /// - Parameters:
    ///   - words: as the Chinese model read them; boxes in pixels.
    ///   - picture: that they were read from.
    /// - Throws: ``DocumentError``.
    func improved(_ words: [PageWord], in picture: GrayPicture) async throws(DocumentError) -> [PageWord] {
        let latin = words.indices.filter { Self.isLatin(words[$0]) }
        guard !latin.isEmpty else { return words }
        let excerpt = try PictureExcerpt(of: picture, showing: latin.map { words[$0].box })
        let second = try await tesseract.words(excerpt, languages: languages)
        return Self.merged(words, second)
    }

    private static func isLatin(_ word: PageWord) -> Bool {
        word.text.unicodeScalars.allSatisfy { $0.value < 0x2E80 } && word.text.unicodeScalars.contains { isAlphanumeric($0) }
    }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// The first reading, with words of the second in the place of what it read there, if they say the same with more signs or
    /// are surer.
    package static func merged(_ words: [PageWord], _ second: [PageWord]) -> [PageWord] {
        var replacements: [Int: PageWord] = [:]
        var removed: Set<Int> = []
        for word in second {
            let covered = words.indices.filter { index in
                guard isLatin(words[index]), !removed.contains(index), replacements[index] == nil,
                    let common = words[index].box.intersection(word.box)
                else { return false }
                return common.area > 0.5 * words[index].box.area
            }
            guard let first = covered.first, covered.allSatisfy({ words[$0].line == words[first].line }) else { continue }
            let text = covered.map { words[$0].text }.joined()
            let confidence = covered.map { words[$0].confidence }.min() ?? 0
            let isSame = core(text) == core(word.text)
            guard isSame ? word.confidence > 0.3 : word.confidence > confidence + 0.1 else { continue }
            replacements[first] = PageWord(
                text: trimmed(word.text, like: text), box: word.box,
                confidence: isSame ? max(confidence, word.confidence) : word.confidence,
                line: words[first].line)
            removed.formUnion(covered.dropFirst())
        }
        return words.indices.filter { !removed.contains($0) }.map { replacements[$0] ?? words[$0] }
    }

    /// Without marks at its ends that the first reading does not have: strokes of the character beside it.
    private static func trimmed(_ text: String, like first: String) -> String {
        var result = Substring(text)
        let marks = ":;!|}]{['’‘\"“”*_"
        while let last = result.last, result.count > 1, first.last != last,
            marks.contains(last) || last == ")" && !result.contains("(")
        {
            result.removeLast()
        }
        while let start = result.first, result.count > 1, first.first != start,
            marks.contains(start) || start == "(" && !result.contains(")")
        {
            result.removeFirst()
        }
        return String(result)
    }

    private static func core(_ text: String) -> [Unicode.Scalar] { text.unicodeScalars.filter(isAlphanumeric) }
}
