import Glibc
import MillImage
import MillModels
import MillTensor
import MillTestSupport
import MillTokenizer
import MillValue
import MillWeights
import Testing

@Suite("What a folder says besides its weights, in GGUF")
struct ConversionNoticeTests {
    /// A copy of a committed case with some files changed, and its GGUF file.
    private func converted(
        _ name: String, _ files: [String: Value], _ body: (ModelConverter, LoadedModel, LoadedModel) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            try copyCase(name, to: folder)
            for (file, value) in files {
                var content = ModelFile.exists("\(folder)/\(file)") ? try Oracles.json("\(folder)/\(file)").map ?? [:] : [:]
                for (key, value) in value.map ?? [:] { content[key] = value }
                try write(Value.map(content).json(), to: "\(folder)/\(file)")
            }
            let converter = try ModelConverter(folder: folder)
            try converter.write(to: "\(folder)/model.gguf", precision: .f16)
            let loader = ModelLoader(panels: .off)
            try body(converter, try loader.load(path: folder), try loader.load(path: "\(folder)/model.gguf"))
        }
    }

    @Test("tokens that end an answer come from both configurations; those beyond GGUF's three keys are told")
    func ends() throws {
        struct Ends: Equatable {
            var ids: [Int32] = []
            var notices: [String] = []
        }
        func ends(_ config: Value, _ generation: Value) throws -> Ends {
            var result = Ends()
            let files: [String: Value] = [
                "config.json": ["eos_token_id": config], "generation_config.json": ["eos_token_id": generation],
            ]
            try converted("glm_edge", files) { converter, folder, file in
                result = Ends(ids: try #require(file.network.language).endTokenIDs, notices: converter.notices)
                #expect(file.tokenizer?.eosIDs == Set(result.ids) && file.endTokenIDs == result.ids)
                // Both end alike, but for what GGUF has no keys for.
                #expect(Set(folder.endTokenIDs) == Set(result.ids) || !result.notices.isEmpty)
            }
            return result
        }
        #expect(try ends([274, 281], [274, 281, 283]) == Ends(ids: [274, 281, 283]))
        // Templates know 274 as eos_token.
        #expect(try ends(281, [274, 281]) == Ends(ids: [274, 281]))
        // And end there where the configurations name nothing, or others.
        #expect(try ends(.null, .null) == Ends(ids: [274]))
        #expect(try ends(.null, 281) == Ends(ids: [274, 281]))
        // Numbers of no token are nobody's end.
        #expect(try ends(274, [100_000, -1]) == Ends(ids: [274]))
        let many = try ends([274, 281, 282], [283, 284])
        #expect(many.ids == [274, 281, 282] && many.notices.count == 1)
        #expect(many.notices.allSatisfy { $0.contains("the tokens 283, 284, and GGUF has keys for 3") })
        let list = try ends([274, 281, 282, 283], .null)
        #expect(list.notices.count == 1)
    }

    @Test("templates for special uses go with the one for all")
    func templates() throws {
        let list: Value = [
            ["name": "default", "template": "D{{messages[0].content}}"],
            ["name": "tool_use", "template": "T{{messages[0].content}}"],
            ["name": "rag", "template": "R"],
        ]
        try converted("glm_edge", ["tokenizer_config.json": ["chat_template": list]]) { converter, folder, file in
            #expect(folder.chat.templates.count == 3 && file.chat.templates == folder.chat.templates)
            #expect(converter.notices.isEmpty)
            let names = try GGUFFile(path: file.description.path).metadata.valueMap()["tokenizer.chat_templates"]
            #expect(names == ["rag", "tool_use"])
        }
        // The only one is for all, under whatever name.
        let one: Value = [["name": "tool_use", "template": "T"]]
        try converted("glm_edge", ["tokenizer_config.json": ["chat_template": one]]) { _, folder, file in
            #expect(folder.chat.template == "T" && file.chat.template == "T" && file.chat.templates["tool_use"] == "T")
        }
    }

    @Test("added tokens that take spaces along, or are whole words, are told")
    func addedTokens() throws {
        let source = try Oracles.json(try Oracles.committed("models/glm_edge/tokenizer.json"))
        var tokens = source["added_tokens"]?.list ?? []
        func set(_ index: Int, _ key: String) throws {
            var token = try #require(tokens[index].map)
            token[key] = true
            tokens[index] = .map(token)
        }
        try set(3, "lstrip")
        try converted("glm_edge", ["tokenizer.json": ["added_tokens": .list(tokens)]]) { converter, _, _ in
            #expect(converter.notices.count == 1 && converter.notices.allSatisfy { $0.hasPrefix("the token [sMASK] takes") })
        }
        try set(5, "single_word")
        try converted("glm_edge", ["tokenizer.json": ["added_tokens": .list(tokens)]]) { converter, folder, file in
            let notice = try #require(converter.notices.first)
            #expect(notice.hasPrefix("2 tokens ([sMASK], …) take"))
            #expect(notice.contains("keys say so that other programs pass over"))
            for text in [
                "a [sMASK] b", "a[sMASK]b", "a \(tokens[5]["content"]?.string ?? "") b",
                "a\(tokens[5]["content"]?.string ?? "")b",
            ] {
                let ids = try #require(folder.tokenizer).encode(text, parseSpecial: true)
                #expect(file.tokenizer?.encode(text, parseSpecial: true) == ids, "\(text)")
            }
        }
    }

    @Test("poolings that GGUF has no number for are refused, and lengths that it does not keep are told")
    func pooling() throws {
        try withTemporaryFolder { folder in
            try copyCase("bert", to: folder)
            mkdir("\(folder)/1_Pooling", 0o700)
            defer {
                unlink("\(folder)/1_Pooling/config.json")
                rmdir("\(folder)/1_Pooling")
            }
            func set(_ mode: String, normalised: Bool) throws {
                let modules = ["Transformer\"", "Pooling\", \"path\": \"1_Pooling\""] + (normalised ? ["Normalize\""] : [])
                try write(
                    "[" + modules.map { "{\"type\": \"a.\($0)}" }.joined(separator: ", ") + "]", to: "\(folder)/modules.json")
                try write("{\"pooling_mode\": \"\(mode)\"}", to: "\(folder)/1_Pooling/config.json")
            }
            try set("max", normalised: true)
            let error = #expect(throws: ModelError.self) { try ModelConverter(folder: folder) }
            #expect("\(try #require(error))".contains("modules.json: pooling is max"), "\(error.map { "\($0)" } ?? "")")
            try set("mean", normalised: false)
            #expect(try ModelConverter(folder: folder).notices.contains { $0.contains("length 1") })
            for mode in ["mean", "cls", "last"] {
                try set(mode, normalised: true)
                #expect(try ModelConverter(folder: folder).notices.isEmpty)
            }
        }
    }

    @Test(
        "a SigLIP tower is refused whose activation, filter or crop its file could not say",
        arguments: [
            ("config.json", ["hidden_act": "gelu"] as Value, "hidden_act"),
            ("config.json", ["hidden_act": "quick_gelu"] as Value, "hidden_act"),
            ("preprocessor_config.json", ["resample": 2] as Value, "resample"),
            (
                "preprocessor_config.json",
                ["size": ["shortest_edge": 40], "do_center_crop": true, "crop_size": ["height": 35, "width": 35]] as Value, "size"
            ),
        ])
    func siglip(file: String, change: Value, key: String) throws {
        let error = #expect(throws: ModelError.self) { try converted("siglip", [file: change]) { _, _, _ in } }
        let message = "\(try #require(error))"
        #expect(message.contains(key) && message.contains("runs from its folder"), "\(message)")
        // Mean and deviation the file can say.
        let colours: Value = ["resample": 3, "image_mean": [0.25, 0.5, 0.75], "image_std": [0.125, 0.5, 0.25]]
        try converted("siglip", ["preprocessor_config.json": colours]) { _, folder, file in
            let both = [folder, file].map { model -> Preprocessor? in
                if case .tower(let tower) = model.network { tower.configuration.preprocessor } else { nil }
            }
            #expect(both[0] != nil && both[0] == both[1])
        }
    }
}
