import MillTokenizer
import MillValue
import MillWeights

/// A vocabulary with texts and their ids.
package struct TokenizerCases {
    package struct Case {
        package let text: String
        /// With the tokens around a text; nil where they are not given.
        package let ids: [Int32]?
        package let plainIDs: [Int32]
        /// The text of `ids`, without and with special tokens.
        package let decoded: String?
        package let decodedFull: String?
    }

    package let name: String
    package let tokenizer: Tokenizer
    package let cases: [Case]
    /// Whether special tokens that a text spells out become these tokens.
    let parsesSpecial: Bool

    /// `NAME.json` with `NAME.cases.json`, and llama.cpp's `NAME.gguf` with `NAME.gguf.inp` and `.out`.
    package static func names(in folder: String) -> [String] {
        ModelFile.names(in: folder).filter { name in
            guard name.hasSuffix(".cases.json") else { return name.hasSuffix(".gguf.inp") }
            return ModelFile.exists("\(folder)/\(name.dropLast(".cases.json".count)).json")
        }
    }

    static func isFolder(_ path: String) -> Bool { !names(in: path).isEmpty }

    package init(_ name: String, in folder: String) throws(ModelError) {
        if name.hasSuffix(".gguf.inp") {
            try self.init(vocabulary: String(name.dropLast(".inp".count)), in: folder)
        } else {
            try self.init(json: String(name.dropLast(".cases.json".count)), in: folder)
        }
    }

    private init(json name: String, in folder: String) throws(ModelError) {
        let path = "\(folder)/\(name).json"
        let json = try ModelFile.json(path)
        do { tokenizer = try Tokenizer(json: json) } catch { throw .tokenizer(path: path, error) }
        self.name = name
        parsesSpecial = true
        func ids(_ value: Value?) -> [Int32] { (value?.list ?? []).compactMap { $0.int.flatMap { Int32(exactly: $0) } } }
        cases = (try ModelFile.json("\(folder)/\(name).cases.json")["cases"]?.list ?? []).map { row in
            Case(
                text: row["text"]?.string ?? "", ids: ids(row["ids"]), plainIDs: ids(row["ids_plain"]),
                decoded: row["decoded"]?.string ?? "", decodedFull: row["decoded_full"]?.string ?? "")
        }
    }

    /// Texts are separated by a line, ids have one line each.
    private init(vocabulary name: String, in folder: String) throws(ModelError) {
        let path = "\(folder)/\(name)"
        let file: GGUFFile
        do { file = try GGUFFile(path: path) } catch { throw .weights(error) }
        do { tokenizer = try Tokenizer(gguf: file.metadata.valueMap(prefix: "tokenizer.")) } catch {
            throw .tokenizer(path: path, error)
        }
        self.name = name
        parsesSpecial = false
        let texts = try ModelFile.bytes(path + ".inp").split(
            separator: Array("\n__ggml_vocab_test__\n".utf8), omittingEmptySubsequences: false)
        let lines = try ModelFile.bytes(path + ".out").split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= texts.count - 1 else {
            throw .notAModel(path: path, reason: "\(texts.count) texts have \(lines.count) lines of ids")
        }
        cases = zip(texts, lines).map { text, line in
            let ids = String(decoding: line, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
            return Case(
                text: String(decoding: text, as: UTF8.self), ids: nil, plainIDs: ids, decoded: nil, decodedFull: nil)
        }
    }

    /// The cases whose results differ, by what differs.
    package func differences() -> [(what: String, texts: [String])] {
        func differing(_ isEqual: (Case) -> Bool) -> [String] { cases.filter { !isEqual($0) }.map(\.text) }
        let plain = differing {
            tokenizer.encode($0.text, addSpecial: false, parseSpecial: parsesSpecial) == $0.plainIDs
        }
        guard parsesSpecial else { return [("ids", plain)] }
        return [
            ("ids", differing { tokenizer.encode($0.text, addSpecial: true, parseSpecial: true) == $0.ids }),
            ("ids_plain", plain),
            ("decoded", differing { tokenizer.decode($0.ids ?? [], skipSpecial: true) == $0.decoded }),
            ("decoded_full", differing { tokenizer.decode($0.ids ?? [], skipSpecial: false) == $0.decodedFull }),
        ]
    }
}

extension ModelVerifier {
    /// Ids of all texts, and texts of all ids.
    func verifyTokenizers(_ folder: String) -> [VerificationReport.Run] {
        TokenizerCases.names(in: folder).map { name in
            run(String(name.prefix { $0 != "." })) { run in
                let cases = try TokenizerCases(name, in: folder)
                run.comparisons = cases.differences().map { what, texts in .equality(what, texts.isEmpty && !cases.cases.isEmpty)
                }
            }
        }
    }
}
