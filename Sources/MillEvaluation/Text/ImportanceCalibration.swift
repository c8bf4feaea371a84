import MillModels
import MillWeights

/// Works an importance matrix out of a text.
public enum ImportanceCalibration {
    /// Reads the text in windows that follow each other, as ``TextWindows`` cuts them; every token of each counts.
    ///
    /// - Parameter model: that which is converted, loaded.
    /// - Returns: nil when it was cancelled.
    public static func matrix(
        _ converter: ModelConverter, _ model: LoadedModel, _ text: String, path: String, length: Int? = nil,
        isCancelled: () -> Bool = { false }, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> ImportanceMatrix? {
        let (network, tokenizer) = try Perplexity.parts(of: model)
        let windows = try TextWindows(
            text, path: path, tokenizer: tokenizer, contextLength: network.contextLength, length: length)
        return try converter.importance(
            of: windows.windows, model, dataset: path, isCancelled: isCancelled, progress: progress)
    }
}
