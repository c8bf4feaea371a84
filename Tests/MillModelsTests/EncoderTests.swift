import Glibc
import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import Testing

@Suite("Text encoders")
struct EncoderTests {
    private func encoder(_ path: String, _ activations: Compute.Activations = .float32) throws -> any TextEncoder {
        let network = try ModelLoader(compute: Compute(activations: activations)).load(path: path).network
        let encoder: (any TextEncoder)? = if case .encoder(let encoder) = network { encoder } else { nil }
        return try #require(encoder)
    }

    private func folder(_ name: String) throws -> String { try Oracles.committed("models/\(name)") }

    @Test("a converted file gives the rows of the folder, and says how they become one")
    func converted() throws {
        try withTemporaryFolder { folder in
            try copyCase("bert", to: folder)
            try write(
                "[{\"type\": \"a.Transformer\"}, {\"type\": \"a.Pooling\", \"path\": \"1_Pooling\"}]",
                to: "\(folder)/modules.json")
            mkdir("\(folder)/1_Pooling", 0o700)
            defer {
                unlink("\(folder)/1_Pooling/config.json")
                rmdir("\(folder)/1_Pooling")
            }
            try write(
                "{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": false}", to: "\(folder)/1_Pooling/config.json")
            let exact = try encoder(folder)
            #expect(exact.pooling == EmbeddingPooling(.first, isNormalised: false))
            let tokens: [Int32] = [7, 30, 12, 5, 39], types: [Int32] = [0, 0, 1, 1, 1]
            let rows = try exact.encode(tokens, types: types).floats()
            for (precision, limit) in [(ModelConverter.Precision.f16, 1e-5), (.q8, 1e-5)] {
                let path = "\(folder)/bert.gguf"
                try ModelConverter(folder: folder).write(to: path, precision: precision)
                let file = try encoder(path)
                #expect(file.pooling?.mode == .first && file.contextLength == 16 && file.hiddenSize == 18)
                // Rows of 18 fill no block: both are F16.
                #expect(try nmse(file.encode(tokens, types: types).floats(), rows) < limit)
            }
        }
    }

    @Test("rows become one by mean, first, largest and last, and have length 1 where asked")
    func pooling() throws {
        let encoder = try encoder(folder("bert"))
        let tokens: [Int32] = [8, 9, 20]
        let rows = try encoder.encode(tokens).floats()
        let width = encoder.hiddenSize
        func embed(_ mode: EmbeddingPooling.Mode, _ isNormalised: Bool = false) throws -> [Float] {
            try encoder.embed(tokens, pooling: EmbeddingPooling(mode, isNormalised: isNormalised)).floats()
        }
        #expect(try embed(.first) == Array(rows.prefix(width)))
        #expect(try embed(.last) == Array(rows.suffix(width)))
        #expect(try embed(.largest) == (0..<width).map { max(rows[$0], rows[width + $0], rows[2 * width + $0]) })
        let mean = (0..<width).map { (rows[$0] + rows[width + $0] + rows[2 * width + $0]) / 3 }
        #expect(try nmse(embed(.mean), mean) < 1e-12)
        let length = try embed(.mean, true).reduce(0) { $0 + $1 * $1 }
        #expect(abs(length - 1) < 1e-5)
        #expect(try encoder.embed(tokens).floats() == embed(.mean, true))
    }

    @Test("a text's rows depend neither on the threads nor on what was read before")
    func repeatable() throws {
        let encoder = try encoder(folder("roberta"))
        let first = try encoder.encode([6, 17, 30, 8]).floats()
        _ = try encoder.encode([11, 12])
        #expect(try encoder.encode([6, 17, 30, 8]).floats() == first)
    }

    @Test("texts that do not fit are refused: too long, unknown tokens, types that are not there, no token at all")
    func refusedTexts() throws {
        let (bert, roberta) = (try encoder(folder("bert")), try encoder(folder("roberta")))
        // Of RoBERTa's 16 positions the first two are never a token's.
        #expect(bert.contextLength == 16 && roberta.contextLength == 14)
        #expect(throws: ModelError.self) { try roberta.encode([Int32](repeating: 5, count: 15)) }
        #expect(throws: ModelError.self) { try bert.encode([5, 40]) }
        #expect(throws: ModelError.self) { try bert.encode([5, -1]) }
        #expect(throws: ModelError.self) { try bert.encode([5, 6], types: [0, 2]) }
        #expect(throws: ModelError.self) { try bert.encode([5, 6], types: [0]) }
        #expect(throws: ModelError.self) { try bert.encode([]) }
    }

    @Test("configurations and steps that are not computed are refused by name")
    func refusedFolders() throws {
        try withTemporaryFolder { folder in
            try copyCase("bert", to: folder)
            let config = try #require(try Oracles.json("\(folder)/config.json").map)
            let broken: [(String, Value)] = [
                ("position_embedding_type", "relative_key"), ("is_decoder", true), ("hidden_act", "relu"),
                ("num_attention_heads", 4),
                ("max_position_embeddings", 1_048_576), ("type_vocab_size", 3), ("num_hidden_layers", 1),
            ]
            for (key, value) in broken {
                var changed = config
                changed[key] = value
                try write(Value.map(changed).json(), to: "\(folder)/config.json")
                #expect(throws: ModelError.self, "\(key) \(value)") { try ModelLoader().load(path: folder) }
            }
            try write(Value.map(config).json(), to: "\(folder)/config.json")
            try write("[{\"type\": \"sentence_transformers.models.Dense\", \"path\": \"2_Dense\"}]", to: "\(folder)/modules.json")
            let error = #expect(throws: ModelError.self) { try ModelLoader().load(path: folder) }
            #expect("\(try #require(error))".contains("Dense"))
        }
    }
}
