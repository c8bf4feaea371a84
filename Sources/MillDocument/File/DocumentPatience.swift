import Synchronization

/// How long programs may fail on one document, all together: a document that burns the time of its steps on page after page is
/// given up, whatever pages are left.
final class DocumentPatience: Sendable {
    private struct State {
        /// Seconds that went into pages on which a program ran into a limit.
        var spent = 0.0
        /// Pages on which a program ran into a limit.
        var hopeless: Set<Int> = []
        /// On all pages so far.
        var words = 0
    }

    /// Most words of a document; a page of close print has a thousand.
    static let wordCount = 8_000_000

    private let name: String
    private let seconds: Double
    private let state = Mutex(State())

    init(name: String, options: DocumentOptions) {
        self.name = name
        seconds = 2 * options.stepSeconds
    }

    /// Whether another page may have so many words.
    func hasRoom(for words: Int) -> Bool {
        state.withLock { state in
            state.words += words
            return state.words <= Self.wordCount
        }
    }

    /// Does something that a program does for a page or several.
    ///
    /// - Throws: ``DocumentError/givenUp(name:seconds:)`` when the time is spent, at once; and what the body does.
    func run<Result>(
        pages: ClosedRange<Int>, _ body: () async throws(DocumentError) -> Result
    ) async throws(DocumentError) -> Result {
        let isHopeless = state.withLock { $0.spent >= seconds || (pages.count == 1 && $0.hopeless.contains(pages.lowerBound)) }
        guard !isHopeless else { throw .givenUp(name: name, seconds: state.withLock { $0.spent }) }
        let clock = ContinuousClock()
        let start = clock.now
        do { return try await body() } catch {
            // Pages that take too long together may do well one by one.
            if error.isLimit, pages.count == 1 {
                // On a busy machine it is not the document that takes so long.
                let spent = min((clock.now - start) / .seconds(1), seconds / 2)
                state.withLock { state in
                    state.spent += spent
                    state.hopeless.insert(pages.lowerBound)
                }
            }
            throw error
        }
    }
}

extension DocumentError {
    /// Whether a program was stopped for what it took; it will take it again.
    var isLimit: Bool {
        switch self {
        case .programTimedOut, .programOverLimit: true
        default: false
        }
    }
}
