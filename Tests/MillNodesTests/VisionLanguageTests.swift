import Glibc
import MillGraph
import MillImage
import MillInference
import MillNodes
import MillTensor
import MillTestSupport
import MillValue
import Synchronization
import Testing

@Suite("Pipelines with vision-language models")
struct VisionLanguageTests {
    private static let root = "\(Oracles.committed)/../.."

    private func answers(_ path: String, _ parameters: [String: String] = [:], of node: String = "answer") async throws -> [Value]
    {
        let answers = Mutex<[Value]>([])
        let report = try await Runtime(
            try Pipeline.load(path: path, parameters: parameters, registry: .millrace(journal: RunJournal())),
            options: RuntimeOptions(observer: { event in
                if case .emitted(node, _, let packet) = event {
                    answers.withLock { $0.append(packet.payload.value ?? .null) }
                }
            })
        ).run()
        #expect(report.outcome == .finished, "\(report.outcome)")
        #expect(report.bytesCopied == 0)
        return answers.withLock { $0 }
    }

    private func write(_ text: String) throws -> String {
        var template = Array("\(TemporaryFolder.path)/millrace-vision-XXXXXX".utf8CString)
        let path = "\(String(cString: try #require(mkdtemp(&template))))/p.yaml"
        let file = try #require(fopen(path, "w"))
        fputs("version: 1\n\(text)", file)
        fclose(file)
        return path
    }

    private func pipeline(_ model: String, _ prompt: String, schema: String = "") throws -> String {
        try write(
            """
            models: {glm: {path: "\(try Oracles.committed("models/\(model)"))"}}
            nodes:
              frames: {type: source.directory, config: {path: "\(try Oracles.committed("images"))", pattern: "rgb.png"}}
              image: {type: image.decode, inputs: {bytes: frames}}
              vision: {type: vision.encode, model: glm, inputs: {image: image}}
              answer:
                type: language.generate
                model: glm
                inputs: {vision: vision}
                config: {prompt: "\(prompt)", max_tokens: 40\(schema)}
            """)
    }

    @Test("the pipeline that comes along names what it needs, and describes pictures with a model that is given")
    func comesAlong() async throws {
        let path = "\(Self.root)/pipelines/glm-edge-v.yaml"
        let error = #expect(throws: PipelineErrors.self) {
            try Pipeline.load(path: path, registry: .millrace(journal: RunJournal()))
        }
        #expect("\(try #require(error))".contains("pass --set model="))
        _ = try Pipeline.load(
            path: path, parameters: ["model": try Oracles.committed("models/glm_edge_v")],
            registry: .millrace(journal: RunJournal()))
    }

    @Test(
        "every family answers about a picture",
        arguments: ["glm_edge_v", "llava", "llava_clip", "idefics3", "mllama", "qwen2_5_vl"])
    func text(model: String) async throws {
        let found = try await answers(try pipeline(model, "What is it?"))
        #expect(found.count == 1 && found[0]["text"]?.string != nil)
    }

    @Test("under a schema the answer is of that schema, and the prompt may say where the picture comes")
    func schema() async throws {
        let schema =
            ", schema: {type: object, required: [seen], properties: {seen: {type: boolean}}, additionalProperties: false}"
        let before = try await answers(try pipeline("glm_edge_v", "Is it there?", schema: schema))
        let after = try await answers(try pipeline("glm_edge_v", "Is it there? {{ picture }}", schema: schema))
        for found in [before, after] { #expect(found.first?["seen"]?.bool != nil) }
    }

    @Test("answers are sampled as the node says, as they are by the model itself")
    func sampling() async throws {
        let host = try ModelHost(path: try Oracles.committed("models/glm_edge_v"))
        let pixels = try ImageDecoder.decode(
            try StoragePool.default.read(path: try Oracles.committed("images/rgb.png"))
        ).pixels
        let prompt = try PicturePrompt("What is it?", pictures: [try host.encode(pixels)])
        func answer(_ sampling: Sampling) throws -> String {
            try host.answer(prompt, GenerationOptions(sampling: sampling, tokenLimit: 40)).text
        }
        let greedy = try answer(.greedy)
        let settings: [(String, Sampling)] = [
            ("temperature: 2, seed: 3", Sampling(temperature: 2, seed: 3)),
            ("temperature: 2, seed: 3, top_k: 5", Sampling(temperature: 2, topK: 5, seed: 3)),
            ("temperature: 2, seed: 3, top_p: 0.5", Sampling(temperature: 2, topP: 0.5, seed: 3)),
            ("temperature: 2, seed: 3, min_p: 0.7", Sampling(temperature: 2, minP: 0.7, seed: 3)),
            ("repeat_penalty: 90", Sampling(repeatPenalty: 90)),
            ("repeat_penalty: 90, repeat_window: 1", Sampling(repeatPenalty: 90, repeatWindow: 1)),
        ]
        var texts: Set<String> = [greedy]
        for (text, sampling) in settings {
            let found = try await answers(try pipeline("glm_edge_v", "What is it?", schema: ", \(text)")).first?["text"]?.string
            #expect(try found == answer(sampling), "\(text)")
            texts.insert(found ?? "")
        }
        // The settings show in what is written.
        #expect(texts.count >= settings.count)
        for text in ["top_k: 1", "top_p: 0.000001", "min_p: 1"] {
            let found = try await answers(try pipeline("glm_edge_v", "What is it?", schema: ", temperature: 2, \(text)"))
            #expect(found.first?["text"]?.string == greedy, "\(text)")
        }
    }

    @Test("a file that is no picture side of the model is named before the run")
    func mmproj() async throws {
        let path = try write(
            """
            models: {glm: {path: "\(try Oracles.committed("gguf/glm_edge/glm_edge-Q8_0.gguf"))", mmproj: nowhere.gguf}}
            nodes:
              frames: {type: source.directory, config: {path: .}}
              image: {type: image.decode, inputs: {bytes: frames}}
              vision: {type: vision.encode, model: glm, inputs: {image: image}}
            """)
        let error = #expect(throws: PipelineErrors.self) {
            try Pipeline.load(path: path, registry: .millrace(journal: RunJournal()))
        }
        #expect("\(try #require(error))".contains("nowhere.gguf"))
    }
}
