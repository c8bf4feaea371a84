import MillTensor
import MillValue

/// What a model that counts words reaches on the same texts: `baseline.json` of a test folder has for each kind of text
/// `tokens` and `five_gram_perplexity`.
package struct ScribeBaseline: Sendable {
    private let path: String
    private let entries: ValueMap

    /// - Throws: ``EvaluationError/noTestSet(path:reason:)`` when the file cannot be read or is no object.
    package init(path: String) throws(EvaluationError) {
        self.path = path
        let document: Value
        do { document = try JSON.parse(bytes: try Storage.map(path: path).bytes) } catch {
            throw .noTestSet(path: path, reason: "\(error)")
        }
        guard let entries = document.map else {
            throw .noTestSet(path: path, reason: "it must be an object with an entry for each kind of text")
        }
        self.entries = entries
    }

    /// The perplexity on texts of a kind; nil where there is none.
    ///
    /// - Parameter tokenCount: what it must have been measured on.
    package func perplexity(of kind: String, tokenCount: Int) throws(EvaluationError) -> Double? {
        guard let entry = entries[kind] else { return nil }
        guard let perplexity = entry["five_gram_perplexity"]?.double, perplexity > 0 else {
            throw .noTestSet(path: path, reason: "\(kind) has no five_gram_perplexity above 0")
        }
        guard entry["tokens"]?.int == tokenCount else {
            throw .noTestSet(
                path: path,
                reason: "\(kind) was measured on \(entry["tokens"]?.json() ?? "no") tokens, not on the \(tokenCount) of the texts"
            )
        }
        return perplexity
    }
}
