import MillModels
import MillTestSupport
import MillTokenizer
import MillValue
import MillWeights
import Testing

@Suite("Tokenizers of text models as GGUF")
struct TokenizerConversionTests {
    /// Writes `name` with some files changed as a GGUF file, and reads both.
    private func converted(
        _ name: String, _ files: [String: Value], _ body: (ModelConverter, LoadedModel, LoadedModel) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            try copyCase(name, to: folder)
            for (file, value) in files { try write(value.json(), to: "\(folder)/\(file)") }
            let converter = try ModelConverter(folder: folder)
            try converter.write(to: "\(folder)/model.gguf", precision: .f16)
            let loader = ModelLoader(panels: .off)
            try body(converter, try loader.load(path: folder), try loader.load(path: "\(folder)/model.gguf"))
        }
    }

    /// Random texts of these parts, all of which both tokenizers must read alike and write back alike.
    private func compare(_ folder: LoadedModel, _ file: LoadedModel, _ parts: [String]) throws {
        let (before, after) = (try #require(folder.tokenizer), try #require(file.tokenizer))
        #expect(before.prefixIDs == after.prefixIDs && before.suffixIDs == after.suffixIDs)
        var random = SeededGenerator(seed: 7)
        let more = parts + [" ", "  ", "\n", "7", "42", "é", "e\u{301}", "灯", "你好", "🙂", "\u{0}", "\u{2581}", "<0x41>"]
        for round in 0..<3_000 {
            let text = (0..<Int.random(in: 0...9, using: &random)).map { _ in more.randomElement(using: &random) ?? "" }.joined()
            let special = round.isMultiple(of: 2)
            let ids = before.encode(text, addSpecial: special, parseSpecial: special)
            let others = after.encode(text, addSpecial: special, parseSpecial: special)
            #expect(others == ids, "\(Value.string(text).json())")
            #expect(after.decode(ids, skipSpecial: false) == before.decode(ids, skipSpecial: false))
            guard ids == others else { return }
        }
        let (model, other) = (try TextModel.load(folder.description.path), try TextModel.load(file.description.path))
        let prompt = before.encode("the hello 你好")
        #expect(nmse(try other.logits(prompt), try model.logits(prompt)) < 1e-5)
    }

    /// A tokenizer.json as of Llama 2 for 288 tokens: all bytes, some characters, and merges.
    private func pieces(_ changes: ValueMap, merges: [[String]] = Self.merges) -> Value {
        let bytes = (0..<256).map { "<0x" + String($0 + 256, radix: 16).uppercased().dropFirst() + ">" }
        let merged = merges.map { $0.joined() }
        var tokens: [String] = []
        for token in ["<unk>", "<s>", "</s>"] + bytes + ["▁", "t", "h", "e", "l", "o", "n", "你", "好"] + merged
        where !tokens.contains(token) { tokens.append(token) }
        let marks: [Value] = [
            ["type": "Prepend", "prepend": "▁"], ["type": "Replace", "pattern": ["String": " "], "content": "▁"],
        ]
        let special: [Value] = ["<unk>", "<s>", "</s>"].enumerated().map {
            ["id": .int($0), "content": .string($1), "special": true]
        }
        var json: ValueMap = [
            "model": [
                "type": "BPE", "byte_fallback": true, "fuse_unk": true, "unk_token": "<unk>",
                "vocab": .map(ValueMap(tokens.enumerated().map { ($1, .int($0)) })),
                "merges": .list(merges.map { .list($0.map { .string($0) }) }),
            ],
            "added_tokens": .list(special + [["id": .int(287), "content": "[INST]", "special": false]]),
            "normalizer": ["type": "Sequence", "normalizers": .list(marks)],
            "post_processor": [
                "type": "TemplateProcessing", "single": [["SpecialToken": ["id": "<s>"]], ["Sequence": ["id": "A"]]],
                "special_tokens": ["<s>": ["ids": [1]]],
            ],
            "decoder": Self.decoder(strips: true),
        ]
        for (key, value) in changes { json[key] = value }
        return .map(json)
    }

    private static func decoder(strips: Bool) -> Value {
        let steps: [Value] = [
            ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"], ["type": "Fuse"],
        ]
        let strip: Value = ["type": "Strip", "content": " ", "start": 1, "stop": 0]
        return ["type": "Sequence", "decoders": .list(steps + (strips ? [strip] : []))]
    }

    private static let merges = [
        ["▁", "t"], ["h", "e"], ["▁t", "he"], ["▁t", "h"], ["▁th", "e"], ["l", "l"], ["ll", "o"], ["▁", "he"], ["▁", "▁"],
        ["▁▁", "▁▁"], ["▁he", "llo"], ["o", "n"], ["你", "好"], ["e", "n"], ["t", "o"],
    ]
    private static let parts = ["t", "h", "e", "l", "o", "n", "the", "hello", "<s>", "</s>", "[INST]", "<unk>"]

    @Test(
        "SentencePiece's BPE keeps its ids, whatever way spaces are marked",
        arguments: [
            [:],
            [
                "normalizer": ["type": "Replace", "pattern": ["String": " "], "content": "▁"],
                "decoder": Self.decoder(strips: false),
            ],
            Self.metaspace("always"), Self.metaspace("first"), ["post_processor": .null],
        ] as [ValueMap])
    func scores(changes: ValueMap) throws {
        try converted("llama_rope3", ["tokenizer.json": pieces(changes)]) { converter, folder, file in
            #expect(converter.notices.isEmpty == (changes["pre_tokenizer"] == nil), "\(converter.notices)")
            let keys = try GGUFFile(path: file.description.path).metadata.valueMap()
            #expect(keys["tokenizer.ggml.model"] == "llama" && keys["tokenizer.ggml.unknown_token_id"] == 0)
            #expect(keys["tokenizer.ggml.add_bos_token"] == .bool(changes["post_processor"] == nil))
            let kinds = try #require(keys["tokenizer.ggml.token_type"]?.list?.map(\.int))
            #expect(kinds[0..<4] == [2, 3, 3, 6] && kinds[259] == 1 && kinds[287] == 4)
            try compare(folder, file, Self.parts)
        }
    }

    private static func metaspace(_ scheme: String) -> ValueMap {
        [
            "normalizer": .null,
            "pre_tokenizer": ["type": "Metaspace", "replacement": "▁", "prepend_scheme": .string(scheme), "split": false],
        ]
    }

    @Test("merges that scores cannot say are refused with a text, and so are words that cannot be joined")
    func refused() throws {
        func message(_ json: Value) throws -> String {
            "\(try #require(throws: ModelError.self) { try converted("llama_rope3", ["tokenizer.json": json]) { _, _, _ in } })"
        }
        // Of "hen" e and n are joined first, and no pair joins h and en, although "hen" is a token.
        let other = try message(pieces([:], merges: [["e", "n"], ["t", "h"], ["h", "e"], ["he", "n"]]))
        #expect(other.contains("model.merges") && other.contains("scores"), "\(other)")
        let split = try message(
            pieces(["normalizer": .null, "pre_tokenizer": ["type": "Metaspace", "replacement": "▁", "split": true]]))
        #expect(split.contains("pre_tokenizer") && split.contains("does not split"), "\(split)")
    }

    @Test("SmolLM's digits keep their name")
    func digits() throws {
        var json = try #require(try Oracles.json(try Oracles.committed("models/glm_edge/tokenizer.json")).map)
        json["pre_tokenizer"] = [
            "type": "Sequence",
            "pretokenizers": [
                ["type": "Digits", "individual_digits": true],
                ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true],
            ],
        ]
        try converted("glm_edge", ["tokenizer.json": .map(json)]) { converter, folder, file in
            #expect(converter.notices.isEmpty)
            #expect(try GGUFFile(path: file.description.path).metadata.valueMap()["tokenizer.ggml.pre"] == "smollm")
            try compare(folder, file, ["hello", "1234", "½", "٣", "<|user|>", "It's"])
        }
    }

    @Test("several tokens before a text stay there, and other programs' way is told, as is composition")
    func prefix() throws {
        var json = try #require(try Oracles.json(try Oracles.committed("models/glm_edge/tokenizer.json")).map)
        let added = try #require(json["added_tokens"]?.list)
        let names = try [2, 4].map { try #require(added[$0]["content"]?.string) }
        let ids = try [2, 4].map { try #require(added[$0]["id"]) }
        json["post_processor"] = [
            "type": "TemplateProcessing",
            "single": .list(names.map { ["SpecialToken": ["id": .string($0)]] } + [["Sequence": ["id": "A"]]]),
            "special_tokens": .map(ValueMap(zip(names, ids).map { ($0, ["ids": .list([$1])]) })),
        ]
        try converted("glm_edge", ["tokenizer.json": .map(json)]) { converter, folder, file in
            #expect(converter.notices.count == 1)
            #expect(converter.notices.allSatisfy { $0.contains(names.joined(separator: " ")) })
            #expect(file.tokenizer?.prefixIDs.map { Int($0) } == ids.compactMap(\.int))
            try compare(folder, file, ["hello", " 12", "<|user|>"])
        }
        json["post_processor"] = .null
        json["normalizer"] = ["type": "NFC"]
        try converted("glm_edge", ["tokenizer.json": .map(json)]) { converter, _, _ in
            #expect(converter.notices.count == 1 && converter.notices.allSatisfy { $0.contains("NFC") })
        }
    }

    @Test(
        "settings of another kind than theirs are refused, and pointers of Git LFS are named",
        arguments: [
            ("tokenizer_config.json", "[]", "JSON object"), ("generation_config.json", "[]", "JSON object"),
            ("generation_config.json", #"{"eos_token_id": "x"}"#, "eos_token_id must be"),
            ("generation_config.json", #"{"eos_token_id": [1, null]}"#, "eos_token_id must be"),
            ("tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
            ("config.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        ])
    func settings(file: String, content: String, message: String) throws {
        try withTemporaryFolder { folder in
            try copyCase("glm_edge", to: folder)
            try write(content, to: "\(folder)/\(file)")
            let error = try #require(throws: ModelError.self) { try ModelLoader(panels: .off).load(path: folder) }
            #expect("\(error)".contains(message) && "\(error)".contains(file), "\(error)")
            guard file == "generation_config.json" else { return }
            for fine in ["null", "{}", #"{"eos_token_id": null}"#, #"{"eos_token_id": 900000}"#] {
                try write(fine, to: "\(folder)/\(file)")
                _ = try ModelLoader(panels: .off).load(path: folder)
            }
        }
    }
}
