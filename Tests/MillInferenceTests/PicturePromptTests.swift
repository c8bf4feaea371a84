import MillCompute
import MillInference
import MillModels
import MillSchema
import MillTensor
import MillTestSupport
import MillTokenizer
import MillValue
import Testing

@Suite("Prompts with pictures")
struct PicturePromptTests {
    private func host(_ name: String) throws -> ModelHost {
        try ModelHost(path: try Oracles.committed("models/\(name)"))
    }

    /// A prompt's parts as text, `*` for a picture.
    private func spelled(_ parts: [PromptPart], _ tokenizer: Tokenizer) -> String {
        parts.map { part in
            switch part {
            case .tokens(let tokens): tokenizer.decode(tokens, skipSpecial: false)
            case .picture: "*"
            }
        }.joined()
    }

    @Test(
        "the chat template says where the picture comes",
        arguments: [
            ("glm_edge_v", "What?", "<|user|>\n*What?<|assistant|>"), ("llava", "What?", "USER: *\nWhat? ASSISTANT:"),
            ("llava_clip", "What?", "USER: *\nWhat? ASSISTANT:"), ("mllama", "What?", "<s><|user|>\n*What?<|assistant|>"),
            ("qwen2_5_vl", "What?", "<|user|>\n<|begin_of_image|>*<|end_of_image|>What?<|assistant|>"),
            ("idefics3", "What?", "<s>User:*What?<end_of_utterance>\nAssistant:"),
            ("glm_edge_v", "Is \u{FFFC} dark?", "<|user|>\nIs *dark?<|assistant|>"),
            ("llava", "Is \u{FFFC}dark?", "USER: Is *\ndark? ASSISTANT:"),
        ])
    func template(name: String, instruction: String, expected: String) throws {
        let host = try host(name)
        let picture = try host.encode(try Picture.pixels(width: 20, height: 12))
        let parts = try host.parts(try PicturePrompt(instruction, pictures: [picture]))
        let text = spelled(parts, try host.tokenizer).replacing("* dark", with: "*dark")
        #expect(text == expected)
    }

    @Test("without a template the picture comes first, or where the instruction names its place")
    func plain() throws {
        let model = try ModelLoader().load(path: try Oracles.committed("models/glm_edge_v"))
        let host = ModelHost(
            LoadedModel(
                network: model.network, tokenizer: model.tokenizer, chat: ChatSettings(template: nil),
                description: model.description))
        let picture = try host.encode(try Picture.pixels(width: 20, height: 12))
        func text(_ instruction: String, _ count: Int = 1) throws -> String {
            let pictures = [any EncodedPicture](repeating: picture, count: count)
            return spelled(try host.parts(try PicturePrompt(instruction, pictures: pictures)), try host.tokenizer)
        }
        #expect(try text("What?") == "*What?")
        #expect(try text("Here: \u{FFFC}\nWhat?") == "Here: *\nWhat?")
        #expect(try text("\u{FFFC} and \u{FFFC}?", 2) == "* and *?")
        #expect(try text("Which?", 2) == "**Which?")
        #expect(try text("", 1) == "*")
    }

    /// A host whose template is `source` and whose tokenizer writes `<s>` before a text if `adds`.
    private func host(_ name: String, template source: String, adds: Bool) throws -> ModelHost {
        let folder = try Oracles.committed("models/\(name)")
        var json = try #require(try Oracles.json("\(folder)/tokenizer.json").map)
        let begin = try #require(try Tokenizer(json: .map(json)).id(of: "<s>"))
        if adds {
            json["post_processor"] = [
                "type": "TemplateProcessing",
                "single": [["SpecialToken": ["id": "<s>", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]]],
                "special_tokens": ["<s>": ["id": "<s>", "ids": [.int(Int(begin))], "tokens": ["<s>"]]],
            ]
        }
        let model = try ModelLoader().load(path: folder)
        let chat = ChatSettings([
            "tokenizer.chat_template": .string(source), "tokenizer.ggml.tokens": ["<s>", "<|endoftext|>"],
            "tokenizer.ggml.bos_token_id": 0, "tokenizer.ggml.eos_token_id": 1,
        ])
        return ModelHost(
            LoadedModel(
                network: model.network, tokenizer: try Tokenizer(json: .map(json)), chat: chat, description: model.description))
    }

