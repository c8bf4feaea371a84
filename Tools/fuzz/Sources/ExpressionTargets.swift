import MillExpression
import MillValue

private let scene: Value = [
    "objects": [["label": "lamp", "state": "on", "count": 2], ["label": "Äpfel 🏠", "score": 0.25]], "people": 0, "note": .null,
]

/// Reads the bytes as a condition and evaluates it over a scene.
@Sendable func evaluateExpression(_ bytes: UnsafeRawBufferPointer) {
    guard let expression = try? CELExpression(String(decoding: bytes, as: UTF8.self)) else { return }
    _ = expression.unknownVariables(declared: ["scene", "now"])
    _ = try? expression.evaluate(["scene": scene, "now": 1_790_000_000, "text": "on"], maximumSteps: 20_000)
}

/// Reads the bytes as a template and renders it.
@Sendable func renderTemplate(_ bytes: UnsafeRawBufferPointer) {
    guard let template = try? JinjaTemplate(String(decoding: bytes, as: UTF8.self)) else { return }
    var limits = JinjaTemplate.Limits()
    limits.steps = 50_000
    limits.outputBytes = 1 << 20
    let messages: Value = [["role": "user", "content": "Is the lamp on?"], ["role": "assistant", "content": "yes"]]
    let text = try? template.render(
        ["messages": messages, "scene": scene, "add_generation_prompt": true, "bos_token": "<s>"], limits: limits, now: 1_700_000_000)
    precondition((text?.utf8.count ?? 0) <= limits.outputBytes)
}
