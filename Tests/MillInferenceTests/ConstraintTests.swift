import MillInference
import MillModels
import MillSchema
import MillTestSupport
import MillTokenizer
import MillValue
import Testing

@Suite("Answers under a schema")
struct ConstraintTests {
    private let scene = """
        {"type": "object", "properties": {"objects": {"type": "array", "maxItems": 3, "items": {"type": "object",
          "properties": {"label": {"enum": ["lamp", "sofa", "washing machine"]}, "state": {"enum": ["on", "off"]}},
          "required": ["label", "state"], "additionalProperties": false}}, "people": {"type": "integer", "minimum": 0, "maximum": 3}},
         "required": ["objects", "people"], "additionalProperties": false}
        """

    private func host() throws -> ModelHost { try ModelHost(path: Oracles.committed("models/hearth")) }

    @Test("a random model's answers are always valid, whatever the seed", arguments: 0..<24)
    func alwaysValid(seed: Int) throws {
        let host = try host()
        let schema = try JSONSchema(json: scene)
        let sampling = Sampling(temperature: 2, seed: UInt64(seed))
        let answer = try host.answer(
            "Describe the scene.", about: try Picture.random(host),
            GenerationOptions(sampling: sampling, constraint: try host.constraint(schema: schema)))
        #expect(answer.isFinished)
        #expect(schema.validate(try JSON.parse(answer.text)).isEmpty)
    }

    @Test("a mask holds exactly the tokens whose bytes the automaton can read")
    func masks() throws {
        let host = try host()
        let tokenizer = try host.tokenizer
        let constraint = try host.constraint(schema: JSONSchema(json: scene))
        let grammar = try JSONGrammar(JSONSchema(json: scene))
        var state = grammar.initialState
        for byte in #"{"objects":[{"label":"lamp","state":"o"#.utf8 {
            let tokens = constraint.mask(state)
            for token in 0..<Int32(tokenizer.vocabularySize) {
                let bytes = tokenizer.bytes(of: token)
                let fits = !tokenizer.isSpecial(token) && !bytes.isEmpty && grammar.advance(state, bytes: bytes) != nil
                #expect(tokens.contains(token) == fits, "token \(token)")
                #expect(constraint.allows(token, in: state) == fits, "token \(token)")
            }
            state = try #require(grammar.advance(state, byte))
        }
    }

    @Test("a schema that cannot be guaranteed is refused before anything is written")
    func refused() throws {
        let host = try host()
        #expect(throws: (any Error).self) {
            try host.constraint(schema: JSONSchema(json: #"{"type": "string", "not": {"const": "a"}}"#))
        }
        #expect(throws: (any Error).self) { try host.constraint(schema: JSONSchema(json: "false")) }
    }

    @Test("an answer that the limit cuts short is an error, since half a document is none")
    func cutShort() throws {
        let host = try host()
        let options = GenerationOptions(tokenLimit: 4, constraint: try host.constraint(schema: JSONSchema(json: scene)))
        let error = #expect(throws: InferenceError.self) {
            try host.answer("Describe the scene.", about: try Picture.random(host), options)
        }
        #expect("\(try #require(error))".contains("after 4 tokens"))
    }

    @Test("reading forced tokens together gives the answer that one after the other gives")
    func forcedTokens() throws {
        let host = try host()
        let constraint = try host.constraint(schema: JSONSchema(json: scene))
        guard case .hearth(let model) = host.model.network else { return }
        let prompt = try host.prompt(instruction: "Describe the scene.")
        let picture = try Picture.random(host)
        let answer = try host.answer("Describe the scene.", about: picture, GenerationOptions(constraint: constraint))

        let context = try model.makeContext(picture, capacity: 512)
        try context.append(prompt)
        var sampler = try Sampler(.greedy)
        var state = constraint.initialState
        var tokens: [Int32] = []
        while !constraint.outlook(state).isComplete {
            let choice = sampler.choose(context.logits, constraint.mask(state))
            let token = try #require(choice)
            tokens.append(token)
            state = try #require(constraint.advance(state, by: token))
            try context.append([token])
        }
        #expect(tokens == answer.tokens)
    }

    @Test("a stop token that is text cannot end an answer before it is complete")
    func stopTokenInside() throws {
        let host = try host()
        let schema = try JSONSchema(json: scene)
        let constraint = try host.constraint(schema: schema)
        let stops = Set(
            (0..<Int32(try #require(host.model.network.language).vocabularySize)).filter { token in
                (try? host.tokenizer.bytes(of: token).first) == UInt8(ascii: "l")
            })
        let options = GenerationOptions(constraint: constraint, stopTokens: stops)
        let answer = try? host.answer("Describe the scene.", about: try Picture.random(host), options)
        if let answer { #expect(schema.validate(try JSON.parse(answer.text)).isEmpty) }
        #expect(answer == nil || answer?.isFinished == true)
    }
}
