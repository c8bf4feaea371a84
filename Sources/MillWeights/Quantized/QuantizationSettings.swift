import MillValue

/// What a checkpoint says about how its matrices were quantized: `quantization_config` of `config.json`, or the file that
/// AutoGPTQ and AutoAWQ wrote beside it before there was one.
enum QuantizationSettings: Sendable, Hashable {
    /// arXiv:2210.17323, packed as AutoGPTQ does.
    case gptq(GPTQSettings)
    /// arXiv:2306.00978, packed as AutoAWQ's `gemm` version.
    case awq(AWQSettings)
    /// Blocks of four-bit codes (arXiv:2305.14314); each tensor says the rest itself.
    case bitsandbytes

    static let supported =
        "gptq (4 or 8 bits; checkpoint_format gptq, gptq_v2), awq (4 bits; version gemm), bitsandbytes (4 bits; nf4, fp4)"

    /// - Parameters:
    ///   - config: the settings alone.
    ///   - prefix: precedes keys in messages.
    init(_ config: Value, path: String, prefix: String) throws(WeightsError) {
        let reader = SettingsReader(value: config, path: path, prefix: prefix)
        guard config.map != nil else { throw reader.unsupported("", config, "an object") }
        switch try reader.method() {
        case "gptq": self = .gptq(try GPTQSettings(reader))
        case "awq":
            self = .awq(try AWQSettings(reader))
        case "bitsandbytes":
            guard config["load_in_8bit"]?.bool != true, config["_load_in_8bit"]?.bool != true else {
                throw reader.unsupported("load_in_8bit", true, Self.supported)
            }
            try reader.checkName("bnb_4bit_quant_type", is: ["nf4", "fp4"])
            try reader.checkName("bnb_4bit_quant_storage", is: ["uint8"])
            self = .bitsandbytes
        default: throw reader.unsupported("quant_method", config["quant_method"] ?? .null, Self.supported)
        }
    }
}

/// How a GPTQ checkpoint stores its zero points.
struct GPTQSettings: Sendable, Hashable {
    /// 4 or 8.
    let bits: Int
    /// Inputs that share a scale where the file has no `g_idx`; nil for all.
    let groupSize: Int?
    /// The number that is added to stored zero points.
    let zeroOffset: UInt32
    /// Whether it was taken from whole words, with borrows from one zero point to the next, as GPTQModel does.
    let borrows: Bool

    fileprivate init(_ reader: SettingsReader) throws(WeightsError) {
        try reader.check("bits", ["bits"], is: [4, 8], absent: nil)
        bits = reader.value["bits"]?.int ?? 4
        for key in ["checkpoint_format", "format"] { try reader.checkName(key, is: ["gptq", "gptq_v2"]) }
        try reader.check("is_marlin_format", ["is_marlin_format"], is: [false], absent: false)
        try reader.check("dynamic", ["dynamic"], is: [.null, [:]], absent: .null)
        groupSize = try reader.groupSize(["group_size"])
        let isSecond = ["checkpoint_format", "format"].contains { reader.value[$0]?.string == "gptq_v2" }
        zeroOffset = isSecond ? 0 : 1
        let makers = reader.value["meta"]?["quantizer"]
        let names = makers?.list?.compactMap(\.string) ?? makers?.string.map { [$0] } ?? []
        borrows = names.contains { $0.hasPrefix("gptqmodel") }
    }
}

/// How an AWQ checkpoint groups its inputs.
struct AWQSettings: Sendable, Hashable {
    /// Inputs that share a scale; nil for all.
    let groupSize: Int?

    fileprivate init(_ reader: SettingsReader) throws(WeightsError) {
        try reader.check("bits", ["bits", "w_bit"], is: [4], absent: 4)
        try reader.check("zero_point", ["zero_point"], is: [true], absent: true)
        try reader.checkName("version", is: ["gemm"])
        groupSize = try reader.groupSize(["group_size", "q_group_size"])
    }
}

/// Reads settings; those that are not supported are refused with key, value and what is.
private struct SettingsReader {
    let value: Value
    let path: String
    let prefix: String

    func unsupported(_ key: String, _ value: Value, _ supported: String) -> WeightsError {
        let text = value.json()
        return .unsupported(
            path: path, item: key.isEmpty ? prefix : "\(prefix).\(key)",
            reason: "\(text.utf8.count <= 60 ? text : "\(value.kind)") is not supported; supported: \(supported)")
    }

    /// The method, also of files that were written before it had a key.
    func method() throws(WeightsError) -> String {
        if let method = value["quant_method"], !method.isNull {
            guard let name = method.string else { throw unsupported("quant_method", method, QuantizationSettings.supported) }
            return name
        }
        if value["load_in_4bit"] != nil || value["load_in_8bit"] != nil { return "bitsandbytes" }
        if value["w_bit"] != nil { return "awq" }
        if value["bits"] != nil, value["group_size"] != nil { return "gptq" }
        throw unsupported("quant_method", .null, QuantizationSettings.supported)
    }

    /// The first of `keys` that is there must have one of these values.
    func check(_ name: String, _ keys: [String], is allowed: [Value], absent: Value?) throws(WeightsError) {
        let found = keys.lazy.compactMap { value[$0] }.first
        guard let found = found ?? absent, allowed.contains(found) else {
            throw unsupported(name, found ?? .null, allowed.map { $0.json() }.joined(separator: ", "))
        }
    }

    /// Inputs that share a scale: the first of `keys` that is there; nil for all inputs.
    func groupSize(_ keys: [String]) throws(WeightsError) -> Int? {
        let found = keys.lazy.compactMap { value[$0] }.first { !$0.isNull } ?? -1
        guard let size = found.int, size == -1 || size > 0 else {
            throw unsupported(keys[0], found, "-1 or a number above 0")
        }
        return size == -1 ? nil : size
    }

    /// The same for names, whatever their case.
    func checkName(_ key: String, is allowed: [String]) throws(WeightsError) {
        guard let found = value[key], !found.isNull else { return }
        guard let name = found.string, allowed.contains(name.lowercased()) else {
            throw unsupported(key, found, allowed.joined(separator: ", "))
        }
    }
}
