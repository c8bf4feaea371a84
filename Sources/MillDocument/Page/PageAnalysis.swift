/// What the text layer and the rendering of a page say together: its words that can be seen, its lines and pictures, and
/// whether its text has to be recognised.
package struct PageAnalysis {
    /// Why a page is recognised.
    package struct Reason: Sendable, Hashable {
        /// For the page's remarks.
        let text: String
        /// Whether the text layer stays if the recognition does not contradict it.
        let isDoubtful: Bool

        package init(text: String, isDoubtful: Bool) { (self.text, self.isDoubtful) = (text, isDoubtful) }
    }

    let number: Int
    let size: PDFInformation.Page
    var words: [PageWord]
    private(set) var rulings: [DocumentPage.Ruling] = []
    var pictures: [PageBox] = []
    /// Where something is drawn that is neither a word nor a line, with what lies near: columns of a table that is a picture.
    private(set) var unexplained: [PageBox] = []
    private(set) var reasonToRecognize: Reason?
    var remarks: [String]
    /// Whether something failed that may have cost all its words.
    var hasFailed = false
    /// Whether something may be missing, however it is read.
    var isDamaged = false

    /// - Parameters:
    ///   - words: of the text layer.
    ///   - complaint: what was said about the file while the page was read.
    ///   - isDamaged: whether it is known already that something may be missing.
    package init(
        number: Int, size: PDFInformation.Page, words: [PageWord], picture: GrayPicture?, remarks: [String], complaint: String,
        isDamaged: Bool = false
    ) throws(DocumentError) {
        self.number = number
        self.size = size
        self.remarks = remarks
        self.isDamaged = isDamaged || Self.tellsOfLoss(complaint)
        let bounds = PageBox(left: 0, top: 0, right: size.width, bottom: size.height)
        let written = words.map(SymbolText.readable).filter { !$0.text.isEmpty }
        self.words = written.filter {
            bounds.contains(PageBox(left: $0.box.middleX, top: $0.box.middleY, right: $0.box.middleX, bottom: $0.box.middleY))
        }
        // No honest word is larger than the page; absurd fonts have boxes without end.
        self.words = self.words.map { word in
            word.box.isWithin(-size.width...2 * size.width, -size.height...2 * size.height) ? word : word.cut(to: bounds)
        }
        if self.words.count < written.count {
            self.remarks.append("\(written.count - self.words.count) words lie outside of the page and were left out")
        }
        var share = 0.0
        if let picture {
            let ink = PageInk(picture)
            dropInvisible(ink, isDamaged: complaint.contains("Error"))
            rulings = try RulingDetector().rulings(picture)
            dropStrokes()
            (pictures, share) = ink.pictures(words: self.words, rulings: rulings)
            unexplained = ink.pictures(words: self.words, rulings: rulings, distance: 30, least: 8).boxes
        }
        if self.words.isEmpty, let line = complaint.split(whereSeparator: \.isNewline).last {
            self.remarks.append("the file is damaged (\(PDFDocument.reason(String(line)))); the page may have lost its content")
            hasFailed = true
        }
        reasonToRecognize = reason(hadWords: !written.isEmpty, share: share, isDrawn: picture != nil)
    }

    /// Whether most words of the text layer cannot be seen. Unless the page is recognised, something may be missing.
    private var hidesMost = false

    /// Whether a picture on a page, or its text, is broken off.
    private static func tellsOfLoss(_ complaint: String) -> Bool {
        ["premature end", "bad Huffman code", "Unexpected EOF", "Unexpected end", "Bad image parameters"].contains {
            complaint.contains($0)
        }
    }

    /// Least difference of grey where something can be seen.
    private static let leastContrast = 5

    private mutating func dropInvisible(_ ink: PageInk, isDamaged: Bool) {
        let visible = words.filter { ink.contrast(in: $0.box) >= Self.leastContrast }
        guard visible.count < words.count else { return }
        // Words in a damaged font are not drawn and yet are what the page says.
        if isDamaged, 2 * visible.count < words.count {
            remarks.append("the file is damaged, and most of its words are not drawn; they are taken from the text layer")
            self.isDamaged = true
            return
        }
        remarks.append("\(words.count - visible.count) words of the text layer cannot be seen on the page and were left out")
        hidesMost = 2 * visible.count < words.count
        words = visible
    }

    /// Strokes of large letters and dashes are no lines.
    private mutating func dropStrokes() {
        let tall = words.filter { max($0.box.width, $0.box.height) >= 14 }.map(\.box).sorted { $0.top < $1.top }
        let highest = tall.map(\.height).max() ?? 0
        rulings.removeAll { ruling in
            let from = tall.partitioningIndex { $0.top >= ruling.box.top - highest }
            for box in tall[from...] {
                if box.top > ruling.box.top { break }
                if box.contains(ruling.box), !(ruling.isHorizontal && ruling.box.width > 0.9 * box.width) { return true }
            }
            return false
        }
    }

    /// A page with so few words may be a scan with a stamp.
    private static let fewWords = 40
    /// Share of the page that is drawn on and holds no words of the text layer.
    private static let largeShare = 0.12

    private func reason(hadWords: Bool, share: Double, isDrawn: Bool) -> Reason? {
        if words.isEmpty {
            // Specks on an empty page are nothing to read.
            guard !isDrawn || share >= 0.0005 else { return nil }
            return Reason(
                text: hadWords ? "none of the words of the text layer can be seen" : "the page has no text layer",
                isDoubtful: false)
        }
        switch TextQuality(words).verdict {
        case .good: break
        case .garbage(let text): return Reason(text: "the text layer is unusable (\(text))", isDoubtful: false)
        case .doubtful(let text): return Reason(text: "the text layer is doubtful (\(text))", isDoubtful: true)
        }
        if words.count < Self.fewWords, share >= Self.largeShare {
            return Reason(text: "the text layer has \(words.count) words on a page that is mostly a picture", isDoubtful: true)
        }
        return nil
    }

    /// The page as its text layer has it.
    package var page: DocumentPage {
        DocumentPage(
            number: number, width: size.width, height: size.height, source: words.isEmpty ? .none : .text, words: words,
            rulings: rulings, pictures: pictures, turn: PageTurn.of(words, rotation: size.rotation),
            remarks: remarks, isLost: hasFailed && words.isEmpty, isDamaged: isDamaged || hidesMost)
    }

    /// The page as it was recognised, or as its text layer has it where that says the same.
    package func page(with recognition: Recognition, because reason: Reason) -> DocumentPage {
        if reason.isDoubtful, TextAgreement.isSame(words, recognition.words) { return page }
        guard !recognition.words.isEmpty else {
            let text = words.isEmpty ? "\(reason.text), and nothing to read was found on it" : reason.text
            var kept = self
            kept.remarks.append(text)
            if !reason.isDoubtful { kept.words = [] }
            return kept.page
        }
        let loss = recognition.loss
        return DocumentPage(
            number: number, width: size.width, height: size.height, source: .recognition, words: recognition.words,
            rulings: recognition.rulings, pictures: recognition.pictures, turn: recognition.turn,
            remarks: remarks + ["\(reason.text): it was recognised"] + recognition.remarks + [loss].compactMap(\.self),
            isDamaged: isDamaged || loss != nil)
    }
}

extension PageBox {
    fileprivate func isWithin(_ across: ClosedRange<Double>, _ down: ClosedRange<Double>) -> Bool {
        across.contains(left) && across.contains(right) && down.contains(top) && down.contains(bottom)
    }
}

extension PageWord {
    fileprivate func cut(to bounds: PageBox) -> PageWord {
        PageWord(text: text, box: box.intersection(bounds) ?? bounds, confidence: confidence, line: line)
    }
}

extension Array {
    /// The first index at which a condition holds that holds from somewhere on.
    func partitioningIndex(where holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
