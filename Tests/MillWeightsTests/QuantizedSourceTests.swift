import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Quantized safetensors")
struct QuantizedSourceTests {
    @Test(
        "matrices have the values that the reference gives, bit for bit",
        arguments: [
            ("bitsandbytes", "safetensors, bitsandbytes FP4 and bitsandbytes NF4, read as dense"),
            ("gptq4", "safetensors, GPTQ 4-bit, read as dense"), ("gptq8", "safetensors, GPTQ 8-bit, read as dense"),
            ("gptq_v2", "safetensors, GPTQ 4-bit, read as dense"), ("awq", "safetensors, AWQ 4-bit, read as dense"),
            ("llama_gptq", "safetensors, GPTQ 4-bit, read as dense"),
        ])
    func reference(_ name: String, _ format: String) throws {
        let folder = try Oracles.committed("containers/\(name)")
        let source = try WeightFiles.open(folder: folder)
        try expect(source, equals: "\(folder)/expected.safetensors")
        #expect(source.format == format)
    }

    @Test("a matrix is made once while somebody uses it")
    func once() throws {
        let source = try WeightFiles.open(folder: try Oracles.committed("containers/awq"))
        let first = try source.tensor("layers.0.weight")
        #expect(try source.tensor("layers.0.weight").storage === first.storage)
    }

    /// Opens the tensors of a folder under other settings.
    private func message(_ name: String, _ settings: Value?) throws -> String {
        try withTemporaryFolder { folder in
            try write(
                Oracles.bytes(try Oracles.committed("containers/\(name)/model.safetensors")), to: "\(folder)/model.safetensors")
            let config: Value = settings.map { ["quantization_config": $0] } ?? [:]
            try write(Array(config.json().utf8), to: "\(folder)/config.json")
            return try refusal { try WeightFiles.open(folder: folder) }
        }
    }

    @Test(
        "other kinds are refused with key, value and what is supported",
        arguments: [
            (#"{"quant_method": "fp8"}"#, #"quantization_config.quant_method: "fp8""#),
            (#"{"quant_method": "hqq"}"#, #""hqq""#), (#"{"quant_method": "compressed-tensors"}"#, #""compressed-tensors""#),
            (#"{"load_in_8bit": true}"#, "quantization_config.load_in_8bit: true"),
            (#"{"quant_method": "gptq", "bits": 3, "group_size": 16}"#, "quantization_config.bits: 3"),
            (
                #"{"quant_method": "gptq", "bits": 4, "group_size": 16, "checkpoint_format": "marlin"}"#,
                #"checkpoint_format: "marlin""#
            ),
            (#"{"quant_method": "gptq", "bits": 4, "group_size": 16, "is_marlin_format": true}"#, "is_marlin_format: true"),
            (#"{"quant_method": "gptq", "bits": 4, "group_size": 0}"#, "group_size: 0"),
            (#"{"quant_method": "awq", "bits": 4, "group_size": 16, "version": "gemv"}"#, #"version: "gemv""#),
            (#"{"quant_method": "awq", "bits": 4, "zero_point": false}"#, "zero_point: false"),
            (#"{"quant_method": 4}"#, "quant_method: 4"), (#""gptq""#, "quantization_config"),
        ])
    func refused(_ settings: String, _ words: String) throws {
        let message = try message("gptq4", try JSON.parse(settings))
        #expect(message.contains(words) && message.contains("supported: "), "\(message)")
    }

    @Test("quantized matrices without a word about them are refused")
    func unexplained() throws {
        #expect(try message("gptq4", nil).contains("quantization_config"))
        #expect(try message("awq", #"{"quant_method": "bitsandbytes", "load_in_4bit": true}"#.parsed).contains("qweight"))
    }

    @Test("empty matrices of any length are refused before anything is made", arguments: [[1 << 40, 0], [0, 1 << 40]])
    func empty(_ shape: [Int]) throws {
        try withTemporaryFolder { folder in
            let header = """
                {"a.qweight": {"dtype": "I32", "shape": \(shape), "data_offsets": [0, 0]}, \
                "a.qzeros": {"dtype": "I32", "shape": [1, 0], "data_offsets": [0, 0]}, \
                "a.scales": {"dtype": "F16", "shape": [1, 0], "data_offsets": [0, 0]}}
                """
            let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
            try write(length + Array(header.utf8), to: "\(folder)/model.safetensors")
            for method in ["gptq", "awq"] {
                let file = try SafetensorsFile(path: "\(folder)/model.safetensors")
                let settings: Value = ["quant_method": .string(method), "bits": 4, "group_size": -1]
                let source = try WeightFiles.dense(file, settings: settings, path: folder)
                #expect(try refusal { try source.tensor("a.weight") }.contains("a.qweight"))
                #expect(try refusal { try source.layout("a.weight") }.contains("a.qweight"))
            }
        }
    }

    @Test("blocks of four-bit codes say themselves what they are")
    func selfDescribing() throws {
        try withTemporaryFolder { folder in
            let oracle = try Oracles.committed("containers/bitsandbytes")
            try write(Oracles.bytes("\(oracle)/model.safetensors"), to: "\(folder)/model.safetensors")
            try expect(try WeightFiles.open(folder: folder), equals: "\(oracle)/expected.safetensors")
        }
    }

    @Test("AutoGPTQ's own file of settings is read, too")
    func ownFile() throws {
        try withTemporaryFolder { folder in
            let oracle = try Oracles.committed("containers/gptq4")
            try write(Oracles.bytes("\(oracle)/model.safetensors"), to: "\(folder)/model.safetensors")
            try write(Array(#"{"bits": 4, "group_size": 16, "desc_act": true}"#.utf8), to: "\(folder)/quantize_config.json")
            try expect(try WeightFiles.open(folder: folder), equals: "\(oracle)/expected.safetensors")
        }
    }
}

extension String {
    fileprivate var parsed: Value { get throws { try JSON.parse(self) } }
}
