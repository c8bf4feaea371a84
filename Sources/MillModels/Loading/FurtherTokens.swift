import MillValue

/// Tokens that the files beside tokenizer.json add to it, as transformers 5 does: those of `added_tokens_decoder`
/// (tokenizer_config.json), or without it of `added_tokens.json` and `special_tokens_map.json`; then the special ones that are named.
struct FurtherTokens {
    private struct Token {
        /// What the file says; nil where it says none.
        let id: Int?
        let content: String
        let fields: ValueMap
    }

    private static let names = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]

    private let folder: String
    /// tokenizer_config.json, and what is laid over it.
    private let settings: ValueMap
    /// With the ids that the files have.
    private let numbered: [Token]

    /// - Parameter settings: tokenizer_config.json, or null.
    init(folder: String, _ settings: Value) throws(ModelError) {
        self.folder = folder
        if let decoder = settings["added_tokens_decoder"]?.map {
            self.settings = settings.map ?? [:]
            var tokens: [Token] = []
            for (id, entry) in decoder {
                guard let number = Int(id), let fields = entry.map, let content = fields["content"]?.string else {
                    throw .configuration(
                        path: "\(folder)/tokenizer_config.json", key: "added_tokens_decoder.\(id)", problem: "is no token")
                }
                tokens.append(Token(id: number, content: content, fields: fields))
            }
            numbered = tokens.sorted { ($0.id ?? 0) < ($1.id ?? 0) }
            return
        }
        self.settings = try Self.specialTokens(folder: folder, settings)
        let path = "\(folder)/added_tokens.json"
        let added = ModelFile.exists(path) ? try ModelFile.json(path).map ?? [:] : [:]
        var tokens: [Token] = []
        let special = Set(Self.named(self.settings).map(\.content))
        for (content, id) in added {
            guard let number = id.int else { throw .configuration(path: path, key: content, problem: "is no id") }
            tokens.append(Token(id: number, content: content, fields: ["special": .bool(special.contains(content))]))
        }
        numbered = tokens.sorted { ($0.id ?? 0) < ($1.id ?? 0) }
    }

    /// tokenizer_config.json with the tokens of special_tokens_map.json, which count where there is no `added_tokens_decoder`.
    static func specialTokens(folder: String, _ settings: Value) throws(ModelError) -> ValueMap {
        var result = settings.map ?? [:]
        let path = "\(folder)/special_tokens_map.json"
        guard result["added_tokens_decoder"]?.map == nil, ModelFile.exists(path) else { return result }
        let known = list(result)
        for (name, token) in try ModelFile.json(path).map ?? [:] {
            if name == extra, let further = token.list {
                let all = Set(known)
                result[extra] = .list(known + further.filter { !all.contains($0) })
            } else if name == additional {
                if known.isEmpty { result[additional] = token }
            } else if name == extra || name.hasSuffix("_token") {
                result[name] = token
            }
        }
        return result
    }

    private static let extra = "extra_special_tokens"
    /// The older name.
    private static let additional = "additional_special_tokens"

    /// The special tokens without a name.
    private static func list(_ settings: ValueMap) -> [Value] {
        [extra, additional].lazy.compactMap { settings[$0]?.list }.first { !$0.isEmpty } ?? []
    }

    /// The special tokens that settings name, in the order in which they get ids.
    private static func named(_ settings: ValueMap) -> [Token] {
        let others = settings.keys.filter { $0.hasSuffix("_token") && !names.contains($0) }
        let keys = names + others.filter { settings[$0]?.map != nil } + others.filter { settings[$0]?.map == nil }
        let values = keys.map { settings[$0] ?? .null } + (settings[extra]?.map.map { $0.map(\.value) } ?? [])
        return (values + list(settings)).enumerated().compactMap { index, token in
            if let text = token.string { return Token(id: nil, content: text, fields: [:]) }
            guard var fields = token.map, let content = fields["content"]?.string else { return nil }
            if index < values.count { fields["special"] = true }
            return Token(id: nil, content: content, fields: fields)
        }.filter { !$0.content.isEmpty }
    }

    /// tokenizer.json with these tokens.
    ///
    /// - Parameter limit: new tokens from this id on are left out.
    /// - Throws: ``ModelError/configuration(path:key:problem:)`` where a file gives a token another id than tokenizer.json makes of
    ///   it.
    func added(to json: Value, limit: Int = .max) throws(ModelError) -> Value {
        guard var result = json.map else { return json }
        var entries = json["added_tokens"]?.list ?? []
        let count = entries.count
        var places = ValueMap()
        for (index, entry) in entries.enumerated() { places[entry["content"]?.string ?? ""] = .int(index) }
        let isDecoder = settings["added_tokens_decoder"]?.map != nil
        let named = Self.named(settings)
        let special = Set(named.map(\.content))
        // The tokenizer refuses ids that no table has room for.
        var largest = min(entries.compactMap { $0["id"]?.int }.max() ?? -1, Int(Int32.max))
        var vocabulary: ValueMap?
        var isChanged = false
        for token in numbered + named {
            if let place = places[token.content]?.int {
                // `added_tokens_decoder` says anew how a token is found; otherwise it is what it is already.
                guard token.id != nil, isDecoder, let id = entries[place]["id"]?.int else { continue }
                let entry = Self.entry(token, id: id, special: [])
                guard Self.flags.contains(where: { entry[$0] != .bool(entries[place][$0]?.bool ?? false) }) else { continue }
                entries[place] = Self.entry(token, id: id, special: special)
            } else {
                let known = vocabulary ?? Self.vocabulary(json)
                vocabulary = known
                let id = known[token.content]?.int ?? max(largest + 1, known.count)
                places[token.content] = .int(entries.count)
                entries.append(Self.entry(token, id: id, special: special))
                largest = max(largest, min(id, Int(Int32.max)))
            }
            isChanged = true
        }
        try check(entries, places)
        guard isChanged else { return json }
        let kept = entries[..<count] + entries[count...].filter { ($0["id"]?.int ?? limit) < limit }
        result["added_tokens"] = .list(Array(kept))
        return .map(result)
    }

    private static let flags = ["single_word", "lstrip", "rstrip", "normalized", "special"]

    /// An entry of `added_tokens`.
    private static func entry(_ token: Token, id: Int, special: Set<String>) -> Value {
        let isSpecial = token.fields["special"]?.bool ?? (token.id == nil)
        func flag(_ name: String) -> Value { .bool(token.fields[name]?.bool ?? false) }
        return [
            "id": .int(id), "content": .string(token.content), "single_word": flag("single_word"), "lstrip": flag("lstrip"),
            "rstrip": flag("rstrip"), "normalized": .bool(token.fields["normalized"]?.bool ?? !isSpecial),
            "special": .bool(isSpecial || special.contains(token.content)),
        ]
    }

    private func check(_ entries: [Value], _ places: ValueMap) throws(ModelError) {
        for token in numbered {
            guard let id = token.id, let place = places[token.content]?.int, let own = entries[place]["id"]?.int, own != id else {
                continue
            }
            let file = settings["added_tokens_decoder"]?.map == nil ? "added_tokens.json" : "tokenizer_config.json"
            throw .configuration(
                path: "\(folder)/\(file)", key: "id of \(token.content)",
                problem: "is \(id), but with tokenizer.json it is \(own); take both from one model")
        }
    }

    private static func vocabulary(_ json: Value) -> ValueMap {
        let vocabulary = json["model"]?["vocab"]
        if let map = vocabulary?.map { return map }
        var result = ValueMap()
        for (index, entry) in (vocabulary?.list ?? []).enumerated() {
            if let token = entry[0]?.string, result[token] == nil { result[token] = .int(index) }
        }
        return result
    }
}
