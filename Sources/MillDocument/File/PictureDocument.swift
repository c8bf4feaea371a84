import Glibc
import MillImage
import MillProcess
import MillTensor

/// A picture file as a document of one page.
struct PictureDocument: Sendable {
    let file: DocumentFile
    let options: DocumentOptions
    let header: ImageHeader
    /// In points.
    let width: Double
    let height: Double

    /// Pixels per inch where the file does not say.
    private static let usualDPI = 150.0
    /// The longer side of a sheet of A4 in inches, which most pictures of pages show.
    private static let sheet = 11.7

    /// Checks the header, before anything is decoded.
    ///
    /// - Throws: ``DocumentError/pictureUnreadable(name:reason:)``.
    init(_ file: DocumentFile, options: DocumentOptions) throws(DocumentError) {
        self.file = file
        self.options = options
        header = try file.pictureHeader(Self.limits(options))
        let stated = PictureResolution.of(file.contents.bytes, format: header.format)
        let (x, y) = stated ?? (Self.usualDPI, Self.usualDPI)
        width = Double(header.width) * 72 / (header.orientation.swapsSides ? y : x)
        height = Double(header.height) * 72 / (header.orientation.swapsSides ? x : y)
    }

    private static func limits(_ options: DocumentOptions) -> ImageLimits {
        ImageLimits(pixelCount: options.pixelCount, fileByteCount: options.fileByteCount)
    }

    /// Recognises the page.
    ///
    /// - Throws: ``DocumentError``.
    func page() async throws(DocumentError) -> DocumentPage {
        let recognition = try await Recognizer(options).recognize(try gray(), memory: RecognitionMemory())
        // Boxes come in points of a sheet; the file may state another size.
        let picture = recognition.size
        let (x, y) = (width / picture.width, height / picture.height)
        func place(_ box: PageBox) -> PageBox {
            PageBox(left: box.left * x, top: box.top * y, right: box.right * x, bottom: box.bottom * y)
        }
        let remark = recognition.words.isEmpty ? "nothing to read was found" : recognition.loss
        return DocumentPage(
            number: 1, width: width, height: height, source: recognition.words.isEmpty ? .none : .recognition,
            words: recognition.words.map {
                PageWord(text: $0.text, box: place($0.box), confidence: $0.confidence, line: $0.line)
            }, rulings: recognition.rulings.map { DocumentPage.Ruling(box: place($0.box)) },
            pictures: recognition.pictures.map(place), turn: recognition.turn,
            remarks: (remark.map { [$0] } ?? []) + recognition.remarks, isDamaged: recognition.loss != nil)
    }

    /// The picture as a JPEG file.
    ///
    /// - Throws: ``DocumentError``.
    func jpeg(dpi: Double, quality: Int) throws(DocumentError) -> [UInt8] {
        let most = (Double(16 << 20) / (width * height)).squareRoot()
        let scale = min(max(dpi, 1) / 72, most)
        let target = (width: max(Int(width * scale), 1), height: max(Int(height * scale), 1))
        var image = try decoded()
        defer { image.wipe() }
        do {
            if target.width < image.shape[1] {
                let smaller = try Resizer.resize(
                    image, width: target.width, height: target.height, filter: .box, pool: StoragePool(byteLimit: 0))
                image.wipe()
                image = smaller
            }
            return try JPEGEncoder.encode(image, quality: quality)
        } catch { throw .pictureUnreadable(name: file.name, reason: error.description) }
    }

    private func decoded() throws(DocumentError) -> Tensor {
        do {
            return try ImageDecoder.decode(
                file.contents.bytes, limits: Self.limits(options), pool: StoragePool(byteLimit: 0), toleratesDamage: true
            ).pixels
        } catch { throw .pictureUnreadable(name: file.name, reason: error.description) }
    }

    /// Grey, as large as recognition likes it.
    private func gray() throws(DocumentError) -> GrayPicture {
        var image = try decoded()
        defer { image.wipe() }
        let longest = Double(max(image.shape[0], image.shape[1]))
        let dpi = longest / Self.sheet
        let most = (Double(Recognizer.pixelCount) / Double(image.shape[0] * image.shape[1])).squareRoot()
        let scale = min(max(min(Recognizer.dpi / dpi, 3), 0.25), most)
        if scale > 1.2 || scale < 0.8 {
            do {
                let resized = try Resizer.resize(
                    image, width: max(Int(Double(image.shape[1]) * scale), 1),
                    height: max(Int(Double(image.shape[0]) * scale), 1),
                    filter: scale > 1 ? .bicubic : .box, pool: StoragePool(byteLimit: 0))
                image.wipe()
                image = resized
            } catch { throw .pictureUnreadable(name: file.name, reason: error.description) }
        }
        let result = try GrayPicture(width: image.shape[1], height: image.shape[0], dpi: Recognizer.dpi)
        image.withBytes { span in
            span.withUnsafeBytes { source in
                result.withMutablePixels { target in
                    for index in target.indices {
                        let sum =
                            77 * Int(source[3 * index]) + 150 * Int(source[3 * index + 1]) + 29 * Int(source[3 * index + 2])
                        target[index] = UInt8(truncatingIfNeeded: sum >> 8)
                    }
                }
            }
        }
        return result
    }
}

extension Tensor {
    /// Overwrites the pixels of a page.
    fileprivate func wipe() {
        if let start = mutablePointer { explicit_bzero(start, byteCount) }
    }
}
