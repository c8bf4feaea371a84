import MillTokenizer
import MillValue

/// The vocabulary of a SentencePiece BPE with the scores by which GGUF's readers merge.
///
/// They join two neighbours wherever their text is a token, the highest score first and the leftmost among equals; tokenizer.json has
/// a list of pairs instead. The lists made of SentencePiece's models hold all pairs, in the order of their scores.
struct GGUFPieces {
    let tokens: [GGUFTokenizer.Token]
    let scores: [Float]
    private let spaces: PieceSpaces

    /// - Parameter merges: the pairs in their order, the two of a pair with a space between.
    init(tokens: [GGUFTokenizer.Token], merges: [String], spaces: PieceSpaces) {
        (self.tokens, self.spaces) = (tokens, spaces)
        // As SentencePiece has them: what is merged falls from 0, then come the characters; all else is 0.
        var ranks: [[UInt8]: Int] = [:]
        for merge in merges {
            let text = merge.utf8.filter { $0 != UInt8(ascii: " ") }
            if ranks[text] == nil { ranks[text] = ranks.count }
        }
        var next = ranks.count
        scores = tokens.map { token in
            if let rank = ranks[Array(token.text.utf8)] { return -Float(rank) }
            guard [GGUFTokenizer.Kind.normal, GGUFTokenizer.Kind.userDefined].contains(token.kind) else { return 0 }
            defer { next += 1 }
            return -Float(next)
        }
    }

    /// The kind of a token that is no added one.
    static func kind(_ text: String) -> Int32 {
        let bytes = Array(text.utf8)
        let isByte =
            bytes.count == 6 && text.hasPrefix("<0x") && text.hasSuffix(">")
            && UInt8(String(decoding: bytes[3..<5], as: UTF8.self), radix: 16) != nil
        return isByte ? GGUFTokenizer.Kind.byte : GGUFTokenizer.Kind.normal
    }

    /// Compares the ids of many texts: of each token's own, of random sequences of tokens, and of random characters.
    ///
    /// - Throws: ``ModelError/unsupported(path:key:value:supported:)`` where scores cannot say what the merges do.
    func check(against tokenizer: Tokenizer, path: String) throws(ModelError) {
        var keys: ValueMap = [
            "tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": .list(tokens.map { .string($0.text) }),
            "tokenizer.ggml.token_type": .list(tokens.map { .int(Int($0.kind)) }),
            "tokenizer.ggml.scores": .list(scores.map { .double(Double($0)) }),
            "tokenizer.ggml.add_space_prefix": .bool(spaces != .never),
        ]
        if spaces.isOwn { keys[PieceSpaces.key] = .string(spaces.rawValue) }
        let written: Tokenizer
        do { written = try Tokenizer(gguf: keys) } catch { throw .tokenizer(path: path, error) }
        for (text, isParsed) in texts(tokenizer) {
            let ids = tokenizer.encode(text, addSpecial: false, parseSpecial: isParsed)
            let others = written.encode(text, addSpecial: false, parseSpecial: isParsed)
            guard ids != others else { continue }
            throw .unsupported(
                path: path, key: "model.merges",
                value: "an order that scores cannot say (\(Value.string(text).json()) would be \(others) and is \(ids))",
                supported: ["pairs as SentencePiece's models have them"])
        }
    }

    private func texts(_ tokenizer: Tokenizer) -> [(text: String, isParsed: Bool)] {
        var random = SeededGenerator(seed: 0x6767_7566)
        let pieces = tokens.filter { $0.kind == GGUFTokenizer.Kind.normal }.map { $0.text.replacing("\u{2581}", with: " ") }
        // Of the others a notice tells.
        let added = tokenizer.addedTokens.filter {
            !$0.stripsLeft && !$0.stripsRight && !$0.singleWord && !$0.isNormalized
        }.map(\.content)
        guard !pieces.isEmpty else { return [] }
        func sequence(_ random: inout SeededGenerator) -> String {
            (0..<Int.random(in: 2...8, using: &random)).map { _ in
                switch Int.random(in: 0..<16, using: &random) {
                case 0: return added.randomElement(using: &random) ?? " "
                case 1: return " "
                case 2: return Self.character(&random)
                default: return pieces[Int.random(in: pieces.indices, using: &random)]
                }
            }.joined()
        }
        let count = min(max(pieces.count, 4_000), 100_000)
        return pieces.map { ($0, false) } + (0..<count).map { (sequence(&random), $0.isMultiple(of: 2)) }
    }

    /// Any that Unicode has a place for.
    private static func character(_ random: inout SeededGenerator) -> String {
        let limits: [UInt32] = [0x80, 0x800, 0xD800, 0x11_0000]
        let limit = limits[Int.random(in: limits.indices, using: &random)]
        return Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)).map { String($0) } ?? "\u{4F60}"
    }
}
