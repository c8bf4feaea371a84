import MillExpression
import MillGraph
import MillSchema
import MillValue

/// What the nodes that ask a language model check before a run: that `prompt` is a template and `schema` a schema.
enum InstructionCheck {
    static func problems(of node: CheckedNode) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        if let prompt = node.config["prompt"]?.string {
            do { _ = try JinjaTemplate(prompt) } catch { problems.append(ConfigurationProblem(["prompt"], "\(error)")) }
        }
        if let schema = node.config["schema"] {
            do { _ = try JSONSchema(schema) } catch { problems.append(ConfigurationProblem(["schema"], "\(error)")) }
        }
        return problems
    }
}
