import MillValue

/// How the rows of a text become one.
public struct EmbeddingPooling: Sendable, Hashable {
    public enum Mode: String, Sendable, CaseIterable {
        /// The mean of all tokens.
        case mean
        /// The first token.
        case first = "cls"
        /// The largest value of each column.
        case largest = "max"
        /// The last token.
        case last
    }

    public var mode: Mode
    /// Whether the row is scaled to length 1, so that a product of two is the cosine between them.
    public var isNormalised: Bool

    public init(_ mode: Mode, isNormalised: Bool) {
        self.mode = mode
        self.isNormalised = isNormalised
    }
}

extension EmbeddingPooling {
    /// What `modules.json` and the folders that it names ask for, as sentence-transformers writes them; nil without them.
    ///
    /// - Throws: ``ModelError/unsupported(path:key:value:supported:)`` for other steps after the encoder.
    init?(folder: String) throws(ModelError) {
        let path = "\(folder)/modules.json"
        guard ModelFile.exists(path) else { return nil }
        var mode: Mode?
        var isNormalised = false
        for module in try ModelFile.json(path).list ?? [] {
            let type = module["type"]?.string ?? ""
            switch type.split(separator: ".").last {
            case "Transformer": break
            case "Pooling": mode = try Self.mode(folder, module["path"]?.string ?? "")
            case "Normalize": isNormalised = true
            default:
                throw .unsupported(path: path, key: "type", value: type, supported: ["Transformer", "Pooling", "Normalize"])
            }
        }
        guard let mode else { return nil }
        self.init(mode, isNormalised: isNormalised)
    }

    private static func mode(_ folder: String, _ name: String) throws(ModelError) -> Mode {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), !name.hasPrefix(".") else {
            throw .configuration(path: "\(folder)/modules.json", key: "path", problem: "must name a folder beside it")
        }
        let path = "\(folder)/\(name)/config.json"
        let config = try ModelFile.json(path)
        if let mode = config["pooling_mode"]?.string {
            guard let found = Mode(rawValue: mode) else {
                throw .unsupported(
                    path: path, key: "pooling_mode", value: mode, supported: Mode.allCases.map(\.rawValue))
            }
            return found
        }
        let keys: [(String, Mode?)] = [
            ("pooling_mode_cls_token", .first), ("pooling_mode_mean_tokens", .mean), ("pooling_mode_max_tokens", .largest),
            ("pooling_mode_lasttoken", .last), ("pooling_mode_mean_sqrt_len_tokens", nil),
            ("pooling_mode_weightedmean_tokens", nil),
        ]
        let chosen = keys.filter { config[$0.0]?.bool == true }
        guard chosen.count == 1, let mode = chosen[0].1 else {
            throw .unsupported(
                path: path, key: "pooling_mode", value: chosen.map(\.0).joined(separator: " and "),
                supported: keys.filter { $0.1 != nil }.map(\.0))
        }
        return mode
    }

    /// llama.cpp's `pooling_type`; nil where the file has none, or asks for rows as they are.
    init?(gguf reader: ConfigurationReader) throws(ModelError) {
        guard reader.contains("pooling_type") else { return nil }
        switch try reader.size("pooling_type", atLeast: 0) {
        case 0: return nil
        case 1: self.init(.mean, isNormalised: true)
        case 2: self.init(.first, isNormalised: true)
        case 3: self.init(.last, isNormalised: true)
        case let other:
            throw .unsupported(
                path: reader.path, key: reader.prefix + "pooling_type", value: "\(other)",
                supported: ["1 (mean)", "2 (cls)", "3 (last)"])
        }
    }
}
