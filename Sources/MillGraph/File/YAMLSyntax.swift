import Yams

/// Turns the YAML parser's errors into problems with a place and advice.
enum YAMLSyntax {
    static func problem(of error: YamlError, in source: SourceText) -> PipelineProblem {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // Quotes without an end are found at the end of the file; what matters is where they begin.
            let mark = problem == "found unexpected end of stream" ? context?.mark ?? mark : mark
            let text = [context?.text, problem].compactMap(\.self).joined(separator: ": ")
            return PipelineProblem(
                at: location(mark, source), "not valid YAML: \(text)",
                suggestion: advice(problem, source.offset(line: mark.line, column: mark.column).map { source.scalars[$0] }))
        case .duplicatedKeysInMapping(let names, let context):
            return PipelineProblem(
                at: location(context.mark, source), "duplicate key '\(names.first ?? "")'",
                suggestion: "remove or rename one of them")
        default:
            return PipelineProblem(at: SourceLocation(file: source.file, line: 1, column: 1), "not valid YAML: \(error)")
        }
    }

    private static func location(_ mark: Mark, _ source: SourceText) -> SourceLocation {
        SourceLocation(file: source.file, line: mark.line, column: mark.column)
    }

    private static func advice(_ problem: String, _ character: Unicode.Scalar?) -> String? {
        switch (problem, character) {
        case (_, "\t"): "indent with spaces, not with tabs"
        case (_, "@"), (_, "`"), (_, "%"): "put text that starts with this character in quotes"
        case ("mapping values are not allowed in this context", _):
            "check the indentation, and put text that contains ': ' in quotes"
        case ("did not find expected key", _), ("did not find expected '-' indicator", _),
            ("did not find expected <block end>", _):
            "check the indentation of this line and the one above"
        case ("could not find expected ':'", _): "a line of a mapping is 'key: value'"
        case ("did not find expected ',' or ']'", _): "close the list with ]"
        case ("did not find expected ',' or '}'", _): "close the mapping with }"
        case ("found unexpected end of stream", _): "close the quotes"
        case ("but found another document", _): "a file holds one pipeline; remove the '---' line"
        default: nil
        }
    }
}
