import MillCompute
import MillTensor
import MillValue

extension ModelVerifier {
    /// A hub checkpoint that sees: the tower, the rows that it makes of a picture, every layer of a prompt with them, the scores
    /// of a prompt without a picture, and the greedy continuation, in F32.
    func verifyVisionLanguage(_ folder: String) -> VerificationReport.Run {
        run("float32") { run in
            let model = try visionLanguage(folder, .beside, reference)
            try compare(model, folder, isHub: true, tolerance: Self.float32Tolerance, into: &run)
            let path = "\(folder)/greedy.json"
            guard ModelFile.exists(path) else { return }
            let greedy = try GreedyReference(try ModelFile.json(path), path: path)
            let inputs = try Reference("\(folder)/inputs.safetensors")
            let input = try model.input(greedy.prompt, try rows(model, inputs, tap: nil), token: try token(folder, model))
            let context = try model.makeContext(capacity: greedy.prompt.count + greedy.ids.count)
            run.continuations.append(
                try greedy.check("greedy", context, input, noise: Self.float32Noise))
        }
    }

    /// A GGUF text model with each of its mmproj files, with exact F32 arithmetic and with the usual activations.
    func verifyVisionLanguage(_ folder: String, gguf description: Value) -> [VerificationReport.Run] {
        guard let text = description["files"]?["text"]?.string,
            let sides = description["files"]?["mmproj"]?.list?.compactMap(\.string), !sides.isEmpty
        else {
            return [run("case.json") { _ in throw ModelError.notAModel(path: folder, reason: "case.json names no files") }]
        }
        let stated = description["tolerance_nmse"]?.double ?? Self.float32Tolerance
        return sides.flatMap { side in
            [
                (reference, Self.float32Tolerance),
                (fast, fast.isa.hasBFloat16 ? max(stated, Self.bfloat16Tolerance) : stated),
            ].map { compute, tolerance in
                run("\(side) \(compute.activations.rawValue)") { run in
                    let model = try visionLanguage("\(folder)/\(text)", .file("\(folder)/\(side)"), compute)
                    // The results of a checkpoint that the files were made of.
                    let origin = description["reference"]?.string.map { "\(folder)/\($0)" } ?? folder
                    try compare(model, origin, isHub: false, tolerance: tolerance, into: &run)
                }
            }
        }
    }

    private func visionLanguage(
        _ path: String, _ pictures: PictureSide, _ compute: Compute
    ) throws(ModelError) -> PictureTextModel {
        let loader = ModelLoader(compute: compute)
        let network = try loader.load(path: path, tokenizer: false, pictures: pictures).network
        guard case .vision(let found) = network, let model = found as? PictureTextModel else {
            throw .notAModel(path: path, reason: "it is no model that reads pictures as rows")
        }
        return model
    }

    /// The token that stands for a row in prompts: the model's own, or for files that do not name it, the original's.
    private func token(_ folder: String, _ model: PictureTextModel) throws(ModelError) -> Int32 {
        if let token = model.pictureMark.token { return token }
        let own = "\(folder)/hf_config.json"
        let path = ModelFile.exists(own) ? own : "\(folder)/config.json"
        let (config, keys) = (try ModelFile.json(path), ["boi_token_id", "image_token_id", "image_token_index"])
        guard let token = keys.lazy.compactMap({ config[$0]?.int.flatMap { Int32(exactly: $0) } }).first else {
            throw .configuration(path: path, key: keys.joined(separator: ", "), problem: "is missing")
        }
        return token
    }

