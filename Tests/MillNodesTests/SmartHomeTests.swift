import Glibc
import MillGraph
import MillNodes
import MillTestSupport
import MillValue
import Testing

@Suite("The smart-home pipeline on its sample pictures")
struct SmartHomeTests {
    private static let root = "\(Oracles.committed)/../.."

    private static func run(_ parameters: [String: String] = [:]) async throws -> (RunReport, RunJournal) {
        let journal = RunJournal()
        let out = "\(TemporaryFolder.path)/millrace-smart-home-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        let pipeline = try Pipeline.load(
            path: "\(root)/pipelines/smart-home.yaml", parameters: parameters.merging(["out": out]) { a, _ in a },
            registry: .millrace(journal: journal))
        let report = try await Runtime(pipeline).run()
        return (report, journal)
    }

    @Test("every expected action is confirmed, none unexpected; nothing is dropped, failed or copied")
    func actions() async throws {
        let (report, journal) = try await Self.run()
        #expect(report.outcome == .finished)
        #expect(report.failedPackets == 0)
        #expect(report.bytesCopied == 0)
        #expect(report.edges.allSatisfy { $0.dropped == 0 && $0.expired == 0 && $0.unmatched == 0 })
        let scores = try #require(journal.scores)
        #expect(scores["actions"]?["recall"]?.double == 1)
        #expect(scores["actions"]?["falseShare"]?.double == 0)
        // Floors well below what the model that comes along reaches: a broken one falls through.
        for (row, least) in [("objects", 0.85), ("states", 0.85), ("people", 0.85), ("activity", 0.85), ("events", 0.5)] {
            #expect(try #require(scores[row]?["f1"]?.double) > least, "\(row)")
        }
    }

    @Test("every answer is a whole scene with boxes and scores from the picture side")
    func answers() async throws {
        let (_, journal) = try await Self.run()
        #expect(journal.frames.count == 39)
        for frame in journal.frames {
            #expect(["bright", "dim", "dark"].contains(frame.scene["light"]?.string))
            for object in try #require(frame.scene["objects"]?.list) {
                #expect(object["box"]?.list?.count == 4)
                #expect((0...1).contains(try #require(object["score"]?.double)))
            }
        }
    }

    @Test("a folder without pictures fails the run with the place to look")
    func emptyFolder() async throws {
        let (report, _) = try await Self.run(["frames": "/proc/self"])
        guard case .failed(let error) = report.outcome else {
            Issue.record("the run ended as \(report.outcome)")
            return
        }
        #expect("\(error)".contains("/proc/self"))
    }
}

/// Where temporary files go on this machine.
enum TemporaryFolder {
    static let path: String = {
        guard let variable = getenv("TMPDIR") else { return "/tmp" }
        return String(cString: variable)
    }()
}
