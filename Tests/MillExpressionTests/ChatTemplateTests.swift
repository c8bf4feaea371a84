import MillExpression
import MillTestSupport
import MillValue
import Testing

/// One conversation, the template that renders it, and what Jinja2 makes of both.
struct ChatCase: CustomTestStringConvertible {
    let name: String
    let template: String
    let context: [String: Value]
    /// Nil where the template refuses the conversation.
    let expected: String?

    var testDescription: String { name }

    static func all(in folder: String) throws -> [ChatCase] {
        let document = try Oracles.json("\(folder)/cases.json")
        let shared = document["variables"]?.map ?? [:]
        return try (document["cases"]?.list ?? []).map { row in
            var context: [String: Value] = ["messages": row["messages"] ?? [], "tools": row["tools"] ?? .null]
            context["add_generation_prompt"] = row["add_generation_prompt"] ?? false
            for (name, value) in shared { context[name] = value }
            for (name, value) in row["kwargs"]?.map ?? [:] { context[name] = value }
            let path = "\(folder)/\(row["template"]?.string ?? "")"
            return ChatCase(
                name: row["name"]?.string ?? "", template: String(decoding: try Oracles.bytes(path), as: UTF8.self),
                context: context,
                expected: row["error"]?.bool == true ? nil : row["expected"]?.string)
        }
    }

    func check() throws {
        let template = try JinjaTemplate(template)
        guard let expected else {
            let error = #expect(throws: ExpressionError.self, "\(name)") { try template.render(context) }
            guard case .raised = error else { Issue.record("\(name): \(String(describing: error))"); return }
            return
        }
        #expect(try template.render(context) == expected, "\(name)")
    }
}

@Suite("Chat templates render as Jinja2 renders them")
struct ChatTemplateTests {
    @Test("the committed conversations", arguments: try ChatCase.all(in: Oracles.committed("chat")))
    func committed(item: ChatCase) throws { try item.check() }

    @Test("the full set", .enabled(if: Oracles.isFullSetExpected))
    func full() throws {
        let cases = try ChatCase.all(in: Oracles.full("chat"))
        #expect(cases.count >= 30)
        for item in cases { try item.check() }
    }

    @Test("thousands of mutated templates are read or refused, and rendered or refused")
    func mutations() throws {
        let cases = try ChatCase.all(in: Oracles.committed("chat"))
        var limits = JinjaTemplate.Limits()
        limits.steps = 20_000
        var random = SeededGenerator(seed: 9)
        var readable = 0
        for round in 0..<4000 {
            let item = cases[round % cases.count]
            var scalars = Array(item.template.unicodeScalars)
            random.mutate(&scalars, alphabet: Array("{}%#-+()[]|.,:'\"\\ \naexlopif01é".unicodeScalars))
            guard let template = try? JinjaTemplate(String(String.UnicodeScalarView(scalars))) else { continue }
            readable += 1
            _ = try? template.render(item.context, limits: limits)
        }
        #expect(readable > 500)
    }
}
