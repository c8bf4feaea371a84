import Glibc
import MillCompute
import MillEvaluation
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Importance matrices and comparisons")
struct ImportanceTests {
    private static let scribe = Oracles.committed + "/../../samples/models/scribe"

    /// The texts of one of scribe's test sets, the first or the last sixth of them.
    private func text(_ name: String, isFirst: Bool) throws -> String {
        let lines = String(decoding: try Oracles.bytes("\(Self.scribe)/test/\(name).jsonl"), as: UTF8.self).split(separator: "\n")
        let some = isFirst ? lines.prefix(lines.count / 6) : lines.suffix(lines.count / 6)
        return try some.map { try JSON.parse(String($0))["text"]?.string ?? "" }.joined(separator: "\n")
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    private func matrix(_ converter: ModelConverter, _ model: LoadedModel, _ text: String) throws -> ImportanceMatrix {
        try #require(try ImportanceCalibration.matrix(converter, model, text, path: "text", length: 256))
    }

    @Test("sums are those of the inputs, worked out step by step")
    func sums() throws {
        // The attention of the first layer reads the normed embeddings, the head the normed end.
        let converter = try ModelConverter(folder: Self.scribe)
        let loaded = try ModelLoader().load(path: Self.scribe)
        let model = try #require(loaded.network.text)
        let tokens: [Int32] = [5, 300, 42, 1000, 7]
        let made = try #require(try converter.importance(of: [tokens, tokens], loaded, dataset: "a"))
        var squares = [Double](repeating: 0, count: model.configuration.hiddenSize)
        let logits = try Tensor.allocate(.f32, [tokens.count, model.vocabularySize])
        try model.forward([(tokens, try model.makeCache(capacity: 8))], into: logits) { name, tensor in
            guard name == "norm" else { return }
            for (index, value) in try tensor.floats().enumerated() {
                squares[index % squares.count] += 2 * Double(value) * Double(value)
            }
        }
        let name = model.configuration.tiesEmbeddings ? "token_embd.weight" : "output.weight"
        let entry = try #require(made.entries[name])
        #expect(entry.counts == [10] && entry.sums.count == squares.count)
        for (sum, wanted) in zip(entry.sums, squares) { #expect(abs(Double(sum) - wanted) <= 1e-3 * wanted + 1e-6) }
        #expect(made.chunkCount == 2 && made.chunkLength == 5 && made.datasets == ["a"])
        for part in ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"] {
            #expect(made.contains("blk.0.\(part).weight"), "\(part)")
        }
    }

    @Test("with an importance matrix a model of few bits foretells other text of the kind better")
    func perplexity() throws {
        try TestFiles.use([:]) { folder in
            let converter = try ModelConverter(folder: Self.scribe)
            let loaded = try ModelLoader().load(path: Self.scribe)
            let matrix = try matrix(converter, loaded, try text("perplexity-english", isFirst: true))
            let other = try text("perplexity-english", isFirst: false)
            func compare(_ importance: ImportanceMatrix?) throws -> ModelComparison {
                var options = ModelConverter.Options(precision: .q3_k_s)
                options.importance = importance
                #expect(try !converter.choices(options).contains(where: \.lacksImportance))
                let path = "\(folder)/model.gguf"
                try converter.write(to: path, options)
                return try ModelComparison.measure(loaded, try ModelLoader().load(path: path), other, path: "b", length: 256)
            }
            let (plain, weighed) = (try compare(nil), try compare(matrix))
            #expect(weighed.divergence < 0.95 * plain.divergence, "\(weighed)\n\(plain)")
            #expect(weighed.nmse < plain.nmse)
        }
    }

    @Test("a file that loses nothing has the same scores, and few bits show")
    func comparison() throws {
        try TestFiles.use([:]) { folder in
            let loaded = try ModelLoader().load(path: Self.scribe)
            let text = String(try text("perplexity-code", isFirst: true).prefix(6000))
            func compare(_ precision: ModelConverter.Precision) throws -> ModelComparison {
                let path = "\(folder)/model.gguf"
                try ModelConverter(folder: Self.scribe).write(to: path, precision: precision)
                return try ModelComparison.measure(loaded, try ModelLoader().load(path: path), text, path: "b", length: 128)
            }
            // The file has some rows in another order, so sums differ by their rounding: in F32 by next to nothing.
            let exact = ModelLoader(compute: try Compute(activations: .float32))
            let path = "\(folder)/same.gguf"
            try ModelConverter(folder: Self.scribe).write(to: path, precision: .f16)
            let same = try ModelComparison.measure(
                try exact.load(path: Self.scribe), try exact.load(path: path), String(text.prefix(2000)), path: "b", length: 128)
            #expect(abs(same.before.perplexity / same.after.perplexity - 1) < 1e-6 && same.agreement == 1)
            #expect(same.divergence < 1e-9 && same.nmse < 1e-12, "\(same)")
            let (small, tiny) = (try compare(.q8), try compare(.q2_k))
            #expect(small.divergence > 0 && small.divergence < 0.01 && small.agreement > 0.95)
            #expect(tiny.divergence > 5 * small.divergence && tiny.largestDivergence > tiny.divergence)
            let direct = try Perplexity.measure(loaded, text, path: "b", length: 128)
            #expect(direct.perplexity == small.before.perplexity)
        }
    }

    @Test("a matrix of another model is refused by the name or the size that is wrong, before anything is written")
    func anothers() throws {
        try TestFiles.use([:]) { folder in
            let converter = try ModelConverter(folder: Self.scribe)
            let loaded = try ModelLoader().load(path: Self.scribe)
            let width = try #require(loaded.network.text).configuration.hiddenSize
            func entry(_ width: Int, _ count: Int = 1) -> ImportanceMatrix.Entry {
                ImportanceMatrix.Entry(
                    sums: [Float](repeating: 1, count: width * count), counts: [Float](repeating: 1, count: count))
            }
            func refusal(_ entries: [String: ImportanceMatrix.Entry]) throws -> String? {
                var options = ModelConverter.Options(precision: .q4_k_m)
                options.importance = ImportanceMatrix(entries: entries, datasets: [], chunkCount: 1, chunkLength: 1)
                options.isResumable = true
                do { try converter.write(to: "\(folder)/model.gguf", options, isCancelled: { true }) } catch {
                    #expect(try Oracles.list(folder).isEmpty)
                    return "\(error)"
                }
                return nil
            }
            let (first, last) = ("blk.0.attn_q.weight", "blk.1.ffn_up.weight")
            #expect(try refusal([first: entry(width), last: entry(width), "output.weight": entry(width)]) == nil)
            for (name, wrong) in [(first, entry(width + 1)), (last, entry(width / 2)), (last, entry(width, 8))] {
                let found = try #require(try refusal([first: entry(width)].merging([name: wrong]) { $1 }))
                #expect(found.contains(name) && found.contains("another model"), "\(found)")
            }
            let found = try #require(try refusal([first: entry(width), "blk.77.attn_q.weight": entry(width)]))
            #expect(found.contains("1 of its 2 tensors") && found.contains("blk.77.attn_q.weight"), "\(found)")
        }
    }

    @Test("where a text meets NaN there is no importance, and the tensor that meets it is named")
    func damaged() throws {
        let file = try SafetensorsFile(path: Self.scribe)
        let small = try ["config.json", "tokenizer.json"].map { ($0, try Oracles.bytes("\(Self.scribe)/\($0)")) }
        try TestFiles.use([:]) { folder in
            for (name, bytes) in small { try write(bytes, to: "\(folder)/\(name)") }
            let norm = "model.layers.1.post_attention_layernorm.weight"
            let tensors = try file.names.map { name in
                let tensor = try file.tensor(name)
                guard name == norm else { return (name: name, tensor: tensor) }
                var values = try Quantizer.dequantize(tensor).floats()
                values[7] = .nan
                return (name: name, tensor: try Tensor(values, shape: tensor.shape))
            }
            try #require(tensors.contains { $0.name == norm })
            try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
            let converter = try ModelConverter(folder: folder)
            let loaded = try ModelLoader(panels: .off).load(path: folder)
            let error = #expect(throws: ModelError.self) {
                try converter.importance(of: [[5, 300, 42, 1000]], loaded, dataset: "some.txt")
            }
            let text = "\(try #require(error))"
            #expect(text.contains("blk.1.ffn_") && text.contains("window 1 of some.txt") && text.contains("NaN"), "\(text)")
        }
    }

