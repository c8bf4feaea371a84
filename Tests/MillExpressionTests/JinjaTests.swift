import MillExpression
import MillValue
import Testing

@Suite("Jinja templates")
struct JinjaTests {
    private let context: [String: Value] = [
        "name": "Ada", "items": [3, 1, 2], "empty": [], "user": ["name": "Bo", "age": 7, "tags": ["x", "y"]], "pi": 3.14159,
        "people": [["n": "b", "o": ["k": 2]], ["n": "A", "o": ["k": 1]]], "nothing": .null, "yes": true,
    ]

    private func render(_ source: String) throws -> String { try JinjaTemplate(source).render(context) }

    @Test(
        "expressions are computed and printed as in Python",
        arguments: [
            ("{{ name }}, {{ user.name }} {{ user['age'] }}", "Ada, Bo 7"), ("{{ missing }}|{{ user.missing }}", "|"),
            ("{{ 1 + 2 * 3 }} {{ 7 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 10 }}", "7 3.5 3 -4 2 1024"),
            ("{{ 'a' ~ 1 ~ none ~ true }}", "a1NoneTrue"), ("{{ 'ab' * 2 }} {{ '%s-%03d' % ('x', 7) }}", "abab x-007"),
            ("{{ [1, 'a', {'k': None}] }}", "[1, 'a', {'k': None}]"), ("{{ 'yes' if yes else 'no' }}{{ 'x' if not yes }}", "yes"),
            ("{{ 1 < 2 <= 2 }} {{ 'a' in 'cat' }} {{ 4 not in items }} {{ 'age' in user }}", "True True True True"),
            ("{{ items[0] }}{{ items[-1] }}{{ items[1:] }}{{ items[::-1] }}{{ 'hello'[1:3] }}", "32[1, 2][2, 1, 3]el"),
            ("{{ missing or 'x' }} {{ name and 'y' }} {{ not missing }}", "x y True"), ("{{ missing == undefined_too }}", "True"),
            ("{{ ('a' 'b') }} {{ (1, 2)[1] }}", "ab 2"), ("{{ {'a': {}} }}", "{'a': {}}"), ("{{ 'it''s' }}", "its"),
        ])
    func expressions(source: String, expected: String) throws { #expect(try render(source) == expected) }

    @Test(
        "filters",
        arguments: [
            ("{{ ' a ' | trim }}|{{ 'xxaxx' | trim('x') }}", "a|a"),
            ("{{ 'aB' | upper }}{{ 'aB' | lower }}{{ 'aB c' | capitalize }}", "ABabAb c"),
            ("{{ missing | default('d') }}{{ '' | default('e', true) }}{{ nothing | default('f') }}", "deNone"),
            ("{{ items | join(', ') }} {{ people | join('/', attribute='n') }}", "3, 1, 2 b/A"),
            ("{{ items | length }}{{ 'äö' | length }}{{ user | length }}{{ missing | length }}", "3230"),
            ("{{ items | first }}{{ items | last }}{{ empty | first }}", "32"), ("{{ 'a-b-c' | replace('-', '+') }}", "a+b+c"),
            (
                "{{ items | sort | join }}{{ items | sort(reverse=true) | join }}{{ people | map(attribute='n') | sort | join }}",
                "123321Ab"
            ),
            ("{{ people | sort(attribute='o.k') | map(attribute='n') | join }}", "Ab"),
            ("{{ [1, 2, 1] | unique | list }}", "[1, 2]"),
            ("{{ people | selectattr('n', 'equalto', 'b') | map(attribute='o.k') | list }}", "[2]"),
            (
                "{{ items | select('odd') | list }}{{ items | reject('gt', 1) | list }}{{ ['a', ''] | select | list }}",
                "[3, 1][1]['a']"
            ),
            ("{{ items | map('string') | map('upper') | list }}", "['3', '1', '2']"),
            ("{{ items | sum }}{{ items | min }}{{ items | max }}", "613"),
            (
                "{{ '3.7' | float }} {{ '12' | int }} {{ 3.7 | int }} {{ 'x' | int(5) }} {{ -3 | abs }} {{ pi | round(2) }}",
                "3.7 12 3 5 3 3.14"
            ),
            ("{{ {'b': [1, 2.0, 'ü<']} | tojson }}", #"{"b": [1, 2.0, "ü<"]}"#),
            ("{{ {'b': 1, 'a': {}} | tojson(indent=2, sort_keys=true) }}", "{\n  \"a\": {},\n  \"b\": 1\n}"),
            ("{% for k, v in {'b': 1, 'A': 2} | dictsort %}{{ k }}{{ v }}{% endfor %}", "A2b1"),
            ("{{ 'a\nb\n\nc' | indent(2) }}", "a\n  b\n\n  c"),
            ("{{ '%.2f|%5d|%-4s|%05.1f' | format(2.675, 42, 'ab', 3.14) }}", "2.67|   42|ab  |003.1"),
            ("{{ 'abc' | reverse }}{{ 'ab' | list }}", "cba['a', 'b']"),
            ("{% for k, v in user | items %}{{ k }};{% endfor %}", "name;age;tags;"),
        ])
    func filters(source: String, expected: String) throws { #expect(try render(source) == expected) }

    @Test(
        "methods and tests",
        arguments: [
            (
                "{{ ' a '.strip() }}{{ 'a,b'.split(',') }}{{ 'a b  c'.split() }}{{ 'abc'.startswith('ab') }}",
                "a['a', 'b']['a', 'b', 'c']True"
            ),
            ("{{ user.get('age') }}{{ user.get('x', 'none') }}{{ user.keys() | list }}", "7none['name', 'age', 'tags']"),
            ("{% for k, v in user.items() if k != 'tags' %}{{ k }}={{ v }} {% endfor %}", "name=Bo age=7 "),
            ("{{ name is defined }}{{ x is defined }}{{ x is not defined }}{{ nothing is none }}", "TrueFalseTrueTrue"),
            (
                "{{ name is string }}{{ user is mapping }}{{ items is iterable }}{{ pi is number }}{{ pi is integer }}",
                "TrueTrueTrueTrueFalse"
            ),
            ("{{ 3 is odd }}{{ 4 is divisibleby 2 }}{{ 2 is in [2] }}{{ 1 is eq(1) and 'x' is ne 'y' }}", "TrueTrueTrueTrue"),
        ])
    func methods(source: String, expected: String) throws { #expect(try render(source) == expected) }

    @Test(
        "statements",
        arguments: [
            ("{% if missing %}a{% elif yes %}b{% else %}c{% endif %}", "b"),
            ("{% for i in items %}{{ loop.index }}:{{ i }}{% if not loop.last %},{% endif %}{% endfor %}", "1:3,2:1,3:2"),
            ("{% for i in empty %}x{% else %}none{% endfor %}", "none"),
            ("{% for i in range(2, 7, 2) %}{{ i }}{% endfor %}", "246"),
            ("{% for i in items if i > 1 %}{{ loop.length }}{{ i }} {% endfor %}", "23 22 "),
            ("{% for i in items %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "32"),
            ("{% for i in items %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endfor %}", "3"),
            ("{% set x = 1 %}{% for i in items %}{% set x = i %}{% endfor %}{{ x }}", "1"),
            ("{% set ns = namespace(x=0) %}{% for i in items %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "6"),
            ("{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c %}<{{ a }}>{% endset %}{{ c }}", "12<1>"),
            ("{% macro tag(x, y='d') %}<{{ x }}{{ y }}>{% endmacro %}{{ tag(1) }}{{ tag(2, y=3) }}", "<1d><23>"),
            ("{% raw %}{{ x }}{% endraw %}{# comment {{ #}.", "{{ x }}."),
            ("{% for a in items %}{{ loop.cycle('x', 'y') }}{{ loop.previtem }}{% endfor %}", "xy3x1"),
            ("{% for a in [1, 2] %}{% for b in [3] %}{{ loop.depth }}{% endfor %}{{ loop.revindex }}{% endfor %}", "2221"),
        ])
    func statements(source: String, expected: String) throws { #expect(try render(source) == expected) }

    @Test(
        "white space goes where chat templates expect it to",
        arguments: [
            ("{% if yes %}\nx\n{% endif %}\ny\n", "x\ny"), ("a\n  {% if yes %}\nb\n  {% endif %}\nc", "a\nb\nc"),
            ("  {{ 1 }}  \n", "  1  "),
            ("a {%- if yes -%} b {%- endif -%} c", "abc"), ("a  {{- 1 -}}  b", "a1b"),
            ("a\n  {%+ if yes %}b{% endif +%}\nc", "a\n  b\nc"),
            ("a\n  {# note #}\nb", "a\nb"), ("x {% if yes %}y{% endif %}", "x y"), ("a\r\nb\n\n", "a\nb\n"),
        ])
    func whiteSpace(source: String, expected: String) throws { #expect(try render(source) == expected) }

    @Test(
        "what cannot be read or computed is refused with its line",
        arguments: [
            ("{% if x %}", "line 1: '{% endif %}' is missing"), ("a\n{{ 1 +", "line 2: '{{' is not closed"),
            ("a\n\n{{ 1 + }}", "line 3: expected a value"),
            ("{% fro x in y %}", "did you mean 'for'?"), ("{% include 'x' %}", "'include' is not supported"),
            ("{% endif %}", "'endif' has no beginning"),
            ("{{ 1 | uper }}", "did you mean 'upper'?"), ("{{ 1 is definde }}", "did you mean 'defined'?"),
            ("{% break %}", "outside a loop"),
            ("{# x", "the comment does not end"), ("{{ 'x }}", "the string does not end"),
            ("\n{{ x.y.z }}", "line 2: 'x' is undefined, so it has no 'y'"),
            ("{{ 1 + 'a' }}", "'+' does not apply to integer and string"), ("{{ 'a' + x }}", "'x', which is undefined"),
            ("{{ 1 // 0 }}", "division by zero"),
            ("{{ name() }}", "cannot be called"), ("{{ name.nope() }}", "no method 'nope'"),
            ("{% set name.x = 1 %}", "is no namespace"),
            ("\n\n{{ raise_exception('roles must alternate') }}", "line 3: roles must alternate"),
            ("{% for a, b in items %}{% endfor %}", "2 values to unpack"),
            ("{{ [1, 'a'] | sort }}", "have no order"), ("{{ '%d' | format('x') }}", "do not fit the format"),
            ("{% raw %}", "not closed by '{% endraw %}'"),
        ])
    func failures(source: String, message: String) {
        let error = #expect(throws: ExpressionError.self) { try render(source) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test(
        "work, recursion and output are bounded",
        arguments: [
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "{{ range(10000000) }}",
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{{ 'x' * 100000000 }}",
            "{% for a in range(90000) %}{{ 'x' * 1000 }}{% endfor %}",
            "{{ ('a' * 100000) | replace('a', 'b' * 100000) }}", "{{ '%999999999d' % 1 ~ ('x' * 4000000) ~ ('y' * 4000000) }}",
        ])
    func bounds(source: String) { #expect(throws: ExpressionError.self) { try render(source) } }

    @Test("deep nesting is refused when the template is read")
    func depth() {
        #expect(throws: ExpressionError.self) { try JinjaTemplate("{{ " + String(repeating: "(", count: 5000) + "1") }
        #expect(throws: ExpressionError.self) { try JinjaTemplate("{{ 1" + String(repeating: " + 1", count: 5000) + " }}") }
        #expect(throws: ExpressionError.self) { try JinjaTemplate(String(repeating: "{% if x %}", count: 5000)) }
    }
}
