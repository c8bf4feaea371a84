import MillHome
import MillStore
import MillValue
import Testing

@Suite("Action executor over a virtual home")
struct ActionExecutorTests {
    @Test("a command is confirmed by the device's own report")
    func confirmed() async throws {
        let house = try Household(["lamp": ["can": ["on_off", "brightness"]]])
        try await house.executor.start()
        let outcome = await house.executor.execute(request("a", "lamp", "turn_on", ["brightness": 40]))
        #expect(outcome.result == .confirmed && outcome.attempts == 1)
        #expect(outcome.value["state"] == "on" && outcome.value["brightness"] == 40 && outcome.value["result"] == "confirmed")
        #expect(house.home.state(of: "lamp") == ["state": "on", "brightness": 40])
        #expect(house.registry.value["lamp"]?["state"] == "on")
        #expect(try await house.outbox.entry(key: "1/a")?.state == .confirmed)
    }

    @Test("a device that does as told and says nothing is a timeout, not a success")
    func silent() async throws {
        let house = try Household(["lamp": ["can": "on_off", "simulate": ["silent": true]]])
        try await house.executor.start()
        async let outcome = house.executor.execute(request("a", "lamp", "turn_on"))
        await house.clock.advanceToNextSleeper()
        #expect(await outcome.result == .timeout)
        #expect(house.clock.now == .seconds(5))
        #expect(house.home.state(of: "lamp")?["state"] == "on")
        #expect(house.registry.value["lamp"]?["state"] == "off")
    }

    @Test("a device that says no is refused, with its reason")
    func refused() async throws {
        let house = try Household(["lamp": ["can": "on_off", "simulate": ["refuse": true]]])
        try await house.executor.start()
        let outcome = await house.executor.execute(request("a", "lamp", "turn_on"))
        #expect(outcome.result == .refused && outcome.reason == "the device refuses commands")
    }

    @Test("what a device cannot do, or may not do, is refused before anything is sent, and is on record")
    func invalid() async throws {
        let house = try Household(["lamp": ["can": "on_off"], "door": ["can": "lock"]])
        try await house.executor.start()
        let wrong = await house.executor.execute(request("a", "lamp", "set_brightness", ["brightness": 3]))
        let risky = await house.executor.execute(request("b", "door", "unlock"))
        #expect(wrong.result == .refused && risky.result == .refused)
        #expect(risky.reason?.contains("'allow'") == true)
        #expect(house.home.counts["door"]?["commands"] == 0)
        #expect(try await house.outbox.history(states: [.refused]).count == 2)
    }

    @Test("a slow device is waited for, and its neighbours are not held up")
    func slow() async throws {
        let house = try Household(["slow": ["can": "on_off", "simulate": ["delay": "2s"]], "fast": ["can": "on_off"]])
        try await house.executor.start()
        async let slow = house.executor.execute(request("a", "slow", "turn_on"))
        _ = await eventually { house.clock.sleeperCount == 2 }
        #expect(await house.executor.execute(request("b", "fast", "turn_on")).result == .confirmed)
        house.clock.advance(by: .seconds(2))
        #expect(await slow.result == .confirmed)
        #expect(await slow.latency == .seconds(2))
    }

