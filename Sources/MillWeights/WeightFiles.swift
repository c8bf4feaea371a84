import MillTensor
import MillValue

/// Opens the weights in a model's folder, whatever they are kept in.
public enum WeightFiles {
    /// What is looked for, in this order.
    private static let safetensors = ["model.safetensors", "model.safetensors.index.json"]
    private static let torch = ["pytorch_model.bin", "pytorch_model.bin.index.json"]
    private static let onnx = ["model.onnx", "onnx/model.onnx"]
    /// What training scripts leave beside a model's `.pt` and `.pth` files.
    private static let notModels = ["optimizer", "scheduler", "rng_state", "training_args", "scaler"]

    /// Opens a folder's weights: safetensors, else PyTorch's files, else ONNX. Matrices that were quantized read as dense ones
    /// (``QuantizedSource``), as `quantization_config` of `config.json` or a `quantize_config.json` says.
    ///
    /// - Throws: ``WeightsError``; where nothing is found it names what was looked for, and where the quantization is of another
    ///   kind, key, value and what is supported.
    public static func open(folder: String) throws(WeightsError) -> any WeightSource {
        let settings = try settings(folder: folder)
        return try QuantizedSource.wrapping(try container(folder), settings)
    }

    /// A source with quantized matrices as one of dense ones.
    ///
    /// - Parameters:
    ///   - settings: the content of `quantization_config`; nil where there is none.
    ///   - path: the file that they are from, for messages.
    package static func dense(
        _ source: any WeightSource, settings: Value?, path: String
    ) throws(WeightsError) -> any WeightSource {
        var parsed: QuantizationSettings?
        if let settings { parsed = try QuantizationSettings(settings, path: path, prefix: "quantization_config") }
        return try QuantizedSource.wrapping(source, parsed)
    }

    private static func container(_ folder: String) throws(WeightsError) -> any WeightSource {
        if safetensors.contains(where: { FileSystem.exists("\(folder)/\($0)") }) { return try SafetensorsFile(path: folder) }
        for name in torch where FileSystem.exists("\(folder)/\(name)") { return try TorchFile(path: "\(folder)/\(name)") }
        for name in onnx where FileSystem.exists("\(folder)/\(name)") { return try ONNXFile(path: "\(folder)/\(name)") }
        let others = try names(in: folder).filter { name in
            (name.hasSuffix(".pt") || name.hasSuffix(".pth")) && !notModels.contains(where: name.hasPrefix)
        }
        if others.count == 1 { return try TorchFile(path: "\(folder)/\(others[0])") }
        let searched = (safetensors + torch + onnx).joined(separator: ", ")
        throw .unreadable(
            path: folder,
            reason: others.isEmpty
                ? "the folder has none of \(searched), and no .pt or .pth file"
                : "the folder has none of \(searched), and several others: \(others.prefix(8).joined(separator: ", ")); keep one")
    }

    private static func names(in folder: String) throws(WeightsError) -> [String] {
        do throws(TensorError) { return try FolderEntries.names(in: folder).filter { !$0.hasPrefix(".") }.sorted() } catch {
            throw WeightsError(opening: folder, error)
        }
    }

    private static func settings(folder: String) throws(WeightsError) -> QuantizationSettings? {
        let path = "\(folder)/config.json"
        if FileSystem.exists(path) {
            let config = try json(path)
            for (place, value) in [("", config), ("text_config.", config["text_config"] ?? .null)] {
                for key in ["quantization_config", "compression_config"] {
                    guard let settings = value[key], !settings.isNull else { continue }
                    return try QuantizationSettings(settings, path: path, prefix: place + key)
                }
            }
        }
        // AutoGPTQ's and AutoAWQ's own files.
        for name in ["quantize_config.json", "quant_config.json"] where FileSystem.exists("\(folder)/\(name)") {
            return try QuantizationSettings(try json("\(folder)/\(name)"), path: "\(folder)/\(name)", prefix: "settings")
        }
        return nil
    }

    private static func json(_ path: String) throws(WeightsError) -> Value {
        let bytes = try FileSystem.read(path, limit: 16 << 20)
        do throws(JSON.ParseError) { return try JSON.parse(bytes: bytes, maximumDepth: 64) } catch {
            throw .malformed(path: path, item: "line \(error.line)", offset: error.offset, reason: error.message)
        }
    }
}
