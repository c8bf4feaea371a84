import MillTestSupport
import MillTokenizer
import MillValue
import Testing

@Suite("Vocabularies of all families")
struct FamilyTests {
    private static func gguf(_ pairs: ValueMap) throws -> Tokenizer {
        var metadata = ValueMap()
        for (key, value) in pairs { metadata["tokenizer.ggml.\(key)"] = value }
        return try Tokenizer(gguf: metadata)
    }

    private static let bytePairs: ValueMap = [
        "model": "gpt2", "tokens": ["a", "b", "ab", "<|end|>"], "token_type": [1, 1, 1, 3], "merges": ["a b"],
    ]

    @Test(
        "every name of tokenizer.ggml.pre is known",
        arguments: [
            "default", "gpt-2", "llama-bpe", "qwen2", "qwen35", "chatglm-bpe", "glm4", "smollm", "tekken", "gpt-4o", "llama4",
            "falcon",
            "starcoder", "refact", "command-r", "deepseek-llm", "deepseek-coder", "deepseek-v3", "bloom", "viking", "dbrx",
            "smaug-bpe",
            "stablelm2", "seed-coder", "bailingmoe", "jina-v2-code", "exaone4", "lfm2",
        ])
    func names(_ name: String) throws {
        var pairs = Self.bytePairs
        pairs["pre"] = .string(name)
        let tokenizer = try Self.gguf(pairs)
        #expect(tokenizer.encode("ab", addSpecial: false) == [2])
        #expect(tokenizer.notices.isEmpty)
    }

    @Test("an unknown name is refused with the known ones, and a missing one is told")
    func unknownName() throws {
        var pairs = Self.bytePairs
        pairs["pre"] = "morse"
        let error = try #require(throws: TokenizerError.self) { try Self.gguf(pairs) }
        #expect(error.description.contains("morse") && error.description.contains("chatglm-bpe"))
        pairs["pre"] = nil
        #expect(try Self.gguf(pairs).notices.first?.contains("tokenizer.ggml.pre") == true)
    }

    @Test("rows of the embedding table that no token has give no text", arguments: ["gpt2", "llama"])
    func fillers(_ model: String) throws {
        let tokenizer = try Self.gguf([
            "model": .string(model), "pre": "gpt-2", "tokens": ["a", "b", "ab", "[PAD3]", "[PAD9]"],
            "token_type": [1, 1, 1, 5, 5],
            "merges": ["a b"], "scores": [-1, -2, 0, 0, 0],
        ])
        #expect(tokenizer.decode([2, 3, 0]) == "aba" && tokenizer.bytes(of: 3).isEmpty)
        #expect(tokenizer.decode([4]) == "[PAD9]")
    }

    @Test("WordPiece of a GGUF file: the space before a word is part of its first token")
    func wordPiece() throws {
        let tokenizer = try Self.gguf([
            "model": "bert", "tokens": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁lamp", "s", "▁on", ".", "▁.", "▁the"],
            "token_type": [3, 3, 3, 3, 1, 1, 1, 1, 1, 1], "unknown_token_id": 1, "bos_token_id": 2, "seperator_token_id": 3,
        ])
        #expect(tokenizer.encode("The LAMPS on.") == [2, 9, 4, 5, 6, 8, 3])
        #expect(tokenizer.encode("lampx", addSpecial: false) == [1])
        #expect(tokenizer.decode([9, 4, 5, 8]) == "the lamps .")
    }

    /// A character map of one entry: `Ａ` is written as `a`. The units are those of a double array with that one path.
    private static func characterMap() -> [UInt8] {
        let key = Array("Ａ".utf8)
        // Node 0 leads by its offset to the children; each node's unit holds its label and the offset to the next.
        var units = [UInt32](repeating: 0, count: 1024)
        var node = 0
        var offset = 256
        units[0] = UInt32(offset) << 10
        for (index, byte) in key.enumerated() {
            node = node ^ offset ^ Int(byte)
            let isLast = index == key.count - 1
            let next = isLast ? 3 : 256 << (index + 1) & 0x3FF
            units[node] = UInt32(byte) | UInt32(next) << 10 | (isLast ? 1 << 8 : 0)
            if isLast { units[node ^ next] = 0x8000_0000 }
            offset = next
        }
        let size = UInt32(units.count * 4)
        return ([size] + units).flatMap { unit in (0..<4).map { UInt8(truncatingIfNeeded: unit >> UInt32(8 * $0)) } }
            + Array("a\0".utf8)
    }

    private static func unigram(map: [UInt8]?) throws -> Tokenizer {
        var pairs: ValueMap = [
            "model": "t5", "tokens": ["<unk>", "</s>", "▁", "a", "b", "▁ab", "aa"], "token_type": [2, 3, 1, 1, 1, 1, 1],
            "scores": [0, 0, -2, -3, -3, -4, -4.5], "eos_token_id": 1, "remove_extra_whitespaces": true,
        ]
        if let map { pairs["precompiled_charsmap"] = .list(map.map { .int(Int($0)) }) }
        return try gguf(pairs)
    }

