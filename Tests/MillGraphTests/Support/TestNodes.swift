import MillGraph
import MillTensor
import MillValue
import Synchronization

/// Node types of a world of numbers, enough to write every graph that the tests need.
enum TestNodes {
    static let registry: NodeRegistry = {
        var registry = NodeRegistry()
        for type in [
            numbers, silent, double, slow, later, twice, pass, gate, join, merge, latest, limit, collect, flaky, echo, anything,
            file, work, list, watch,
            image,
            vision,
        ] { registry.register(type) }
        registry.register(
            model: ResourceType("model", "a model", configuration: [ConfigField("path", .path, required: true)]) { $0.name })
        registry.register(
            connection: ResourceType(
                "virtual", "nothing at all",
                configuration: [ConfigField("url", .url, required: true), ConfigField("password", .string)]
            ) { $0.name })
        return registry
    }()

    /// Sends 0, 1, 2, …, at a rate or as fast as it may.
    static let numbers = NodeType(
        "test.numbers", "counts", outputs: [.output("number", .record)],
        configuration: [
            ConfigField("count", .integer(minimum: 0), default: 3),
            ConfigField("rate", .rate),
            ConfigField("fail_at", .integer(minimum: 0)),
        ]
    ) { try Numbers($0) }

    /// Names a file, and may name another.
    static let file = NodeType(
        "test.file", "a file", outputs: [.output("number", .record)],
        configuration: [ConfigField("path", .path, required: true), ConfigField("other", .path)]
    ) { _ in SilentSource() }

    static let double = NodeType(
        "test.double", "doubles", inputs: [.input("in", .record)], outputs: [.output("out", .record)]
    ) { _ in StepNode { inputs, emit in try emit(.value(.int(2 * inputs.number("in")))) } }

    /// Never sends anything.
    static let silent = NodeType("test.silent", "waits", outputs: [.output("number", .record)]) { _ in SilentSource() }

    /// Takes a second of the clock for each number.
    static let slow = NodeType(
        "test.slow", "takes its time", inputs: [.input("in", .record)], outputs: [.output("out", .record)]
    ) { _ in SlowNode() }

    /// An asynchronous node that hands on at once.
    static let later = NodeType(
        "test.later", "hands on from a task", inputs: [.input("in", .record)], outputs: [.output("out", .record)]
    ) { _ in Later() }

    /// Works on several numbers at once, each for as many milliseconds as `takes` says for it, in turn. Numbers of `fail_on` fail.
    static let work = NodeType(
        "test.work", "takes its time for several", inputs: [.input("in", .record)], outputs: [.output("out", .record)],
        configuration: [ConfigField("takes", .list(of: .integer())), ConfigField("fail_on", .list(of: .integer()))],
        isParallel: true
    ) { context in
        Work(
            takes: context.config["takes"]?.list?.compactMap(\.int) ?? [1],
            fails: context.config["fail_on"]?.list?.compactMap(\.int) ?? [])
    }

    /// Sends how many packets it got at once with the first of them.
    static let list = NodeType(
        "test.list", "takes lists", inputs: [.input("in", .record)], outputs: [.output("out", .record)],
        configuration: [ConfigField("fail_on", .list(of: .integer()))], isParallel: true, takesBatches: true
    ) { context in Lists(fails: context.config["fail_on"]?.list?.compactMap(\.int) ?? []) }

    /// Sends how each item ended, and at last how many did.
    static let watch = NodeType(
        "test.watch", "watches items", inputs: [.input("in", .record)], outputs: [.output("out", .record)]
    ) { _ in Watcher() }

    /// Sends everything twice.
    static let twice = NodeType(
        "test.twice", "doubles the stream", inputs: [.input("in", .record)], outputs: [.output("out", .record)]
    ) { _ in
        StepNode { inputs, emit in
            try emit(try inputs.packet("in"))
            try emit(try inputs.packet("in"))
        }
    }

    /// Closes its input after each packet and opens it a second later.
    static let gate = NodeType(
        "test.gate", "paces", inputs: [.input("in", .record)], outputs: [.output("out", .record)]
    ) { _ in Gate() }

