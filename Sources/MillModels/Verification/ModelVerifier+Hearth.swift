import MillTensor
import MillValue

extension ModelVerifier {
    /// A hearth folder: every step of the picture side, then every block for each prompt, and the greedy continuations.
    func verifyHearth(_ folder: String, _ description: Value) -> VerificationReport.Run {
        run("float32") { run in
            let loaded = try ModelLoader(compute: reference).load(path: folder, tokenizer: false)
            guard case .hearth(let model) = loaded.network else {
                throw ModelError.notAModel(path: folder, reason: "it is no hearth model")
            }
            let tolerance = description["tolerance_nmse"]?.double ?? Self.float32Tolerance
            let inputs = try Reference("\(folder)/inputs.safetensors")
            let expected = try Reference("\(folder)/expected.safetensors")
            let pixels = try inputs.tensor("picture")
            var results: [String: [Float]] = [:]
            let picture = try model.encode(pixels) { name, tensor in results[name] = try tensor.floats() }
            let slots = try expected.integers("memory.slots")
            guard picture.slotCells == slots else {
                throw ModelError.notAModel(path: folder, reason: "the slots are \(picture.slotCells), expected \(slots)")
            }
            let greedy = try ModelFile.json("\(folder)/greedy.json")
            for input in inputs.names where input.hasSuffix(".prompt") {
                let prompt = String(input.dropLast(".prompt".count))
                try read(try inputs.integers(input), model, picture) { name, tensor in
                    results["\(prompt).\(name)"] = try tensor.floats()
                }
                if let steps = greedy[prompt] {
                    let steps = try GreedyReference(steps, path: "\(folder)/greedy.json")
                    let context = try model.makeContext(picture, capacity: steps.prompt.count + steps.ids.count)
                    run.continuations.append(try steps.check("\(prompt).greedy", context, noise: Self.float32Noise))
                }
            }
            for name in expected.names where name != "memory.slots" {
                run.comparisons.append(try expected.compare(name, results[name], tolerance: tolerance))
            }
        }
    }

    private func read(
        _ prompt: [Int32], _ model: HearthModel, _ picture: HearthPicture, _ tap: LayerTap
    ) throws {
        let context = try model.makeContext(picture, capacity: prompt.count)
        let logits = try Tensor.allocate(.f32, [prompt.count, model.vocabularySize])
        try withoutActuallyEscaping(tap) { tap in
            try model.forward(prompt, context, rows: 0..<prompt.count, into: logits, tap: tap)
        }
        try tap("logits", logits)
    }
}
