import MillCompute
import MillTensor
import MillValue

extension ModelVerifier {
    /// A hearth folder: every step of the picture side, then every block for each prompt, and the greedy continuations.
    func verifyHearth(_ folder: String, _ description: Value) -> [VerificationReport.Run] {
        eachPrecision(folder, description) { verifyHearth(folder, $0, tolerance: $1, noise: $2) }
    }

    private func verifyHearth(
        _ folder: String, _ compute: Compute, tolerance: Double, noise: Double
    ) -> VerificationReport.Run {
        run(compute.activations.rawValue) { run in
            let loaded = try ModelLoader(compute: compute).load(path: folder, tokenizer: false)
            guard case .hearth(let model) = loaded.network else {
                throw ModelError.notAModel(path: folder, reason: "it is no hearth model")
            }
            let inputs = try Reference("\(folder)/inputs.safetensors")
            let expected = try Reference("\(folder)/expected.safetensors")
            let pixels = try inputs.tensor("picture")
            var results: [String: [Float]] = [:]
            let picture = try model.encode(pixels) { name, tensor in results[name] = try tensor.floats() }
            let slots = try expected.integers("memory.slots")
            // Rounding may swap cells of nearly equal rank; what follows from the slots is then not comparable.
            let isComparable = picture.slotCells == slots
            guard isComparable || compute.activations != .float32 else {
                throw ModelError.notAModel(path: folder, reason: "the slots are \(picture.slotCells), expected \(slots)")
            }
            let greedy = try ModelFile.json("\(folder)/greedy.json")
            for input in inputs.names where isComparable && input.hasSuffix(".prompt") {
                let prompt = String(input.dropLast(".prompt".count))
                try read(try inputs.integers(input), model, picture) { name, tensor in
                    results["\(prompt).\(name)"] = try tensor.floats()
                }
                if let steps = greedy[prompt] {
                    let steps = try GreedyReference(steps, path: "\(folder)/greedy.json")
                    let context = try model.makeContext(picture, capacity: steps.prompt.count + steps.ids.count)
                    run.continuations.append(try steps.check("\(prompt).greedy", context, noise: noise))
                }
            }
            let wanted = expected.names.filter { name in
                name != "memory.slots" && (isComparable || name.hasPrefix("vision.") || name.hasPrefix("cell."))
            }
            for name in wanted {
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
