import MillValue

extension QueueSettings {
    static func read(_ tree: Tree, _ what: String, _ diagnostics: Diagnostics) -> QueueSettings? {
        guard var reader = MapReader(tree, "'queue' of \(what)", diagnostics) else { return nil }
        let size = reader.int("size", in: 1...QueueSettings.maximumSize)
        let policy = reader.choice("policy", QueuePolicy.self)
        reader.finish()
        return QueueSettings(size: size ?? Self.default.size, policy: policy ?? Self.default.policy)
    }
}

extension ErrorPolicy {
    private static let names = ["fail", "skip", "dead_letter", "retry"]

    static func read(_ tree: Tree, _ diagnostics: Diagnostics) -> ErrorPolicy? {
        switch tree.string {
        case "fail": return .fail
        case "skip": return .skip
        case "dead_letter": return .deadLetter
        case "retry":
            diagnostics.error(
                at: tree.location, "'retry' needs its attempts and delay",
                suggestion: "on_error: {retry: {attempts: 3, delay: 1s}}")
            return nil
        case let name?:
            diagnostics.error(
                at: tree.location, "'\(name)' is no policy for errors",
                suggestion: suggestion(for: name, among: names, "policies"))
            return nil
        case nil: break
        }
        guard var reader = MapReader(tree, "'on_error'", diagnostics) else { return nil }
        let retry = reader.take("retry")
        reader.finish()
        guard let retry, var details = MapReader(retry, "'retry'", diagnostics) else { return nil }
        let attempts = details.int("attempts", in: 1...1000)
        let delay = details.duration("delay")
        details.finish()
        return .retry(attempts: attempts ?? 3, delay: delay ?? .seconds(1))
    }
}

extension RestartPolicy {
    private enum Policy: String, CaseIterable {
        case never
        case onFailure = "on_failure"
    }

    static func read(_ tree: Tree, _ diagnostics: Diagnostics) -> RestartPolicy? {
        guard var reader = MapReader(tree, "'restart'", diagnostics) else { return nil }
        let policy = reader.choice("policy", Policy.self)
        let delay = reader.duration("delay") ?? .seconds(1)
        let maximum = reader.duration("max_delay") ?? max(delay, .seconds(30))
        let restart = RestartPolicy(
            onFailure: policy != .never, delay: delay, maximumDelay: maximum,
            startupTimeout: reader.duration("startup_timeout"), maximumAttempts: reader.int("max_attempts", in: 1...1_000_000))
        reader.finish()
        if maximum < delay {
            diagnostics.error(at: tree["max_delay"]?.location ?? tree.location, "'max_delay' must not be below 'delay'")
        }
        return restart
    }
}

extension BatchSettings {
    static func read(_ tree: Tree, _ what: String, _ diagnostics: Diagnostics) -> BatchSettings? {
        guard var reader = MapReader(tree, "'batch' of \(what)", diagnostics) else { return nil }
        let size = reader.int("size", in: 1...BatchSettings.maximumSize)
        let timeout = reader.duration("timeout") ?? .zero
        reader.finish()
        guard let size else {
            if tree["size"] == nil {
                diagnostics.error(
                    at: tree.location, "'batch' of \(what) has no 'size'", suggestion: "batch: {size: 8, timeout: 50ms}")
            }
            return nil
        }
        return BatchSettings(size: size, timeout: timeout)
    }
}

extension RunSettings {
    static func read(_ tree: Tree?, directory: String, _ diagnostics: Diagnostics) -> RunSettings {
        guard let tree, var reader = MapReader(tree, "'run'", diagnostics) else { return .default }
        let mode = reader.choice("mode") ?? Self.default.mode
        let documentTimeout = reader.duration("document_timeout")
        let ledger = reader.string("ledger").flatMap { $0.isEmpty ? nil : FileAccess.absolute($0, in: directory) }
        for key in ["document_timeout", "ledger"] where tree[key] != nil && mode != .batch {
            diagnostics.error(
                at: reader.keyLocation(key), "'\(key)' is for runs with 'mode: batch'",
                suggestion: key == "ledger" ? "add mode: batch" : "add mode: batch, or bound the whole run with 'deadline'")
        }
        let settings = RunSettings(
            mode: mode, network: reader.choice("network") ?? Self.default.network,
            deadline: reader.duration("deadline"), documentTimeout: documentTimeout, ledger: ledger,
            onError: reader.take("on_error").flatMap { ErrorPolicy.read($0, diagnostics) } ?? (mode == .batch ? .skip : .fail))
        reader.finish()
        return settings
    }
}
