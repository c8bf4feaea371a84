/// A page's words and drawings, turned upright, without what cannot be on it.
struct UprightPage: Sendable {
    let number: Int
    let width: Double
    let height: Double
    let isRecognised: Bool
    private(set) var words: [LayoutWord] = []
    private(set) var rulings: [DocumentPage.Ruling] = []
    private(set) var pictures: [PageBox] = []
    /// Words that run across the others, line by line.
    private(set) var sideways: [[LayoutWord]] = []

    init(_ page: DocumentPage, maximumWords: Int) {
        let frame = UprightFrame(page)
        number = page.number
        width = frame.width
        height = frame.height
        isRecognised = page.source == .recognition
        for ruling in page.rulings.prefix(20_000) {
            if let box = frame.upright(ruling.box) { rulings.append(DocumentPage.Ruling(box: box)) }
        }
        for picture in page.pictures.prefix(2_000) {
            if let box = frame.upright(picture), box.area > 0 { pictures.append(box) }
        }
        words.reserveCapacity(min(page.words.count, max(0, maximumWords)))
        var lastSideways: Int?
        for word in page.words.prefix(max(0, maximumWords)) {
            guard let made = layoutWord(word, frame) else { continue }
            if made.shape.letters + made.shape.digits >= 3, made.box.height > 2.5 * made.box.width, made.shape.count >= 4 {
                if let lastSideways, lastSideways == word.line {
                    sideways[sideways.count - 1].append(made)
                } else {
                    sideways.append([made])
                }
                lastSideways = word.line
            } else {
                words.append(made)
            }
        }
        findSizes()
        if isRecognised {
            takeSkewAway()
            words.giveFullWidth()
        }
    }

    /// The size that half of the characters do not exceed, in points.
    var usualSize: Double {
        guard !words.isEmpty else { return 10 }
        return min(max(LayoutLine(words).size, 2), 200)
    }

    private func layoutWord(_ word: PageWord, _ frame: UprightFrame) -> LayoutWord? {
        guard let box = frame.upright(word.box) else { return nil }
        let text = word.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !text.isEmpty else { return nil }
        return LayoutWord(
            text: text, box: box, place: PagePlace(page: number, box: word.box),
            confidence: word.confidence.isFinite ? min(max(word.confidence, 0), 1) : 0, size: max(box.height, 1),
            shape: WordShape(text), line: word.line)
    }

    /// Finds the sizes of the type. Fonts' boxes are higher, those of Chinese ones most; recognition gives the ink alone.
    private mutating func findSizes() {
        // Full-width characters are as wide as their font's size. Words of one font and size have the same height.
        var wide: [Int: [Double]] = [:]
        var fullWidth = 0
        var count = 0
        for word in words {
            fullWidth += word.shape.fullWidth
            count += word.shape.count
            guard let size = Self.width(word), isRecognised || word.confidence == 1 else { continue }
            wide[Int((10 * word.box.height).rounded()), default: []].append(size)
        }
        let sizes = wide.mapValues { $0.sorted()[$0.count / 2] }
        let ratios = sizes.map { $0.value / max(Double($0.key) / 10, 0.1) }.sorted()
        let ratio = 3 * fullWidth > count && !ratios.isEmpty ? min(max(ratios[ratios.count / 2], 0.5), 1) : 0.85
        for index in words.indices {
            let box = words[index].box
            // Pages of text may have pictures whose words were recognised.
            let isInk = isRecognised || words[index].confidence < 1
            var size = isInk ? Self.width(words[index]) ?? 1.15 * box.height : ratio * box.height
            if !isInk, let known = sizes[Int((10 * box.height).rounded())] { size = known }
            size = max(min(size, 1.3 * box.height), 1)
            words[index].size = size
            if box.height > 1.4 * size {
                // Some fonts claim far more height than their letters have.
                words[index].box.top = box.middleY - 0.65 * size
                words[index].box.bottom = box.middleY + 0.65 * size
            }
        }
    }

    /// The size that the width of a word of full-width characters tells.
    private static func width(_ word: LayoutWord) -> Double? {
        guard word.shape.fullWidth >= 2, 2 * word.shape.fullWidth >= word.shape.count else { return nil }
        return 2 * word.box.width / Double(word.shape.count + word.shape.fullWidth)
    }

