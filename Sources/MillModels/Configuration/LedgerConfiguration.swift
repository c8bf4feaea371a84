import MillValue

/// The sizes, labels and word lists of a ledger model (`docs/models/ledger.md`).
public struct LedgerConfiguration: Sendable {
    /// The words and the runs of Chinese characters of one list.
    struct Lexicon: Sendable {
        let name: String
        let words: [String]
        let phrases: [String]
    }

    public let bucketCount: Int
    public let hiddenSize: Int
    public let layerCount: Int
    public let headCount: Int
    public let intermediateSize: Int
    public let ropeTheta: Double
    public let layerNormEpsilon: Double
    /// Tokens that are read at once.
    public let window: Int
    /// Tokens at the edges of a window that count only for context.
    public let overlap: Int
    /// What entities are called; tag `2i + 1` begins label `i`, tag `2i + 2` continues it.
    public let labels: [String]
    /// The kinds of values: actual, estimate, consensus.
    public let kinds: [String]
    /// The columns of `flags.weight`.
    let flags: [String]
    let lexicons: [Lexicon]
    let units: [String]
    let currencies: [String]
    let currencyCodes: [String]

    var tagCount: Int { 1 + 2 * labels.count }
    var headDimension: Int { hiddenSize / headCount }
}

extension LedgerConfiguration {
    /// The longest window; attention takes its square.
    private static let maximumWindow = 4096
    private static let maximumLabels = 64
    private static let maximumFlags = 128

    /// Reads `config.json`.
    init(_ config: Value, path: String) throws(ModelError) {
        try self.init(ConfigurationReader(path: path, value: config))
    }

    /// Reads the keys of `config.json`, which are the `ledger.*` keys of a GGUF file.
    init(_ reader: ConfigurationReader) throws(ModelError) {
        bucketCount = try reader.size("hash_buckets")
        hiddenSize = try reader.size("hidden_size")
        layerCount = try reader.size("num_hidden_layers")
        headCount = try reader.size("num_attention_heads")
        intermediateSize = try reader.size("intermediate_size")
        ropeTheta = try reader.positive("rope_theta")
        layerNormEpsilon = try reader.positive("layer_norm_eps", upTo: ConfigurationReader.largestEpsilon)
        window = try reader.size("window")
        overlap = try reader.size("overlap", atLeast: 0)
        labels = try Self.labels(reader)
        kinds = try reader.strings("kinds")
        flags = try reader.strings("flags")
        lexicons = try Self.lexicons(reader, flags)
        units = try reader.strings("units")
        currencies = try reader.strings("currencies")
        currencyCodes = try reader.strings("currency_codes")
        guard hiddenSize.isMultiple(of: 2 * headCount) else {
            throw reader.failure("num_attention_heads", "must divide hidden_size \(hiddenSize) into heads of even size")
        }
        guard window <= Self.maximumWindow else {
            throw reader.failure("window", "is \(window), above \(Self.maximumWindow)")
        }
        guard 2 * overlap < window else { throw reader.failure("overlap", "must be less than half of the window \(window)") }
        guard (1...255).contains(kinds.count) else { throw reader.failure("kinds", "must have 1 to 255 entries") }
    }

    /// `O`, then `B-` and `I-` of each label.
    private static func labels(_ reader: ConfigurationReader) throws(ModelError) -> [String] {
        let tags = try reader.strings("tags")
        let labels = stride(from: 1, to: tags.count, by: 2).map { String(tags[$0].dropFirst(2)) }
        guard tags == ["O"] + labels.flatMap({ ["B-\($0)", "I-\($0)"] }), (1...maximumLabels).contains(labels.count),
            Set(labels).count == labels.count
        else { throw reader.failure("tags", "must be O, then B- and I- of 1 to \(maximumLabels) labels") }
        return labels
    }

    private static func lexicons(_ reader: ConfigurationReader, _ flags: [String]) throws(ModelError) -> [Lexicon] {
        guard (1...maximumFlags).contains(flags.count), Set(flags).count == flags.count else {
            throw reader.failure("flags", "must be 1 to \(maximumFlags) different names")
        }
        guard let lists = try reader.nested("lexicons") else { throw reader.failure("lexicons", "is missing") }
        var lexicons: [Lexicon] = []
        for flag in flags where flag.hasSuffix(".first") {
            let name = String(flag.dropLast(".first".count))
            guard let list = try lists.nested(name) else { throw lists.failure(name, "is missing, but there are flags of it") }
            lexicons.append(Lexicon(name: name, words: try list.strings("words"), phrases: try list.strings("phrases")))
        }
        let known = Set(lexicons.flatMap { ["\($0.name).first", "\($0.name).more"] } + LedgerFlag.allCases.map(\.rawValue))
        guard let unknown = flags.first(where: { !known.contains($0) }) else { return lexicons }
        throw .unsupported(
            path: reader.path, key: reader.prefix + "flags", value: unknown, supported: LedgerFlag.allCases.map(\.rawValue))
    }
}
