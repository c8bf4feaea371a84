import MillSchema
import MillValue

/// How well a text model does a kind of task.
package struct TaskScores: Sendable, Hashable {
    /// Tasks whose expected answer is what greedy decoding writes, token by token up to its end.
    package private(set) var exact = Score()
    /// Answers that are a document of their schema; only tasks with one count.
    package private(set) var wellFormed = Score()
    /// Answers that are the expected document.
    package private(set) var right = Score()
    /// How unlikely the model held the expected answers.
    package private(set) var surprise = Surprise()

    package init() {}

    /// - Parameter answer: how unlikely the model held the tokens of the expected answer and the end after it.
    package mutating func add(_ answer: Surprise) {
        exact.count(answer.missCount == 0)
        surprise = surprise + answer
    }

    /// - Parameter text: what was written under the schema; nil when it did not come to its end.
    package mutating func add(document text: String?, of schema: JSONSchema, to task: ScribeTestSet.Task) {
        let document = text.flatMap { try? JSON.parse($0) }
        wellFormed.count(document.map { schema.validate($0).isEmpty } ?? false)
        if let expected = task.expected { right.count(document?.isJSONEqual(to: expected) ?? false) }
    }
}
