import Glibc
import MillModels
import MillTokenizer
import MillValue
import Testing

@Suite("What a folder says about conversations and its tokenizer")
struct ChatSettingsTests {
    private func folder(_ files: [String: String]) throws -> String {
        var template = Array("/tmp/millrace-chat-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        for (name, text) in files {
            let file = try #require(fopen("\(path)/\(name)", "w"))
            fputs(text, file)
            fclose(file)
        }
        return path
    }

    @Test("named templates, tokens and ends are found; chat_template.jinja comes first")
    func templates() throws {
        let path = try folder([
            "tokenizer_config.json": #"""
            {"chat_template": [{"name": "default", "template": "A"}, {"name": "tool_use", "template": "T"}],
             "bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null}
            """#,
            "generation_config.json": #"{"eos_token_id": [2, 7]}"#,
        ])
        defer { _ = system("rm -rf '\(path)'") }
        let settings = try ChatSettings(folder: path)
        #expect(settings.template == "A" && settings.templates["tool_use"] == "T")
        #expect(settings.tokens == ["bos_token": "<s>", "eos_token": "</s>"])
        #expect(settings.endTokenIDs == [2, 7])
    }

    @Test("templates in GGUF metadata have names, too")
    func gguf() {
        let settings = ChatSettings([
            "tokenizer.chat_template": "A", "tokenizer.chat_template.tool_use": "T", "tokenizer.ggml.tokens": ["<s>", "</s>"],
            "tokenizer.ggml.bos_token_id": 0, "tokenizer.ggml.eos_token_id": 1,
        ])
        #expect(settings.template == "A" && settings.templates["tool_use"] == "T")
        #expect(settings.tokens == ["bos_token": "<s>", "eos_token": "</s>"])
    }

    @Test("older folders: vocab.txt, and vocab.json with merges.txt")
    func older() throws {
        let bert = try folder(["vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nlamp\n##s\n"])
        defer { _ = system("rm -rf '\(bert)'") }
        #expect(try TokenizerFile.load(path: bert).encode("Lamps [MASK]", parseSpecial: true) == [2, 5, 6, 4, 3])
        let gpt = try folder([
            "vocab.json": #"{"a": 0, "b": 1, "ab": 2, "Ġ": 3, "<|endoftext|>": 4}"#, "merges.txt": "#version: 0.2\na b\n",
            "tokenizer_config.json": #"{"tokenizer_class": "GPT2Tokenizer", "eos_token": "<|endoftext|>"}"#,
        ])
        defer { _ = system("rm -rf '\(gpt)'") }
        let tokenizer = try TokenizerFile.load(path: "\(gpt)/vocab.json")
        #expect(tokenizer.encode("ab a", addSpecial: false) == [2, 3, 0])
        #expect(tokenizer.isSpecial(4))
    }
}
