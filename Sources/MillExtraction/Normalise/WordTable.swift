/// Words with a meaning each, found at a place of a text; the longest counts.
struct WordTable<Meaning: Sendable>: Sendable {
    private let words: [Unicode.Scalar: [(word: String, size: Int, meaning: Meaning)]]

    /// - Parameter entries: words in one form (``FoldedText``), lower case.
    init(_ entries: [(String, Meaning)]) {
        let sized = entries.map { (word: $0.0, size: $0.0.unicodeScalars.count, meaning: $0.1) }
        words = Dictionary(grouping: sized) { $0.word.unicodeScalars.first ?? " " }
            .mapValues { $0.sorted { $0.size > $1.size } }
    }

    /// Each line: a meaning, a colon and its words with commas between.
    init(lines: String, _ meaning: (String) -> Meaning?) {
        var entries: [(String, Meaning)] = []
        for line in lines.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":"), let meaning = meaning(String(line[..<colon])) else { continue }
            for word in line[line.index(after: colon)...].split(separator: ",") {
                let word = word.drop { $0 == " " }
                if !word.isEmpty { entries.append((String(word), meaning)) }
            }
        }
        self.init(entries)
    }

    /// The longest word at a place and the place after it.
    func match(_ text: FoldedText, at place: Int) -> (meaning: Meaning, end: Int)? {
        guard let first = text[place], let candidates = words[first] else { return nil }
        for candidate in candidates {
            if let end = text.after(candidate.word, at: place) { return (candidate.meaning, end) }
        }
        return nil
    }

    /// All words of a range from left to right; a Latin word is not preceded by a Latin letter.
    func all(in text: FoldedText, _ range: Range<Int>) -> [(meaning: Meaning, range: Range<Int>)] {
        var found: [(meaning: Meaning, range: Range<Int>)] = []
        var place = range.lowerBound
        while place < range.upperBound {
            let isInside = text[place]?.isLatinLetter == true && text[place - 1]?.isLatinLetter == true
            if !isInside, let match = match(text, at: place), match.end <= range.upperBound, match.end > place {
                found.append((match.meaning, place..<match.end))
                place = match.end
            } else {
                place += 1
            }
        }
        return found
    }
}
