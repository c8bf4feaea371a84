import MillCompute
import MillTensor
import MillValue

extension ModelVerifier {
    /// A hub checkpoint: every layer of prompt `a`, the logits of all prompts, and the greedy continuation, in F32.
    func verifyText(_ folder: String) -> VerificationReport.Run {
        run("float32") { run in
            let model = try textModel(folder, reference)
            try compare(model, folder, expected: "expected.safetensors", tolerance: Self.float32Tolerance, into: &run)
            let greedy = try GreedyReference(try ModelFile.json("\(folder)/greedy.json"), path: "\(folder)/greedy.json")
            run.continuations.append(try greedy.check("greedy", try context(model, greedy), noise: Self.float32Noise))
        }
    }

    /// A LoRA adapter: the logits of all prompts with it and without it, and the greedy continuation with it.
    func verifyAdapter(_ folder: String, _ description: Value) -> VerificationReport.Run {
        run("float32") { run in
            guard let base = description["base"]?.string, !base.isEmpty, !base.utf8.contains(UInt8(ascii: "/")),
                !base.hasPrefix(".")
            else {
                throw ModelError.notAModel(path: folder, reason: "case.json names no base, a case in the folder beside it")
            }
            let model = try textModel("\(folder)/../\(base)", reference)
            let adapter = try LoRAAdapter(path: folder, for: model)
            for (form, adapter) in [("base", nil), ("lora", adapter)] {
                try compare(
                    model, folder, expected: "expected.safetensors", form: "\(form).", adapter: adapter,
                    tolerance: Self.float32Tolerance, into: &run)
            }
            let greedy = try GreedyReference(try ModelFile.json("\(folder)/greedy.json"), path: "\(folder)/greedy.json")
            let context = try model.makeContext(capacity: greedy.prompt.count + greedy.ids.count, adapter: adapter)
            run.continuations.append(try greedy.check("greedy", context, noise: Self.float32Noise))
        }
    }

    /// GGUF files: each type that the case names, with exact F32 arithmetic and with 8-bit activations.
    func verifyGGUF(_ folder: String, _ name: String, _ description: Value) -> [VerificationReport.Run] {
        guard let types = description["types"]?.map, !types.isEmpty else {
            return [run("case.json") { _ in throw ModelError.notAModel(path: folder, reason: "case.json names no types") }]
        }
        return types.flatMap { type, facts in
            let isPlain = ["F32", "F16", "BF16"].contains(type)
            let stated = facts["tolerance_nmse"]?.double ?? Self.float32Tolerance
            let isRounded = isPlain && type != "F32" && fast.isa.hasBFloat16
            let figures = ["llama_cpp_nmse_kv_f16", "llama_cpp_nmse_kv_f32"].compactMap { facts[$0]?.double }
            // Where the fast run rounds F16 to BF16, the exact one stands for this engine.
            return [
                verifyGGUF(
                    folder, name, type, reference, tolerance: Self.float32Tolerance, noise: Self.float32Noise,
                    peer: isRounded ? figures.max() : nil, isCompared: true),
                verifyGGUF(
                    folder, name, type, fast, tolerance: isRounded ? max(stated, Self.bfloat16Tolerance) : stated,
                    noise: isPlain ? Self.float16Noise : Self.int8Noise, peer: figures.max(), isCompared: !isRounded),
            ]
        }
    }

    private func verifyGGUF(
        _ folder: String, _ name: String, _ type: String, _ compute: Compute, tolerance: Double, noise: Double, peer: Double?,
        isCompared: Bool
    ) -> VerificationReport.Run {
        run("\(type) \(compute.activations.rawValue)") { run in
            let model = try textModel("\(folder)/\(name)-\(type).gguf", compute)
            try compare(model, folder, expected: "expected-\(type).safetensors", tolerance: tolerance, into: &run)
            let path = "\(folder)/greedy-\(type).json"
            let greedy = try GreedyReference(try ModelFile.json(path), path: path)
            run.continuations.append(try greedy.check("greedy", try context(model, greedy), noise: noise))
            // The prompts that llama.cpp's figure is about.
            let logits = run.comparisons.filter { $0.name == "a.logits" || $0.name == "long.logits_last4" }
            if let peer, let ours = logits.map(\.error).max() {
                run.peer = VerificationReport.Peer(error: peer, ours: ours, isCompared: isCompared)
            }
        }
    }

    private func textModel(_ path: String, _ compute: Compute) throws(ModelError) -> TextModel {
        guard case .text(let model) = try ModelLoader(compute: compute).load(path: path, tokenizer: false).network else {
            throw .notAModel(path: path, reason: "it is no text model")
        }
        return model
    }

    private func context(_ model: TextModel, _ greedy: GreedyReference) throws(ModelError) -> TextContext {
        try model.makeContext(capacity: greedy.prompt.count + greedy.ids.count)
    }

    /// All expected tensors of all prompts.
    ///
    /// - Parameter form: what their names begin with, before the prompt's name.
    private func compare(
        _ model: TextModel, _ folder: String, expected file: String, form: String = "", adapter: LoRAAdapter? = nil,
        tolerance: Double, into run: inout VerificationReport.Run
    ) throws(ModelError) {
        let inputs = try Reference("\(folder)/inputs.safetensors")
        let expected = try Reference("\(folder)/\(file)")
        for input in inputs.names where input.hasSuffix(".input_ids") {
            let prompt = form + String(input.dropLast(".input_ids".count))
            let wanted = expected.names.filter { $0.hasPrefix(prompt + ".") }
            let results = try results(
                model, adapter, try inputs.integers(input), wanted: wanted.map { String($0.dropFirst(prompt.count + 1)) })
            for name in wanted {
                let result = results[String(name.dropFirst(prompt.count + 1))]
                run.comparisons.append(try expected.compare(name, result, tolerance: tolerance))
            }
        }
    }

    /// The named results over all tokens; `logits_lastN` are the scores of the last N.
    private func results(_ model: TextModel, _ adapter: LoRAAdapter?, _ tokens: [Int32], wanted: [String]) throws(ModelError)
        -> [String: [Float]]
    {
        let cache = try model.makeCache(capacity: tokens.count, adapter: adapter)
        var results: [String: [Float]] = [:]
        var start = 0
        while start < tokens.count {
            let chunk = Array(tokens[start..<min(start + TextModel.chunkLength, tokens.count)])
            let logits: Tensor
            do { logits = try Tensor.allocate(.f32, [chunk.count, model.vocabularySize]) } catch { throw .memory(error) }
            try model.forward([(chunk, cache)], into: logits) { name, tensor in
                if wanted.contains(name) { results[name, default: []] += try tensor.floats() }
            }
            do { results["logits", default: []] += try logits.floats() } catch { throw .memory(error) }
            start += chunk.count
        }
        for name in wanted where name.hasPrefix("logits_last") {
            let rows = Int(name.dropFirst("logits_last".count)) ?? 0
            results[name] = Array((results["logits"] ?? []).suffix(rows * model.vocabularySize))
        }
        return results
    }
}