    /// All expected tensors, but for those that other settings of the adapter give.
    ///
    /// - Parameter isHub: whether the model has the settings of the folder's processor, which make a `picture` the tower's input.
    private func compare(
        _ model: PictureTextModel, _ folder: String, isHub: Bool, tolerance: Double, into run: inout VerificationReport.Run
    ) throws {
        let inputs = try Reference("\(folder)/inputs.safetensors")
        let expected = try Reference("\(folder)/expected.safetensors")
        let token = try token(folder, model)
        var results: [String: [Float]] = [:]
        let rows = try rows(model, inputs) { name, tensor in results[name, default: []] += try tensor.floats() }
        results["features"] = try rows.flatMap { try $0.rows.floats() }
        for name in inputs.names where name.hasSuffix("input_ids") {
            let prefix = String(name.dropLast("input_ids".count))
            let ids = try inputs.integers(name)
            let input = try model.input(ids, rows, token: token)
            let logits = try Tensor.allocate(.f32, [ids.count, model.vocabularySize])
            let cache = try model.text.makeCache(capacity: ids.count)
            cache.look(at: input)
            try model.text.forward([(input.tokens, cache)], inserted: input.inserted, into: logits) { name, tensor in
                results[prefix + (name == "embed" ? "inputs_embeds" : name)] = try tensor.floats()
            }
            results[prefix + "logits"] = try logits.floats()
        }
        if isHub, inputs.contains("picture"), let encoder = model.encoder as? WindowEncoder {
            results["picture"] = try encoder.input(of: try inputs.tensor("picture"), pool: .default).floats()
        }
        for name in expected.names where name != "features_other_gelu" && (isHub || name != "picture") {
            run.comparisons.append(try expected.compare(name, results[name], tolerance: tolerance))
        }
    }

    /// What the model makes of the case's normalised pictures: `pixel_values` `[…, 3, side, side]`, or where they have several
    /// sizes, `pixel_values.0` and so on, `[3, height, width]`.
    private func rows(
        _ model: PictureTextModel, _ inputs: Reference, tap: LayerTap?
    ) throws(ModelError) -> [PlacedPicture] {
        do {
            var pictures: [Tensor] = []
            if inputs.contains("pixel_values") {
                let values = try inputs.tensor("pixel_values")
                let shape = Array(values.shape.suffix(3))
                let count = values.shape.dropLast(3).reduce(1, *)
                let all = try values.reshaped([count] + shape)
                pictures = try (0..<count).map { try all.rows($0..<$0 + 1).reshaped(shape) }
            }
            while inputs.contains("pixel_values.\(pictures.count)") {
                pictures.append(try inputs.tensor("pixel_values.\(pictures.count)"))
            }
            return try pictures.map { picture in
                guard picture.rank == 3 else { throw ModelError.misuse("a picture has the shape \(picture.shape)") }
                return PlacedPicture(
                    rows: try model.encoder.rows(normalised: picture, pool: .default, tap: tap),
                    grid: model.encoder.grid(width: picture.shape[2], height: picture.shape[1]))
            }
        } catch { throw ModelError(error) }
    }
}

/// A picture's rows, and how they lie where that matters.
private struct PlacedPicture {
    let rows: Tensor
    let grid: TokenGrid?
}

extension PictureTextModel {
    /// A prompt in which each of certain tokens stands for the next row of the pictures.
    fileprivate func input(
        _ tokens: [Int32], _ pictures: [PlacedPicture], token: Int32
    ) throws(ModelError) -> SequenceInput {
        var input = SequenceInput()
        do {
            var pieces: [(rows: Tensor, grid: TokenGrid?)] = []
            for picture in pictures {
                guard picture.grid == nil else {
                    pieces.append((picture.rows, picture.grid))
                    continue
                }
                for row in 0..<picture.rows.shape[0] { pieces.append((try picture.rows.rows(row..<row + 1), nil)) }
            }
            var (rest, index) = (pieces[...], 0)
            while index < tokens.count {
                let count = rest.first?.rows.shape[0] ?? 0
                if tokens[index] == token, index + count <= tokens.count, let next = rest.popFirst() {
                    input.append(rows: next.rows, standingFor: token, grid: next.grid)
                    index += max(count, 1)
                } else {
                    input.append([tokens[index]])
                    index += 1
                }
            }
        } catch { throw .memory(error) }
        return input
    }
}
