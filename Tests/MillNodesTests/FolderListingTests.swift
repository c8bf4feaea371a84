import Glibc
import MillNodes
import MillValue
import Testing

@Suite("Files of a folder")
struct FolderListingTests {
    @Test(
        "patterns match whole names",
        arguments: [
            ("*.jpg", "a.jpg", true), ("*.jpg", "a.jpg.txt", false), ("*.{jpg,png}", "b.png", true), ("?.png", "ab.png", false),
            ("[a-c]*", "cat", true), ("[!a-c]*", "cat", false), ("*a*b*c", "xaybzc", true), ("*a*b*c", "xaybz", false),
            ("{a,b}{1,2}", "b2", true), ("{a,b}{1,2}", "bb", false), ("x{,y}z", "xz", true), ("{a}", "a", true), ("", "", true),
        ])
    func matching(pattern: String, name: String, matches: Bool) throws {
        #expect(try GlobPattern(pattern).matches(name) == matches)
    }

    @Test("patterns may ignore capitals", arguments: ["a.PDF", "A.pdf", "É.Pdf", "é.pdf"])
    func capitals(name: String) throws {
        #expect(try GlobPattern("[a-zÉ].{pdf,TXT}", ignoresCase: true).matches(name))
        #expect(try !GlobPattern("*.pdF").matches(name))
    }

    @Test("unbalanced and exploding patterns are refused", arguments: ["{a", "a}", "[a", String(repeating: "{a,b}", count: 20)])
    func refused(pattern: String) {
        #expect(throws: NodeError.self) { try GlobPattern(pattern) }
    }

    @Test(
        "patterns that are too long or expand to too much are refused at once, with a short message",
        arguments: [
            String(repeating: "{a}", count: 20_000), String(repeating: "a", count: 5000),
            String(repeating: "{\(String(repeating: "a", count: 400)),b}", count: 8),
        ])
    func large(pattern: String) {
        let error = #expect(throws: NodeError.self) { try GlobPattern(pattern) }
        #expect("\(error as Any)".count < 5000)
    }

    @Test("a group of one alternative costs nothing")
    func manyGroups() throws {
        #expect(try GlobPattern(String(repeating: "{a}", count: 255)).matches(String(repeating: "a", count: 255)))
    }

    @Test("a pattern full of stars takes no exponential time")
    func stars() throws {
        let pattern = try GlobPattern(String(repeating: "*a", count: 200) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 5000)))
    }

    @Test("numbers in names sort by value")
    func order() {
        #expect(
            ["10.jpg", "9.jpg", "a2", "a10", "a"].sorted(by: { $0.precedesNaturally($1) }) == [
                "9.jpg", "10.jpg", "a", "a2", "a10",
            ])
    }

    @Test("a missing folder and one without matches say what to check")
    func missing() throws {
        #expect(throws: NodeError.unreadableFolder(path: "/nowhere", reason: "No such file or directory")) {
            try FolderListing.files(in: "/nowhere", matching: "*")
        }
        #expect(throws: NodeError.noMatchingFiles(folder: "/proc/self", pattern: "*.jpg")) {
            try FolderListing.files(in: "/proc/self", matching: "*.jpg")
        }
    }
}
