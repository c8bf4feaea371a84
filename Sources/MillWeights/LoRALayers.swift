import MillValue

/// Which of the modules that `target_modules` name an adapter leaves out: `layers_to_transform`, `layers_pattern` and
/// `exclude_modules` of `adapter_config.json`, as PEFT goes by them (`check_target_module_exists`).
struct LoRALayers {
    /// nil for all layers.
    private let indices: Set<Int>?
    /// What stands before a layer's number; any name where there is none.
    private let patterns: [String]
    private let excluded: [String]
    /// A pattern that names the whole of a module, in place of names; nil also for one that needs backtracking, where the weights
    /// decide alone.
    private let exclusion: Pattern?

    /// - Parameters:
    ///   - hasPattern: whether `target_modules` is a pattern, which PEFT takes without these keys only.
    ///   - invalid: the error for a key.
    init(
        _ config: Value, hasPattern: Bool, _ invalid: (_ key: String, _ reason: String) -> WeightsError
    ) throws(WeightsError) {
        switch config["layers_to_transform"] {
        case nil, .null?: indices = nil
        case let value?:
            let list = value.list ?? [value]
            let numbers = list.compactMap(\.int).filter { (0..<1 << 20).contains($0) }
            guard numbers.count == list.count, numbers.count <= 1 << 16 else {
                throw invalid("layers_to_transform", "it must be a layer's number or a list of them")
            }
            indices = numbers.isEmpty ? nil : Set(numbers)
        }
        patterns = try Self.names(config["layers_pattern"], "layers_pattern", invalid)
        if !patterns.isEmpty, indices == nil {
            throw invalid("layers_pattern", "it says which layers layers_to_transform counts, and that is not there")
        }
        if indices != nil, hasPattern {
            throw invalid("layers_to_transform", "it goes with a list of target_modules, and they are a pattern")
        }
        if let pattern = config["exclude_modules"]?.string {
            (excluded, exclusion) = ([], pattern.isEmpty ? nil : Self.pattern(pattern))
        } else {
            (excluded, exclusion) = (try Self.names(config["exclude_modules"], "exclude_modules", invalid), nil)
        }
    }

    /// A pattern in Python's spelling that names the whole of a module; nil for one that needs backtracking.
    ///
    /// Groups that remember nothing, and repetitions that take as little as they can, name the same modules as plain ones.
    static func pattern(_ text: String) -> Pattern? {
        var (result, isClass) = ("", false)
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            result.unicodeScalars.append(scalar)
            switch scalar {
            case "\\":
                if let next = rest.popFirst() { result.unicodeScalars.append(next) }
            case "[": isClass = true
            case "]": isClass = false
            case "(" where !isClass && rest.starts(with: "?:".unicodeScalars): rest = rest.dropFirst(2)
            case "(" where !isClass && rest.first == "?": return nil
            case "*", "+", "?", "}":
                guard !isClass else { break }
                if rest.first == "+" { return nil }
                if rest.first == "?" { rest.removeFirst() }
            default: break
            }
        }
        return try? Pattern("^(\(result))$")
    }

    private static func names(
        _ value: Value?, _ key: String, _ invalid: (_ key: String, _ reason: String) -> WeightsError
    ) throws(WeightsError) -> [String] {
        guard let value, !value.isNull else { return [] }
        let list = value.list ?? [value]
        let names = list.compactMap(\.string)
        guard names.count == list.count, names.count <= 1024 else { throw invalid(key, "it must be a name or a list of names") }
        return names.filter { !$0.isEmpty }
    }

    /// Why these keys leave a module out that `target_modules` name; nil where they do not.
    ///
    /// - Parameter isWhole: whether it is named in full, which counts whatever its layer is.
    func objection(to module: String, isWhole: Bool) -> String? {
        if excluded.contains(where: { LoRASettings.matches(module, $0) }) || exclusion?.matches(module) ?? false {
            return "exclude_modules of adapter_config.json leave this module out"
        }
        guard let indices, !isWhole else { return nil }
        guard let layer = layer(of: module) else {
            return patterns.isEmpty
                ? "layers_to_transform of adapter_config.json count layers, and this module is in none"
                : "layers_pattern of adapter_config.json names no layer that this module is in"
        }
        return indices.contains(layer) ? nil : "layers_to_transform of adapter_config.json leave layer \(layer) out"
    }

    /// The layers asked for that no module is in; models may have fewer, which PEFT does not mind.
    func missing(from modules: some Sequence<String>) -> Set<Int> { indices?.subtracting(modules.compactMap(layer)) ?? [] }

    /// The number of the last layer that a module is in, as PEFT finds it: after a name that is not the first part.
    private func layer(of module: String) -> Int? {
        let parts = module.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 3 else { return nil }
        func last(_ isNamed: (Int) -> Bool) -> Int? {
            (2..<parts.count - 1).last { parts[$0].utf8.allSatisfy { (48...57).contains($0) } && isNamed($0) }
                .flatMap { Int(parts[$0]) }
        }
        if patterns.isEmpty { return last { _ in true } }
        for pattern in patterns {
            if let found = last({ parts[..<$0].joined(separator: ".").hasSuffix(".\(pattern)") }) { return found }
        }
        return nil
    }
}
