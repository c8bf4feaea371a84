import MillExpression
public import MillModels
import MillValue

extension CaseKind {
    /// Conversations and what chat templates make of them: `cases.json` beside the templates.
    public static let chat = CaseKind("chat", recognises: ChatCase.isFolder) { verifier, item in
        [
            verifier.run("rendered") { run in
                for item in try ChatCase.all(in: item.folder) {
                    run.comparisons.append(.equality(item.name, try item.isRendered()))
                }
            }
        ]
    }
}

/// One conversation, the template that renders it, and what Jinja2 makes of both.
package struct ChatCase: Sendable {
    package let name: String
    package let template: String
    package let context: [String: Value]
    /// nil where the template refuses the conversation.
    package let expected: String?

    static func isFolder(_ path: String) -> Bool {
        ModelFile.names(in: path).contains { $0.hasSuffix(".jinja") } && ModelFile.exists("\(path)/cases.json")
    }

    package static func all(in folder: String) throws(ModelError) -> [ChatCase] {
        let document = try ModelFile.json("\(folder)/cases.json")
        let shared = document["variables"]?.map ?? [:]
        return try (document["cases"]?.list ?? []).map { row throws(ModelError) in
            var context: [String: Value] = ["messages": row["messages"] ?? [], "tools": row["tools"] ?? .null]
            context["add_generation_prompt"] = row["add_generation_prompt"] ?? false
            for (name, value) in shared { context[name] = value }
            for (name, value) in row["kwargs"]?.map ?? [:] { context[name] = value }
            guard let file = row["template"]?.string, !file.contains("/") else {
                throw .notAModel(path: folder, reason: "cases.json names no template beside it")
            }
            return ChatCase(
                name: row["name"]?.string ?? "",
                template: String(decoding: try ModelFile.bytes("\(folder)/\(file)"), as: UTF8.self),
                context: context, expected: row["error"]?.bool == true ? nil : row["expected"]?.string)
        }
    }

    /// Whether the template makes of the conversation what it should, or refuses it as it should.
    package func isRendered() throws -> Bool {
        let template = try JinjaTemplate(template)
        do {
            let text = try template.render(context)
            return text == expected
        } catch ExpressionError.raised { return expected == nil }
    }
}
