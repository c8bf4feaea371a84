import Glibc
import Synchronization

/// Ctrl-C in a conversation: it stops an answer; where there is none, the second in a row ends the program.
enum ChatInterrupts {
    private struct State {
        var isAnswering = false
        var isStopped = false
        /// Interrupts since something was typed.
        var count = 0
    }

    private static let state = Mutex(State())

    static func observe() {
        Interrupts.observe { _ in
            let isAnswering = state.withLock { state in
                if state.isAnswering { state.isStopped = true } else { state.count += 1 }
                return state.isAnswering
            }
            guard !isAnswering else { return }
            // Reading a line goes on through signals, so that this is the place to leave from.
            if !StandardInput.isTerminal || state.withLock({ $0.count > 1 }) {
                Console.endProgress()
                Glibc.exit(Failure.interrupted.code)
            }
            Console.line("\n(Ctrl-C once more ends the conversation; so does /quit)")
            Console.prompt(ChatInput.prompt)
        }
    }

    /// Something was typed.
    static func forget() { state.withLock { $0.count = 0 } }

    /// Runs the writing of an answer; interrupts meanwhile make what it is given true.
    static func duringAnswer<Result>(_ body: (@escaping @Sendable () -> Bool) throws -> Result) rethrows -> Result {
        state.withLock { $0 = State(isAnswering: true) }
        defer { state.withLock { $0 = State() } }
        return try body { state.withLock { $0.isStopped } }
    }
}
