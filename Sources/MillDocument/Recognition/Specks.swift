/// What recognition takes for characters and is none: dirt, rests of lines, parts of pictures.
package enum Specks {
    package static func removed(_ words: [PageWord]) -> [PageWord] { words.filter { !isSpeck($0) } }

    private static func isSpeck(_ word: PageWord) -> Bool {
        let scalars = word.text.unicodeScalars
        let meaningful = scalars.count { $0.properties.isAlphabetic || $0.properties.numericType != nil }
        if meaningful == 0 { return word.confidence < 0.5 || scalars.allSatisfy { "|_~—¦‘’`'\"“”".unicodeScalars.contains($0) } }
        if word.confidence < 0.05 { return true }
        // A single mark of which nothing is certain, or one that is nothing like as high as wide.
        if scalars.count == 1 {
            return word.confidence < 0.2 || word.box.width > 6 * word.box.height || word.box.height > 8 * word.box.width
        }
        return word.confidence < 0.12 && scalars.count <= 2
    }
}
