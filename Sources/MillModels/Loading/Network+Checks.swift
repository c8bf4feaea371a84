import MillTokenizer

extension LoadedModel.Network {
    /// Refuses a tokenizer whose tokens are not those that the configuration names.
    func check(_ tokenizer: Tokenizer, path: String) throws(ModelError) {
        guard case .hearth(let model) = self else { return }
        let configuration = model.configuration
        for (index, name) in configuration.itemNames.enumerated() {
            let token = configuration.itemTokenStart + index
            guard tokenizer.id(of: name) == Int32(token) else {
                throw .configuration(
                    path: path, key: "item_names[\(index)]",
                    problem: "is \(name), but token \(token) of the tokenizer is another one; take both from one model")
            }
        }
        guard tokenizer.id(of: "<|end|>") == configuration.endTokenID else {
            throw .configuration(
                path: path, key: "eos_token_id", problem: "is \(configuration.endTokenID), which is not <|end|> of the tokenizer")
        }
    }
}
