/// Finds one text inside others, in time linear in both (Knuth, Morris and Pratt).
struct SubstringSearch {
    private let part: [UInt8]
    /// For each prefix of `part`, how long its longest proper prefix is that also ends it.
    private let borders: [Int]

    init(_ part: String) {
        let bytes = Array(part.utf8)
        var borders = Array(repeating: 0, count: bytes.count)
        var length = 0
        for index in bytes.indices.dropFirst() {
            while length > 0, bytes[index] != bytes[length] { length = borders[length - 1] }
            if bytes[index] == bytes[length] { length += 1 }
            borders[index] = length
        }
        self.part = bytes
        self.borders = borders
    }

    func occurs(in text: String) -> Bool { part.isEmpty || !occurrences(in: text, limit: 1).isEmpty }

    /// Where the part stands in `text`, as offsets in UTF-8, from the left and without overlaps; at most `limit` places.
    func occurrences(in text: String, limit: Int = .max) -> [Int] {
        guard !part.isEmpty, part.count <= text.utf8.count, limit > 0 else { return [] }
        var text = text
        return text.withUTF8 { text in
            var found: [Int] = []
            var matched = 0
            for index in text.indices {
                while matched > 0, text[index] != part[matched] { matched = borders[matched - 1] }
                if text[index] == part[matched] { matched += 1 }
                guard matched == part.count else { continue }
                found.append(index + 1 - matched)
                if found.count == limit { break }
                matched = 0
            }
            return found
        }
    }
}
