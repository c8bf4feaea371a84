import MillValue

/// The checked content of `adapter_config.json`.
struct LoRASettings {
    let rank: Int
    let scale: Float
    /// nil where they are a pattern.
    private let targetModules: [String]?
    /// In place of names; nil also for `all-linear`, and for a pattern that needs backtracking, where the weights decide alone.
    private let targetPattern: Pattern?
    private let layers: LoRALayers
    private let path: String

    init(_ config: Value, path: String) throws(WeightsError) {
        self.path = path
        func invalid(_ key: String, _ reason: String) -> WeightsError {
            .invalidSetting(path: path, key: key, reason: reason)
        }
        guard config.map != nil else { throw invalid("adapter_config.json", "it must be an object, but it is \(config.kind)") }
        guard config["peft_type"]?.string == "LORA" else {
            throw .unsupported(path: path, item: "peft_type", reason: "\(Self.shown(config["peft_type"])); supported: LORA")
        }
        for (key, allowed) in Self.plain {
            guard let value = config[key], !value.isNull, !Self.isEmpty(value), value != allowed else { continue }
            throw .unsupported(
                path: path, item: key, reason: "\(Self.shown(value)) is not supported; supported: \(allowed.json())")
        }
        try Self.checkStart(config["init_lora_weights"] ?? .null, path)
        guard let rank = config["r"]?.int, (1...LoRAFile.maximumRank).contains(rank) else {
            throw invalid("r", "it must be a whole number from 1 to \(LoRAFile.maximumRank), not \(Self.shown(config["r"]))")
        }
        guard let alpha = config["lora_alpha"]?.double, alpha > 0, alpha <= 1e6 else {
            throw invalid("lora_alpha", "it must be a number above 0, up to 1000000, not \(Self.shown(config["lora_alpha"]))")
        }
        self.rank = rank
        let stabilised = config["use_rslora"] ?? false
        guard stabilised.isNull || stabilised.bool != nil else {
            throw invalid("use_rslora", "it must be true or false, not \(Self.shown(stabilised))")
        }
        let divisor = stabilised.bool == true ? Double(rank).squareRoot() : Double(rank)
        scale = Float(alpha / divisor)
        switch config["target_modules"] {
        case .string(let text):
            targetModules = nil
            targetPattern = text.lowercased() == "all-linear" ? nil : LoRALayers.pattern(text)
        case .list(let list):
            let names = list.compactMap(\.string)
            guard names.count == list.count, !names.isEmpty, names.count <= 1024 else {
                throw invalid("target_modules", "it must be a list of names")
            }
            (targetModules, targetPattern) = (names, nil)
        default: throw invalid("target_modules", "it must be a list of names or a pattern")
        }
        layers = try LoRALayers(config, hasPattern: targetModules == nil, invalid)
    }

    /// Kinds of adapters that compute something else, and the value of each key that does not ask for them.
    private static let plain: KeyValuePairs<String, Value> = [
        "bias": "none", "fan_in_fan_out": false, "use_dora": false, "modules_to_save": [], "rank_pattern": [:],
        "alpha_pattern": [:], "layer_replication": [], "lora_bias": false, "target_parameters": [], "trainable_token_indices": [],
        "alora_invocation_tokens": [], "use_qalora": false, "use_bdlora": .null, "arrow_config": .null,
    ]

    /// How factors begin without a change of the weights that they are for, besides true and false.
    private static let plainStarts = ["gaussian", "eva", "orthogonal"]

    /// Others (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA) take from the base weights what the factors hold at the start: the adapter is for
    /// weights that no file has.
    private static func checkStart(_ value: Value, _ path: String) throws(WeightsError) {
        guard !value.isNull, value.bool == nil else { return }
        if let text = value.string, plainStarts.contains(text.lowercased()) { return }
        throw .unsupported(
            path: path, item: "init_lora_weights",
            reason: "\(shown(value)) changes the base model's weights, too; supported: true, false, "
                + "\(plainStarts.joined(separator: ", ")); save it with path_initial_model_for_weight_conversion of PEFT's "
                + "save_pretrained, which makes a plain adapter of it")
    }

    private static func isEmpty(_ value: Value) -> Bool { value.list?.isEmpty ?? value.map?.isEmpty ?? false }

    /// Short enough for a message.
    private static func shown(_ value: Value?) -> String {
        guard let value else { return "nothing" }
        let text = value.json()
        return text.utf8.count <= 60 ? text : "\(value.kind)"
    }

    /// PEFT's own rule: the whole name, or its end after a point.
    static func matches(_ module: String, _ target: String) -> Bool {
        module == target || module.hasSuffix(".\(target)")
    }

    /// Why the configuration cannot have led to a change of this module; nil where it can.
    func objection(to module: String) -> String? {
        if let targetModules, !targetModules.contains(where: { Self.matches(module, $0) }) {
            return "target_modules of adapter_config.json name no such module"
        }
        if let targetPattern, !targetPattern.matches(module) {
            return "target_modules of adapter_config.json is a pattern that this module's name does not match"
        }
        // A name that is given in full is meant in whatever layer it is.
        return layers.objection(to: module, isWhole: targetModules?.contains(module) ?? true)
    }

    /// Layers that `layers_to_transform` asks for, and that none of these modules is in.
    func missingLayers(from modules: some Sequence<String>) -> Set<Int> { layers.missing(from: modules) }

    func checkTargets(areIn modules: some Sequence<String>) throws(WeightsError) {
        let modules = Array(modules)
        for target in targetModules ?? [] where !modules.contains(where: { Self.matches($0, target) }) {
            throw .malformed(
                path: path, item: "target_modules", offset: 0, reason: "adapter_model.safetensors holds nothing for \(target)")
        }
    }
}
