import Glibc
import MillModels
import MillTensor
import MillTestSupport
import MillWeights
import Testing

@Suite("Conversion to all precisions")
struct PrecisionTests {
    private static let scribe = Oracles.committed + "/../../samples/models/scribe"
    private static let base = Oracles.committed + "/models/llama_rope3"

    private func bytes(_ path: String) throws -> [UInt8] { try Oracles.bytes(path) }

    private func convert(_ source: String, to path: String, _ precision: ModelConverter.Precision) throws {
        try ModelConverter(folder: source).write(to: path, precision: precision)
    }

    @Test("the mix of rows of 256 is that of llama.cpp's file", .enabled(if: Oracles.isFullSetExpected))
    func mixes() throws {
        let expected = try GGUFFile(path: try Oracles.full("gguf/glm_k256/glm_k256-Q4_K_M.gguf"))
        let choices = try ModelConverter(folder: try Oracles.full("models/glm_k256")).choices(.init(precision: .q4_k_m))
        for choice in choices { #expect(try expected.tensor(choice.name).dtype == choice.dtype, "\(choice.name)") }
        #expect(choices.count == expected.names.count)
    }

    // Scribe has six layers, rows of 384, and of 768 in its down projections.
    @Test("mixes give some layers more bits, and rows that are no multiple of 256 fall back")
    func kinds() throws {
        let converter = try ModelConverter(folder: Self.scribe)
        func types(_ precision: ModelConverter.Precision) throws -> [String: DType] {
            let choices = try converter.choices(.init(precision: precision))
            return Dictionary(uniqueKeysWithValues: choices.map { ($0.name, $0.dtype) })
        }
        let (medium, small) = (try types(.q4_k_m), try types(.q4_k_s))
        #expect(medium["blk.0.attn_norm.weight"] == .f32 && medium["token_embd.weight"] == .q8_0)
        #expect(medium["blk.0.attn_q.weight"] == .q5_0 && medium["blk.0.attn_v.weight"] == .q5_0)
        #expect(medium["blk.0.ffn_down.weight"] == .q4_K && medium["blk.2.ffn_down.weight"] == .q6_K)
        let choices = try converter.choices(.init(precision: .q4_k_s))
        #expect(choices.filter(\.isFallback).allSatisfy { $0.shape.last == 384 })
        #expect(try #require(choices.first { $0.name == "blk.0.attn_q.weight" }).isFallback)
        #expect(small["blk.0.attn_v.weight"] == .q5_1 && small["blk.4.attn_v.weight"] == .q5_0)
        #expect(try types(.q3_k_m)["blk.0.ffn_down.weight"] == .q4_K && types(.q2_k)["blk.1.ffn_down.weight"] == .q3_K)
        #expect(try types(.bf16)["blk.0.attn_q.weight"] == .bf16 && types(.f32).values.allSatisfy { $0 == .f32 })
        #expect(try converter.automaticPrecision(memory: 1 << 40) == .q8)
        #expect(try converter.automaticPrecision(memory: 1 << 10) == .q2_k)
    }

    @Test("every precision makes a file that loads and computes nearly the same", arguments: ModelConverter.Precision.allCases)
    func all(_ precision: ModelConverter.Precision) throws {
        try withTemporaryFolder { temporary in
            let file = "\(temporary)/model.gguf"
            try convert(Self.base, to: file, precision)
            let (original, converted) = (try TextModel.load(Self.base), try TextModel.load(file))
            let prompt: [Int32] = [54, 142, 109, 197, 137, 3, 71]
            let limit: Double =
                switch precision {
                case .f32: 1e-12
                case .f16, .bf16: 1e-3
                case .q8, .q6_k: 3e-3
                case .q5_0, .q5_1, .q5_k_s, .q5_k_m: 0.1
                default: 0.5
                }
            #expect(nmse(try converted.logits(prompt), try original.logits(prompt)) < limit)
        }
    }

    @Test("a GGUF file converts as its folder does, and F32 and F16 sources give the same quants as the folder")
    func requantized() throws {
        try withTemporaryFolder { temporary in
            let (full, direct, second) = ("\(temporary)/f32.gguf", "\(temporary)/direct.gguf", "\(temporary)/second.gguf")
            try convert(Self.base, to: full, .f32)
            for precision in [ModelConverter.Precision.q4_0, .q5_1, .f16] {
                try convert(Self.base, to: direct, precision)
                try convert(full, to: second, precision)
                let (a, b) = (try GGUFFile(path: direct), try GGUFFile(path: second))
                #expect(a.names == b.names)
                for name in a.names { #expect(try a.tensor(name).equals(b.tensor(name)), "\(precision) \(name)") }
            }
        }
    }

    @Test("weights that are quantized are refused, unless it is wished")
    func lossy() throws {
        try withTemporaryFolder { temporary in
            let (small, again) = ("\(temporary)/q8.gguf", "\(temporary)/q4.gguf")
            try convert(Self.base, to: small, .q8)
            let converter = try ModelConverter(folder: small)
            let error = #expect(throws: ModelError.self) { try converter.write(to: again, precision: .q4_0) }
            #expect("\(try #require(error))".contains("--allow-requantize"))
            #expect(access(again, F_OK) != 0)
            var options = ModelConverter.Options(precision: .q4_0)
            options.allowsRequantizing = true
            try converter.write(to: again, options)
            #expect(try GGUFFile(path: again).tensor("blk.0.attn_q.weight").dtype == .q4_0)
            // The same types and F32 lose nothing.
            try converter.write(to: again, precision: .q8)
            try converter.write(to: "\(temporary)/f32.gguf", precision: .f32)
            let same = #expect(throws: ModelError.self) { try converter.write(to: small, precision: .q8) }
            #expect("\(try #require(same))".contains("the file that is converted"))
        }
    }

    @Test("an interrupted conversion that is gone on with is the same file as one that was not, byte for byte")
    func resumed() throws {
        try withTemporaryFolder { temporary in
            let converter = try ModelConverter(folder: Self.scribe)
            let (whole, file) = ("\(temporary)/whole.gguf", "\(temporary)/file.gguf")
            var options = ModelConverter.Options(precision: .q4_k_m)
            try converter.write(to: whole, options)
            options.isResumable = true
            var stops = 0
            for limit in [1, 7, 20] {
                var count = 0
                let isWhole = try converter.write(
                    to: file, options,
                    isCancelled: {
                        count += 1; return count > limit
                    })
                #expect(!isWhole && access("\(file).part", F_OK) == 0 && access(file, F_OK) != 0)
                options.isResuming = true
                stops += 1
            }
            // As a kill in the middle of a write leaves it: half a piece more than the journal knows, and a line cut off.
            try append([1, 2, 3, 4, 5], to: "\(file).part")
            try append(Array("17 abc".utf8), to: "\(file).part.log")
            var resumed = -1
            try converter.write(to: file, options, progress: { resumed = $0.resumedByteCount })
            #expect(stops == 3 && resumed > 0)
            #expect(try bytes(file) == bytes(whole))
            #expect(try Oracles.list(temporary).sorted() == ["file.gguf", "whole.gguf"])
        }
    }

    @Test("what was damaged since is written anew, and what was begun otherwise is refused")
    func damaged() throws {
        try withTemporaryFolder { temporary in
            let converter = try ModelConverter(folder: Self.base)
            let (whole, file) = ("\(temporary)/whole.gguf", "\(temporary)/file.gguf")
            var options = ModelConverter.Options(precision: .q8)
            try converter.write(to: whole, options)
            (options.isResumable, options.isResuming) = (true, true)
            func begin() throws {
                var count = 0
                _ = try converter.write(
                    to: file, options,
                    isCancelled: {
                        count += 1; return count > 6
                    })
            }
            try begin()
            var part = try bytes("\(file).part")
            part[part.count - 10] ^= 1
            try write(part, to: "\(file).part")
            try converter.write(to: file, options)
            #expect(try bytes(file) == bytes(whole))
            try begin()
            var other = options
            other.precision = .q4_0
            let error = #expect(throws: ModelError.self) { try converter.write(to: file, other) }
            #expect("\(try #require(error))".contains("leave --resume out"))
            // What was refused can still be gone on with as it was begun.
            var resumed = 0
            try converter.write(to: file, options, progress: { resumed = $0.resumedByteCount })
            #expect(try resumed > 0 && bytes(file) == bytes(whole))
            other.isResuming = false
            try converter.write(to: file, other)
            #expect(try GGUFFile(path: file).tensor("blk.0.attn_q.weight").dtype == .q4_0)
        }
    }

    @Test("weights that are no numbers, or too large for F16, are refused by name", arguments: [Float.nan, .infinity, 1e6])
    func noNumbers(value: Float) throws {
        try withTemporaryFolder { temporary in
            let source = "\(temporary)/source.gguf"
            try convert(Self.base, to: source, .f32)
            let info = try #require(try GGUFFile(path: source).info("blk.0.ffn_up.weight"))
            var file = try bytes(source)
            withUnsafeBytes(of: value.bitPattern.littleEndian) {
                file.replaceSubrange(info.byteOffset..<info.byteOffset + 4, with: $0)
            }
            try write(file, to: source)
            for precision in [ModelConverter.Precision.f16, .q8, .q4_0] where !value.isFinite || precision == .f16 {
                let error = #expect(throws: ModelError.self) { try convert(source, to: "\(temporary)/out.gguf", precision) }
                #expect("\(try #require(error))".contains("blk.0.ffn_up.weight"))
                #expect(access("\(temporary)/out.gguf", F_OK) != 0)
            }
        }
    }

    private func append(_ bytes: [UInt8], to path: String) throws {
        let file = try #require(fopen(path, "a"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}

extension Tensor {
    fileprivate func equals(_ other: Tensor) -> Bool {
        dtype == other.dtype && shape == other.shape && memcmp(pointer, other.pointer, byteCount) == 0
    }
}
