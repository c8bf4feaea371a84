import MillCompute
import MillTensor
import MillValue

extension ModelVerifier {
    /// Llama 3.2 Vision: the tower's local and global blocks, what it gives the text side, every layer of a prompt with pictures, the
    /// scores of one without, and the greedy continuation, in F32.
    func verifyMllama(_ folder: String) -> VerificationReport.Run {
        run("float32") { run in
            let network = try ModelLoader(compute: reference).load(path: folder, tokenizer: false).network
            guard case .vision(let found) = network, let model = found as? MllamaModel else {
                throw ModelError.notAModel(path: folder, reason: "it is no model that looks at pictures beside the text")
            }
            let inputs = try Reference("\(folder)/inputs.safetensors")
            let expected = try Reference("\(folder)/expected.safetensors")
            var results: [String: [Float]] = [:]
            let pictures = try pictures(model, inputs) { name, tensor in
                results[name, default: []] += try tensor.floats()
            }
            for name in inputs.names where name.hasSuffix("input_ids") {
                let prefix = String(name.dropLast("input_ids".count))
                let ids = try inputs.integers(name)
                let input = try model.input(ids, pictures)
                let logits = try Tensor.allocate(.f32, [ids.count, model.vocabularySize])
                let cache = try model.text.makeCache(capacity: ids.count)
                cache.look(at: input)
                try model.text.forward([(input.tokens, cache)], into: logits) { name, tensor in
                    results[prefix + name] = try tensor.floats()
                }
                results[prefix + "logits"] = try logits.floats()
            }
            if inputs.contains("picture") {
                let tiles = try model.tiles(of: try inputs.tensor("picture"), pool: .default).tiles
                results["picture"] = try tiles.flatMap { try $0.floats() }
            }
            // `alt.` is what other versions of the reference compute.
            for name in expected.names where !name.hasPrefix("alt.") {
                run.comparisons.append(try expected.compare(name, results[name], tolerance: Self.float32Tolerance))
            }
            let path = "\(folder)/greedy.json"
            guard ModelFile.exists(path) else { return }
            let greedy = try GreedyReference(try ModelFile.json(path), path: path)
            let context = try model.makeContext(capacity: greedy.prompt.count + greedy.ids.count)
            run.continuations.append(
                try greedy.check("greedy", context, try model.input(greedy.prompt, pictures), noise: Self.float32Noise))
        }
    }

    /// The case's pictures, of tiles `[1, pictures, tiles, 3, side, side]`.
    private func pictures(
        _ model: MllamaModel, _ inputs: Reference, tap: @escaping LayerTap
    ) throws -> [SidePicture] {
        let (values, shapes) = (try inputs.tensor("pixel_values"), model.tower.configuration.shapes)
        guard values.rank == 6 else { throw ModelError.misuse("pixel_values must be [1, pictures, tiles, 3, side, side]") }
        let tileCount = values.shape[2]
        let tiles = try values.reshaped([values.shape[1] * tileCount] + values.shape.suffix(3))
        return try inputs.integers("aspect_ratio_ids").enumerated().map { index, number in
            guard shapes.indices.contains(Int(number) - 1) else { throw ModelError.misuse("shape \(number) is unknown") }
            let shape = shapes[Int(number) - 1]
            let own = try (0..<shape.count).map { tile in
                let place = index * tileCount + tile
                return try tiles.rows(place..<place + 1).reshaped(Array(values.shape.suffix(3)))
            }
            return try model.picture(own, rows: shape.rows, columns: shape.columns, tap: tap)
        }
    }
}

extension MllamaModel {
    /// A prompt in which each of the model's picture tokens stands for the next picture.
    fileprivate func input(_ tokens: [Int32], _ pictures: [SidePicture]) throws(ModelError) -> SequenceInput {
        var rest = pictures[...]
        return try input(
            tokens.map { token in
                if token == pictureMark.token, let picture = rest.popFirst() { return .picture(picture) }
                return .tokens([token])
            })
    }
}
