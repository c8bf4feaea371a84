import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import Testing

@Suite("What is chosen for a model")
struct ModelPlanTests {
    private let plenty = MemoryBudget(freeByteCount: 64 << 30, totalByteCount: 64 << 30, bound: .machine)

    private func look(_ path: String, _ compute: Compute = .shared) throws -> ModelDescription {
        try ModelLoader(compute: compute, panels: .off.deferred).load(path: path, tokenizer: false).description
    }

    private func choice(_ subject: String, _ plan: ModelPlan) throws -> ModelPlan.Choice {
        try #require(plan.choices.first { $0.subject == subject })
    }

    private let quantized = "\(Oracles.committed)/gguf/llama_k256/llama_k256-Q4_K.gguf"

    @Test("the container's types and the processor decide how weights are multiplied, and the reason names both")
    func precision() throws {
        let scalar = try Compute(isa: .scalar)
        let blocks = try choice("precision", ModelPlan(look(quantized), .auto, compute: scalar, memory: plenty))
        #expect(blocks.value == "int8" && blocks.reason.contains("Q4_K"))
        let half = try look(Oracles.committed("gguf/glm_edge/glm_edge-F16.gguf"))
        let plain = try choice("precision", ModelPlan(half, .auto, compute: scalar, memory: plenty))
        #expect(plain.value == "float32" && plain.reason.contains("scalar has no BF16"))
        let exact = Precision.float32.compute(scalar)
        #expect(exact.activations == .float32 && exact.isa == .scalar)
        let asked = try choice("precision", ModelPlan(look(quantized, exact), .float32, compute: exact, memory: plenty))
        #expect(asked.value == "float32" && asked.reason.hasPrefix("as asked for"))
    }

    @Test("the device names instruction set and threads, and says what limits them")
    func device() throws {
        let one = try Compute(threads: 1, isa: .scalar)
        let text = try choice("device", ModelPlan(look(quantized), .auto, compute: one, memory: plenty)).description
        #expect(text.hasPrefix("device cpu: scalar was asked for"))
        #expect(text.contains("1 threads"))
    }

    @Test("a model that is larger than the memory is told so with figures and what to do")
    func tooLarge() throws {
        let folder = try look(Oracles.committed("models/llama_rope3"))
        let small = MemoryBudget(freeByteCount: 200_000, totalByteCount: 200_000, bound: .cgroup)
        let problem = try #require(ModelPlan(folder, .auto, memory: small).problem)
        for part in ["does not fit", "KiB", "the cgroup's limit", "millrace models convert", "--precision", "MILLRACE_MEMORY"] {
            #expect(problem.contains(part), "\(problem)")
        }
        let none = MemoryBudget(freeByteCount: 10, totalByteCount: 10, bound: .cgroup)
        #expect(try #require(ModelPlan(folder, .auto, memory: none).problem).contains("fewer parameters"))
        #expect(ModelPlan(folder, .auto, memory: plenty).problem == nil)
    }

    @Test("panels that do not fit may be mapped from a cache")
    func cacheHelps() throws {
        let model = try look(quantized)
        let tight = MemoryBudget(freeByteCount: 1000, totalByteCount: 1 << 30, bound: .machine)
        #expect(try #require(ModelPlan(model, .auto, memory: tight).problem).contains("MILLRACE_CACHE=FOLDER"))
    }

    @Test("keys and values are kept in F16, in Q8_0 where only that fits, and refused with figures beyond that")
    func cache() throws {
        let loaded = try ModelLoader(panels: .off).load(path: quantized, tokenizer: false)
        let model = try #require(loaded.network.text)
        let bytes = model.facts.cacheByteCountPerToken * 256
        func budget(_ count: Int) -> MemoryBudget {
            MemoryBudget(freeByteCount: count, totalByteCount: count, bound: .machine)
        }
        #expect(try model.cacheType(capacity: 256, asked: nil, budget: budget(bytes)) == .f16)
        #expect(try model.cacheType(capacity: 256, asked: nil, budget: budget(bytes - 1)) == .q8_0)
        #expect(try model.cacheType(capacity: 256, asked: .q8_0, budget: budget(bytes - 1)) == .q8_0)
        // What was asked for is never changed.
        let asked = #expect(throws: ModelError.self) {
            try model.cacheType(capacity: 256, asked: .f16, budget: budget(bytes - 1))
        }
        #expect("\(try #require(asked))".contains("keep them in Q8_0, or let the sequence have 243 tokens at most"))
        let none = #expect(throws: ModelError.self) {
            try model.cacheType(capacity: 256, asked: nil, budget: budget(bytes / 4))
        }
        // As many as fit in Q8_0.
        #expect("\(try #require(none))".contains("; let the sequence have 114 tokens at most"))
        // Small caches are not asked about.
        #expect(try model.cacheType(capacity: 256, asked: nil) == .f16)
    }
}