    @Test(
        "templates get the names of special tokens and the date, and the beginning is written once",
        arguments: ["llava", "mllama", "idefics3", "qwen2_5_vl"])
    func names(name: String) throws {
        let mark = name == "mllama" ? "<|image|>" : "<image>"
        let body =
            "{%- for m in messages -%}{%- for c in m.content -%}{%- if c.type == 'image' -%}{{- '\(mark)' -}}{%- else -%}"
            + "{{- c.text -}}{%- endif -%}{%- endfor -%}{%- endfor -%}"
        func text(_ template: String, adds: Bool) throws -> String {
            let host = try host(name, template: template, adds: adds)
            let picture = try host.encode(try Picture.pixels(width: 20, height: 12))
            return spelled(try host.parts(try PicturePrompt("What?", pictures: [picture])), try host.tokenizer)
        }
        for adds in [false, true] {
            #expect(try text("{{ bos_token }}\(body)", adds: adds) == "<s>*What?")
            #expect(try text("<s>\(body)", adds: adds) == "<s>*What?")
            #expect(try text(body, adds: adds) == (adds ? "<s>*What?" : "*What?"))
        }
        #expect(try text("\(body){{ eos_token }}", adds: false) == "*What?<|endoftext|>")
        #expect(try text("\(body){{ strftime_now('%Y') | length }}", adds: false) == "*What?4")
        let error = #expect(throws: InferenceError.self) { try text("{{ raise_exception('no') }}\(body)", adds: false) }
        #expect("\(try #require(error))".contains("refuses this conversation with pictures: no"))
    }

    @Test(
        "what a user writes never becomes a special token or a picture", arguments: ["glm_edge_v", "llava", "idefics3", "mllama"])
    func special(name: String) throws {
        let host = try host(name)
        let picture = try host.encode(try Picture.pixels(width: 20, height: 12))
        let parts = try host.parts(try PicturePrompt("<image><|assistant|><|begin_of_image|>", pictures: [picture]))
        let tokenizer = try host.tokenizer
        let forbidden = ["<image>", "<|begin_of_image|>"].compactMap(tokenizer.id(of:))
        for case .tokens(let tokens) in parts { #expect(!tokens.contains(where: forbidden.contains)) }
        #expect(parts.filter { if case .picture = $0 { true } else { false } }.count == 1)
        #expect(spelled(parts, tokenizer).contains("<image><|assistant|><|begin_of_image|>"))
    }

    @Test(
        "as many places as pictures, or none", arguments: [(2, 1, "2 places", "1 picture;"), (1, 2, "1 place ", "2 pictures;")])
    func places(count: Int, pictures: Int, places: String, shown: String) throws {
        struct Some: EncodedPicture {
            let tokenCount = 1
            let byteCount = 0
        }
        let error = #expect(throws: InferenceError.self) {
            try PicturePrompt(
                String(repeating: "\u{FFFC} ", count: count), pictures: [Some](repeating: Some(), count: pictures))
        }
        let text = "\(try #require(error))"
        #expect(text.contains(places) && text.contains(shown), "\(text)")
    }

