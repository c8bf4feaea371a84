import MillTensor

/// Which type each tensor of a file gets.
///
/// Text models' matrices get what llama.cpp gives them for the file type of the same name (`llama_tensor_get_type` in
/// llama-quant.cpp, v0.5): more bits for value and down projections of some layers, and for the output head. Models of other
/// kinds have the type itself in their transformer blocks and Q8_0 outside of them. A row that no whole number of blocks fills
/// falls back to a type of smaller blocks, and to F16 where there is none.
struct TensorTypes: Sendable {
    /// What decides about a text model's mix.
    struct Text: Sendable {
        let layerCount: Int
        let headsPerKeyHead: Int
        let expertCount: Int
        let tiesEmbeddings: Bool

        init(_ c: DecoderConfiguration) {
            layerCount = c.layerCount
            headsPerKeyHead = c.headCount / max(1, c.kvHeadCount)
            expertCount = c.experts?.count ?? 0
            tiesEmbeddings = c.tiesEmbeddings
        }
    }

    let precision: ModelConverter.Precision
    let text: Text?
    let hasImportance: Bool

    /// How the names of value and down projections end: errors in them are not softened by a softmax or a product.
    private static let sensitive = [
        ".v.weight", ".attn_v.weight", ".down.weight", ".ffn_down.weight", ".ffn_down_exps.weight",
        ".ffn_down_shexp.weight",
    ]

    /// The type of a tensor, and whether it is another one than the precision asks for because of the length of its rows.
    func type(of item: ModelConverter.Item, _ shape: [Int]) -> (dtype: DType, isFallback: Bool) {
        if shape.count <= 1 || item.isWhole { return (.f32, false) }
        let isMatrix = shape.count == 2 || shape.count == 3 && item.name.contains("_exps.")
        guard isMatrix, let row = shape.last else { return ([.f32, .bf16].contains(precision) ? .f32 : .f16, false) }
        guard precision.dtype.isQuantized else { return (precision.dtype, false) }
        let wanted = wanted(item, row)
        return (Self.fitting(wanted, row), !row.isMultiple(of: wanted.blockSize))
    }

    private static func fitting(_ dtype: DType, _ row: Int) -> DType {
        guard !row.isMultiple(of: dtype.blockSize) else { return dtype }
        let smaller: DType =
            switch dtype {
            case .q2_K, .q3_K: .q4_0
            case .q4_K: .q5_0
            case .q5_K: .q5_1
            default: .q8_0
            }
        return row.isMultiple(of: smaller.blockSize) ? smaller : .f16
    }

    private func wanted(_ item: ModelConverter.Item, _ row: Int) -> DType {
        switch precision {
        case .q8: .q8_0
        case .q4: item.isInBlock && !Self.sensitive.contains(where: item.name.hasSuffix) ? .q4_0 : .q8_0
        default:
            if let text {
                Self.mixed(precision, item.name, row, text, hasImportance)
            } else if item.isInBlock {
                precision.dtype
            } else {
                .q8_0
            }
        }
    }

    private static func mixed(
        _ precision: ModelConverter.Precision, _ name: String, _ row: Int, _ text: Text, _ hasImportance: Bool
    ) -> DType {
        let base = precision.dtype
        if name == "output.weight" || name == "token_embd.weight" && text.tiesEmbeddings {
            return row.isMultiple(of: base.blockSize) ? .q6_K : .q8_0
        }
        let parts = name.split(separator: ".")
        guard parts.count > 3, parts[0] == "blk", let layer = Int(parts[1]) else { return base }
        let count = text.layerCount
        let needsMore = layer < count / 8 || layer >= 7 * count / 8 || (layer - count / 8) % 3 == 2
        let isEightExperts = text.expertCount == 8
        switch parts[2] {
        case "attn_v", "attn_qkv":
            if isEightExperts { return .q8_0 }
            let chosen: DType =
                switch precision {
                case .q2_k: text.headsPerKeyHead >= 4 ? .q4_K : .q3_K
                case .q3_k_m: layer < 2 ? .q5_K : .q4_K
                case .q3_k_l: .q5_K
                case .q4_k_m, .q5_k_m: needsMore ? .q6_K : base
                case .q4_k_s: layer < 4 ? .q5_K : base
                default: base
                }
            // Eight heads share each of the values of models with 80 layers.
            return count == 80 && [.q3_K, .q4_K].contains(chosen) ? .q5_K : chosen
        case "attn_k": return isEightExperts ? .q8_0 : base
        case "attn_output": return output(precision, isEightExperts: isEightExperts)
        case let part where part.hasPrefix("ffn_down"):
            return switch precision {
            case .q2_k: .q3_K
            case .q3_k_m: layer < count / 16 ? .q5_K : .q4_K
            case .q3_k_l: .q5_K
            case .q4_k_m, .q5_k_m: needsMore ? .q6_K : base
            case .q4_k_s: layer < count / 8 ? .q5_K : base
            case .q4_0 where hasImportance && layer < count / 8: .q4_1
            case .q5_0 where hasImportance && layer < count / 8: .q5_1
            default: base
            }
        default: return base
        }
    }

    private static func output(_ precision: ModelConverter.Precision, isEightExperts: Bool) -> DType {
        switch (precision, isEightExperts) {
        case (.q2_k, true), (.q3_k_s, true), (.q3_k_m, true), (.q4_k_s, true), (.q4_k_m, true): .q5_K
        case (.q2_k, false): .q3_K
        case (.q3_k_m, false): .q4_K
        case (.q3_k_l, false): .q5_K
        default: precision.dtype
        }
    }
}
