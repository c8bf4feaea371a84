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
        package let schema: Value?
        package let expected: Value?
    }

    /// The files of more bytes are no test sets.
    private static let limit = 256 << 20

    private let path: String
    private let lines: [Value]

    /// - Throws: ``EvaluationError/noTestSet(path:reason:)``, with the number of the line that is wrong.
    package init(path: String) throws(EvaluationError) {
        self.path = path
        let storage: Storage
        do { storage = try Storage.map(path: path) } catch { throw .noTestSet(path: path, reason: "\(error)") }
        guard storage.byteCount <= Self.limit else { throw .noTestSet(path: path, reason: "it is too large") }
        var lines: [Value] = []
        let bytes = UnsafeRawBufferPointer(start: storage.base, count: storage.byteCount)
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > UInt8(ascii: " ") }) else { continue }
            do { lines.append(try JSON.parse(bytes: Array(line))) } catch {
                throw .noTestSet(path: path, reason: "line \(index + 1): \(error)")
            }
        }
        guard !lines.isEmpty else { throw .noTestSet(path: path, reason: "it has no lines") }
        self.lines = lines
    }

    /// The `text` of each line.
    package func documents() throws(EvaluationError) -> [String] {
        try lines.enumerated().map { index, line throws(EvaluationError) in try text("text", of: line, index) }
    }

    /// `prompt` and `answer` of each line, and where there are any, `schema` and `expected`.
    package func tasks() throws(EvaluationError) -> [Task] {
        try lines.enumerated().map { index, line throws(EvaluationError) in
            Task(
                prompt: try text("prompt", of: line, index), answer: try text("answer", of: line, index),
                schema: line["schema"], expected: line["expected"])
        }
    }

    private func text(_ key: String, of line: Value, _ index: Int) throws(EvaluationError) -> String {
        guard let text = line[key]?.string else {
            throw .noTestSet(path: path, reason: "object \(index + 1) has no \"\(key)\", or it is no string")
        }
        return text
    }
}
