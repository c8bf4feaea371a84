import MillTokenizer
import MillValue
import MillWeights

/// Where the picture side of a text model lies, where that is a file of its own (mmproj, GGUF).
public enum PictureSide: Sendable, Hashable {
    /// The one `mmproj*.gguf` in the folder of a GGUF text model, if there is one that fits.
    case beside
    /// None: the text model alone.
    case none
    case file(String)

    /// Refuses a picture side's own file where a model that answers is wanted.
    ///
    /// - Throws: ``ModelError/notAModel(path:reason:)``.
    public static func checkIsNone(at name: String) throws(ModelError) {
        let path = try ModelLocation.resolve(name)
        guard path.hasSuffix(".gguf"), !ModelFile.isFolder(path), ModelFile.exists(path), let file = try? GGUFFile(path: path),
            (try? file.architecture) == "clip"
        else { return }
        throw .notAModel(
            path: path,
            reason:
                "it is only the vision part (mmproj) of one, and answers nothing by itself; the text model's GGUF file belongs"
                + " to -m, and this one to --mmproj (in a pipeline `path` and `mmproj`)")
    }

    static func isNamedMmproj(_ name: String) -> Bool { name.hasPrefix("mmproj") && name.hasSuffix(".gguf") }
}

extension ModelLoader {
    /// Joins a text model with its picture side, if there is one in a file of its own.
    ///
    /// - Parameter tokenizer: the text model's, if it was loaded.
    /// - Returns: the file of the picture side.
    func attach(
        _ pictures: PictureSide, to network: inout LoadedModel.Network, _ set: inout PanelSet, at path: String,
        tokenizer: Tokenizer?
    ) throws(ModelError) -> (any WeightSource)? {
        guard case .text(let text) = network else {
            guard case .file(let file) = pictures else { return nil }
            throw .notAModel(
                path: file, reason: "\(path) is a \(network.facts.family) model, which takes no picture side from another file")
        }
        switch pictures {
        case .none: return nil
        case .file(let file): return try join(text, file, network: &network, &set, at: path, tokenizer)
        case .beside:
            guard let file = besideFile(path) else { return nil }
            do { return try join(text, file, network: &network, &set, at: path, tokenizer) } catch {
                // Nobody asked for this file: it may belong to another model of the folder.
                guard error.isInvalidFile else { throw error }
                notify(.warning("\(path) is taken without pictures: \(error)"))
                return nil
            }
        }
    }

    private func besideFile(_ path: String) -> String? {
        guard path.hasSuffix(".gguf") else { return nil }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let place = path.contains("/") ? folder + "/" : ""
        let files = ModelFile.names(in: place.isEmpty ? "." : place).filter(PictureSide.isNamedMmproj)
        if files.count > 1 {
            notify(
                .warning(
                    "\(path) is taken without pictures: several files could be its picture side; name one with --mmproj (in a pipeline `mmproj`): \(files.joined(separator: ", "))"
                ))
        }
        return files.count == 1 ? place + files[0] : nil
    }

    private func join(
        _ text: TextModel, _ path: String, network: inout LoadedModel.Network, _ set: inout PanelSet, at textPath: String,
        _ tokenizer: Tokenizer?
    ) throws(ModelError) -> any WeightSource {
        let file: GGUFFile
        let architecture: String
        do {
            file = try GGUFFile(path: path)
            architecture = try file.architecture
        } catch { throw .weights(error) }
        guard architecture == "clip" else {
            throw .unsupported(path: path, key: "general.architecture", value: architecture, supported: ["clip"])
        }
        let keys = ConfigurationReader(path: path, gguf: file.metadata.valueMap(), architecture: architecture)
        let family = try VisionLanguageFamily(gguf: keys)
        let (encoder, mark, panels) = try family.encoder(gguf: keys, file, self) { () throws(ModelError) in
            if let tokenizer { return tokenizer }
            return try TokenizerFile.load(path: textPath)
        }
        guard encoder.hiddenSize == text.configuration.hiddenSize else {
            throw .configuration(
                path: path, key: "clip.projector_type",
                problem: "makes rows of \(encoder.hiddenSize) values, but the text model \(textPath) is"
                    + " \(text.configuration.hiddenSize) wide; take both from one model")
        }
        network = .vision(try PictureTextModel(text, encoder, mark: mark))
        set = set.joined(with: panels)
        return file
    }
}

extension PanelSet {
    /// The panels of two files of one model.
    fileprivate func joined(with other: PanelSet) -> PanelSet {
        var both = self
        if byteCount == 0 { both.place = other.place }
        both.byteCount += other.byteCount
        both.sourceByteCount += other.sourceByteCount
        return both
    }
}
