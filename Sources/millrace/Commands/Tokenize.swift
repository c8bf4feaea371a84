import ArgumentParser
import Glibc
import MillModels
import MillTokenizer
import MillValue

struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how a model's tokenizer cuts a text.",
        discussion: """
            The model may be a folder, a .gguf file (also one that holds only a vocabulary), builtin:NAME, or a tokenizer alone: \
            tokenizer.json, tokenizer.model, vocab.txt. No weights are read. Without TEXT, standard input is the text.

            millrace tokenize -m builtin:scribe "The lamp is on."
            millrace tokenize -m model.gguf --decode 15 2004 7
            """)

    @Option(name: .shortAndLong, help: "A folder, a .gguf file, builtin:NAME, or a tokenizer's file.")
    var model: String

    @Flag(help: "Print the ids only, on one line.")
    var ids = false

    @Flag(help: "Print JSON: ids, tokens and their bytes.")
    var json = false

    @Flag(help: "The words of TEXT are ids; print their text.")
    var decode = false

    @Flag(inversion: .prefixedNo, help: "Add the tokens that the model expects around a text.")
    var addSpecial = true

    @Flag(help: "Special tokens that the text spells out, such as <|user|>, are these tokens and not text.")
    var special = false

    @Flag(
        help: """
            Each line of standard input is a JSON string and gets a line of JSON: its ids, its ids with --special (parsed) and the \
            text of these; nothing is added around it.
            """)
    var batch = false

    @Argument(parsing: .remaining, help: "The text, or the ids; without it standard input is read.")
    var text: [String] = []

    func run() throws {
        let tokenizer = try TokenizerFile.load(path: model)
        for notice in tokenizer.notices { Console.warning("\(model): \(notice)") }
        if batch { return try answerLines(tokenizer) }
        let text = try text.isEmpty ? StandardInput.all() : text.joined(separator: " ")
        if decode { return print(tokenizer.decode(try Self.ids(text, tokenizer), skipSpecial: false)) }
        let tokens = tokenizer.encode(text, addSpecial: addSpecial, parseSpecial: special)
        if json {
            print(Self.value(tokens, tokenizer).json(pretty: true))
        } else if ids {
            print(tokens.map(String.init).joined(separator: " "))
        } else {
            for token in tokens { print(Self.line(token, tokenizer)) }
            Console.line("\(tokens.count.counted("token")) for \(text.unicodeScalars.count.counted("character"))")
        }
    }

    private static func ids(_ text: String, _ tokenizer: Tokenizer) throws -> [Int32] {
        try text.split { !$0.isNumber && $0 != "-" }.map { word in
            guard let id = Int32(word), id >= 0, id < tokenizer.vocabularySize else {
                throw Failure.usage("\(word) is no id of this tokenizer; they are 0 to \(tokenizer.vocabularySize - 1)")
            }
            return id
        }
    }

    /// `   123  "text"`
    private static func line(_ token: Int32, _ tokenizer: Tokenizer) -> String {
        let number = String(token)
        let kind = tokenizer.isSpecial(token) ? "  special" : ""
        return String(repeating: " ", count: max(0, 7 - number.count)) + "\(number)  \(shown(token, tokenizer))\(kind)"
    }

    /// What a token stands for; bytes that form no character as hexadecimal numbers.
    private static func shown(_ token: Int32, _ tokenizer: Tokenizer) -> String {
        let bytes = tokenizer.isSpecial(token) ? Array(tokenizer.text(of: token).utf8) : tokenizer.bytes(of: token)
        if let text = String(validating: bytes, as: UTF8.self) { return text.debugDescription }
        return bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined(separator: " ")
    }

    private static func value(_ tokens: [Int32], _ tokenizer: Tokenizer) -> Value {
        [
            "ids": .list(tokens.map { .int(Int($0)) }), "count": .int(tokens.count),
            "tokens": .list(
                tokens.map { token in
                    [
                        "id": .int(Int(token)), "text": .string(tokenizer.text(of: token)),
                        "bytes": .list(tokenizer.bytes(of: token).map { .int(Int($0)) }),
                        "special": .bool(tokenizer.isSpecial(token)),
                    ]
                }),
        ]
    }

    private func answerLines(_ tokenizer: Tokenizer) throws {
        while let line = readLine() {
            guard let text = (try? JSON.parse(line))?.string else {
                throw Failure.usage("\(line): each line must be a JSON string")
            }
            func list(_ ids: [Int32]) -> Value { .list(ids.map { .int(Int($0)) }) }
            let parsed = tokenizer.encode(text, addSpecial: false, parseSpecial: true)
            let answer: Value = [
                "ids": list(tokenizer.encode(text, addSpecial: false, parseSpecial: false)), "parsed": list(parsed),
                "text": .string(tokenizer.decode(parsed, skipSpecial: false)),
            ]
            print(answer.json())
        }
    }
}
