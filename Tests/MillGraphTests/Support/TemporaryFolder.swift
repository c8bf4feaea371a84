import Foundation
import MillGraph
import MillValue

/// A folder that goes when the test ends.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/millgraph-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, with the folders on its way, and returns its path.
    @discardableResult
    func write(_ name: String, _ content: String) throws -> String { try write(name, bytes: Array(content.utf8)) }

    @discardableResult
    func write(_ name: String, bytes: [UInt8]) throws -> String {
        let file = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        return file.path
    }
}

/// Loads a pipeline from text, in a folder of its own.
func load(
    _ text: String, parameters: [String: String] = [:], environment: [String: String] = [:], files: [String: String] = [:]
) throws -> CheckedPipeline {
    let folder = try TemporaryFolder()
    for (name, content) in files { try folder.write(name, content) }
    let path = try folder.write("pipeline.yaml", text)
    return try Pipeline.load(
        path: path, parameters: parameters, registry: TestNodes.registry, options: LoadOptions(environment: environment))
}

/// The problems of a pipeline that is refused, each as `line:column message; suggestion`.
func problems(
    _ text: String, parameters: [String: String] = [:], environment: [String: String] = [:], files: [String: String] = [:]
) throws -> [String] {
    do {
        _ = try load(text, parameters: parameters, environment: environment, files: files)
        return []
    } catch let errors as PipelineErrors {
        return errors.problems.map { problem in
            "\(problem.location.line):\(problem.location.column) \(problem.message)"
                + (problem.suggestion.map { "; \($0)" } ?? "")
        }
    }
}
