import MillModels
import MillTensor

/// Reads token sequences with a text model and hands out the scores of what came next.
package struct TextScorer: Sendable {
    package let model: TextModel
    /// More scores than this are not held at once.
    private static let scoreLimit = 1 << 25

    package init(_ model: TextModel) { self.model = model }

    /// Nats of the tokens from index `first` on, each given all before it.
    package func surprise(_ tokens: [Int32], from first: Int, adapter: LoRAAdapter? = nil) throws -> Surprise {
        var sum = Surprise()
        try scores(tokens, from: first, adapter: adapter) { scores, next in
            sum = sum + (try Surprise(scores, of: next, on: model.compute))
        }
        return sum
    }

    /// Calls `body` with the scores of the tokens from index `first` on, in order, in pieces.
    ///
    /// - Parameter body: takes F32 `[rows, vocabulary]`, which it may overwrite, and the token that came after each row.
    package func scores(
        _ tokens: [Int32], from first: Int, adapter: LoRAAdapter? = nil,
        _ body: (_ scores: Tensor, _ next: [Int32]) throws -> Void
    ) throws {
        let cache = try model.makeCache(capacity: tokens.count, adapter: adapter)
        let length = max(16, min(TextModel.chunkLength, Self.scoreLimit / model.vocabularySize))
        var start = 0
        while start < tokens.count - 1 {
            let chunk = Array(tokens[start..<min(start + length, tokens.count - 1)])
            // Only rows whose next token counts.
            let rows = min(max(first - 1 - start, 0), chunk.count)..<chunk.count
            let scores = try Tensor.allocate(.f32, [max(rows.count, 1), model.vocabularySize])
            let wanted = rows.isEmpty ? [Int32(chunk.count - 1)] : rows.map { Int32($0) }
            try model.forward([(chunk, cache)], rows: wanted, into: scores)
            if !rows.isEmpty { try body(scores, rows.map { tokens[start + $0 + 1] }) }
            start += chunk.count
        }
    }
}
