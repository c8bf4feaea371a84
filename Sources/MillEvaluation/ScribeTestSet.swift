import MillSchema
import MillTensor
import MillValue

/// The lines of a test file of a text model: one JSON object each.
package struct ScribeTestSet: Sendable {
    /// A prompt with special tokens written out, and what is to follow.
    package struct Task: Sendable {
        package let prompt: String
        package let answer: String
        /// The answer's schema, and the document that it must be; nil where the answer is text.
        package let schema: JSONSchema?
        package let expected: Value?
        /// Where it stands: the file, and the number of the line.
        let path: String
        let line: Int

        /// What is wrong with it.
        func error(_ problem: String) -> EvaluationError { .noTestSet(path: path, reason: "line \(line): \(problem)") }
    }

    /// A line that is not blank.
    private struct Line: Sendable {
        let number: Int
        let object: Value
    }

    /// The files of more bytes are no test sets.
    private static let limit = 256 << 20

    private let path: String
    private let lines: [Line]

    /// - Throws: ``EvaluationError/noTestSet(path:reason:)``, with the number of the line that is wrong.
    package init(path: String) throws(EvaluationError) {
        self.path = path
        let storage: Storage
        do { storage = try Storage.map(path: path) } catch { throw .noTestSet(path: path, reason: "\(error)") }
        guard storage.byteCount <= Self.limit else { throw .noTestSet(path: path, reason: "it is too large") }
        var lines: [Line] = []
        let bytes = UnsafeRawBufferPointer(start: storage.base, count: storage.byteCount)
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > UInt8(ascii: " ") }) else { continue }
            do { lines.append(Line(number: index + 1, object: try JSON.parse(bytes: Array(line)))) } catch {
                throw .noTestSet(path: path, reason: "line \(index + 1), column \(error.column): invalid JSON: \(error.message)")
            }
        }
        guard !lines.isEmpty else { throw .noTestSet(path: path, reason: "it has no lines") }
        self.lines = lines
    }

    /// The `text` of each line.
    ///
    /// - Throws: ``EvaluationError/noTestSet(path:reason:)``, with the line, where there is none or it is empty.
    package func documents() throws(EvaluationError) -> [String] {
        try lines.map { line throws(EvaluationError) -> String in
            let text = try text("text", of: line)
            guard !text.isEmpty else { throw error(line, "\"text\" is empty") }
            return text
        }
    }

    /// `prompt` and `answer` of each line, and where there are any, `schema` and `expected`.
    ///
    /// - Throws: ``EvaluationError/noTestSet(path:reason:)``, with the line, where prompt and answer are missing or both empty, or
    ///   the schema is none.
    package func tasks() throws(EvaluationError) -> [Task] {
        try lines.map { line throws(EvaluationError) -> Task in
            let prompt = try text("prompt", of: line)
            let answer = try text("answer", of: line)
            guard !prompt.isEmpty || !answer.isEmpty else { throw error(line, "\"prompt\" and \"answer\" are both empty") }
            return Task(
                prompt: prompt, answer: answer, schema: try schema(of: line), expected: line.object["expected"], path: path,
                line: line.number)
        }
    }

    private func text(_ key: String, of line: Line) throws(EvaluationError) -> String {
        guard let text = line.object[key]?.string else { throw error(line, "\"\(key)\" is missing, or it is no string") }
        return text
    }

    private func schema(of line: Line) throws(EvaluationError) -> JSONSchema? {
        guard let source = line.object["schema"] else { return nil }
        do { return try JSONSchema(source) } catch let problem { throw error(line, "\(problem)") }
    }

    private func error(_ line: Line, _ problem: String) -> EvaluationError {
        .noTestSet(path: path, reason: "line \(line.number): \(problem)")
    }
}
