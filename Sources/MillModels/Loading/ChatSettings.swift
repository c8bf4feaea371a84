import MillValue

/// What a model's files say about conversations.
public struct ChatSettings: Sendable {
    /// Templates in Jinja by name; `default` is the one for all that no other is for, `tool_use` the one for tools.
    public private(set) var templates: [String: String] = [:]
    /// Special tokens by the names that templates use: `bos_token`, `eos_token`, `unk_token`, `pad_token`.
    public private(set) var tokens: [String: String] = [:]
    /// Tokens that end an answer, as `generation_config.json` has them; ``LoadedModel/endTokenIDs`` has all.
    public private(set) var endTokenIDs: Set<Int32> = []

    /// The template for all that no other is for; nil where the files have none.
    public var template: String? { templates["default"] ?? (templates.count == 1 ? templates.first?.value : nil) }

    /// - Parameter template: the one for all; nil for none.
    package init(template: String?) { templates = template.map { ["default": $0] } ?? [:] }

    /// Reads a folder: `chat_template.jinja`, `additional_chat_templates/NAME.jinja`, `tokenizer_config.json` (one template, or a
    /// list of named ones), `special_tokens_map.json`, `generation_config.json`.
    ///
    /// - Parameter readsPictures: whether the model's prompts hold pictures, for which `chat_template.json` and
    ///   `processor_config.json` have the template before all others; of text models the former counts where there is no other.
    package init(folder: String, readsPictures: Bool = false) throws(ModelError) {
        func json(_ name: String) throws(ModelError) -> Value {
            try ModelFile.settings("\(folder)/\(name)")
        }
        let settings = try json("tokenizer_config.json")
        add(settings["chat_template"])
        let files = "\(folder)/chat_template.jinja"
        if ModelFile.exists(files) { templates["default"] = String(decoding: try ModelFile.bytes(files), as: UTF8.self) }
        for name in ModelFile.names(in: "\(folder)/additional_chat_templates") where name.hasSuffix(".jinja") {
            let bytes = try ModelFile.bytes("\(folder)/additional_chat_templates/\(name)")
            templates[String(name.dropLast(".jinja".count))] = String(decoding: bytes, as: UTF8.self)
        }
        if readsPictures || templates.isEmpty { add(try json("chat_template.json")["chat_template"]) }
        if readsPictures, let template = try ProcessorConfiguration(folder: folder)?.chatTemplate {
            templates["default"] = template
        }
        for (name, token) in try FurtherTokens.specialTokens(folder: folder, settings) where name.hasSuffix("_token") {
            if let text = token.string ?? token["content"]?.string { tokens[name] = text }
        }
        let ends = try json("generation_config.json")["eos_token_id"]
        let ids = ends?.list ?? (ends.map { $0.isNull ? [] : [$0] } ?? [])
        guard ids.allSatisfy({ $0.int != nil }) else {
            throw .configuration(
                path: "\(folder)/generation_config.json", key: "eos_token_id",
                problem: "must be the number of a token, a list of such numbers, or null")
        }
        endTokenIDs = Set(ids.compactMap { $0.int.flatMap { Int32(exactly: $0) } })
    }

    /// Reads the metadata of a GGUF file: `tokenizer.chat_template`, `tokenizer.chat_template.NAME`.
    package init(_ metadata: ValueMap) {
        let key = "tokenizer.chat_template"
        for (name, value) in metadata where name.hasPrefix(key) {
            guard let text = value.string else { continue }
            if name == key { templates["default"] = text }
            if name.hasPrefix(key + ".") { templates[String(name.dropFirst(key.count + 1))] = text }
        }
        let texts = metadata["tokenizer.ggml.tokens"]?.list ?? []
        for (name, field) in [("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding")] {
            guard let id = metadata["tokenizer.ggml.\(field)_token_id"]?.int, texts.indices.contains(id) else { continue }
            tokens["\(name)_token"] = texts[id].string
        }
    }

    private mutating func add(_ value: Value?) {
        if let text = value?.string { templates["default"] = text }
        for entry in value?.list ?? [] {
            if let name = entry["name"]?.string, let text = entry["template"]?.string { templates[name] = text }
        }
    }
}
