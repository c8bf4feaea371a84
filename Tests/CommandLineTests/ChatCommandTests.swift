import MillTestSupport
import MillValue
import Testing

@Suite("millrace tokenize and chat")
struct ChatCommandTests {
    private static let glm = "\(Oracles.committed)/gguf/glm_edge/glm_edge-Q4_0.gguf"

    @Test("tokenize shows tokens of a model, of a tokenizer alone, and turns ids back into text")
    func tokenize() throws {
        let tokenizer = "\(Oracles.committed)/tokenizers/bpe_glm.json"
        let ids = try Program.run("tokenize", "-m", tokenizer, "--ids", "--special", "<|user|>Hi")
        #expect(ids.code == 0)
        let words = ids.output.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(words.count > 1)
        let text = try Program.run(["tokenize", "-m", tokenizer, "--decode"] + words)
        #expect(text.output == "<|user|>Hi\n")
        let json = try JSON.parse(try Program.run("tokenize", "-m", Self.glm, "--json", "Hi <|user|>").output)
        #expect(json["tokens"]?.list?.contains { $0["special"]?.bool == true } == false)
        #expect(json["ids"]?.list?.count == json["count"]?.int)
    }

    @Test("ids that are none are refused, and so is a file without a vocabulary")
    func refused() throws {
        let tokenizer = "\(Oracles.committed)/tokenizers/bpe_glm.json"
        let ids = try Program.run("tokenize", "-m", tokenizer, "--decode", "99999999")
        #expect(ids.code == 2 && ids.output.contains("99999999 is no id"))
        #expect(try Program.run("tokenize", "-m", "/nowhere", "x").code == 2)
    }

    @Test("chat answers each line of a pipe and ends with it")
    func pipe() throws {
        let questions = "\(try Program.folder())/questions"
        try Program.write("Hi\n/reset\nHello\n/quit\nnever\n", to: questions)
        let result = try Program.run(["chat", "-m", Self.glm, "--max-tokens", "3"], input: questions)
        #expect(result.code == 0 && result.output.contains("forgotten") && result.output.contains("cut off after 3 tokens"))
    }

    @Test("what cannot be done in a conversation is said, and a script learns of it")
    func mistakes() throws {
        let questions = "\(try Program.folder())/questions"
        try Program.write(
            "/image \(Oracles.committed)/images/none.png\n/frob\n\(String(repeating: "lamp ", count: 90))\n", to: questions)
        let result = try Program.run(["chat", "-m", Self.glm, "--context", "64", "--max-tokens", "3"], input: questions)
        #expect(result.code == 1)
        for message in ["reads text only", "there is no /frob", "/reset begins anew"] { #expect(result.output.contains(message)) }
    }

    @Test("generate asks through the chat template where there is one, and not with --no-chat or --special")
    func template() throws {
        func promptTokens(_ arguments: String...) throws -> Int {
            let result = try Program.run(["generate", "-m", "builtin:scribe", "--max-tokens", "1", "--json", "Hi"] + arguments)
            return try #require(JSON.parse(result.output)["promptTokens"]?.int)
        }
        let plain = try promptTokens("--no-chat")
        #expect(try promptTokens() > plain && promptTokens("--special") == plain)
        #expect(try promptTokens("--system", "Be brief.") > promptTokens())
    }

    @Test(
        "a model that reads pictures in its prompts keeps them in the conversation",
        arguments: ["glm_edge_v", "llava", "idefics3"])
    func pictures(name: String) throws {
        let questions = "\(try Program.folder())/questions"
        let picture = "\(Oracles.committed)/images/photo_420.jpg"
        try Program.write("Hi\n/image \(picture)\nWhat is it?\nAnd now?\n/reset\nHello\n/image /nowhere.jpg\n", to: questions)
        let model = "\(Oracles.committed)/models/\(name)"
        let result = try Program.run(["chat", "-m", model, "--max-tokens", "2", "--temperature", "0"], input: questions)
        #expect(result.code == 1 && result.output.contains("/nowhere.jpg"), "\(result.output)")
        #expect(result.output.split(separator: "cut off after 2 tokens").count > 3 || !result.output.contains("cut off"))
        #expect(result.output.contains("forgotten"))
    }

    @Test("generate takes several pictures, and --repeat-penalty changes what is written")
    func options() throws {
        let picture = "\(Oracles.committed)/images/photo_420.jpg"
        let model = "\(Oracles.committed)/models/idefics3"
        func tokens(_ pictures: Int) throws -> Int? {
            let images = (0..<pictures).flatMap { _ in ["--image", picture] }
            let result = try Program.run(["generate", "-m", model, "--max-tokens", "1", "--json", "What?"] + images)
            return try JSON.parse(result.output)["promptTokens"]?.int
        }
        let (one, two) = (try #require(try tokens(1)), try #require(try tokens(2)))
        #expect(two > one)
        func text(_ penalty: String) throws -> String {
            try Program.run(
                "generate", "-m", Self.glm, "--no-chat", "--max-tokens", "40", "--repeat-penalty", penalty, "--repeat-window",
                "0",
                "Hi there"
            ).output
        }
        #expect(try text("1") != text("5"))
        #expect(try Program.run("generate", "-m", Self.glm, "--repeat-penalty", "0", "Hi").code == 2)
    }
}
