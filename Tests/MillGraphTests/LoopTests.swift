import MillGraph
import MillValue
import Testing

@Suite("Loops, models, connections and tests in the file")
struct LoopTests {
    @Test("a cycle without a back edge is refused with the names of its nodes")
    func cycle() throws {
        #expect(
            try problems(
                """
                version: 1
                nodes:
                  count: {type: test.numbers}
                  merge: {type: test.merge, inputs: {in: [count, double]}}
                  double: {type: test.double, inputs: {in: merge}}
                """) == [
                    "4:50 these nodes form a cycle: merge → double → merge; mark the input that closes it: "
                        + "in: {from: double/out, back_edge: true}"
                ])
    }

    @Test("a back edge that closes no cycle is refused")
    func noCycle() throws {
        #expect(
            try problems(
                """
                version: 1
                nodes:
                  count: {type: test.numbers}
                  end: {type: test.collect, inputs: {in: {from: count, back_edge: true}}}
                """) == [
                    "4:56 count/number → end/in closes no cycle: nothing leads from 'end' to 'count'; remove back_edge"
                ])
    }

    @Test("a loop without a bound is refused")
    func unbounded() throws {
        #expect(
            try problems(
                """
                version: 1
                nodes:
                  count: {type: test.numbers}
                  merge: {type: test.merge, inputs: {in: [count, {from: double, back_edge: true}]}}
                  double: {type: test.double, inputs: {in: merge}}
                """) == [
                    "4:65 the loop that double/out → merge/in closes has no bound; add max_rounds: 8, or sync: latest, "
                        + "or a flow.limit in the loop"
                ])
    }

    @Test("models and connections are checked where they are used")
    func resources() throws {
        #expect(
            try problems(
                """
                version: 1
                models: {eye: {path: eye.gguf}}
                connections: {home: {url: "mqttt://host"}}
                nodes:
                  picture: {type: test.image}
                  look: {type: test.vision, model: eey, inputs: {image: picture}}
                  blind: {type: test.vision, inputs: {image: picture}}
                  end: {type: test.collect, model: eye, inputs: {in: look}}
                """) == [
                    "3:27 connection 'home': unknown scheme 'mqttt'; schemes: virtual",
                    "6:36 there is no model 'eey'; did you mean 'eye'?",
                    "7:3 node 'blind' (test.vision) needs a 'model'; model: eye",
                    "8:36 test.collect uses no 'model'; remove it",
                ])
    }

    @Test("a condition that cannot be read, or uses an unknown variable, is refused")
    func conditions() throws {
        let found = try problems(
            """
            version: 1
            nodes:
              count: {type: test.numbers}
              a: {type: test.double, inputs: {in: count}, when: value >}
              b: {type: test.double, inputs: {in: count}, when: valu > 1}
            """)
        #expect(found.count == 2)
        #expect(found.first?.hasPrefix("4:53 'when' of node 'a' is no valid CEL expression") == true)
        #expect(found.last?.hasPrefix("5:53 'when' of node 'b': unknown variable 'valu'") == true)
    }

    @Test("tests in the file name sources and outputs that exist")
    func tests() throws {
        let pipeline = try load(
            """
            version: 1
            nodes:
              count: {type: test.numbers}
              double: {type: test.double, inputs: {in: count}}
            tests:
              - name: doubles
                stub: {count: [a.json, b.json]}
                expect: {double/out: [2, 4]}
            """)
        #expect(pipeline.tests.map(\.name) == ["doubles"])
        #expect(pipeline.tests[0].stubs[0].files.map { $0.split(separator: "/").last } == ["a.json", "b.json"])
        #expect(pipeline.tests[0].expectations.map(\.values) == [[2, 4]])
        #expect(
            try problems(
                """
                version: 1
                nodes:
                  count: {type: test.numbers}
                tests:
                  - {name: x, stub: {cuont: a.json}, expect: {count/nmber: [1]}}
                """) == [
                    "5:22 there is no node 'cuont'; did you mean 'count'?",
                    "5:47 node 'count' has no output 'nmber'; did you mean 'number'?",
                ])
    }
}
