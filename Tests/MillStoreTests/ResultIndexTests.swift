import MillStore
import Testing

@Suite("The index of results")
struct ResultIndexTests {
    private func entry(_ file: String, content: String, parts: [ResultIndex.Part] = []) -> ResultIndex.Entry {
        ResultIndex.Entry(
            file: file, name: "\(file).name", identity: "\(file)/1", pipeline: "p", sha256: content, status: "success",
            parts: parts)
    }

    @Test("what is noted takes the place of what was there, is found by file and content, and survives")
    func notes() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("results.sqlite")
        let parts = [
            ResultIndex.Part(path: "a.json", byteCount: 7, modified: 1_700_000_000_123_456_789, sha256: "aa"),
            ResultIndex.Part(path: "a.pages/1.jpg", byteCount: 0, modified: 0, sha256: "bb"),
        ]
        do {
            let index = try ResultIndex(writing: path)
            try index.note(entry("a", content: "11"))
            try index.note(entry("a", content: "22", parts: parts))
            try index.note(entry("b", content: "22"))
            // Reads while the writer is open.
            #expect(try ResultIndex(reading: path).entry(of: "a") == entry("a", content: "22", parts: parts))
            #expect(throws: StoreError.inUse(path: path)) { try ResultIndex(writing: path) }
        }
        let later = try ResultIndex(writing: path)
        #expect(try later.entries(withContent: "22").map(\.file) == ["a", "b"])
        #expect(try later.entries(withContent: "11").isEmpty)
        try later.forget("a")
        try later.forget("a")
        #expect(try later.entry(of: "a") == nil && later.entry(of: "b") == entry("b", content: "22"))
    }

    @Test("names that look the same are different files")
    func spelling() throws {
        let folder = try TemporaryFolder()
        let index = try ResultIndex(writing: folder.path("results.sqlite"))
        try index.note(entry("\u{E9}", content: "11"))
        try index.note(entry("e\u{301}", content: "22"))
        #expect(try index.entry(of: "\u{E9}")?.sha256 == "11" && index.entry(of: "e\u{301}")?.sha256 == "22")
    }
}
