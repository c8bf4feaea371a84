import MillStore
import Testing

@Suite("The index of contents")
struct ContentIndexTests {
    @Test("the first name of a content owns it, also in a later run")
    func owners() throws {
        let folder = try TemporaryFolder()
        do {
            let index = try ContentIndex(path: folder.path("contents.sqlite"))
            #expect(try index.owner(of: "11", claimedBy: "a.pdf") == "a.pdf")
            #expect(try index.owner(of: "11", claimedBy: "b.pdf") == "a.pdf")
            #expect(try index.owner(of: "22", claimedBy: "b.pdf") == "b.pdf")
        }
        let later = try ContentIndex(path: folder.path("contents.sqlite"))
        #expect(try later.owner(of: "11", claimedBy: "c.pdf") == "a.pdf")
        #expect(try later.owner(of: "11", claimedBy: "a.pdf") == "a.pdf")
    }

    @Test("without a path it forgets at the end")
    func inMemory() throws {
        #expect(try ContentIndex(path: nil).owner(of: "11", claimedBy: "a") == "a")
        #expect(try ContentIndex(path: nil).owner(of: "11", claimedBy: "b") == "b")
    }
}
