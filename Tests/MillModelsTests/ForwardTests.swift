import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import Testing

@Suite("Forward passes")
struct ForwardTests {
    private func model(_ activations: Compute.Activations = .float32) throws -> TextModel {
        let path = try Oracles.committed("gguf/glm_edge/glm_edge-Q4_0.gguf")
        let loader = ModelLoader(compute: Compute(.shared, activations: activations))
        guard case .text(let model) = try loader.load(path: path).network else {
            throw ModelError.misuse("\(path) holds no text model")
        }
        return model
    }

    private let prompts: [[Int32]] = [[54, 142, 109, 197, 137], [68, 252], [181, 211, 208, 204, 72, 122, 64]]

    @Test("a batch gives the same numbers as its prompts alone", arguments: Compute.Activations.allCases)
    func batch(activations: Compute.Activations) throws {
        let model = try model(activations)
        let alone = try prompts.map { prompt in
            let logits = try Tensor.allocate(.f32, [prompt.count, model.vocabularySize])
            try model.forward([(prompt, try model.makeCache(capacity: 16))], into: logits)
            return try logits.floats()
        }
        let together = try Tensor.allocate(.f32, [prompts.map(\.count).reduce(0, +), model.vocabularySize])
        try model.forward(try prompts.map { ($0, try model.makeCache(capacity: 16)) }, into: together)
        #expect(try together.floats() == alone.flatMap { $0 })
    }

    @Test("a prompt in pieces gives the same numbers as the whole", arguments: Compute.Activations.allCases)
    func chunks(activations: Compute.Activations) throws {
        let model = try model(activations)
        let tokens = (0..<40).map { Int32(($0 * 37 + 11) % model.vocabularySize) }
        let whole = try model.makeContext(capacity: 64)
        try whole.append(tokens)
        for size in [1, 7, 16] {
            let pieces = try model.makeContext(capacity: 64)
            for start in stride(from: 0, to: tokens.count, by: size) {
                try pieces.append(Array(tokens[start..<min(start + size, tokens.count)]))
            }
            #expect(try pieces.logits.floats() == whole.logits.floats())
        }
    }

    @Test("a sequence that was rewound continues as if the forgotten tokens had never been")
    func rewind() throws {
        let model = try model()
        let context = try model.makeContext(capacity: 64)
        try context.append(prompts[0])
        let expected = try context.logits.floats()
        try context.append([7, 8, 9])
        try context.rewind(to: prompts[0].count - 1)
        try context.append([prompts[0][4]])
        #expect(try context.logits.floats() == expected)
    }

    @Test("a sequence that would outgrow its room is refused and stays as it was")
    func full() throws {
        let context = try model().makeContext(capacity: 6)
        try context.append(prompts[0])
        #expect(throws: ModelError.self) { try context.append([1, 2]) }
        #expect(context.position == 5)
        try context.append([1])
        #expect(context.position == 6)
    }

    @Test("a token outside the vocabulary is refused", arguments: [Int32(-1), 288])
    func unknownToken(id: Int32) throws {
        let context = try model().makeContext(capacity: 6)
        #expect(throws: ModelError.self) { try context.append([id]) }
    }
}