    /// Turns the page by the small angle that makes its lines level: the middle of the slopes of its long lines.
    private mutating func takeSkewAway() {
        var slopes: [Double] = []
        var start = 0
        for index in words.indices where index + 1 == words.count || words[index + 1].line != words[start].line {
            let first = words[start].box
            let last = words[index].box
            if last.middleX - first.middleX > 0.3 * width {
                slopes.append((last.bottom - first.bottom) / (last.middleX - first.middleX))
            }
            start = index + 1
        }
        slopes.sort()
        let slope = slopes.count >= 4 ? slopes[slopes.count / 2] : levelSlope()
        guard abs(slope) > 0.001, abs(slope) < 0.1 else { return }
        func straight(_ box: PageBox) -> PageBox {
            let right = slope * (box.middleY - height / 2)
            let up = slope * (box.middleX - width / 2)
            return PageBox(left: box.left + right, top: box.top - up, right: box.right + right, bottom: box.bottom - up)
        }
        for index in words.indices { words[index].box = straight(words[index].box) }
        rulings = rulings.map { DocumentPage.Ruling(box: straight($0.box)) }
        pictures = pictures.map(straight)
    }
}

extension UprightPage {
    /// The slope at which most words share their lines, for pages of tables, which have no long lines; 0 where it makes little
    /// difference.
    private func levelSlope() -> Double {
        let words = words.prefix(2_000).filter { $0.shape.letters + $0.shape.digits >= 2 }
        guard words.count >= 12 else { return 0 }
        let bin = max(usualSize / 4, 1)
        /// Words on one line make high peaks.
        func score(_ slope: Double) -> Double {
            var bins: [Int: Double] = [:]
            for word in words {
                let position = (word.box.middleY - slope * (word.box.middleX - width / 2)) / bin
                let low = position.rounded(.down)
                bins[Int(low), default: 0] += 1 - (position - low)
                bins[Int(low) + 1, default: 0] += position - low
            }
            return bins.values.reduce(0) { $0 + $1 * $1 }
        }
        let candidates = (-30...30).map { Double($0) * 0.001 }
        guard let best = candidates.map({ ($0, score($0)) }).max(by: { ($0.1, -abs($0.0)) < ($1.1, -abs($1.0)) }) else {
            return 0
        }
        return best.1 > 1.25 * score(0) ? best.0 : 0
    }
}

/// Turns boxes of a page upright.
struct UprightFrame: Sendable {
    private let turn: Int
    private let pageWidth: Double
    private let pageHeight: Double

    init(_ page: DocumentPage) { self.init(turn: page.turn, width: page.width, height: page.height) }

    init(_ page: StructuredDocument.Page) { self.init(turn: page.turn, width: page.width, height: page.height) }

    private init(turn: Int, width: Double, height: Double) {
        self.turn = ((turn % 360) + 360) % 360
        pageWidth = Self.length(width)
        pageHeight = Self.length(height)
    }

    private static func length(_ length: Double) -> Double { length.isFinite ? min(max(length, 1), 20_000) : 1_000 }

    var width: Double { turn == 90 || turn == 270 ? pageHeight : pageWidth }
    var height: Double { turn == 90 || turn == 270 ? pageWidth : pageHeight }

    /// Nil for boxes that are no boxes, or that lie outside of the page.
    func upright(_ box: PageBox) -> PageBox? {
        guard box.left.isFinite, box.top.isFinite, box.right.isFinite, box.bottom.isFinite, box.left <= box.right,
            box.top <= box.bottom, box.right >= 0, box.bottom >= 0, box.left <= pageWidth, box.top <= pageHeight
        else { return nil }
        let (left, right) = (max(box.left, 0), min(box.right, pageWidth))
        let (top, bottom) = (max(box.top, 0), min(box.bottom, pageHeight))
        return switch turn {
        case 90: PageBox(left: top, top: pageWidth - right, right: bottom, bottom: pageWidth - left)
        case 180: PageBox(left: pageWidth - right, top: pageHeight - bottom, right: pageWidth - left, bottom: pageHeight - top)
        case 270: PageBox(left: pageHeight - bottom, top: left, right: pageHeight - top, bottom: right)
        default: PageBox(left: left, top: top, right: right, bottom: bottom)
        }
    }

    /// Where an upright box lies on the page as it is displayed.
    func displayed(_ box: PageBox) -> PageBox {
        switch turn {
        case 90: PageBox(left: pageWidth - box.bottom, top: box.left, right: pageWidth - box.top, bottom: box.right)
        case 180:
            PageBox(
                left: pageWidth - box.right, top: pageHeight - box.bottom, right: pageWidth - box.left,
                bottom: pageHeight - box.top)
        case 270: PageBox(left: box.top, top: pageHeight - box.right, right: box.bottom, bottom: pageHeight - box.left)
        default: box
        }
    }
}
