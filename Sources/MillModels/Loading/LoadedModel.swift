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

    package init(network: Network, tokenizer: Tokenizer?, chatTemplate: String?, description: ModelDescription) {
        self.network = network
        self.tokenizer = tokenizer
        self.chatTemplate = chatTemplate
        self.description = description
    }
}
