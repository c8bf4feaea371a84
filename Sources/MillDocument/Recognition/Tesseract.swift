import Glibc
import MillProcess

/// The character recognition program; one run reads one picture on one thread.
package struct Tesseract: Sendable {
    /// How Tesseract takes a page apart.
    enum Segmentation: Int, Sendable {
        /// Columns and blocks are found.
        case automatic = 3
        /// One column of lines.
        case column = 4
        /// One block of text.
        case block = 6
        /// Text anywhere, in no order.
        case sparse = 11
    }

    let program: ConfinedProgram
    let options: DocumentOptions

    init(_ options: DocumentOptions) throws(DocumentError) {
        program = try DocumentError.wrapping { () throws(ProgramError) in
            try ConfinedProgram("tesseract", package: "tesseract-ocr")
        }
        self.options = options
    }

    /// Recognises a picture.
    ///
    /// - Returns: words with boxes in pixels.
    /// - Throws: ``DocumentError``.
    func words(
        _ picture: GrayPicture, languages: [String], segmentation: Segmentation
    ) async throws(DocumentError) -> [PageWord] {
        let arguments = [
            "stdin", "stdout", "-l", languages.joined(separator: "+"), "--dpi", String(Int(picture.dpi.rounded())), "--psm",
            String(segmentation.rawValue), "tsv",
        ]
        let answer = try await program.answer(
            arguments, standardInput: try picture.asBMP(), limits: options.limits(outputByteCount: 16 << 20), accepting: [0, 1])
        guard answer.status == 0 else { throw failure(answer, languages) }
        return Self.read(answer.output.bytes, width: picture.width, height: picture.height)
    }

    /// Recognises text that stands anywhere in an excerpt.
    ///
    /// - Returns: words with boxes in pixels of the picture that the excerpt is from.
    /// - Throws: ``DocumentError``.
    func words(_ excerpt: PictureExcerpt, languages: [String]) async throws(DocumentError) -> [PageWord] {
        try await words(excerpt.picture, languages: languages, segmentation: .sparse).map {
            PageWord(text: $0.text, box: excerpt.original($0.box), confidence: $0.confidence, line: $0.line)
        }
    }

    private func failure(_ answer: ConfinedProgram.Answer, _ languages: [String]) -> DocumentError {
        let missing = languages.first { answer.message.contains("/\($0).traineddata") }
        if let missing {
            let package = "tesseract-ocr-" + String(missing.map { $0 == "_" ? "-" : $0 })
            return .languageMissing(language: missing, package: package)
        }
        return .programFailed(program: program.name, status: answer.status, message: answer.lastLine)
    }

    /// Reads a table with the columns level, page, block, paragraph, line, word, left, top, width, height, confidence (percent)
    /// and text; words are level 5.
    ///
    /// - Parameters:
    ///   - width: of the picture, in pixels; nothing reaches beyond it.
    ///   - height: of the picture.
    package static func read(_ table: UnsafeRawBufferPointer, width: Int, height: Int) -> [PageWord] {
        var words: [PageWord] = []
        var line = -1
        var lineKey: [Int] = []
        for row in table.split(separator: UInt8(ascii: "\n")) {
            let fields = row.split(separator: UInt8(ascii: "\t"), maxSplits: 11, omittingEmptySubsequences: false)
            guard fields.count == 12, fields[0].elementsEqual("5".utf8) else { continue }
            let numbers = fields[2..<10].compactMap { Int(String(decoding: $0, as: UTF8.self)) }
            guard numbers.count == 8, let confidence = Double(String(decoding: fields[10], as: UTF8.self)), !confidence.isNaN
            else { continue }
            let text = String(decoding: fields[11], as: UTF8.self).filter { !$0.isWhitespace }
            guard !text.isEmpty else { continue }
            let (left, top) = (max(numbers[4], 0), max(numbers[5], 0))
            guard left < width, top < height, numbers[6] > 0, numbers[7] > 0 else { continue }
            let (right, bottom) = (left + min(numbers[6], width - left), top + min(numbers[7], height - top))
            let key = Array(numbers[0..<3])
            if key != lineKey {
                line += 1
                lineKey = key
            }
            let box = PageBox(left: Double(left), top: Double(top), right: Double(right), bottom: Double(bottom))
            words.append(
                PageWord(text: text, box: box, confidence: min(max(confidence / 100, 0), 1), line: line))
        }
        return words
    }
}
