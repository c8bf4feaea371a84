import MillTensor
import MillValue

extension Value {
    /// The document in a JSON file of a test set.
    ///
    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)``, with the path.
    static func document(path: String) throws(EvaluationError) -> Value {
        let bytes: [UInt8]
        // The error names the path.
        do { bytes = try Storage.map(path: path).bytes } catch { throw .invalidGroundTruth(reason: "\(error)") }
        do { return try JSON.parse(bytes: bytes) } catch { throw .invalidGroundTruth(reason: "\(path): \(error)") }
    }
}
