import MillAudio
import MillCompute
import MillTensor

extension ModelVerifier {
    /// The largest difference of a spectrogram's values, which are made in F64 here and in F32 by the reference.
    static let spectrogramTolerance = 1e-3

    /// A Whisper model: waveform → spectrogram, then from the reference's spectrogram both convolutions, every block, the scores
    /// and the greedy continuation, in F32.
    func verifySpeech(_ folder: String) -> VerificationReport.Run {
        run("float32") { run in
            guard case .speech(let model) = try ModelLoader(compute: reference).load(path: folder, tokenizer: false).network
            else { throw ModelError.notAModel(path: folder, reason: "it is no speech model") }
            let inputs = try Reference("\(folder)/inputs.safetensors")
            let expected = try Reference("\(folder)/expected.safetensors")
            let bands = try inputs.tensor("input_features")
            guard bands.shape == [1, model.configuration.bandCount, model.configuration.frameCount] else {
                throw ModelError.notAModel(path: folder, reason: "its input_features are \(bands.shape)")
            }
            let features = try bands.reshaped(Array(bands.shape.dropFirst())).transposed()

            let heard = try model.spectrogram.features(of: try inputs.floats("waveform"))
            let difference = Reference.largestDifference(try heard.floats(), try features.floats())
            run.comparisons.append(
                VerificationReport.Comparison(
                    name: "input_features", measure: .largest, error: difference, largestDifference: difference,
                    tolerance: Self.spectrogramTolerance))

            var results: [String: [Float]] = [:]
            let note: LayerTap = { name, tensor in
                results[name] = try (name.hasPrefix("encoder.conv") ? tensor.transposed() : tensor).floats()
            }
            let context = try model.makeContext()
            try context.hear(features: features, tap: note)
            let tokens = try inputs.integers("decoder_input_ids")
            let logits = try Tensor.allocate(.f32, [tokens.count, model.configuration.vocabularySize])
            try context.append(tokens, into: logits, tap: note)
            results["logits"] = try logits.floats()
            for name in expected.names {
                run.comparisons.append(try expected.compare(name, results[name], tolerance: Self.float32Tolerance))
            }

            let path = "\(folder)/greedy.json"
            try context.rewind(to: 0)
            let greedy = try GreedyReference(try ModelFile.json(path), path: path)
            run.continuations.append(try greedy.check("greedy", context, noise: Self.float32Noise))
        }
    }
}

extension Tensor {
    /// A dense F32 matrix of its own with rows and columns exchanged.
    fileprivate func transposed() throws -> Tensor {
        let values = try floats()
        let (rows, columns) = (shape[0], shape[1])
        return try Tensor(
            (0..<columns * rows).map { values[$0 % rows * columns + $0 / rows] }, shape: [columns, rows])
    }
}
