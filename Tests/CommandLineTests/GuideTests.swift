import Glibc
import MillTestSupport
import Testing

/// `docs/bring-your-model.md` works as it is written.
@Suite("The guide to models of one's own")
struct GuideTests {
    @Test("every block of commands runs in a fresh clone, without a network")
    func commands() throws {
        let text = String(decoding: try Oracles.bytes("\(Program.root)/docs/bring-your-model.md"), as: UTF8.self)
        let blocks = text.split(separator: "```sh\n", omittingEmptySubsequences: false).dropFirst()
            .compactMap { $0.split(separator: "\n```", maxSplits: 1).first.map(String.init) }
        #expect(blocks.count >= 6)
        let folder = try Program.folder()
        let root = try #require(realpath(Program.root, nil))
        defer { free(root) }
        let bin = Program.path.split(separator: "/").dropLast().joined(separator: "/")
        let script = """
            set -e
            export PATH="/\(bin):$PATH" HOME='\(folder)' MILLRACE_REGISTRY='\(folder)/names'
            ln -s '\(String(cString: root))/samples' '\(String(cString: root))/Tests' .
            set -x
            \(blocks.joined(separator: "\n"))
            """
        try Program.write(script, to: "\(folder)/guide.sh")
        let stream = try #require(popen("cd '\(folder)' && sh guide.sh 2>&1 </dev/null", "r"))
        var (output, buffer): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 4096))
        while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { output += buffer[..<count] }
        let status = pclose(stream)
        let shown = String(decoding: output, as: UTF8.self)
        #expect(status == 0, "\(shown)")
        // The log says what was chosen for a pipeline's model.
        #expect(shown.contains("model eyes: precision "))
        #expect(!shown.contains("fatal"))
    }
}
