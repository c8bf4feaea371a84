extension PageAnalysis {
    /// Pictures on a page of text that are large enough for a table and in which the text layer has hardly a word, in points.
    package var unreadPictures: [PageBox] {
        let area = size.width * size.height
        return besideOneAnother.filter { box in
            guard box.width >= Self.leastSide, box.height >= Self.leastSide, box.area >= Self.leastShare * area, !words.isEmpty
            else { return false }
            let inside = words.lazy.filter { box.holdsMiddle(of: $0.box) }.prefix(Self.fewLabels)
            return inside.count < Self.fewLabels
        }
    }

    /// What is drawn on the page without a word: columns of the same height with no words between them are one picture.
    private var besideOneAnother: [PageBox] {
        guard unexplained.count <= Self.mostParts else { return unexplained }
        var pictures: [PageBox] = []
        for box in unexplained.sorted(by: { $0.left < $1.left }) {
            let neighbour = pictures.firstIndex { picture in
                let shared = min(box.bottom, picture.bottom) - max(box.top, picture.top)
                guard shared >= 0.7 * max(box.height, picture.height) else { return false }
                let both = picture.union(box)
                return !words.contains { both.holdsMiddle(of: $0.box) }
            }
            if let neighbour { pictures[neighbour] = pictures[neighbour].union(box) } else { pictures.append(box) }
        }
        return pictures
    }

    /// A page with more is a drawing.
    private static let mostParts = 50
    /// In points.
    private static let leastSide = 36.0
    /// Share of the page's area; smaller ones are logos and signatures.
    private static let leastShare = 0.02
    /// A drawing with so many words of the text layer is a chart with its labels.
    private static let fewLabels = 3

    /// Takes the words that were recognised in some pictures, where there are enough of them.
    ///
    /// - Returns: whether they are text; photos and drawings hold none to speak of.
    package mutating func add(_ recognition: Recognition, in boxes: [PageBox]) -> Bool {
        let inside = recognition.words.filter { word in boxes.contains { $0.holdsMiddle(of: word.box) } }
        let readable = inside.filter { word in
            word.confidence >= Self.leastConfidence
                && word.text.unicodeScalars.contains { $0.properties.isAlphabetic || $0.properties.numericType != nil }
        }
        func numbers(_ words: [PageWord]) -> Int {
            words.count { $0.text.unicodeScalars.contains { ("0"..."9").contains($0) } }
        }
        let isText = readable.count >= Self.fewestWords || readable.count >= 4 && numbers(readable) >= 3
        if isText {
            let line = (words.map(\.line).max() ?? -1) + 1
            words += readable.map {
                PageWord(text: $0.text, box: $0.box, confidence: $0.confidence, line: line + $0.line)
            }
            pictures.removeAll { box in readable.contains { box.holdsMiddle(of: $0.box) } }
            remarks.append("a picture on the page holds text: \(readable.count) words of it were recognised")
        }
        if let loss = Recognition(words: inside).loss, numbers(inside) >= Self.fewestNumbers {
            tellUnread("a picture on the page can hardly be read: \(loss)")
            return true
        }
        return isText
    }

    /// What is less certain is part of a drawing.
    private static let leastConfidence = 0.6
    private static let fewestWords = 10
    private static let fewestNumbers = 6

    /// Tells that a picture was not read, so that something may be missing.
    package mutating func tellUnread(_ remark: String) {
        remarks.append(remark)
        isDamaged = true
    }
}

extension PageBox {
    fileprivate func holdsMiddle(of other: PageBox) -> Bool {
        (left...right).contains(other.middleX) && (top...bottom).contains(other.middleY)
    }
}