    /// Sends each number back with its own stream beside it.
    static let echo = NodeType(
        "test.echo", "answers", inputs: [.input("in", .record)],
        outputs: [.output("out", .record), .output("report", .record)]
    ) { _ in Echo() }

    static let anything = NodeType(
        "test.any", "holds a value", outputs: [.output("out", .record)], configuration: [ConfigField("value", .any)]
    ) { _ in EmptySource() }

    static let pass = NodeType(
        "test.pass", "hands on", inputs: [.input("in", .any)], outputs: [.output("out", sameAs: "in")]
    ) { _ in StepNode { inputs, emit in try emit(try inputs.packet("in")) } }

    /// Adds up what arrives together.
    static let join = NodeType(
        "test.join", "joins", inputs: [.input("a", .record), .input("b", .record), .input("c", .record, required: false)],
        outputs: [.output("sum", .record)]
    ) { _ in
        StepNode { inputs, emit in
            let numbers = ["a", "b", "c"].compactMap { inputs[$0]?.payload.value?.int }
            try emit(.value(.list(numbers.map(Value.int))))
        }
    }

    static let merge = NodeType(
        "test.merge", "hands on what arrives", inputs: [.input("in", .record, sync: .any, variadic: true)],
        outputs: [.output("out", .record)]
    ) { _ in StepNode { inputs, emit in try emit(try inputs.packet("in")) } }

    /// Pairs each number with the newest `state`.
    static let latest = NodeType(
        "test.latest", "pairs",
        inputs: [.input("in", .record), .input("state", .record, required: false, sync: .latest)],
        outputs: [.output("out", .record)]
    ) { _ in
        StepNode { inputs, emit in
            try emit(.value(.list([try inputs.packet("in").payload.expressionValue, inputs["state"]?.payload.value ?? .null])))
        }
    }

    /// Lets one number into the loop at a time; what arrives meanwhile waits, or is dropped beyond `queued`.
    static let limit = NodeType(
        "test.limit", "limits",
        inputs: [.input("in", .any, sync: .any), .input("finished", .any, sync: .any)],
        outputs: [.output("out", sameAs: "in")], boundsLoop: true
    ) { _ in Limit() }

    static let collect = NodeType(
        "test.collect", "ends here", inputs: [.input("in", .any, sync: .any, variadic: true)],
        configuration: [ConfigField("level", .choice(["low", "high"]), default: "low")]
    ) { _ in StepNode { _, _ in } }

    static let flaky = NodeType(
        "test.flaky", "fails for some numbers", inputs: [.input("in", .record)], outputs: [.output("out", .record)],
        configuration: [
            ConfigField("fail_on", .list(of: .integer()), default: []), ConfigField("times", .integer(), default: 1_000),
        ]
    ) { try Flaky($0) }

    static let image = NodeType(
        "test.image", "a picture",
        outputs: [.output("image", .image), .output("depth", .tensor(.f32, shape: [.variable("h"), .size(4)]))]
    ) { _ in EmptySource() }

    static let vision = NodeType(
        "test.vision", "looks at a picture", inputs: [.input("image", .image)],
        outputs: [.output("out", .record(schema: "scene"))],
        needsModel: true
    ) { _ in StepNode { _, emit in try emit(.value([:])) } }
}

struct TestError: Error, CustomStringConvertible {
    let description: String
}

extension Inputs {
    func number(_ port: String) throws -> Int {
        guard let number = try packet(port).payload.value?.int else { throw TestError(description: "no number at \(port)") }
        return number
    }
}

/// A node without state.
final class StepNode: Node {
    private let body: (Inputs, Emitter) throws -> Void
    init(_ body: @escaping (Inputs, Emitter) throws -> Void) { self.body = body }
    func step(_ inputs: Inputs, _ emit: Emitter) throws { try body(inputs, emit) }
}

final class EmptySource: SourceNode {
    func run(_ emit: AsyncEmitter) async throws {}
}

