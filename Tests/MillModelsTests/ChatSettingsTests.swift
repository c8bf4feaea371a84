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

    @Test("a text model's template is its tokenizer's; chat_template.json counts only where there is no other")
    func processorTemplate() throws {
        let path = try folder([
            "tokenizer_config.json": #"{"chat_template": "A", "bos_token": "<s>"}"#,
            "chat_template.json": #"{"chat_template": "B"}"#, "special_tokens_map.json": #"{"bos_token": {"content": "<b>"}}"#,
        ])
        defer { _ = system("rm -rf '\(path)'") }
        let settings = try ChatSettings(folder: path)
        #expect(settings.template == "A" && settings.tokens == ["bos_token": "<b>"])
        #expect(try ChatSettings(folder: path, readsPictures: true).template == "B")
        let bare = try folder(["chat_template.json": #"{"chat_template": "B"}"#])
        defer { _ = system("rm -rf '\(bare)'") }
        #expect(try ChatSettings(folder: bare).template == "B")
    }

    private static let words = #"""
        {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "<m>": 3, "x": 4, ">": 5, "<": 6}, "merges": [["a", "b"]]},
         "added_tokens": [{"id": 7, "content": "<s>", "special": true}]}
        """#

    // The ids are those of transformers 5 for the same folders.
    @Test(
        "tokens that the files beside tokenizer.json add get transformers' ids and ways",
        arguments: [
            (
                "tokenizer_config.json", #"{"eos_token": "<e>", "bos_token": "<s>", "additional_special_tokens": ["<x>"]}"#,
                "<x><e>", [9, 8]
            ),
            ("tokenizer_config.json", #"{"x_token": "<x>", "pad_token": "<e>", "mask_token": null}"#, "<x><e>", [9, 8]),
            (
                "tokenizer_config.json",
                #"{"added_tokens_decoder": {"9": {"content": "<x>", "special": true}, "8": {"content": "<e>", "special": true}}}"#,
                "<x><e>", [9, 8]
            ),
            (
                "tokenizer_config.json", #"{"mask_token": {"content": "<e>", "lstrip": true, "__type": "AddedToken"}}"#, "a <e>",
                [0, 8]
            ),
            ("tokenizer_config.json", #"{"unk_token": "<m>"}"#, "a<m>", [0, 3]),
            ("added_tokens.json", #"{"<x>": 8}"#, "ab<x>", [2, 8]), ("added_tokens.json", #"{"<s>": 7}"#, "ab<s>", [2, 7]),
            ("special_tokens_map.json", #"{"eos_token": {"content": "<e>"}}"#, "ab<e>", [2, 8]),
            ("special_tokens_map.json", #"{"additional_special_tokens": ["<e>"]}"#, "ab<e>", [2, 8]),
            (
                "tokenizer_config.json", #"{"extra_special_tokens": {"q_token": "<x>"}, "additional_special_tokens": ["<e>"]}"#,
                "<x><e>", [8, 9]
            ),
            (
                "tokenizer_config.json",
                #"{"b_token": "<x>", "image_token": {"content": "<e>", "__type": "AddedToken"}}"#, "<x><e>", [9, 8]
            ),
        ])
    func furtherTokens(file: String, text: String, input: String, expected: [Int32]) throws {
        let path = try folder(["tokenizer.json": Self.words, file: text])
        defer { _ = system("rm -rf '\(path)'") }
        let tokenizer = try TokenizerFile.load(path: path)
        #expect(tokenizer.encode(input, parseSpecial: true) == expected)
    }

    @Test("a token whose id is another one in tokenizer.json is refused by its file")
    func otherIDs() throws {
        for (file, text) in [
            ("tokenizer_config.json", #"{"added_tokens_decoder": {"12": {"content": "<x>", "special": true}}}"#),
            ("tokenizer_config.json", #"{"added_tokens_decoder": {"3": {"content": "<s>", "special": true}}}"#),
            ("tokenizer_config.json", #"{"added_tokens_decoder": {"x": {"content": "<s>"}}}"#),
            ("added_tokens.json", #"{"<x>": 20}"#), ("added_tokens.json", #"{"<s>": 1}"#),
        ] {
            let path = try folder(["tokenizer.json": Self.words, file: text])
            defer { _ = system("rm -rf '\(path)'") }
            let error = #expect(throws: ModelError.self) { try TokenizerFile.load(path: path) }
            #expect("\(try #require(error))".contains(file))
        }
    }
}