    @Test("actions of one device happen in the order in which they were asked for")
    func order() async throws {
        let house = try Household(["lamp": ["can": ["on_off", "brightness"]]])
        try await house.executor.start()
        let results = await withTaskGroup(of: ActionOutcome.self) { group in
            for level in 1...20 {
                let executor = house.executor
                group.addTask {
                    await executor.execute(request("k\(level)", "lamp", "set_brightness", ["brightness": .int(level)]))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.allSatisfy { $0.result == .confirmed })
        #expect(house.home.counts["lamp"]?["commands"] == 20)
    }

    @Test("the same key acts once: while under way, and ever after")
    func idempotency() async throws {
        let house = try Household(["lamp": ["can": "on_off"]])
        try await house.executor.start()
        async let first = house.executor.execute(request("a", "lamp", "toggle"))
        async let second = house.executor.execute(request("a", "lamp", "toggle"))
        let both = await [first, second]
        let third = await house.executor.execute(request("a", "lamp", "toggle"))
        #expect(both.allSatisfy { $0.result == .confirmed } && third.result == .confirmed && third.isRepeated)
        #expect(house.home.counts["lamp"]?["toggles"] == 1)
    }

    @Test("without a connection an action waits, and expires instead of firing late")
    func expires() async throws {
        let house = try Household(["lamp": ["can": "on_off"]])
        try await house.executor.start()
        house.home.setConnected(false)
        async let outcome = house.executor.execute(request("a", "lamp", "turn_on", expires: .seconds(30)))
        await house.clock.advanceToNextSleeper()
        #expect(await outcome.result == .expired)
        house.home.setConnected(true)
        #expect(await house.executor.execute(request("b", "lamp", "turn_off")).result == .confirmed)
        #expect(house.home.counts["lamp"]?["commands"] == 1)
    }

    @Test("when the line breaks, a set command is repeated after a look at the state, a toggle ends as unknown")
    func brokenLine() async throws {
        let house = try Household([
            "lamp": ["can": "on_off", "simulate": ["delay": "1s"]], "fan": ["can": "on_off", "simulate": ["delay": "1s"]],
        ])
        try await house.executor.start()
        async let set = house.executor.execute(request("a", "lamp", "turn_on"))
        async let toggle = house.executor.execute(request("b", "fan", "toggle"))
        #expect(await eventually { house.clock.sleeperCount == 4 })
        house.home.setConnected(false)
        #expect(await toggle.result == .unknown)
        house.clock.advance(by: .seconds(1))
        #expect(await eventually { house.home.counts["lamp"]?["commands"] == 1 })
        house.home.setConnected(true)
        #expect(await set.result == .confirmed)
        #expect(house.home.counts["lamp"]?["commands"] == 1 && house.home.counts["fan"]?["toggles"] == 1)
    }

    @Test("an action that waits behind another of its device is replaced by one that supersedes it")
    func superseded() async throws {
        let house = try Household(["lamp": ["can": "on_off", "simulate": ["delay": "1s"]]])
        try await house.executor.start()
        async let first = house.executor.execute(request("a", "lamp", "turn_on"))
        #expect(await eventually { house.clock.sleeperCount == 2 })
        async let second = house.executor.execute(request("b", "lamp", "turn_off"))
        #expect(await eventually { house.executor.isRunning("b") })
        var third = request("c", "lamp", "toggle")
        third.supersedes = ["b", "long gone"]
        async let last = house.executor.execute(third)
        #expect(await eventually { house.executor.isRunning("c") })
        house.clock.advance(by: .seconds(1))
        #expect(await first.result == .confirmed)
        let replaced = await second
        #expect(replaced.result == .expired && replaced.reason == "replaced by c")
        await house.clock.advanceToNextSleeper()
        #expect(await last.result == .confirmed)
        #expect(house.home.counts["lamp"]?["commands"] == 2)
    }

    @Test("a home that runs for months forgets actions that ended a month ago")
    func pruned() async throws {
        let house = try Household(["lamp": ["can": "on_off"]])
        try await house.executor.start()
        _ = await house.executor.execute(request("a", "lamp", "turn_on"))
        house.clock.advance(by: .seconds(31 * 24 * 3600))
        _ = await house.executor.execute(request("b", "lamp", "turn_off"))
        #expect(try await house.outbox.history().map(\.action.key) == ["1/b"])
    }

    @Test("the home's state is told after every change")
    func states() async throws {
        let house = try Household(["lamp": ["can": "on_off"]])
        try await house.executor.start()
        var states = house.executor.states().makeAsyncIterator()
        #expect(await states.next()?["lamp"]?["state"] == "off")
        house.home.change("lamp", ["state": "on"])
        #expect(await states.next()?["lamp"]?["state"] == "on")
        await house.executor.stop()
        #expect(await states.next() == nil)
    }

    @Test("requests and outcomes survive the way through a graph's edges")
    func values() throws {
        var original = request("k", "lamp", "turn_on", ["brightness": 3], expires: .seconds(9))
        original.rule = "evening"
        original.supersedes = ["j"]
        #expect(try ActionRequest(value: original.value) == original)
        #expect(throws: HomeError.self) { _ = try ActionRequest(value: ["device": "lamp"]) }
        #expect(throws: HomeError.self) {
            _ = try ActionRequest(value: ["device": "lamp", "command": "x", "key": "k", "expires": "soon"])
        }
    }
}

@Suite("Taking up what an earlier run left")
struct RecoveryTests {
    static let devices: Value = ["lamp": ["can": "on_off"], "fan": ["can": "on_off"]]

