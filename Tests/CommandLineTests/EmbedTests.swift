import MillTestSupport
import MillValue
import Testing

@Suite("Embeddings")
struct EmbedTests {
    private static let oracles = "\(Program.root)/Tests/Oracles"
    private static let picture = "\(oracles)/images/photo_420.jpg"

    @Test("a picture becomes a row of length 1, and a classifier names what fits best")
    func picture() throws {
        let result = try Program.run(
            "embed", "-m", "\(Self.oracles)/models/vit_labels", "--image", Self.picture, "--image", Self.picture, "--json")
        #expect(result.code == 0)
        let lines = try result.output.split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(lines.count == 2 && lines[0] == lines[1])
        let row = try #require(lines[0]["embedding"]?.list).compactMap(\.double)
        #expect(row.count == 18 && abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
        let classes = try #require(lines[0]["classes"]?.list)
        #expect(classes.count == 4 && classes.allSatisfy { $0["label"]?.string?.hasPrefix("class ") == true })
        #expect(abs(classes.compactMap { $0["probability"]?.double }.reduce(0, +) - 1) < 1e-6)
    }

    @Test("CLIP's row has the length of its projection; --pooling takes the features instead")
    func pooling() throws {
        let model = "\(Self.oracles)/models/clip"
        func count(_ options: String...) throws -> Int {
            let arguments = ["embed", "-m", model, "--image", Self.picture] + options
            return try Program.run(arguments).output.split(separator: " ").count
        }
        #expect(try count() == 10)
        #expect(try count("--pooling", "mean", "--no-normalize") == 18)
    }

    @Test("a model that does not fit the input is named, with exit code 2")
    func refused() throws {
        let encoder = "\(Self.oracles)/models/bert"
        let tower = "\(Self.oracles)/models/vit"
        let cases: [([String], String)] = [
            (["-m", encoder, "text"], "no tokenizer"), (["-m", encoder, "--image", Self.picture], "reads texts"),
            (["-m", tower, "text"], "looks at pictures"),
            (["-m", "\(Self.oracles)/models/ledger", "text"], "makes no embeddings"),
            (["-m", encoder, "text", "--pooling", "sum"], "expected one of mean, cls, max, last"),
        ]
        for (arguments, message) in cases {
            let result = try Program.run(["embed"] + arguments)
            #expect(result.code == 2 && result.output.contains(message), "\(arguments): \(result.output)")
        }
    }
}
