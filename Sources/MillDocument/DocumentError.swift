import MillValue

/// What can be wrong with a document, or with what is needed to read it.
public enum DocumentError: Error, Sendable, Hashable {
    /// A program that reads documents is not installed.
    case programMissing(program: String, package: String)
    /// The recognition does not have a language that was asked for.
    case languageMissing(language: String, package: String)
    /// A program could not be started.
    case programNotStarted(program: String, reason: String)
    case programTimedOut(program: String, seconds: Double)
    /// A program was ended by a limit (processor time, memory, output).
    case programOverLimit(program: String, limit: String)
    /// A program crashed.
    case programCrashed(program: String, signal: Int)
    /// A program gave up; the message is the last line of what it said.
    case programFailed(program: String, status: Int, message: String)
    /// What a program wrote is not what it always writes.
    case programAnswer(program: String, reason: String)
    case cancelled
    /// Programs have failed on the document for too long; the rest of it was not tried.
    case givenUp(name: String, seconds: Double)

    case notBytes(dtype: String, shape: [Int])
    case empty(name: String)
    /// Not a kind of file that is read.
    case unsupported(name: String, looksLike: String, advice: String)
    case tooLarge(name: String, byteCount: Int, limit: Int)
    case tooManyPages(name: String, count: Int, limit: Int)
    case noPages(name: String)
    /// The file breaks its format's rules.
    case damaged(name: String, reason: String)
    case passwordNeeded(name: String)
    case wrongPassword(name: String, tried: Int)
    /// Sides in points.
    case pageSize(name: String, page: Int, width: Double, height: Double, limit: Double)
    case pageOutOfRange(name: String, page: Int, count: Int)
    case pictureUnreadable(name: String, reason: String)
    case outOfMemory(byteCount: Int)
}

extension DocumentError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .programMissing(let program, let package):
            "the program \(program) is missing; install it with: apt-get install \(package)"
        case .languageMissing(let language, let package):
            "the recognition cannot read \(language); install it with: apt-get install \(package), or ask for other languages"
        case .programNotStarted(let program, let reason): "\(program) cannot be started: \(reason)"
        case .programTimedOut(let program, let seconds):
            "\(program) was stopped after \(Self.text(seconds)) s; the document is damaged, hostile or very large: "
                + "read fewer pages at once or raise the time limit"
        case .programOverLimit(let program, let limit):
            "\(program) was stopped at its limit of \(limit); the document is damaged, hostile or very large"
        case .programCrashed(let program, let signal):
            "\(program) crashed with signal \(signal); the document is damaged or hostile"
        case .programFailed(let program, let status, let message):
            "\(program) ended with status \(status)\(message.isEmpty ? "" : ": \(message)")"
        case .programAnswer(let program, let reason): "\(program) answered in an unexpected way: \(reason)"
        case .cancelled: "reading the document was cancelled"
        case .givenUp(let name, let seconds):
            "\(name) was given up after programs had failed on it for \(Self.text(seconds.rounded())) s; it is damaged, hostile or very "
                + "large"
        case .notBytes(let dtype, let shape): "expected a file's bytes as contiguous U8, got \(dtype) \(shape)"
        case .empty(let name): "\(name) is empty; fetch it again"
        case .unsupported(let name, let looksLike, let advice): "\(name) is \(looksLike), which is not read; \(advice)"
        case .tooLarge(let name, let byteCount, let limit):
            "\(name) has \(byteCount) bytes, more than the limit of \(limit); split it or raise the limit"
        case .tooManyPages(let name, let count, let limit):
            "\(name) has \(count) pages, more than the limit of \(limit); give a range of pages or raise the limit"
        case .noPages(let name): "\(name) has no pages"
        case .damaged(let name, let reason): "\(name) is damaged: \(reason); fetch it again"
        case .passwordNeeded(let name): "\(name) is encrypted: a password is needed; \(Self.passwordAdvice)"
        case .wrongPassword(let name, let tried):
            "\(name) is encrypted, and wrong password: \(tried == 1 ? "the one given does not open it" : "none of the \(tried) given opens it")"
                + "; \(Self.passwordAdvice)"
        case .pageSize(let name, let page, let width, let height, let limit):
            "page \(page) of \(name) is \(Self.text(width)) x \(Self.text(height)) points; a side may have 1 to "
                + "\(Self.text(limit))"
        case .pageOutOfRange(let name, let page, let count):
            "\(name) has \(count.counted("page")); there is no page \(page)"
        case .pictureUnreadable(let name, let reason): "\(name): \(reason)"
        case .outOfMemory(let byteCount): "cannot allocate \(byteCount) bytes for a page"
        }
    }

    private static let passwordAdvice =
        "give the right one with --set password=… or in MILLRACE_SECRET_PASSWORD (in a pipeline, `passwords` of document.open)"

    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\((value * 100).rounded() / 100)"
    }
}
