import MillValue

/// Collects problems, so that a file's author sees all of them at once.
final class Diagnostics {
    private(set) var problems: [PipelineProblem] = []

    private var counts: [PipelineProblem.Severity: Int] = [:]

    /// More than these of one severity help nobody; warnings never crowd out errors.
    private static let maximumCount = 100

    var hasErrors: Bool { counts[.error, default: 0] > 0 }

    /// The message and the suggestion are made only where there is room for them: a suggestion looks at everything that
    /// has a name, which in a large file full of errors takes long.
    func error(
        at location: SourceLocation, _ message: @autoclosure () -> String, suggestion: @autoclosure () -> String? = nil
    ) {
        guard hasRoom(for: .error) else { return }
        add(PipelineProblem(.error, at: location, message(), suggestion: suggestion()))
    }

    func warning(
        at location: SourceLocation, _ message: @autoclosure () -> String, suggestion: @autoclosure () -> String? = nil
    ) {
        guard hasRoom(for: .warning) else { return }
        add(PipelineProblem(.warning, at: location, message(), suggestion: suggestion()))
    }

    func add(_ problem: PipelineProblem) {
        guard hasRoom(for: problem.severity), !problems.contains(problem) else { return }
        problems.append(problem)
        counts[problem.severity, default: 0] += 1
    }

    private func hasRoom(for severity: PipelineProblem.Severity) -> Bool { counts[severity, default: 0] < Self.maximumCount }

    /// In the order of the files.
    var sorted: [PipelineProblem] {
        problems.enumerated()
            .sorted { ($0.element.location, $0.offset) < ($1.element.location, $1.offset) }
            .map(\.element)
    }

    /// Throws if anything but warnings was found.
    func check() throws(PipelineErrors) {
        if hasErrors { throw PipelineErrors(sorted) }
    }
}

/// `did you mean 'x'?`, or what there is to choose from.
func suggestion(for name: String, among names: some Sequence<String>, _ what: String) -> String? {
    let names = Array(names)
    if let closest = Suggestion.closest(to: name, among: names) { return "did you mean '\(closest)'?" }
    guard !names.isEmpty else { return nil }
    return "\(what): \(names.prefix(30).joined(separator: ", "))" + (names.count > 30 ? ", …" : "")
}
