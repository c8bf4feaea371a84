import MillCompute
import MillImage
import MillTensor

extension ModelVerifier {
    /// A vision tower or an encoder of text: every expected tensor of all pictures or texts, in F32.
    func verifyEncoder(_ folder: String) -> VerificationReport.Run {
        run("float32") { run in
            let network = try ModelLoader(compute: reference).load(path: folder, tokenizer: false).network
            let inputs = try Reference("\(folder)/inputs.safetensors")
            let results: [String: [Float]]
            switch network {
            case .tower(let tower): results = try self.results(tower, inputs)
            case .encoder(let encoder): results = try self.results(encoder, inputs)
            default: throw ModelError.notAModel(path: folder, reason: "it is neither a vision tower nor an encoder of text")
            }
            let expected = try Reference("\(folder)/expected.safetensors")
            for name in expected.names {
                run.comparisons.append(try expected.compare(name, results[name], tolerance: Self.float32Tolerance))
            }
        }
    }

    /// Patches with positions, every block, features, those without the last block (`features.-2`), the pooled row and the scores of
    /// all pictures; where there is a `picture`, what the tower's input of it is.
    private func results(_ tower: any VisionTower, _ inputs: Reference) throws -> [String: [Float]] {
        let pictures = try inputs.tensor("pixel_values")
        var results: [String: [Float]] = [:]
        let tap: LayerTap = { name, tensor in results[name, default: []] += try tensor.floats() }
        for index in 0..<(pictures.shape.first ?? 0) {
            let rows = try pictures.rows(index..<index + 1)
            let picture = TowerPicture.normalised(try rows.reshaped(Array(rows.shape.dropFirst())))
            let features = try tower.features(of: picture, skippingLast: 0, pool: .default, tap: tap)
            try tap("last_hidden_state", features)
            _ = try tower.pooled(features, tap: tap)
            if let scores = try tower.scores(features) { try tap("logits", scores) }
            try tap("features.-2", try tower.features(of: picture, skippingLast: 1, pool: .default, tap: nil))
        }
        if inputs.contains("picture") {
            try tap("picture", try tower.configuration.preprocessor(try inputs.tensor("picture")))
        }
        return results
    }

    /// Embeddings, every block, and the rows that pooling makes of all texts; rows of padding are zeros.
    private func results(_ encoder: any TextEncoder, _ inputs: Reference) throws -> [String: [Float]] {
        let width = try inputs.tensor("input_ids").shape.last ?? 0
        let (ids, mask) = (try inputs.integers("input_ids"), try inputs.integers("attention_mask"))
        let types = inputs.names.contains("token_type_ids") ? try inputs.integers("token_type_ids") : nil
        guard width > 0, mask.count == ids.count, types.map(\.count) ?? ids.count == ids.count else {
            throw ModelError.misuse("input_ids, attention_mask and token_type_ids differ in size")
        }
        var results: [String: [Float]] = [:]
        for start in stride(from: 0, to: ids.count, by: width) {
            let count = mask[start..<start + width].reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
            let padding = [Float](repeating: 0, count: (width - count) * encoder.hiddenSize)
            let tap: LayerTap = { name, tensor in results[name, default: []] += try tensor.floats() + padding }
            let rows = try encoder.encode(
                Array(ids[start..<start + count]), types: types.map { Array($0[start..<start + count]) }, pool: .default, tap: tap
            )
            try tap("last_hidden_state", rows)
            let ways: [(String, EmbeddingPooling)] = [
                ("mean_pooled", EmbeddingPooling(.mean, isNormalised: false)),
                ("mean_pooled_l2", EmbeddingPooling(.mean, isNormalised: true)),
                ("cls", EmbeddingPooling(.first, isNormalised: false)),
                ("max_pooled", EmbeddingPooling(.largest, isNormalised: false)),
            ]
            for (name, way) in ways { results[name, default: []] += try way.row(of: rows).floats() }
        }
        return results
    }
}
