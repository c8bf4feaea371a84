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

        /// What all networks that write text can do; nil for those that only read.
        public var language: (any LanguageModel)? {
            switch self {
            case .text(let model): model
            case .hearth(let model): model
            case .ledger, .tower: nil
            }
        }

        var facts: NetworkFacts {
            switch self {
            case .text(let model): model.facts
            case .hearth(let model): model.facts
            case .ledger(let model): model.facts
            case .tower(let tower): tower.facts
            }
        }
    }

    public let network: Network
    /// nil where the files have none.
    public let tokenizer: Tokenizer?
    /// How a conversation becomes a prompt, in Jinja; nil where the files do not say.
    public let chatTemplate: String?
    public let description: ModelDescription
}
