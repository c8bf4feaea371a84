import MillCompute
import MillTensor

extension ModelVerifier {
    /// A vision tower: patches with positions, every block, and the features of all pictures, in F32.
    func verifyTower(_ folder: String) -> VerificationReport.Run {
        run("float32") { run in
            guard case .tower(let tower) = try ModelLoader(compute: reference).load(path: folder, tokenizer: false).network
            else { throw ModelError.notAModel(path: folder, reason: "it is no vision tower") }
            let pictures = try Reference("\(folder)/inputs.safetensors").tensor("pixel_values")
            let expected = try Reference("\(folder)/expected.safetensors")
            var results: [String: [Float]] = [:]
            for index in 0..<(pictures.shape.first ?? 0) {
                let picture = try pictures.rows(index..<index + 1)
                let features = try tower.encode(
                    normalised: try picture.reshaped(Array(picture.shape.dropFirst())), pool: .default
                ) { name, tensor in results[name, default: []] += try tensor.floats() }
                results["last_hidden_state", default: []] += try features.floats()
            }
            // The pooled row is made by a head that is no part of the tower.
            for name in expected.names where name != "pooler_output" {
                run.comparisons.append(try expected.compare(name, results[name], tolerance: Self.float32Tolerance))
            }
        }
    }
}
