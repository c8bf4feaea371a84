import Glibc

/// Recognises the text of a page from its picture: turned upright and straight, on white paper and without lines, one language
/// or several as the page needs it. Takes a second or two of one core for a page.
struct Recognizer: Sendable {
    let tesseract: Tesseract
    let languages: [String]

    /// Tesseract reads no better with more, and takes half as long again at 300.
    static let dpi = 220.0
    /// More pixels than A3 at that resolution help nobody.
    static let pixelCount = 18 << 20

    init(_ options: DocumentOptions) throws(DocumentError) {
        tesseract = try Tesseract(options)
        languages = options.languages
    }

    /// - Parameter memory: of the document; a page is tried first as the one before stood.
    /// - Returns: boxes in points from the top left corner of the picture.
    /// - Throws: ``DocumentError``.
    func recognize(_ original: GrayPicture, memory: RecognitionMemory) async throws(DocumentError) -> Recognition {
        let factor = max(Int((original.dpi / 100).rounded()), 1)
        var picture = original
        var small = try original.reduced(by: factor)
        let paper = Paper(small)
        if paper.isUneven || paper.level < 235 {
            picture = try paper.whitened(picture, factor: factor)
            small = try picture.reduced(by: factor)
        }
        let page = Page(picture: picture, small: small, factor: factor, threshold: Paper(small).threshold)
        let probe = Probe(tesseract: tesseract, languages: languages)
        guard let stand = try await probe.stand(page, first: memory.turn) else {
            return Recognition(words: [], size: Self.size(original))
        }
        var recognition = try await read(page, stand: stand)
        if Set(stand.languages) != Set(languages), recognition.isPoor {
            // Part of the page may be in the other languages.
            let other = try await read(page, stand: Probe.Stand(turn: stand.turn, languages: languages))
            if other.confidence > recognition.confidence { recognition = other }
        } else if recognition.isGood {
            memory.remember(turn: stand.turn)
        }
        let percent = Int((recognition.confidence * 100).rounded())
        if !recognition.words.isEmpty, percent < 70 {
            recognition.remarks.append("poor to read: \(percent)% certain on average")
        }
        return recognition
    }

    private static func size(_ picture: GrayPicture) -> (width: Double, height: Double) {
        (Double(picture.width) * picture.scale, Double(picture.height) * picture.scale)
    }

    /// A page as it came, on white paper.
    struct Page: Sendable {
        let picture: GrayPicture
        /// The same with `factor` times fewer pixels per inch, of which some 100 are left.
        let small: GrayPicture
        let factor: Int
        /// Darker pixels are ink.
        let threshold: UInt8
        let geometry: PageGeometry

        init(picture: GrayPicture, small: GrayPicture, factor: Int, threshold: UInt8) {
            self.picture = picture
            self.small = small
            self.factor = factor
            self.threshold = threshold
            geometry = PageGeometry(small, threshold: threshold)
        }

        /// Where lines across the page explain its ink so much better than lines along it, or so much worse, the ways in which
        /// its text would lie otherwise are tried last.
        static let decided = 1.5

        /// Whether its ink lies as if it was turned so.
        func mayStand(_ turn: Int) -> Bool {
            turn == 90 || turn == 270 ? geometry.sidewaysRatio > 1 / Self.decided : geometry.sidewaysRatio < Self.decided
        }
    }

    /// Smaller angles cost nothing in recognition.
    private static let leastSkew = 0.12

