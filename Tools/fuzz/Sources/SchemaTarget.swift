import MillSchema
import MillValue

/// Compiles the bytes as a JSON Schema and follows the automaton at random: it must never reach a dead end, and what it
/// accepts must be JSON that validates.
@Sendable func generateFromSchema(_ bytes: UnsafeRawBufferPointer) {
    guard let source = try? JSON.parse(bytes: Array(bytes)), let schema = try? JSONSchema(source) else { return }
    _ = schema.validate(source)
    guard let grammar = try? JSONGrammar(schema) else { return }
    var seed = bytes.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    var state = grammar.initialState
    var document: [UInt8] = []
    for _ in 0..<3000 {
        let choices = grammar.allowedBytes(state).members
        if grammar.isAccepting(state), choices.isEmpty || seed % 3 == 0 { break }
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // Closing quotes and brackets now and then, so that most documents end.
        let closing = choices.filter { [0x22, 0x5D, 0x7D].contains($0) }
        let candidates = !closing.isEmpty && (seed >> 40) % 4 == 0 ? closing : choices
        precondition(!candidates.isEmpty, "the automaton is stuck after \(String(decoding: document, as: UTF8.self))")
        let byte = candidates[Int((seed >> 33) % UInt64(candidates.count))]
        guard let next = grammar.advance(state, byte) else {
            preconditionFailure("an allowed byte was refused after \(String(decoding: document, as: UTF8.self))")
        }
        document.append(byte)
        state = next
    }
    guard grammar.isAccepting(state) else { return }
    guard let value = try? JSON.parse(bytes: document) else {
        preconditionFailure("accepted, but no JSON: \(String(decoding: document, as: UTF8.self))")
    }
    let violations = schema.validate(value)
    precondition(violations.isEmpty, "accepted, but invalid: \(value.json()): \(violations)")
}
