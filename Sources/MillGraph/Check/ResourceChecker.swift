import Logging
import MillValue

/// Reads the sections `models` and `connections`.
struct ResourceChecker {
    let registry: NodeRegistry
    let pipeline: String
    let directory: String
    let devices: Value
    let network: RunSettings.Network
    let diagnostics: Diagnostics

    func read(_ section: ResourceSection, _ tree: Tree?, expander: inout Expander) -> [CheckedResource] {
        guard let tree, !tree.isUnresolved else { return [] }
        guard let entries = tree.entries else {
            diagnostics.error(at: tree.location, "'\(section.rawValue)' must be a mapping, but it is \(tree.kindText)")
            return []
        }
        return entries.compactMap { read(section, $0, expander: &expander) }
    }

    private func read(_ section: ResourceSection, _ entry: Tree.Entry, expander: inout Expander) -> CheckedResource? {
        let owner = "\(section == .models ? "model" : "connection") '\(entry.key)'"
        guard let type = type(section, entry, owner) else { return nil }
        if network == .deny, type.usesNetwork {
            diagnostics.error(
                at: entry.value["url"]?.location ?? entry.keyLocation, "\(owner) uses the network, which `run` denies",
                suggestion: "set run: {network: allow}, or use a connection that stays inside, such as virtual:")
        }
        let before = diagnostics.problems.count
        var checker = ConfigChecker(directory: directory, diagnostics: diagnostics)
        let values = checker.check(
            entry.value, type.configuration, owner: owner, at: entry.keyLocation, expander: &expander)
        let config = Configuration(values: values, owner: owner)
        warnOfUserInfo(entry.value["url"], expander: &expander)
        if diagnostics.problems[before...].allSatisfy({ $0.severity == .warning }) {
            let context = ResourceContext(
                name: entry.key, config: config, clock: SystemClock(), logger: Logger(label: "millrace.check"),
                devices: devices, directory: directory, pipeline: pipeline)
            for problem in type.check(context) {
                diagnostics.error(
                    at: entry.value.location(of: problem.path), "\(owner): \(problem.message)", suggestion: problem.suggestion)
            }
        }
        return CheckedResource(section: section, name: entry.key, type: type, config: config)
    }

    private func type(_ section: ResourceSection, _ entry: Tree.Entry, _ owner: String) -> ResourceType? {
        if section == .models {
            if registry.modelType == nil { diagnostics.error(at: entry.keyLocation, "this build knows no models") }
            return registry.modelType
        }
        guard let url = entry.value["url"] else {
            diagnostics.error(
                at: entry.keyLocation, "\(owner) has no 'url'",
                suggestion:
                    "its scheme chooses the kind: \(registry.connectionTypes.map { "\($0.name):" }.joined(separator: ", "))")
            return nil
        }
        if url.isUnresolved { return nil }
        guard let scheme = url.string?.urlScheme else {
            diagnostics.error(
                at: url.location, "'url' of \(owner) must be a URL, but it is \(url.shownText)", suggestion: "such as mqtt://host"
            )
            return nil
        }
        guard let type = registry.connectionType(scheme: scheme) else {
            diagnostics.error(
                at: url.location, "\(owner): unknown scheme '\(scheme)'",
                suggestion: suggestion(for: scheme, among: registry.connectionTypes.map(\.name), "schemes"))
            return nil
        }
        return type
    }

    /// A password in a URL is a literal password too.
    private func warnOfUserInfo(_ url: Tree?, expander: inout Expander) {
        guard let url, let text = url.string, let password = text.urlPassword, !password.isEmpty else { return }
        expander.secrets.remember(password)
        guard !url.isSubstituted else { return }
        diagnostics.warning(
            at: url.location, "the URL holds a password", suggestion: "write ${secret.password} in its place")
    }
}

extension String {
    /// `secret` of `scheme://user:secret@host`.
    var urlPassword: String? {
        guard let start = range(ofText: "://") else { return nil }
        let authority = self[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else { return nil }
        return String(authority[authority.index(after: colon)..<at])
    }

    /// The place after the first occurrence of `text`.
    private func range(ofText text: String) -> Index? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(text) { return rest.index(rest.startIndex, offsetBy: text.count) }
            rest.removeFirst()
        }
        return nil
    }
}
