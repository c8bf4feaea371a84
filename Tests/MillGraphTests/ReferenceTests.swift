import MillGraph
import MillValue
import Testing

@Suite("References, ports and types")
struct ReferenceTests {
    @Test("a pipeline of known nodes gives typed edges")
    func typedEdges() throws {
        let pipeline = try load(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 2}}
              pass: {type: test.pass, inputs: {in: count}}
              end: {type: test.collect, inputs: {in: [pass, count/number]}}
            """)
        #expect(pipeline.name == "pipeline")
        #expect(pipeline.edges.map(\.label) == ["count/number → pass/in", "pass/out → end/in", "count/number → end/in"])
        #expect(pipeline.edges.map(\.type) == [.record, .record, .record])
    }

    @Test("an unknown node is refused at its place, with the closest name")
    func unknownNode() throws {
        #expect(
            try problems(
                """
                version: 1
                nodes:
                  camera: {type: test.numbers}
                  end:
                    type: test.collect
                    inputs:
                      in: camrea
                """) == [
                    "7:11 input 'in' of node 'end' refers to 'camrea', but there is no node 'camrea'; did you mean 'camera'?"
                ])
    }

    @Test("ports that do not fit are refused with both ports and the outputs that would fit")
    func mismatch() throws {
        #expect(
            try problems(
                """
                version: 1
                models: {eye: {path: eye.gguf}}
                nodes:
                  count: {type: test.numbers}
                  picture: {type: test.image}
                  look: {type: test.vision, model: eye, inputs: {image: count}}
                """) == [
                    "6:57 output count/number (record) does not fit input look/image (image); outputs that fit: picture/image"
                ])
    }
}
