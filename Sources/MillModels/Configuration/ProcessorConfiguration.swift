import MillTokenizer
import MillValue

/// `processor_config.json` of a hub's folder: what joins text and pictures, and with it the image processor's keys, where a
/// processor was saved as one.
struct ProcessorConfiguration {
    static let fileName = "processor_config.json"

    private let keys: ConfigurationReader

    /// nil where the folder has no such file.
    init?(folder: String) throws(ModelError) {
        let path = "\(folder)/\(Self.fileName)"
        guard ModelFile.exists(path) else { return nil }
        let value = try ModelFile.json(path)
        guard value.map != nil else { throw .notAModel(path: path, reason: "it must be an object, not \(value.kind)") }
        keys = ConfigurationReader(path: path, value: value)
    }

    /// The image processor's keys, which count before `preprocessor_config.json`; nil where the file has none.
    func imageProcessor() throws(ModelError) -> ConfigurationReader? { try keys.nested("image_processor") }

    /// The chat template that older files have in them.
    var chatTemplate: String? { keys.value["chat_template"]?.string }

    /// Refuses a file that writes another number of marks for a picture than the model has rows, or another mark.
    ///
    /// - Parameter strategy: the model's own `vision_feature_select_strategy`.
    func checkLlava(_ c: VisionLanguageConfiguration, strategy: String, folder: String) throws(ModelError) {
        if keys.contains("patch_size") {
            let side = try keys.size("patch_size")
            let extra = try keys.size("num_additional_image_tokens", default: c.tower.hasClassToken ? 1 : 0, atLeast: 0)
            let own = try keys.string("vision_feature_select_strategy", default: strategy)
            let marks = (c.tower.imageHeight / side) * (c.tower.imageWidth / side) + extra - (own == "default" ? 1 : 0)
            let rows = c.tower.tokenCount - (strategy == "default" ? 1 : 0)
            guard marks == rows else {
                throw keys.failure(
                    "patch_size",
                    "is \(side), which with num_additional_image_tokens \(extra) and vision_feature_select_strategy \(own) makes"
                        + " \(marks) marks of a picture, but the model has \(rows) rows")
            }
        }
        guard keys.contains("image_token"), let vocabulary = try TokenizerFile.tokenizer(folder: folder) else { return }
        let mark = try keys.string("image_token")
        guard vocabulary.id(of: mark) == c.imageToken else {
            throw keys.failure("image_token", "is \(mark), which is not token \(c.imageToken), the model's for a picture")
        }
    }

    /// The same for the tiles of Idefics3.
    func checkIdefics3(_ c: VisionLanguageConfiguration, scale: Int) throws(ModelError) {
        let rows = (c.tower.gridHeight / scale) * (c.tower.gridWidth / scale)
        let marks = try keys.size("image_seq_len", default: rows)
        guard marks == rows else {
            throw keys.failure("image_seq_len", "is \(marks), but the model has \(rows) rows of a tile")
        }
    }
}
