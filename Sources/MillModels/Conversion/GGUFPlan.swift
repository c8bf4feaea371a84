import MillTensor
import MillWeights

/// A GGUF file with other types: all tensors under their names, and all keys.
struct GGUFPlan: ConversionPlan {
    let items: [ModelConverter.Item]
    let extraTensors: [(name: String, tensor: Tensor)] = []
    let text: TensorTypes.Text?
    private let file: GGUFFile

    /// Tensors that readers want in F32, whatever the family.
    private static let whole: Set<String> = ["v.position_embd.weight", "position_embd.weight", "token_types.weight"]

    init(_ file: GGUFFile, _ network: LoadedModel.Network) throws(ModelError) {
        self.file = file
        let own: OwnFamilyPlan.Family? =
            switch network {
            case .hearth: .hearth
            case .ledger: .ledger
            default: nil
            }
        text = if case .text(let model) = network { TensorTypes.Text(model.configuration) } else { nil }
        items = file.names.map { name in
            ModelConverter.Item(
                source: name, name: name,
                isWhole: Self.whole.contains(name) || name.contains("ffn_gate_inp") || own?.whole.contains(name) ?? false,
                isInBlock: name.hasPrefix("blk.") || name.hasPrefix("v.blk.")
                    || own?.blocks.contains(where: name.hasPrefix) ?? false)
        }
    }

    func setMetadata(_ precision: ModelConverter.Precision, in writer: inout GGUFWriter) {
        writer.copyMetadata(of: file)
        writer.setFileType(precision)
    }
}
