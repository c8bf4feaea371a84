import Glibc
import MillModels
import MillValue

/// Carries out `models convert` of a LoRA adapter.
struct AdapterConversion {
    /// With `adapter_config.json`.
    let folder: String
    /// nil for the model that the adapter names itself.
    let base: String?
    let options: ConversionOptions

    /// Whether a path is an adapter's folder, and no model's.
    static func isAdapter(_ path: String) -> Bool {
        ModelFile.exists("\(path)/adapter_config.json") && !ModelFile.exists("\(path)/config.json")
    }

    func run() throws {
        try checkOptions()
        let place = try place()
        let model = try ModelLoader(panels: .off.deferred).load(path: place, tokenizer: false, pictures: .none)
        guard let text = model.network.text else {
            throw Failure.usage("\(place) is a \(model.description.family) model, and adapters change text models only")
        }
        for file in model.description.files where ModelFile.isSame(options.output, file) {
            throw Failure.usage("-o \(options.output) is \(file), of the model that the adapter is for; choose another name")
        }
        let converter = try AdapterConverter(folder: folder, for: text)
        try converter.write(to: options.output)
        print(
            "\(options.output): an adapter of \(converter.changeCount) matrices for \(place)".visible(keepingLines: false))
    }

    /// Refuses what is about a model's own weights.
    private func checkOptions() throws {
        let given: KeyValuePairs = [
            "--imatrix": options.imatrix != nil, "--calibrate": options.calibrate != nil, "--verify": options.verify != nil,
            "--context": options.context != nil, "--allow-requantize": options.allowRequantize, "--resume": options.resume,
        ]
        guard let option = given.first(where: \.value)?.key else { return }
        throw Failure.usage("\(option) is for models, and \(folder) is an adapter")
    }

    /// The model that the adapter is for.
    private func place() throws -> String {
        if let base { return base }
        let config = "\(folder)/adapter_config.json"
        let name = try ModelFile.json(config)["base_model_name_or_path"]?.string ?? ""
        // As the adapter says it: from here, or from its own folder.
        let candidates = name.isEmpty ? [] : name.hasPrefix("/") ? [name] : [name, "\(folder)/\(name)"]
        for candidate in candidates where (try? ModelLocation.check(candidate)) != nil { return candidate }
        let said = name.isEmpty ? "\(config) names none" : "\(config) names \(name), which is not here"
        throw Failure.usage("name the model that the adapter is for with --base; \(said)")
    }
}
