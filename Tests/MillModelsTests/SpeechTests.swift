import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import Testing

@Suite("Whisper models")
struct SpeechTests {
    private func model(_ folder: String, _ compute: Compute = .shared) throws -> SpeechModel {
        let network = try ModelLoader(compute: compute).load(path: folder, tokenizer: false).network
        let model: SpeechModel? = if case .speech(let model) = network { model } else { nil }
        return try #require(model)
    }

    @Test("every step agrees with the reference on every instruction set", arguments: ISA.available)
    func reference(isa: ISA) throws {
        let folder = try Oracles.path("models/whisper")
        for report in try ModelVerifier(compute: Compute(isa: isa)).verify(path: folder) {
            #expect(report.isPassed, "\(report)")
        }
    }

    @Test("a context hears one window after the other, and its text can be taken back")
    func context() throws {
        let model = try model(try Oracles.committed("models/whisper"))
        let start = model.configuration.startTokenID
        let noise = { (seed: UInt64) -> [Float] in
            var generator = SeededGenerator(seed: seed)
            return (0..<model.configuration.sampleCount).map { _ in Float(generator.unit() - 0.5) }
        }
        let context = try model.makeContext()
        #expect(throws: ModelError.self) { try context.append([start]) }
        try context.hear(noise(1))
        try context.append([start])
        let first = try context.logits.floats()
        try context.append([5, 6])
        let third = try context.logits.floats()
        try context.rewind(to: 1)
        try context.append([5])
        try context.append([6])
        #expect(try context.logits.floats() == third)
        #expect(context.position == 3)
        try context.hear(noise(2))
        #expect(context.position == 0)
        try context.append([start])
        #expect(try context.logits.floats() != first)
        try context.hear(noise(1))
        try context.append([start])
        #expect(try context.logits.floats() == first)
        #expect(throws: ModelError.self) { try context.append([Int32](repeating: 5, count: context.capacity)) }
        #expect(throws: ModelError.self) { try context.append([Int32(model.configuration.vocabularySize)]) }
    }
}
