import MillSchema
import MillValue

/// How well a text model does a kind of task.
package struct TaskScores: Sendable, Hashable {
    /// Answers that are the expected text.
    package private(set) var exact = Score()
    /// Answers that are a document of their schema; only tasks with one count.
    package private(set) var wellFormed = Score()
    /// Answers that are the expected document.
    package private(set) var right = Score()
    /// How unlikely the model held the expected answers.
    package var surprise = Surprise()

    package init() {}

    /// - Parameter text: what was written freely; nil when it did not come to its end.
    package mutating func add(text: String?, to task: ScribeTestSet.Task) {
        exact.count(text.map { $0.trimmed == task.answer.trimmed } ?? false)
    }

    /// - Parameter text: what was written under the schema; nil when it did not come to its end.
    package mutating func add(document text: String?, of schema: JSONSchema, to task: ScribeTestSet.Task) {
        let document = text.flatMap { try? JSON.parse($0) }
        wellFormed.count(document.map { schema.validate($0).isEmpty } ?? false)
        if let expected = task.expected { right.count(document?.isJSONEqual(to: expected) ?? false) }
    }
}

extension String {
    fileprivate var trimmed: Substring {
        let start = self[...].drop(while: \.isWhitespace)
        return start.dropLast(start.reversed().prefix(while: \.isWhitespace).count)
    }
}