    private func read(_ page: Page, stand: Probe.Stand) async throws(DocumentError) -> Recognition {
        let back = (360 - stand.turn) % 360
        var picture = try page.picture.turned(by: back)
        var small = try page.small.turned(by: back)
        var skew = PageGeometry.skew(ofUpright: small, threshold: page.threshold)
        if abs(skew) >= Self.leastSkew {
            picture = try picture.straightened(by: skew, paper: 255)
            small = try picture.reduced(by: page.factor)
        } else {
            skew = 0
        }
        let rulings = try RulingDetector().joined().rulings(small)
        let erased = rulings.filter(Self.isLine)
        if !erased.isEmpty {
            if picture.storage === page.picture.storage { picture = try picture.copied() }
            RulingEraser(threshold: page.threshold).erase(erased, in: picture)
        }
        var words = try await tesseract.words(picture, languages: stand.languages, segmentation: .automatic)
        if !words.isEmpty {
            let unread = PageInk(small).unread(
                words: words.map {
                    PageWord(text: $0.text, box: $0.box.scaled(by: picture.scale), confidence: $0.confidence, line: $0.line)
                }, rulings: rulings, threshold: page.threshold)
            words = try await Overlooked(tesseract: tesseract, languages: stand.languages).added(
                to: words, in: picture, at: unread.map { $0.scaled(by: 1 / picture.scale) })
        }
        let latin = languages.filter { !$0.hasPrefix("chi_") }
        if !latin.isEmpty, stand.languages.allSatisfy({ $0.hasPrefix("chi_") }) {
            words = try await SecondReading(tesseract: tesseract, languages: latin).improved(words, in: picture)
        }
        let upright = Upright(picture: picture, small: small, turn: stand.turn, skew: skew)
        return assemble(Specks.removed(words), rulings: rulings, upright: upright)
    }

    /// Of letters and Chinese characters in titles, in points.
    private static let longestStroke = 32.0

    private static func isLine(_ ruling: DocumentPage.Ruling) -> Bool {
        max(ruling.box.width, ruling.box.height) >= longestStroke
    }

    /// The rulings of a page that no letters are.
    static func lines(_ small: GrayPicture) throws(DocumentError) -> [DocumentPage.Ruling] {
        try RulingDetector().joined().rulings(small).filter(isLine)
    }

    /// A page that was turned and straightened.
    private struct Upright {
        let picture: GrayPicture
        let small: GrayPicture
        let turn: Int
        let skew: Double
    }

    /// Brings boxes back to where the ink is.
    private func assemble(
        _ words: [PageWord], rulings: [DocumentPage.Ruling], upright: Upright
    ) -> Recognition {
        let picture = upright.picture
        let scale = picture.scale
        let rotation = Rotation(angle: upright.skew, width: picture.width, height: picture.height)
        let (width, height) = (Double(picture.width) * scale, Double(picture.height) * scale)
        let isSideways = upright.turn == 90 || upright.turn == 270
        func place(_ box: PageBox) -> PageBox {
            let box = upright.skew == 0 ? box : rotation.original(box.scaled(by: 1 / scale)).scaled(by: scale)
            let turned = box.turned(by: upright.turn, width: width, height: height)
            // What was turned straight reaches over the edges of the page.
            let (right, bottom) = isSideways ? (height, width) : (width, height)
            return PageBox(
                left: min(max(turned.left, 0), right), top: min(max(turned.top, 0), bottom),
                right: min(max(turned.right, 0), right), bottom: min(max(turned.bottom, 0), bottom))
        }
        let scaled = words.map {
            PageWord(text: $0.text, box: $0.box.scaled(by: scale), confidence: $0.confidence, line: $0.line)
        }
        let rulings = rulings.filter { ruling in
            Self.isLine(ruling)
                || !scaled.contains { $0.confidence > 0.3 && $0.box.intersection(ruling.box) != nil }
        }
        let pictures = PageInk(upright.small).pictures(words: scaled, rulings: rulings).boxes
        return Recognition(
            words: scaled.map { PageWord(text: $0.text, box: place($0.box), confidence: $0.confidence, line: $0.line) },
            size: isSideways ? (height, width) : (width, height),
            rulings: rulings.map { DocumentPage.Ruling(box: place($0.box)) }, pictures: pictures.map(place), turn: upright.turn)
    }
}

extension PageBox {
    func scaled(by factor: Double) -> PageBox {
        PageBox(left: left * factor, top: top * factor, right: right * factor, bottom: bottom * factor)
    }

    /// Where a box of an upright page lies when the page is turned clockwise.
    ///
    /// - Parameters:
    ///   - width: of the upright page.
    ///   - height: of the upright page.
    func turned(by degrees: Int, width: Double, height: Double) -> PageBox {
        switch degrees {
        case 90: PageBox(left: height - bottom, top: left, right: height - top, bottom: right)
        case 180: PageBox(left: width - right, top: height - bottom, right: width - left, bottom: height - top)
        case 270: PageBox(left: top, top: width - right, right: bottom, bottom: width - left)
        default: self
        }
    }
}
