import MillGraph
import MillValue
import Testing

@Suite("The pipeline file")
struct FileTests {
    private func config(
        _ yaml: String, parameters: [String: String] = [:], environment: [String: String] = [:], files: [String: String] = [:]
    )
        throws -> Value?
    {
        let pipeline = try load(
            "version: 1\nnodes:\n  any:\n    type: test.any\n    config:\n      value: \(yaml)\n", parameters: parameters,
            environment: environment, files: files)
        return pipeline.nodes[0].config["value"]
    }

    @Test("scalars follow the core schema of YAML 1.2")
    func scalars() throws {
        #expect(
            try config("[ON, yes, No, true, 12, 0o17, 0x1F, 1.5, -3e2, .5, 08, ~, '12', 1_000, .inf]") == [
                "ON", "yes", "No", true, 12, 15, 31, 1.5, -300.0, 0.5, 8, .null, "12", "1_000", .double(.infinity),
            ])
    }

    @Test("anchors and aliases share values")
    func aliases() throws {
        #expect(try config("[&a {x: 1}, *a, '*a', 'x *a*']") == [["x": 1], ["x": 1], "*a", "x *a*"])
    }

    @Test("aliases that would expand without bound are refused")
    func laughs() throws {
        var list = "&a0 [x, x, x, x, x, x, x, x, x, x]"
        for level in 1..<12 {
            list += ", &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]"
        }
        let found = try problems("version: 1\nnodes: {any: {type: test.any, config: {value: [\(list)]}}}")
        #expect(found.first?.contains("the aliases expand to more than 100000 values") == true)
    }

    @Test("aliases as keys are refused without expanding them")
    func aliasKeys() throws {
        var text = "version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<4 {
            text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        #expect(try problems(text + "*a3 : x").contains { $0.contains("a key must be plain text") })
    }

    @Test("every duplicate key is reported at its second place")
    func duplicates() throws {
        let text = """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 1, count: 2}}
              end: {type: test.collect, inputs: {in: count}}
              end: {type: test.collect, inputs: {in: count}}
            """
        #expect(
            try problems(text) == [
                "3:50 duplicate key 'count'; it stands already in line 3; remove or rename one of them",
                "5:3 duplicate key 'end'; it stands already in line 4; remove or rename one of them",
            ])
    }

    @Test("bytes that are no UTF-8 are refused with their place")
    func encoding() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("x.yaml", bytes: Array("version: 1\nname: x".utf8) + [0xFF])
        #expect(throws: PipelineErrors.self) { try Pipeline.load(path: path, registry: TestNodes.registry) }
        do {
            _ = try Pipeline.load(path: path, registry: TestNodes.registry)
        } catch {
            #expect(error.problems.map { "\($0.location.line):\($0.location.column)" } == ["2:8"])
        }
    }

    @Test("a file above the bound is refused")
    func size() throws {
        let found = try problems("version: 1\n" + String(repeating: "# filler\n", count: 40_000))
        #expect(found == ["1:1 the file is larger than 256 KiB; move long texts into files and !include them"])
    }

    @Test("deep nesting is refused")
    func depth() throws {
        let found = try problems("version: 1\nnodes: " + String(repeating: "[", count: 500) + String(repeating: "]", count: 500))
        #expect(found.contains { $0.contains("nesting is deeper than 64 levels") })
    }

    @Test("parameters keep their type, and --set replaces their default")
    func parameters() throws {
        func value(_ set: [String: String]) throws -> Value? {
            try load(
                """
                version: 1
                params:
                  threshold: {type: number, default: 0.5, minimum: 0, maximum: 1}
                  host: {type: string, default: local}
                nodes:
                  any: {type: test.any, config: {value: ["${params.threshold}", "http://${params.host}/x", "$${params.host}"]}}
                """, parameters: set
            ).nodes[0].config["value"]
        }
        #expect(try value([:]) == [0.5, "http://local/x", "${params.host}"])
        #expect(try value(["threshold": "0.75", "host": "remote"]) == [0.75, "http://remote/x", "${params.host}"])
    }

    @Test("an empty path is none where the field is optional, and an error where it is needed or a part of a path")
    func emptyPath() throws {
        func text(_ config: String) -> String {
            """
            version: 1
            params:
              where: {type: path, default: there}
            nodes:
              file: {type: test.file, config: \(config)}
            """
        }
        let empty = ["where": ""]
        let optional = try load(text("{path: here, other: \"${params.where}\"}"), parameters: empty).nodes[0].config
        #expect(optional["other"] == nil && optional["path"] != nil)
        #expect(try load(text("{path: here, other: ''}")).nodes[0].config["other"] == nil)
        #expect(
            try problems(text("{path: \"${params.where}\"}"), parameters: empty) == [
                "5:42 'path' of config of node 'file' must be a path, but it is \"\""
            ])
        #expect(
            try problems(text("{path: \"${params.where}/x\"}"), parameters: empty) == [
                "5:42 parameter 'where' is empty, and '${params.where}/x' needs a path; give it a path"
            ])
    }

    @Test("parameters outside their bounds, of the wrong type or unknown are refused")
    func badParameters() throws {
        let text = """
            version: 1
            params:
              threshold: {type: number, default: 0.5, maximum: 1}
            nodes:
              count: {type: test.numbers}
            """
        #expect(try problems(text, parameters: ["threshold": "2"]) == ["3:3 --set threshold must be at most 1, but it is 2"])
        #expect(
            try problems(text, parameters: ["threshold": "much"]) == ["3:3 --set threshold must be a number, but it is \"much\""])
        #expect(
            try problems(text, parameters: ["treshold": "1"]) == [
                "3:3 --set treshold: there is no parameter 'treshold'; did you mean 'threshold'?"
            ])
    }

    @Test("environment variables and secrets are substituted, with defaults")
    func environment() throws {
        #expect(
            try config(
                "[\"${env.HOST:-here}\", \"${env.PORT}\", \"${secret.key}\", \"${secret.none:-}\"]",
                environment: ["PORT": "8080", "MILLRACE_SECRET_KEY": "k"]) == ["here", "8080", "k", ""])
        #expect(try config("${env.PORT}", environment: ["PORT": "8080"]) == 8080)
    }

    @Test("a missing variable or secret is an error at its place")
    func missingEnvironment() throws {
        let found = try problems(
            "version: 1\nnodes:\n  any: {type: test.any, config: {value: [\"${env.NONE}\", \"${secret.none}\"]}}")
        #expect(
            found == [
                "3:42 the environment variable NONE is not set; set it, or write ${env.NONE:-default}",
                "3:57 there is no secret 'none'; set MILLRACE_SECRET_NONE, name a file of secrets with --secrets, or write ${secret.none:-default}",
            ])
    }

    @Test("a literal password is a warning, and it is hidden like a secret")
    func literalPassword() throws {
        let pipeline = try load(
            """
            version: 1
            connections: {home: {url: "virtual:", password: hunter22}}
            nodes:
              count: {type: test.numbers}
            """)
        #expect(pipeline.warnings.map { "\($0.location.line):\($0.location.column)" } == ["2:49"])
        #expect(pipeline.redactor.redact("the password is hunter22") == "the password is ***")
    }

    @Test("includes are text, or data with its own places")
    func includes() throws {
        #expect(try config("!include prompt.txt", files: ["prompt.txt": "say ${x}\n"]) == "say ${x}\n")
        #expect(
            try config("!include a/b.yaml", files: ["a/b.yaml": "x: !include c.json", "a/c.json": "[1, 2]"]) == ["x": [1, 2]])
    }

    @Test("includes may not leave the folder, nor include one another")
    func badIncludes() throws {
        func found(_ path: String, _ files: [String: String] = [:]) throws -> [String] {
            try problems("version: 1\nnodes:\n  any: {type: test.any, config: {value: !include \(path)}}", files: files)
        }
        #expect(try found("/etc/hostname").first?.hasPrefix("3:41 '/etc/hostname' lies outside the pipeline's folder") == true)
        #expect(try found("none.txt").first?.hasPrefix("3:41 there is no file 'none.txt'") == true)
        #expect(
            try found("a.yaml", ["a.yaml": "x: !include b.yaml", "b.yaml": "y: !include a.yaml"]).first
                == "1:4 files include one another: a.yaml → b.yaml → a.yaml")
    }

    @Test("several problems are reported at once, in the order of the file")
    func several() throws {
        let found = try problems(
            """
            version: 2
            nme: x
            nodes:
              count: {type: test.number, config: {count: 3}}
              end:
                type: test.collect
                inputs: {inn: count}
                config: {level: medium, lvel: low}
            """)
        #expect(
            found == [
                "1:10 version 2 of the format is unknown; this build reads version: 1",
                "2:1 unknown key 'nme' in the pipeline; did you mean 'name'?",
                "4:17 unknown node type 'test.number'; did you mean 'test.numbers'?",
                "5:3 node 'end' needs its input 'in' (any)",
                "7:14 test.collect has no input 'inn'; did you mean 'in'?",
                "8:21 'level' of config of node 'end' must be one of: low, high, but it is \"medium\"",
                "8:29 unknown key 'lvel' in config of node 'end'; did you mean 'level'?",
            ])
    }

    @Test("keys that this version does not run are refused, not ignored")
    func unsupported() throws {
        let found = try problems(
            """
            version: 1
            nodes:
              count: {type: test.numbers}
              sub: {use: other.yaml}
              end: {type: test.collect, inputs: {in: {from: count, batch: {size: 4}}}}
            """)
        #expect(
            found == [
                "4:9 'use' (sub-pipelines) is not supported in this version",
                "5:56 'batch' is a key of nodes, not of inputs; put it beside 'inputs'",
            ])
    }
}
