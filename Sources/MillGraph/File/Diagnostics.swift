import MillValue

/// Collects problems, so that a file's author sees all of them at once.
final class Diagnostics {
    private(set) var problems: [PipelineProblem] = []

    /// More than these help nobody.
    private static let maximumCount = 100

    var hasErrors: Bool { problems.contains { $0.severity == .error } }

    func error(at location: SourceLocation, _ message: String, suggestion: String? = nil) {
        add(PipelineProblem(.error, at: location, message, suggestion: suggestion))
    }

    func warning(at location: SourceLocation, _ message: String, suggestion: String? = nil) {
        add(PipelineProblem(.warning, at: location, message, suggestion: suggestion))
    }

    func add(_ problem: PipelineProblem) {
        guard problems.count < Self.maximumCount else { return }
        if !problems.contains(problem) { problems.append(problem) }
    }

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