final class SilentSource: SourceNode {
    func run(_ emit: AsyncEmitter) async throws { try await emit.clock.sleep(until: emit.clock.now + .seconds(3600)) }
}

final class SlowNode: AsyncNode {
    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws {
        try await emit.clock.sleep(until: emit.clock.now + .seconds(1))
        try await emit(try inputs.packet("in"))
    }
}

final class Later: AsyncNode {
    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws {
        await Task.yield()
        try await emit(try inputs.packet("in"))
    }
}

final class Work: AsyncNode {
    private let takes: [Int]
    private let fails: [Int]

    init(takes: [Int], fails: [Int]) {
        self.takes = takes
        self.fails = fails
    }

    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws {
        let number = try inputs.number("in")
        try await emit.clock.sleep(until: emit.clock.now + .milliseconds(takes[number % takes.count]))
        if fails.contains(number) { throw TestError(description: "\(number) is bad") }
        try await emit(try inputs.packet("in"))
    }
}

final class Lists: BatchNode {
    private let fails: [Int]

    init(fails: [Int]) { self.fails = fails }

    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws { try await process([inputs], emit) }

    func process(_ batch: [Inputs], _ emit: AsyncEmitter) async throws {
        let numbers = try batch.map { try $0.number("in") }
        if let bad = numbers.first(where: fails.contains) { throw TestError(description: "\(bad) is bad") }
        try await emit(try batch[0].packet("in").with(.value(.list(numbers.map(Value.int)))))
    }
}

final class Watcher: ItemObserver {
    private var ended = 0

    func step(_ inputs: Inputs, _ emit: Emitter) throws {}

    func itemEnded(_ item: ItemReport, _ emit: Emitter) throws {
        ended += 1
        try emit(.value(.string("\(item.sequence) \(item.failures.first?.reason ?? "done")")))
    }

    func finish(_ emit: Emitter) throws { try emit(.value(.string("\(ended) ended"))) }
}

final class Echo: AsyncNode {
    func run(_ emit: AsyncEmitter) async throws {
        try await emit(.value("online"), on: "report")
        try await emit.clock.sleep(until: emit.clock.now + .seconds(3600))
    }

    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws { try await emit(try inputs.packet("in").payload) }

    func finish(_ emit: AsyncEmitter) async throws { try await emit(.value("offline"), on: "report") }
}

final class Gate: Node {
    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        emit.setReady(false, input: "in")
        emit.wake(after: .seconds(1))
        try emit(try inputs.packet("in"))
    }

    func wake(_ emit: Emitter) throws { emit.setReady(true, input: "in") }
}

final class Numbers: SourceNode {
    private let count: Int
    private let period: Duration?
    private let failAt: Int?

    init(_ context: NodeContext) throws {
        count = try context.config.int("count")
        period = context.config["rate"] == nil ? nil : try context.config.rate("rate").period
        failAt = context.config["fail_at"]?.int
    }

    func run(_ emit: AsyncEmitter) async throws {
        for number in 0..<count {
            if number == failAt { throw TestError(description: "the camera is gone") }
            try await emit(.value(.int(number)))
            if let period { try await emit.clock.sleep(until: emit.clock.now + period) }
        }
    }
}

final class Limit: Node {
    private var isBusy = false
    private var waiting: [Packet] = []

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        if inputs.triggerPort == "finished" { isBusy = false }
        if let packet = inputs["in"] {
            waiting.append(packet)
            emit.keep(packet)
        }
        guard !isBusy, !waiting.isEmpty else { return }
        isBusy = true
        let packet = waiting.removeFirst()
        try emit(packet)
        emit.letGo(packet)
    }
}

final class Flaky: Node {
    private let failing: Set<Int>
    private var timesLeft: Int

    init(_ context: NodeContext) throws {
        failing = Set(try context.config.list("fail_on").compactMap(\.int))
        timesLeft = try context.config.int("times")
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        let number = try inputs.number("in")
        if failing.contains(number), timesLeft > 0 {
            timesLeft -= 1
            throw TestError(description: "cannot take \(number)")
        }
        try emit(.value(.int(number)))
    }
}
