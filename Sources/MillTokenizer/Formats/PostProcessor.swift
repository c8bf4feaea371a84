import MillValue

/// The tokens around a text: the `post_processor` of tokenizer.json, for one text.
struct PostProcessor: Sendable, Hashable {
    var prefix: [Int32] = []
    var suffix: [Int32] = []

    init(prefix: [Int32] = [], suffix: [Int32] = []) {
        self.prefix = prefix
        self.suffix = suffix
    }

    init(json: Value?) throws(TokenizerError) {
        guard let json, !json.isNull else { return }
        try add(json)
    }

    private mutating func add(_ json: Value) throws(TokenizerError) {
        let field = "post_processor"
        switch json["type"]?.string {
        case "ByteLevel": break
        case "Sequence":
            guard let list = json["processors"]?.list else { throw .missing(field: "\(field).processors") }
            for processor in list { try add(processor) }
        case "TemplateProcessing": try addTemplate(json, field)
        case "BertProcessing", "RobertaProcessing":
            prefix = [try Component.id(json["cls"]?[1], in: "\(field).cls")] + prefix
            suffix.append(try Component.id(json["sep"]?[1], in: "\(field).sep"))
        case let type:
            throw .unsupported(
                field: "\(field).type", value: type ?? "nothing",
                supported: "Sequence, ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing")
        }
    }

    private mutating func addTemplate(_ json: Value, _ field: String) throws(TokenizerError) {
        guard let template = json["single"]?.list else { throw .missing(field: "\(field).single") }
        var (before, after): ([Int32], [Int32]) = ([], [])
        var isAfterText = false
        for part in template {
            if part["Sequence"] != nil {
                guard !isAfterText else { throw .invalid(field: "\(field).single", reason: "the text occurs twice") }
                isAfterText = true
            } else if let name = part["SpecialToken"]?["id"]?.string {
                guard let ids = json["special_tokens"]?[name]?["ids"]?.list else {
                    throw .missing(field: "\(field).special_tokens.\(name)")
                }
                let special = try ids.map { id throws(TokenizerError) in
                    try Component.id(id, in: "\(field).special_tokens.\(name)")
                }
                if isAfterText { after += special } else { before += special }
            } else {
                throw .invalid(field: "\(field).single", reason: "\(part.json()) is neither Sequence nor SpecialToken")
            }
        }
        guard isAfterText else { throw .invalid(field: "\(field).single", reason: "the text does not occur") }
        prefix = before + prefix
        suffix += after
    }
}