    @Test("Unigram of a GGUF file: the best way through, unknown characters as one, spaces as SentencePiece has them")
    func unigram() throws {
        let tokenizer = try Self.unigram(map: nil)
        #expect(tokenizer.encode("ab") == [5, 1])
        #expect(tokenizer.encode("  ab   aa ", addSpecial: false) == [5, 2, 6])
        #expect(tokenizer.encode("xyzab", addSpecial: false) == [2, 0, 3, 4])
        #expect(tokenizer.encode("</s>", addSpecial: false).contains(1) == false)
        #expect(tokenizer.decode([5, 2, 6]) == "ab aa")
    }

    @Test("a character map is followed, and a broken one is refused")
    func map() throws {
        #expect(try Self.unigram(map: Self.characterMap()).encode("Ａb", addSpecial: false) == [5])
        #expect(throws: TokenizerError.self) { try Self.unigram(map: [255, 255, 255, 255, 0]) }
    }

    /// One field of a protocol-buffers message.
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(content.count)] + content
    }

    private static func piece(_ text: String, _ score: Float, _ kind: UInt8) -> [UInt8] {
        let bits = (0..<4).map { UInt8(truncatingIfNeeded: score.bitPattern >> UInt32(8 * $0)) }
        return field(1, field(1, Array(text.utf8)) + [2 << 3 | 5] + bits + [3 << 3, kind])
    }

    @Test("a SentencePiece file: pieces, kinds and further tokens")
    func sentencePiece() throws {
        let pieces = [
            ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁a", -1, 1), ("a", -2, 1), ("▁", -3, 1), ("<0x62>", 0, 6),
        ]
        let file =
            pieces.flatMap { Self.piece($0.0, Float($0.1), UInt8($0.2)) } + Self.field(2, [3 << 3, 2])
            + Self.field(3, [4 << 3, 0])
        let settings: Value = ["added_tokens_decoder": ["8": ["content": "<|im_end|>", "special": true]]]
        let tokenizer = try Tokenizer(sentencePiece: file, settings: settings)
        #expect(tokenizer.encode("a a") == [1, 3, 3])
        #expect(tokenizer.encode("a<|im_end|>", addSpecial: false, parseSpecial: true) == [3, 8])
        #expect(tokenizer.encode("q", addSpecial: false) == [5, 0])
        for count in 1..<file.count {
            // Cut anywhere, it is refused or a smaller model, and never traps.
            if let cut = try? Tokenizer(sentencePiece: Array(file.prefix(count))) { _ = cut.encode("a <s>") }
        }
    }

    @Test(
        "work grows with the length of the text, whatever the model, not with its square", arguments: ["e", " ", "ab", "é", "<"])
    func work(_ letter: String) throws {
        let descriptions: [Value] = [
            [
                "model": [
                    "type": "Unigram", "vocab": [["<unk>", 0], ["▁", -1], ["e", -2], ["ee", -3], ["eeeeeeee", -4]], "unk_id": 0,
                ]
            ],
            [
                "model": [
                    "type": "WordPiece", "vocab": ["[UNK]": 0, "e": 1, "##e": 2, "##ee": 3],
                    "max_input_chars_per_word": 10_000_000,
                ]
            ],
            ["model": ["type": "BPE", "vocab": ["e": 0, "ee": 1, "eeee": 2], "merges": ["e e", "ee ee"]]],
        ]
        let long = String(repeating: letter, count: (1 << 20) / letter.utf8.count)
        for json in descriptions {
            let tokenizer = try Tokenizer(json: json)
            #expect(tokenizer.steps(encoding: long) <= 16 * long.utf8.count)
        }
        let scored = try Self.gguf(["model": "llama", "tokens": ["▁", "e", "ee", "eeee"], "scores": [-1, -2, -3, -4]])
        #expect(scored.steps(encoding: long) <= 16 * long.utf8.count)
    }

    @Test("long texts normalize as short ones do", arguments: ["NFC", "NFD", "NFKC", "NFKD"])
    func longNormalization(_ form: String) throws {
        let json: Value = [
            "model": [
                "type": "BPE", "vocab": ["e": 0, "é": 1, "\u{301}": 2, "x": 3, "각": 4, "ᄀ": 5, "ᅡ": 6, "ᆨ": 7], "merges": [],
            ],
            "normalizer": ["type": .string(form)],
        ]
        let tokenizer = try Tokenizer(json: json)
        let unit = "e\u{301}x\u{1100}\u{1161}\u{11A8}"
        let short = tokenizer.encode(unit, addSpecial: false)
        let long = tokenizer.encode(String(repeating: unit, count: 3000), addSpecial: false)
        #expect(long == Array(repeatElement(short, count: 3000).joined()))
    }
}
