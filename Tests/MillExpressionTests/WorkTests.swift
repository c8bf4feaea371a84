import MillExpression
import MillValue
import Synchronization
import Testing

@Suite("Work is counted where it is done")
struct WorkTests {
    private let outOfSteps = ExpressionError.limit(what: "steps of an expression", limit: 100_000)
    private let tooDeep = ExpressionError.limit(what: "levels of nesting in a value", limit: 256)

    /// A list that holds the same list twice, and so on down `levels`: few bytes, and `2 << levels` items to go through.
    private func doubled(_ levels: Int) -> String { "[0]" + String(repeating: ".map(a,[a,a])", count: levels) }

    private func template(_ source: String, _ context: [String: Value] = [:]) throws -> String {
        try JinjaTemplate(source).render(context)
    }

    @Test("a list that holds itself many times over costs what it takes to go through it", arguments: [20, 30, 34])
    func sharedLists(levels: Int) throws {
        for source in [
            "\(doubled(levels)) == \(doubled(levels))", "\(doubled(levels)) in [\(doubled(levels))]",
            "string(\(doubled(levels)))",
        ] {
            #expect(throws: outOfSteps) { try CELExpression(source).evaluate([:]) }
        }
        #expect(try CELExpression("\(doubled(8)) == \(doubled(8))").evaluate([:]) == true)
    }

    @Test(
        "in templates, too",
        arguments: [
            "{{ ns.x == ns.x }}", "{{ ns.x in [ns.x] }}", "{{ ns.x | string | length }}", "{{ ns.x | tojson | length }}",
            "{{ ns.x }}",
            "{{ [ns.x, ns.x] | unique | list | length }}", "{{ [ns.x].index(ns.x) }}", "{{ '%s' % [ns.x] }}", "{{ 'a' ~ ns.x }}",
            "{{ ns.x | join }}", "{{ {ns.x: 1} | length }}", "{{ ns.x is eq(ns.x) }}", "{{ [ns.x] | select('eq', ns.x) | list }}",
        ])
    func sharedListsInTemplates(source: String) {
        let build = "{% set ns = namespace(x=[0]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"
        let error = #expect(throws: ExpressionError.self) { try template(build + source) }
        guard case .limit = error else { Issue.record("\(String(describing: error))"); return }
    }

