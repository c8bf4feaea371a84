import MillModels

extension LedgerModel {
    /// Loads a model that reads reports.
    static func load(path: String) throws -> LedgerModel {
        let network: LoadedModel.Network
        do { network = try ModelLoader().load(path: path, tokenizer: false).network } catch ModelError.notFound(
            let model, let searched)
        {
            throw Failure.usage(
                "no model at \(model); looked in \(searched.joined(separator: ", ")). Name a ledger folder or GGUF file with -m;"
                    + " Tools/train-ledger/train makes one")
        }
        guard case .ledger(let ledger) = network else {
            throw Failure.usage("\(path) reads no reports; ledger models do")
        }
        return ledger
    }
}