    /// An outbox as a killed run leaves it.
    func leftOver(_ command: String, sent: Bool, expires: Double = 1e10) async throws -> Outbox {
        let outbox = try Outbox(path: nil)
        _ = try await outbox.beginRun(at: 0)
        let action = NewAction(
            key: "1/k", device: "lamp", command: command, delivery: command == "toggle" ? .once : .set, expires: expires)
        let id = try await outbox.record(action, at: 0).entry.id
        if sent { try await outbox.markSent(id, at: 0) }
        return outbox
    }

    @Test("a set command that may have been sent is sent again only if the device is not so", arguments: ["on", "off"])
    func set(state: String) async throws {
        let house = try Household(
            ["lamp": ["can": "on_off", "simulate": ["initial": ["state": .string(state)]]]],
            outbox: await leftOver("turn_on", sent: true))
        try await house.executor.start()
        let outcome = try #require(await house.executor.recovered().first)
        #expect(outcome.result == .confirmed && outcome.isRecovered && outcome.key == "k")
        #expect(house.home.counts["lamp"]?["commands"] == .int(state == "on" ? 0 : 1))
        #expect(house.home.state(of: "lamp")?["state"] == "on")
        #expect(house.registry.state(of: "lamp")?.changedByOthersAt == nil)
    }

    @Test("a toggle that may have been sent ends as unknown and is not sent again, not even when asked for once more")
    func toggle() async throws {
        let house = try Household(Self.devices, outbox: await leftOver("toggle", sent: true))
        try await house.executor.start()
        let outcome = try #require(await house.executor.recovered().first)
        #expect(outcome.result == .unknown)
        let again = await house.executor.execute(request("k", "lamp", "toggle"))
        #expect(again.result == .unknown && again.isRepeated)
        #expect(house.home.counts["lamp"]?["toggles"] == 0)
    }

    @Test("a toggle that was never sent is sent now")
    func pendingToggle() async throws {
        let house = try Household(Self.devices, outbox: await leftOver("toggle", sent: false))
        try await house.executor.start()
        #expect(await house.executor.recovered().map(\.result) == [.confirmed])
        #expect(house.home.counts["lamp"]?["toggles"] == 1)
    }

    @Test("a light command from an hour ago does not fire")
    func expired() async throws {
        let clock = ManualClock(epoch: 10_000)
        let house = try Household(Self.devices, clock: clock, outbox: await leftOver("turn_on", sent: true, expires: 6400))
        try await house.executor.start()
        #expect(await house.executor.recovered().map(\.result) == [.expired])
        #expect(house.home.counts["lamp"]?["commands"] == 0)
        #expect(try await house.outbox.entry(key: "1/k")?.state == .expired)
    }

    @Test("a device that is no longer in the file leaves a refused action, not a crash")
    func missingDevice() async throws {
        let house = try Household(["fan": ["can": "on_off"]], outbox: await leftOver("turn_on", sent: true))
        try await house.executor.start()
        #expect(await house.executor.recovered().map(\.result) == [.refused])
    }

    @Test("after a clean end the same recording acts again, after a crash it does not")
    func sameRecording() async throws {
        let outbox = try Outbox(path: nil)
        for (isComplete, toggles) in [(false, 1), (true, 0), (true, 1)] as [(Bool, Int)] {
            let house = try Household(Self.devices, outbox: outbox)
            try await house.executor.start()
            _ = await house.executor.execute(request("k", "lamp", "toggle"))
            #expect(house.home.counts["lamp"]?["toggles"] == .int(toggles))
            await house.executor.stop(isComplete: isComplete)
        }
    }
}
