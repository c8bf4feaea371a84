import MillProcess

/// How documents are read, and what is too much.
public struct DocumentOptions: Sendable, Hashable {
    /// Languages of the recognition, as Tesseract names them. Chinese is only looked for where a page has Chinese characters.
    public var languages: [String]
    /// Tried in order on encrypted files.
    public var passwords: [String]
    /// Most bytes of a file.
    public var fileByteCount: Int
    public var pageCount: Int
    /// Longest side of a page, in points; 14400 (200 inches) by default, as the PDF standard has it.
    public var pageSide: Double
    /// Most pixels of a picture file.
    public var pixelCount: Int
    /// Most bytes of a text or Markdown file.
    public var textByteCount: Int
    /// Seconds of the processor that one program may take for one step, such as one page to recognise or ten to read. On a machine that
    /// is busy with other things that may last longer, up to ``patience`` times.
    public var stepSeconds: Double
    /// Bytes of address space that a program may take.
    public var memoryByteCount: Int

    public init(
        languages: [String] = ["eng", "chi_sim"], passwords: [String] = [], fileByteCount: Int = 512 << 20,
        pageCount: Int = 5000, pageSide: Double = 14400, pixelCount: Int = 64 << 20, textByteCount: Int = 16 << 20,
        stepSeconds: Double = 30, memoryByteCount: Int = 2 << 30
    ) {
        self.languages = languages
        self.passwords = passwords
        self.fileByteCount = fileByteCount
        self.pageCount = pageCount
        self.pageSide = pageSide
        self.pixelCount = pixelCount
        self.textByteCount = textByteCount
        self.stepSeconds = stepSeconds
        self.memoryByteCount = memoryByteCount
    }

    /// How much longer than on a processor of its own a step may take.
    static let patience = 3.0

    /// - Parameter share: of the time of a step.
    func limits(outputByteCount: Int, share: Double = 1) -> ConfinedProgram.Limits {
        var limits = ConfinedProgram.Limits()
        limits.seconds = stepSeconds * share * Self.patience
        limits.cpuSeconds = max(Int((stepSeconds * share).rounded(.up)), 1)
        limits.memoryByteCount = memoryByteCount
        limits.outputByteCount = outputByteCount
        return limits
    }
}
