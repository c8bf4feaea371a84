import Glibc
import MillGraph
import MillNodes
import MillTestSupport
import MillValue
import Testing

@Suite("The smart-home loop with damaged pictures")
struct DamagedFrameTests {
    @Test("a damaged frame is reported with its reason and holds nothing up, wherever it stands")
    func damaged() async throws {
        let root = "\(Oracles.committed)/../.."
        var template = Array("\(TemporaryFolder.path)/millrace-damaged-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        let whole = try Oracles.bytes("\(root)/samples/home/01-morning.jpg")
        for index in 1...6 {
            let bytes = index == 1 || index == 4 ? Array(whole.prefix(3000)) : whole
            let file = try #require(fopen("\(folder)/\(index).jpg", "w"))
            #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
            fclose(file)
        }
        let journal = RunJournal()
        let pipeline = try Pipeline.load(
            path: "\(root)/pipelines/smart-home.yaml", parameters: ["frames": folder, "out": "\(folder)/out"],
            registry: .millrace(journal: journal))
        let report = try await Runtime(pipeline).run()
        #expect(report.outcome == .finished && report.failedPackets == 2)
        // The limiter would wait half a minute for a frame that nobody reports as finished.
        #expect(report.duration < .seconds(20))
        #expect(journal.frames.map(\.key) == (1...6).map { "\($0).jpg" })
        #expect(journal.frames.filter { $0.failure != nil }.map(\.key) == ["1.jpg", "4.jpg"])
        #expect(journal.frames[0].line.contains("no answer (") && journal.frames[1].scene != .null)
    }
}
