import Foundation
import MillGraph
import MillSchema
import MillValue
import Testing
import Yams

@Suite("The JSON Schema of pipeline files")
struct PipelineSchemaTests {
    private let schema: JSONSchema

    init() throws { schema = try JSONSchema(TestNodes.registry.pipelineSchema()) }

    private func violations(_ text: String) throws -> [String] {
        schema.validate(try value(of: try #require(try Yams.compose(yaml: text)))).map(\.description)
    }

    /// What an editor sees of a file; tags such as `!include` do not matter to it.
    private func value(of node: Yams.Node) throws -> Value {
        switch node {
        case .mapping(let mapping):
            .map(ValueMap(try mapping.map { (try #require($0.key.string), try value(of: $0.value)) }))
        case .sequence(let items): .list(try items.map(value))
        default:
            node.int.map(Value.int) ?? node.float.map(Value.double) ?? node.bool.map(Value.bool) ?? .string(node.string ?? "")
        }
    }

    @Test(
        "files that load fit the schema",
        arguments: [
            "version: 1\nnodes:\n  count: {type: test.numbers, config: {count: 2, rate: 2Hz}, restart: {policy: on_failure, delay: 1s}}",
            "version: 1\nparams: {n: {type: integer, default: 3}}\nnodes:\n  count: {type: test.numbers, config: {count: \"${params.n}\"}}",
            """
            version: 1
            name: eye
            run: {network: deny, deadline: 10s, on_error: {retry: {attempts: 2, delay: 10ms}}}
            models: {eye: {path: eye.gguf}}
            connections: {home: {url: "virtual:"}}
            nodes:
              picture: {type: test.image}
              look: {type: test.vision, model: eye, inputs: {image: {from: picture/image, queue: {size: 2, policy: drop_oldest}}}}
              end: {type: test.collect, inputs: {in: [look, {from: picture, when: value > 1}]}, config: {level: high}, on_error: skip}
            tests: [{name: sees, stub: {picture: [a.jpg]}, expect: {look: [{}]}}]
            """,
        ])
    func valid(text: String) throws {
        _ = try load(text)
        #expect(try violations(text) == [])
    }

    @Test(
        "mistakes that concern one node by itself are seen by editors, too",
        arguments: [
            "13-", "14-", "16-", "17-", "18-", "19-", "20-", "21-", "31-", "32-", "33-", "34-", "36-", "37-", "38-", "39-", "40-",
            "41-", "42-", "43-", "47-", "48-", "51-", "52-", "57-", "58-", "59-",
        ])
    func broken(prefix: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: BrokenPipeline.folder).filter { $0.hasPrefix(prefix) }
        for name in names {
            let text = try String(contentsOfFile: BrokenPipeline.folder + "/" + name, encoding: .utf8)
            #expect(try violations(text) != [], "\(name)")
        }
    }

    @Test("completion finds every node type, its ports and its keys with their descriptions")
    func completion() throws {
        let document = TestNodes.registry.pipelineSchema()
        for type in TestNodes.registry.nodeTypes {
            let node = try #require(document["$defs"]?[type.name])
            #expect(node["properties"]?["type"]?["const"]?.string == type.name)
            #expect(node["description"]?.string == type.summary)
            #expect((node["properties"]?["inputs"]?["properties"]?.map?.keys ?? []) == type.inputs.map(\.name))
        }
        let look = document["$defs"]?["test.vision"]
        #expect(look?["required"] == ["type", "model", "inputs"])
        #expect(look?["properties"]?["inputs"]?["properties"]?["image"]?["description"] == "image")
    }
}