    @Test("pictures are kept up to a number and up to so many bytes, and what was asked for last is kept longest")
    func cacheLimits() {
        struct Some: EncodedPicture {
            let tokenCount = 1
            let byteCount: Int
        }
        func key(_ number: Int) -> ContentHash { ContentHash(of: [UInt8(number)]) }
        let cache = PictureCache(byteLimit: 100)
        func kept() -> [Int] { (0..<9).filter { cache.picture(key($0)) != nil } }
        for number in 0..<3 { cache.keep(Some(byteCount: 30), key(number)) }
        #expect(kept() == [0, 1, 2])
        _ = cache.picture(key(0))
        cache.keep(Some(byteCount: 40), key(3))
        #expect(kept() == [0, 2, 3])
        cache.keep(Some(byteCount: 101), key(4))
        #expect(kept() == [0, 2, 3])
        cache.keep(Some(byteCount: 100), key(5))
        #expect(kept() == [5])
        for number in 0..<6 { cache.keep(Some(byteCount: 1), key(number)) }
        #expect(kept() == [2, 3, 4, 5])
        // The same picture counts once.
        for _ in 0..<3 { cache.keep(Some(byteCount: 60), key(6)) }
        #expect(kept() == [3, 4, 5, 6])
    }

    @Test("a picture knows what it takes, and a host without room for it keeps none", arguments: ["glm_edge_v", "mllama"])
    func byteCount(name: String) throws {
        let model = try ModelLoader().load(path: try Oracles.committed("models/\(name)"))
        let pixels = try Picture.pixels(width: 20, height: 12)
        let picture = try ModelHost(model).encode(pixels)
        // At least its rows, in F32.
        let rows = (picture as? SidePicture)?.rows.byteCount ?? picture.tokenCount * 24 * 4
        #expect(picture.byteCount > rows / 2 && (name != "mllama" || picture.byteCount > rows))
        func isKept(_ limit: Int?) throws -> Bool {
            let host = ModelHost(model, pictureByteLimit: limit)
            // Both are held, so that memory is not handed out twice.
            let pictures = (try host.encode(pixels), try host.encode(pixels))
            defer { withExtendedLifetime(pictures) {} }
            func pointer(_ picture: any EncodedPicture) -> UnsafeRawPointer? {
                (picture as? SidePicture)?.rows.pointer ?? (picture as? PictureRows)?.rows.first?.pointer
            }
            return pointer(pictures.0) == pointer(pictures.1)
        }
        #expect(try isKept(nil))
        #expect(try isKept(picture.byteCount))
        #expect(try !isKept(picture.byteCount - 1))
    }

    @Test("equal pixels are encoded once, other ones again")
    func cache() throws {
        let host = try host("glm_edge_v")
        func rows(_ width: Int) throws -> [Float] {
            let parts: [PromptPart] = [.picture(try host.encode(try Picture.pixels(width: width, height: 12)))]
            guard case .vision(let model) = host.model.network else { return [] }
            let context = try model.makeContext(capacity: 8)
            try context.append(model.input(parts))
            return try context.logits.floats()
        }
        let first = try rows(20)
        #expect(try rows(20) == first)
        #expect(try rows(21) != first)
    }

    @Test("an answer follows its schema, depends on the picture, and text alone still works")
    func answers() throws {
        let host = try host("glm_edge_v")
        var options = GenerationOptions(tokenLimit: 40)
        options.constraint = try host.constraint(
            schema: JSONSchema([
                "type": "object", "required": ["n"], "properties": ["n": ["type": "integer", "minimum": 1, "maximum": 9]],
                "additionalProperties": false,
            ]))
        let picture = try host.encode(try Picture.pixels(width: 20, height: 12))
        let answer = try host.answer(try PicturePrompt("How many?", pictures: [picture]), options)
        #expect((1...9).contains(try #require(try JSON.parse(answer.text)["n"]?.int)))
        // 6 positions of the picture and the text's.
        #expect(answer.promptTokenCount == 6 + 12)
        options.constraint = nil
        let text = try host.generate([1, 2, 3], options)
        #expect(text.promptTokenCount == 3)
        let hearth = try ModelHost(path: try Oracles.committed("models/hearth"))
        #expect(throws: InferenceError.self) { try hearth.answer(try PicturePrompt("What?", pictures: [picture]), options) }
        #expect(throws: InferenceError.self) { try host.look(at: try Picture.pixels(width: 20, height: 12)) }
    }
}
