/// Recognises a little of a page to learn which way it stands and which languages it needs.
struct Probe: Sendable {
    /// How a page stands.
    struct Stand: Sendable, Hashable {
        /// As ``DocumentPage/turn``.
        let turn: Int
        /// For the whole page.
        let languages: [String]
    }

    let tesseract: Tesseract
    let languages: [String]
    private var latin: [String] { languages.filter { !$0.hasPrefix("chi_") } }

    /// A reading that is surer than this was the right way up.
    private static let sure = 0.72
    /// - Parameter first: how the page before stood.
    /// - Returns: nil where there is nothing to read.
    func stand(_ page: Recognizer.Page, first: Int?) async throws(DocumentError) -> Stand? {
        let turns = page.geometry.sidewaysRatio > 1 ? [90, 270, 0, 180] : [0, 180, 90, 270]
        // The ways in which its ink hardly lies come last, but they come: ink is more than text.
        let likely = turns.filter(page.mayStand)
        let ordered = likely.filter { $0 == first } + likely.filter { $0 != first } + turns.filter { !page.mayStand($0) }
        var best: (stand: Stand, confidence: Double)?
        for turn in ordered {
            guard let sample = try sample(page, turn: turn) else { continue }
            let reading = try await read(sample)
            let stand = Stand(turn: turn, languages: languages(for: reading))
            if reading.confidence > (best?.confidence ?? -1) { best = (stand, reading.confidence) }
            if reading.confidence > Self.sure { break }
        }
        return best?.stand
    }

    /// A little of a page, turned upright.
    private func sample(_ page: Recognizer.Page, turn: Int) throws(DocumentError) -> GrayPicture? {
        let back = (360 - turn) % 360
        var upright = try page.small.turned(by: back)
        let rulings = try Recognizer.lines(upright)
        if !rulings.isEmpty {
            upright = try upright.copied()
            RulingEraser(threshold: page.threshold).erase(rulings, in: upright)
        }
        let bands = TextBands.densest(upright, threshold: page.threshold)
        guard !bands.isEmpty else { return nil }
        // Half the resolution is enough for this.
        var large = try page.picture.reduced(by: page.picture.dpi >= 250 ? 2 : 1).turned(by: back)
        if !rulings.isEmpty {
            if large.storage === page.picture.storage { large = try large.copied() }
            RulingEraser(threshold: page.threshold).erase(rulings, in: large)
        }
        let scale = Double(large.height) / Double(upright.height)
        let rows = bands.map { band in
            let start = min(Int(Double(band.lowerBound) * scale), large.height - 1)
            return start..<max(start + 1, min(Int(Double(band.upperBound) * scale), large.height))
        }
        var sample = try large.bands(rows, of: 0..<large.width, gap: Int(large.dpi / 8))
        let skew = PageGeometry.skew(ofUpright: upright, threshold: page.threshold)
        if abs(skew) > 0.5 { sample = try sample.straightened(by: skew, paper: 255) }
        return sample
    }

    /// Latin letters alone are read in a third of the time, and what is read well so holds no Chinese.
    private func read(_ sample: GrayPicture) async throws(DocumentError) -> Recognition {
        if !latin.isEmpty, latin.count < languages.count {
            let words = try await tesseract.words(sample, languages: latin, segmentation: .block)
            if Recognition(words: words).isSure { return Recognition(words: Specks.removed(words)) }
        }
        return Recognition(words: Specks.removed(try await tesseract.words(sample, languages: languages, segmentation: .block)))
    }

    /// Chinese costs time, and helps nothing where there is none; where there is nothing else, it does best alone.
    private func languages(for reading: Recognition) -> [String] {
        let chinese = languages.filter { $0.hasPrefix("chi_") }
        guard !chinese.isEmpty, !latin.isEmpty else { return languages }
        var (han, rest) = (0, 0)
        for word in reading.words where word.confidence > 0.4 {
            for scalar in word.text.unicodeScalars {
                if scalar.isFullWidth { han += 1 } else if scalar.properties.isAlphabetic { rest += 1 }
            }
        }
        if 25 * han < han + rest { return latin }
        return rest > han ? latin + chinese : chinese
    }
}

/// The parts of a page with most text.
package enum TextBands {
    /// At most two bands of rows, from the top.
    ///
    /// - Parameter picture: of some 100 pixels per inch.
    package static func densest(_ picture: GrayPicture, threshold: UInt8) -> [Range<Int>] {
        let changes = changes(picture, threshold: threshold)
        let size = max(min(Int(picture.dpi * 0.4), picture.height), 1)
        guard changes.reduce(0, +) >= 20 else { return [] }
        var sums = [0]
        for change in changes { sums.append(sums[sums.count - 1] + change) }
        func weight(_ start: Int) -> Int { sums[start + size] - sums[start] }
        let starts = 0...(picture.height - size)
        guard let first = starts.max(by: { weight($0) < weight($1) }) else { return [] }
        let others = starts.filter { abs($0 - first) >= size }
        let second = others.max { weight($0) < weight($1) }
        /// The row nearby that cuts the least ink: halves of lines only mislead.
        func snapped(_ row: Int) -> Int {
            let nearby = max(row - size / 4, 0)...min(row + size / 4, picture.height)
            func ink(_ row: Int) -> Int { row < picture.height ? changes[row] : 0 }
            return nearby.min { (ink($0), abs($0 - row)) < (ink($1), abs($1 - row)) } ?? row
        }
        var bands: [Range<Int>] = []
        for start in ([first] + (second.map { [$0] } ?? [])).sorted() {
            let top = max(snapped(start), bands.last?.upperBound ?? 0)
            bands.append(top..<max(snapped(start + size), top))
        }
        return bands.filter { !$0.isEmpty }
    }

    /// How often each row changes between paper and ink.
    private static func changes(_ picture: GrayPicture, threshold: UInt8) -> [Int] {
        let light = threshold + (255 - threshold) / 2
        return picture.withPixels { pixels in
            (0..<picture.height).map { y in
                var count = 0
                var wasInk = false
                for x in 0..<picture.width {
                    let value = pixels[y * picture.width + x]
                    // Noise about the threshold is no ink.
                    guard wasInk ? value > light : value < threshold else { continue }
                    wasInk.toggle()
                    count += 1
                }
                return count
            }
        }
    }
}
