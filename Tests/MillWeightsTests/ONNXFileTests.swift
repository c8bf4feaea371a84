import MillTensor
import MillTestSupport
import MillWeights
import Testing

@Suite("Weights of ONNX files")
struct ONNXFileTests {
    private func path(_ name: String) throws -> String { try Oracles.committed("containers/\(name)") }

    @Test("elements in every way that the format has")
    func types() throws {
        try expect(try ONNXFile(path: try path("onnx/types.onnx")), equals: try path("onnx/expected.safetensors"))
    }

    @Test("an exported tower has the hub's names again, also of vectors that were written once")
    func tower() throws {
        let file = try ONNXFile(path: try path("siglip_onnx/model.onnx"))
        try expect(file, equals: try path("siglip_onnx/expected.safetensors"))
        #expect(file.format == "ONNX")
    }

    @Test("the newer exporter's files, whose data lie beside them; what it folded away is not there")
    func newer() throws {
        let file = try ONNXFile(path: try path("siglip_onnx/dynamo/model.onnx"))
        let names = try SafetensorsFile(path: try path("siglip_onnx/expected.safetensors")).names
        let folded = "embeddings.position_embedding.weight"
        try expect(
            file, equals: try path("siglip_onnx/expected.safetensors"), names: names.filter { !$0.hasSuffix(folded) })
        #expect(file.format == "ONNX with external data")
        #expect(try refusal { try file.tensor(folded) }.contains(folded))
    }

    @Test("an exported text encoder has the hub's names again")
    func encoder() throws {
        let file = try ONNXFile(path: try path("bert_onnx/model.onnx"))
        let names = try SafetensorsFile(path: try path("bert_onnx/expected.safetensors")).names.filter { !$0.contains("pooler") }
        #expect(Set(file.names) == Set(names))
        try expect(file, equals: try path("bert_onnx/expected.safetensors"), names: names)
    }

    @Test(
        "data outside the folder and quantized graphs are refused",
        arguments: [
            ("outside", "../types.onnx"), ("absolute", "/etc/passwd"), ("absent", "absent.data"),
            ("quantized", "DequantizeLinear"),
        ])
    func refused(_ name: String, _ word: String) throws {
        let message = try refusal { try ONNXFile(path: try path("onnx/\(name).onnx")) }
        #expect(message.contains(word), "\(message)")
    }
}
