import MillGraph
import MillNodes
import MillStore
import MillValue
import Synchronization

/// What a batch run needs besides its graph: the ledger that remembers what is done, and progress for people.
final class BatchRun: Sendable {
    private struct State {
        var total: Int?
        var succeeded = 0
        var failed = 0
        var doneBefore = 0
        var lostEntry: String?
    }

    private let ledger: BatchLedger?
    private let redactor: Redactor
    private let state = Mutex(State())
    private let clock = ContinuousClock()
    private let start = ContinuousClock().now

    /// nil for pipelines that are no batch.
    ///
    /// - Throws: `Failure` where the ledger cannot be opened.
    init?(_ pipeline: CheckedPipeline) throws {
        guard pipeline.settings.mode == .batch else { return nil }
        redactor = pipeline.redactor
        guard let path = pipeline.settings.ledger else {
            ledger = nil
            return
        }
        do {
            try OutputFile.makeFolders(of: path)
            ledger = try BatchLedger(path: path, pipeline: pipeline.fingerprint)
        } catch { throw Failure.run("\(error)") }
    }

    /// Lets a run leave out what is done, and tell this of what becomes of the rest.
    func attach(to options: inout RuntimeOptions) {
        options.isDone = { [self] identity in
            guard ledger?.isDone(identity) == true else { return false }
            state.withLock { $0.doneBefore += 1 }
            return true
        }
        options.observer = { [self] event in
            switch event {
            case .announced(_, let count):
                let total = state.withLock { state in
                    state.total = (state.total ?? 0) + count
                    return state.total ?? 0
                }
                Console.progress("0 of \(total)")
            case .finished(let item): note(item)
            default: break
            }
        }
    }

    private func note(_ item: ItemReport) {
        var reasons: [String] = []
        for failure in item.failures {
            let reason = "\(failure.node): \(redactor.redact(failure.reason))"
            // The pages of a document mostly fail for one reason.
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        let reason = reasons.joined(separator: "; ")
        let lost: String?
        do {
            try ledger?.record(
                BatchLedger.Entry(
                    identity: item.identity, key: item.key, hasSucceeded: item.hasSucceeded,
                    reason: item.hasSucceeded ? nil : reason, seconds: item.duration.inSeconds, ended: SystemClock().wallTime))
            lost = nil
        } catch { lost = "\(error)" }
        let progress = state.withLock { state in
            if item.hasSucceeded { state.succeeded += 1 } else { state.failed += 1 }
            state.lostEntry = state.lostEntry ?? lost
            return text(of: state)
        }
        if !item.hasSucceeded {
            Console.endProgress()
            Console.line("failed: \(item.key): \(reason)".visible(keepingLines: false))
        }
        Console.progress(progress)
    }

    /// `12 of 50, 1 failed, 3.2 per second, 12 s left`. What was done before counts, but not for the rate.
    private func text(of state: State) -> String {
        let (new, done) = (state.succeeded + state.failed, state.succeeded + state.failed + state.doneBefore)
        let rate = Double(new) / max((clock.now - start).inSeconds, 1e-3)
        var parts = [state.total.map { "\(done) of \($0)" } ?? "\(done)"]
        if state.failed > 0 { parts.append("\(state.failed) failed") }
        parts.append("\(RunSummary.decimal(rate)) per second")
        if let total = state.total, new > 0, total > done {
            parts.append("\(Int((Double(total - done) / rate).rounded(.up))) s left")
        }
        return parts.joined(separator: ", ")
    }

    /// How to go on after an interruption that has left something.
    func hint(after outcome: RunReport.Outcome) -> String? {
        let left = state.withLock { state in state.total.map { $0 - state.succeeded - state.failed - state.doneBefore } }
        guard outcome == .stopped || outcome == .aborted, left != 0 else { return nil }
        let what = (outcome == .stopped ? "stopped" : "broken off") + (left.map { ", \($0) left" } ?? "")
        guard ledger != nil else { return "\(what): without a `ledger` in `run` the same command begins anew" }
        let missing = outcome == .aborted ? "; it makes the files of all documents, too" : ""
        return "\(what): run the same command again to go on\(missing)"
    }

    /// - Throws: `Failure` where something could not be noted in the ledger.
    func check() throws {
        if let lost = state.withLock(\.lostEntry) { throw Failure.run("the ledger is not complete: \(lost)") }
    }
}