    @Test("searching takes time linear in both texts")
    func search() throws {
        let context: [String: Value] = [
            "x": .string(String(repeating: "a", count: 1_000_000)), "y": .string(String(repeating: "a", count: 500_000) + "b"),
        ]
        #expect(try CELExpression("x.contains(y)").evaluate(context) == false)
        #expect(try CELExpression("(x + 'b').contains(y)").evaluate(context, maximumSteps: 200_000) == true)
        #expect(
            try template("{{ y in x }} {{ x | replace(y, '') | length }} {{ x.split(y) | length }}", context) == "False 1000000 1"
        )
    }

    @Test(
        "parts are found from the left and without overlaps",
        arguments: [
            ("'aabaabaaab'.split('aab')", "['', '', 'a', '']"), ("'aaaa'.split('aa')", "['', '', '']"),
            ("'abcabcabd'.split('abcabd')", "['abc', '']"), ("'a-b-c'.split('-', 1)", "['a', 'b-c']"),
            ("'ababac'.replace('abac', 'x')", "abx"), ("'aé'.split('é')", "['a', '']"), ("'abc' | replace('', 'x', 0)", nil),
        ] as [(String, String?)])
    func parts(source: String, expected: String?) throws {
        guard let expected else {
            #expect(throws: ExpressionError.self) { try template("{{ \(source) }}") }
            return
        }
        #expect(try template("{{ \(source) }}") == expected)
    }

    @Test("a pattern costs what it takes to try all of it on every character")
    func patterns() throws {
        let context: [String: Value] = ["x": .string(String(repeating: "a", count: 1_000_000))]
        #expect(throws: outOfSteps) { try CELExpression("x.matches('(a?){100}b')").evaluate(context) }
        let items = Value.list(Array(repeating: 0, count: 10_000))
        let compiling = try CELExpression("items.exists(i, 'a'.matches('((a{60}){60}' + ')'))")
        #expect(throws: outOfSteps) { try compiling.evaluate(["items": items]) }
    }

    @Test(
        "a long text costs every time that something goes through it",
        arguments: [
            "{{ s[0] }}", "{% set t = s | title %}", "{% set t = s ~ s[:1] %}", "{% set t %}{{ s }}{% endset %}",
            "{% set t = {s: 1} %}",
            "{% set t = s | trim(s) %}", "{% set t = s == r %}", "{% set t = s is lower %}", "{% set t = 'a' + r %}",
        ])
    func longText(body: String) {
        let build = "{% set s = 'a' * 2000000 %}{% set r = s ~ '' %}"
        #expect(throws: ExpressionError.limit(what: "steps of a template", limit: 2_000_000)) {
            try template(build + "{% for i in range(99999) %}\(body)" + "{% endfor %}")
        }
    }

    @Test("what is no longer wanted stops between steps")
    func cancellation() throws {
        let asked = Mutex(0)
        let isCancelled: @Sendable () -> Bool = {
            asked.withLock { count in
                count += 1
                return count == 3
            }
        }
        let source = "\(doubled(16)) == \(doubled(16)) || true"
        #expect(throws: ExpressionError.cancelled) { try CELExpression(source).evaluate([:], isCancelled: isCancelled) }
        #expect(throws: ExpressionError.cancelled) {
            try JinjaTemplate("{% for i in range(99999) %}{% endfor %}").render([:], isCancelled: { true })
        }
    }

    @Test("values of 256 levels are built, compared and written; deeper ones are refused")
    func depth() throws {
        func nested(_ levels: Int, _ step: String, _ rest: String = "") -> String {
            "{% set ns = namespace(x=0) %}{% for i in range(\(levels)) %}{% set ns.x = \(step) %}{% endfor %}\(rest)"
        }
        let uses = "{{ ns.x == ns.x }} {{ ns.x | string | length }} {{ ns.x | tojson | length }}"
        #expect(try template(nested(256, "[ns.x]", uses)) == "True 513 513")
        for step in [
            "[ns.x]", "(ns.x, 0)", "{'a': ns.x}", "dict(a=ns.x)", "[{}] | map(attribute='a', default=ns.x) | list",
            "[''] | map('default', ns.x, true) | list",
        ] {
            #expect(throws: tooDeep) { try template(nested(257, step)) }
            #expect(throws: tooDeep) { try template(nested(99_999, step, "Describe the scene.")) }
        }
        let loops = nested(
            257, "ns.x", "{% for i in range(300) %}{% for j in [ns.x] %}{% set ns.x = loop %}{% endfor %}{% endfor %}")
        #expect(throws: tooDeep) { try template(loops) }

        var value: Value = 0
        for _ in 0..<255 { value = [value] }
        #expect(try CELExpression("[x] == [x]").evaluate(["x": value]) == true)
        for source in ["[[x]]", "[{'a': x}]", "{'a': [x]}", "[x].map(a, [a])", "[0].map(a, [x])"] {
            #expect(throws: tooDeep) { try CELExpression(source).evaluate(["x": value]) }
        }
    }

    @Test("namespaces may refer to each other, in chains and circles")
    func namespaces() throws {
        #expect(
            try template(
                "{% set a = namespace(n=1) %}{% set b = namespace(up=a) %}{% set a.up = b %}{{ a.up.up.up.up.n }} {{ a == b.up }}"
            )
                == "1 True")
        #expect(try template("{{ namespace(a=1).a }}{{ namespace(b=namespace(c=2)).b.c }}") == "12")
        #expect(
            try template(
                "{% set ns = namespace(x=1) %}{% for i in range(99999) %}{% set ns.x = namespace(x=ns.x) %}{% endfor %}ok")
                == "ok")
    }
}
