import MillTokenizer

/// A model that is ready to run, with what is needed to talk to it.
public struct LoadedModel: Sendable {
    /// The network itself.
    public enum Network: Sendable {
        case text(TextModel)
        case hearth(HearthModel)
        case ledger(LedgerModel)
        /// The picture side of a model by itself.
        case tower(any VisionTower)
        /// Reads a text at once, for embeddings.
        case encoder(any TextEncoder)
        /// A text model with a picture side.
        case vision(any VisionLanguageModel)
        /// Hears speech and writes it down.
        case speech(SpeechModel)

        /// What all networks that write text can do; nil for those that only read.
        public var language: (any LanguageModel)? {
            switch self {
            case .text(let model): model
            case .hearth(let model): model
            case .vision(let model): model
            case .ledger, .tower, .encoder, .speech: nil
            }
        }

        /// The model that reads and writes text alone; nil for those that need pictures, and those that only read.
        public var text: TextModel? {
            switch self {
            case .text(let model): model
            case .vision(let model): model.textModel
            case .hearth, .ledger, .tower, .encoder, .speech: nil
            }
        }

        var facts: NetworkFacts {
            switch self {
            case .text(let model): model.facts
            case .hearth(let model): model.facts
            case .ledger(let model): model.facts
            case .tower(let tower): tower.facts
            case .encoder(let encoder): encoder.facts
            case .vision(let model): model.facts
            case .speech(let model): model.facts
            }
        }
    }

    public let network: Network
    /// nil where the files have none.
    public let tokenizer: Tokenizer?
    /// How a conversation becomes a prompt.
    public let chat: ChatSettings
    public let description: ModelDescription

    /// The tokens that end what a model writes: those of `config.json` or the GGUF file, of `generation_config.json`, and the
    /// `eos_token` of the tokenizer's files; none for models that write no text. Numbers of no token are left out.
    public var endTokenIDs: [Int32] {
        guard let language = network.language else { return [] }
        let named = chat.tokens["eos_token"].flatMap { tokenizer?.id(of: $0) }
        let all =
            language.endTokenIDs + chat.endTokenIDs.sorted() + (tokenizer?.eosIDs.sorted() ?? []) + (named.map { [$0] } ?? [])
        var seen: Set<Int32> = []
        return all.filter { (0..<language.vocabularySize).contains(Int($0)) && seen.insert($0).inserted }
    }

    package init(network: Network, tokenizer: Tokenizer?, chat: ChatSettings, description: ModelDescription) {
        self.network = network
        self.tokenizer = tokenizer
        self.chat = chat
        self.description = description
    }
}