    @Test("a text that is too short for a comparison is refused before there is anything to compare")
    func tooShort() throws {
        let loaded = try ModelLoader().load(path: Self.scribe)
        #expect(throws: EvaluationError.self) { try ModelComparison.check("Short.", path: "s.txt", for: loaded) }
        let text = try text("perplexity-english", isFirst: true)
        try ModelComparison.check(text, path: "l.txt", for: loaded, length: 64)
        #expect(throws: EvaluationError.self) {
            try ModelComparison.check(text, path: "l.txt", for: loaded, length: loaded.description.contextLength + 1)
        }
    }

    @Test("files read back as they were written, and the older kind means the same")
    func files() throws {
        try TestFiles.use([:]) { folder in
            let entries = [
                "blk.0.attn_q.weight": ImportanceMatrix.Entry(sums: [4, 8, 0.5, 2], counts: [4]),
                "blk.0.ffn_up_exps.weight": ImportanceMatrix.Entry(sums: [1, 2, 3, 4], counts: [2, 0]),
            ]
            let made = ImportanceMatrix(entries: entries, datasets: ["a.txt"], chunkCount: 3, chunkLength: 512)
            try made.write(to: "\(folder)/i.gguf")
            let read = try ImportanceMatrix(path: "\(folder)/i.gguf")
            #expect(read.entries == entries && read.datasets == ["a.txt"] && read.chunkCount == 3 && read.chunkLength == 512)
            #expect(read.hash == made.hash)
            let weights = try #require(try read.weights(of: "blk.0.attn_q.weight", matrix: 0, columnCount: 4))
            #expect(try weights.floats() == [1, 2, 0.125, 0.5])
            #expect(try read.weights(of: "blk.0.ffn_up_exps.weight", matrix: 0, columnCount: 2)?.floats() == [0.5, 1])
            // An expert that was not met, and a tensor that is not there, weigh alike.
            #expect(try read.weights(of: "blk.0.ffn_up_exps.weight", matrix: 1, columnCount: 2) == nil)
            #expect(try read.weights(of: "other", matrix: 0, columnCount: 2) == nil)
            #expect(throws: WeightsError.self) { try read.weights(of: "blk.0.attn_q.weight", matrix: 0, columnCount: 8) }
            // name length, name, calls, values, mean squares times calls; then what is not needed.
            var bytes: [UInt8] = [1, 0, 0, 0, 1, 0, 0, 0, 120, 2, 0, 0, 0, 2, 0, 0, 0]
            for value in [Float(6), 1] { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
            try write(bytes + [9, 0, 0, 0], to: "\(folder)/i.dat")
            let old = try ImportanceMatrix(path: "\(folder)/i.dat")
            #expect(try old.weights(of: "x", matrix: 0, columnCount: 2)?.floats() == [3, 0.5])
            for count in 0..<bytes.count {
                try write(Array(bytes[..<count]), to: "\(folder)/cut.dat")
                #expect(throws: WeightsError.self) { try ImportanceMatrix(path: "\(folder)/cut.dat") }
            }
        }
    }

    @Test("a file of the older kind has one count for a whole stack of experts")
    func olderExperts() throws {
        try TestFiles.use([:]) { folder in
            // name length, name, calls, values of three experts: means times calls; the last expert was not met.
            let name = "blk.0.ffn_up_exps.weight"
            func integer(_ value: Int) -> [UInt8] { withUnsafeBytes(of: Int32(value).littleEndian) { Array($0) } }
            let bytes =
                integer(1) + integer(name.utf8.count) + Array(name.utf8) + integer(2) + integer(6)
                + [Float(6), 1, 4, 8, 0, 0].flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
            try write(bytes, to: "\(folder)/i.dat")
            let old = try ImportanceMatrix(path: "\(folder)/i.dat")
            func tensor(_ count: Int, _ columns: Int) -> [ImportanceMatrix.Matrices] {
                [ImportanceMatrix.Matrices(name: name, count: count, columnCount: columns)]
            }
            try old.check(isFor: tensor(3, 2))
            for expected in [(0, [Float(3), 0.5]), (1, [2, 4])] {
                #expect(try old.weights(of: name, matrix: expected.0, columnCount: 2)?.floats() == expected.1)
            }
            #expect(try old.weights(of: name, matrix: 2, columnCount: 2) == nil)
            #expect(throws: WeightsError.self) { try old.weights(of: name, matrix: 3, columnCount: 2) }
            for (count, columns) in [(2, 2), (1, 2), (3, 4), (6, 2)] {
                #expect(throws: WeightsError.self) { try old.check(isFor: tensor(count, columns)) }
            }
            // Written anew it means the same.
            try old.write(to: "\(folder)/i.gguf")
            #expect(try ImportanceMatrix(path: "\(folder)/i.gguf").entries == old.entries)
        }
    }
}
