import MillImage
import MillProcess
import MillTensor

/// A file's bytes, held where programs that read them find them: a file in memory, nowhere else.
public struct DocumentFile: Sendable {
    /// For messages.
    public let name: String
    public let kind: DocumentKind
    public var byteCount: Int { contents.count }
    let contents: SecretBytes

    /// Takes a copy of a file's bytes.
    ///
    /// - Parameter bytes: U8 `[byteCount]`, such as a mapped file.
    /// - Throws: ``DocumentError``.
    public init(_ bytes: Tensor, name: String, limits: DocumentOptions = DocumentOptions()) throws(DocumentError) {
        guard bytes.dtype == .u8, bytes.isContiguous else { throw .notBytes(dtype: bytes.dtype.name, shape: bytes.shape) }
        guard bytes.byteCount <= limits.fileByteCount else {
            throw .tooLarge(name: name, byteCount: bytes.byteCount, limit: limits.fileByteCount)
        }
        let contents = try SecretBytes(documentOf: bytes.byteCount)
        bytes.withBytes { span in span.withUnsafeBytes { contents.fill($0) } }
        try self.init(contents, name: name)
    }

    init(_ contents: SecretBytes, name: String) throws(DocumentError) {
        self.name = name
        self.contents = contents
        kind = try DocumentKind(of: contents.bytes, name: name)
    }

    /// What the header of a picture says, within the limits.
    ///
    /// - Throws: ``DocumentError/pictureUnreadable(name:reason:)``.
    func pictureHeader(_ limits: ImageLimits) throws(DocumentError) -> ImageHeader {
        do { return try ImageDecoder.header(of: contents.bytes, limits: limits) } catch {
            throw .pictureUnreadable(name: name, reason: error.description)
        }
    }
}
