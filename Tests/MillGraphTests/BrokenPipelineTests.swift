import Foundation
import MillGraph
import MillValue
import Testing

/// A pipeline file with mistakes, and the problems that its author must be told about.
struct BrokenPipeline: CustomTestStringConvertible {
    struct Problem {
        /// Relative to the folder; nil for the pipeline file itself.
        let file: String?
        let line: Int
        let column: Int
        let severity: String
        /// Parts of the message and of the advice; nil where no advice is due.
        let message: String
        let suggestion: String?
    }

    let name: String
    let problems: [Problem]
    var testDescription: String { name }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Broken"

    /// What `Broken/expected.json` lists.
    static func all() throws -> [BrokenPipeline] {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/expected.json")))
        let document = try JSON.parse(bytes: bytes)
        return (document.map ?? [:]).map { entry in
            BrokenPipeline(name: entry.key, problems: (entry.value.list ?? []).map(Problem.init))
        }
    }
}

extension BrokenPipeline.Problem {
    init(_ value: Value) {
        file = value["file"]?.string
        line = value["line"]?.int ?? 0
        column = value["column"]?.int ?? 0
        severity = value["severity"]?.string ?? "error"
        message = value["message"]?.string ?? ""
        suggestion = value["suggestion"]?.string
    }
}

@Suite("Mistakes in pipeline files are reported at their place")
struct BrokenPipelineTests {
    @Test("every problem of a broken file, with its place and what to do", arguments: try BrokenPipeline.all())
    func reported(pipeline: BrokenPipeline) throws {
        let path = BrokenPipeline.folder + "/" + pipeline.name
        let errors = #expect(throws: PipelineErrors.self) {
            try Pipeline.load(path: path, registry: TestNodes.registry, options: LoadOptions(environment: [:]))
        }
        let found = errors?.problems ?? []
        #expect(found.count == pipeline.problems.count, "\(found.map(\.description))")
        for (problem, expected) in zip(found, pipeline.problems) {
            #expect(problem.location.file == expected.file ?? path, "\(problem)")
            #expect(problem.location.line == expected.line && problem.location.column == expected.column, "\(problem)")
            #expect(problem.severity.rawValue == expected.severity, "\(problem)")
            #expect(problem.message.contains(expected.message), "\(problem)")
            if let suggestion = expected.suggestion {
                #expect(problem.suggestion?.contains(suggestion) == true, "\(problem)")
            }
        }
    }

    @Test("every file of the corpus has its expectations, and the other way round")
    func complete() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: BrokenPipeline.folder).filter { $0.hasSuffix(".yaml") }
        #expect(try Set(BrokenPipeline.all().map(\.name)) == Set(files))
        #expect(files.count >= 45)
    }
}
