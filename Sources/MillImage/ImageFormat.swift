/// The file formats that ``ImageDecoder`` reads.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
    case jpeg, png

    /// The format that these bytes begin like, whatever the file is called; nil for anything else.
    public init?(firstBytes: UnsafeRawBufferPointer) {
        if firstBytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if firstBytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else {
            return nil
        }
    }

    /// The name in messages.
    public var name: String { rawValue.uppercased() }
}
