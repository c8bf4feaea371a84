import MillImage
import MillValue

/// How the hub's image processors make a tower's input: `processor_config.json` or `preprocessor_config.json`, and what they leave
/// out by family.
struct PreprocessorConfiguration: Sendable {
    /// How `size` is meant where it is one number.
    enum Side: Sendable {
        /// Both sides, whatever the aspect ratio.
        case square
        /// The shorter side; the middle is taken.
        case shortest
        /// Both sides of a canvas that the whole picture fits into; black below and on the right.
        case fit
        /// Not the tower's: the family cuts pictures in its own way.
        case own
    }

    let side: Side
    let filter: ResizeFilter
    let mean: SIMD3<Float>
    let deviation: SIMD3<Float>
    /// The processors that read a folder's pictures as these defaults say; nil where any may, with keys of its own.
    let processors: [String]?
    /// Keys that the family reads besides.
    var ownKeys: Set<String> = []

    static let siglip = PreprocessorConfiguration(
        side: .square, filter: .bicubic, mean: SIMD3(repeating: 0.5), deviation: SIMD3(repeating: 0.5),
        processors: ["SiglipImageProcessor", "SiglipImageProcessorFast"])
    static let vit = PreprocessorConfiguration(
        side: .square, filter: .bilinear, mean: SIMD3(repeating: 0.5), deviation: SIMD3(repeating: 0.5),
        processors: ["ViTImageProcessor", "ViTImageProcessorFast", "ViTFeatureExtractor"])
    /// Mean and deviation are those of CLIP's training pictures.
    static let clip = PreprocessorConfiguration(
        side: .shortest, filter: .bicubic, mean: SIMD3(0.48145466, 0.4578275, 0.40821073),
        deviation: SIMD3(0.26862954, 0.26130258, 0.27577711),
        processors: ["CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPFeatureExtractor"])

    /// SigLIP under a language model, whose folders name many processors.
    static let llava = PreprocessorConfiguration(
        side: .square, filter: .bicubic, mean: siglip.mean, deviation: siglip.deviation, processors: nil)
    static let glmEdgeV = PreprocessorConfiguration(
        side: .fit, filter: .bicubic, mean: siglip.mean, deviation: siglip.deviation, processors: nil)
    static let idefics3 = PreprocessorConfiguration(
        side: .own, filter: .lanczos, mean: siglip.mean, deviation: siglip.deviation, processors: nil)
    static let mllama = PreprocessorConfiguration(
        side: .square, filter: .bilinear, mean: siglip.mean, deviation: siglip.deviation,
        processors: ["MllamaImageProcessor", "MllamaImageProcessorFast"], ownKeys: ["do_pad", "max_image_tiles"])

    static let qwen25VL = PreprocessorConfiguration(
        side: .own, filter: .bicubic, mean: clip.mean, deviation: clip.deviation,
        processors: ["Qwen2VLImageProcessor", "Qwen2VLImageProcessorFast", "Qwen2_5_VLImageProcessor"],
        ownKeys: ["min_pixels", "max_pixels", "patch_size", "temporal_patch_size", "merge_size"])

    /// The numbers of Pillow's resampling filters.
    static let filters: [Int: ResizeFilter] = [1: .lanczos, 2: .bilinear, 3: .bicubic, 4: .box]
    private static let keys: Set = [
        "do_resize", "size", "resample", "do_center_crop", "crop_size", "do_rescale", "rescale_factor", "do_normalize",
        "image_mean", "image_std", "do_convert_rgb", "image_processor_type", "feature_extractor_type", "processor_class",
    ]
    /// What changes nothing where it is null or false.
    private static let absent: Set = ["do_pad", "pad_size", "disable_grouping", "default_to_square", "input_data_format"]
    /// How tensors are handed over in Python.
    private static let immaterial: Set = ["return_tensors", "data_format", "device", "_valid_processor_keys", "image_seq_length"]

    /// What the family does where a folder says nothing.
    func preprocessor(width: Int, height: Int) -> Preprocessor {
        preprocessor(
            width: width, height: height, aspect: aspect(width, height), mean: mean, deviation: deviation, filter: filter)
    }

    private func aspect(_ width: Int, _ height: Int) -> AspectPolicy {
        switch side {
        case .square, .own: .stretch
        case .shortest: .shortestSide(min(width, height))
        case .fit: .fit(position: .topLeft)
        }
    }

    /// What a folder says: `image_processor` of `processor_config.json` before `preprocessor_config.json`; nil where it has neither.
    static func reader(folder: String) throws(ModelError) -> ConfigurationReader? {
        if let own = try ProcessorConfiguration(folder: folder)?.imageProcessor() { return own }
        let path = "\(folder)/preprocessor_config.json"
        return ModelFile.exists(path) ? ConfigurationReader(path: path, value: try ModelFile.json(path)) : nil
    }

    /// What a folder asks for.
    ///
    /// - Throws: ``ModelError/unsupported(path:key:value:supported:)`` for what is not done here, ``ModelError/configuration``
    ///   for what does not fit the tower's width and height.
    func preprocessor(folder: String, width: Int, height: Int) throws(ModelError) -> Preprocessor {
        guard let reader = try Self.reader(folder: folder) else { return preprocessor(width: width, height: height) }
        return try preprocessor(reader, width: width, height: height)
    }

    private func preprocessor(_ reader: ConfigurationReader, width: Int, height: Int) throws(ModelError) -> Preprocessor {
        try checkKeys(reader)
        guard try reader.bool("do_resize", default: true) else {
            throw .unsupported(path: reader.path, key: "do_resize", value: "false", supported: ["true"])
        }
        let aspect = try aspect(reader, width: width, height: height)
        var (mean, deviation) = (self.mean, self.deviation)
        if try reader.bool("do_normalize", default: true) {
            mean = try reader.colour("image_mean", default: mean)
            deviation = try reader.deviation("image_std", default: deviation)
        } else {
            (mean, deviation) = (.zero, SIMD3(repeating: 1))
        }
        // Samples are divided by 255 here; another factor becomes part of mean and deviation.
        var factor = 1.0 / 255
        if try reader.bool("do_rescale", default: true) {
            factor = try reader.positive("rescale_factor", default: factor)
        } else {
            factor = 1
        }
        if abs(factor * 255 - 1) > 1e-9 {
            mean /= Float(factor * 255)
            deviation /= Float(factor * 255)
        }
        let number = try reader.contains("resample") ? reader.size("resample", atLeast: 0) : nil
        guard let filter = number.map({ Self.filters[$0] }) ?? filter else {
            throw .unsupported(
                path: reader.path, key: "resample", value: "\(number ?? 0)",
                supported: Self.filters.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value.rawValue))" })
        }
        return preprocessor(
            width: width, height: height, aspect: aspect, mean: mean, deviation: deviation, filter: filter)
    }

    private func preprocessor(
        width: Int, height: Int, aspect: AspectPolicy, mean: SIMD3<Float>, deviation: SIMD3<Float>, filter: ResizeFilter
    ) -> Preprocessor {
        Preprocessor(
            width: width, height: height, filter: filter, aspect: aspect, mean: mean, deviation: deviation, layout: .chw)
    }

    private func checkKeys(_ reader: ConfigurationReader) throws(ModelError) {
        guard let processors else {
            // Where pictures become squares, padding would be another picture.
            guard side == .square else { return }
            if try reader.bool("do_pad", default: false) {
                throw .unsupported(path: reader.path, key: "do_pad", value: "true", supported: ["false"])
            }
            let aspect = try reader.string("image_aspect_ratio", default: "square")
            guard aspect == "square" else {
                throw .unsupported(path: reader.path, key: "image_aspect_ratio", value: aspect, supported: ["square"])
            }
            return
        }
        let known = Self.keys.union(Self.immaterial).union(ownKeys)
        for (key, value) in reader.value.map ?? [:] where !known.contains(key) {
            if Self.absent.contains(key), value.isNull || value.bool == false { continue }
            if key == "default_to_square", value.bool == (side == .square) { continue }
            throw .unsupported(path: reader.path, key: key, value: value.json(), supported: Self.keys.union(ownKeys).sorted())
        }
        for key in ["image_processor_type", "feature_extractor_type"] where reader.contains(key) {
            let name = try reader.string(key)
            guard processors.contains(name) else {
                throw .unsupported(path: reader.path, key: key, value: name, supported: processors)
            }
        }
    }

    /// How a picture is brought to the tower's size.
    private func aspect(_ reader: ConfigurationReader, width: Int, height: Int) throws(ModelError) -> AspectPolicy {
        if side == .own { return aspect(width, height) }
        let isCropped = try reader.bool("do_center_crop", default: side == .shortest)
        if isCropped, let crop = try sides(reader, "crop_size"), crop != (width, height) {
            throw reader.failure("crop_size", "is \(crop.width) x \(crop.height), but the tower takes \(width) x \(height)")
        }
        let size = reader.value["size"]
        let shortest: Int?
        if size?["shortest_edge"] != nil, let nested = try reader.nested("size") {
            guard size?.map?.count == 1 else {
                throw reader.failure("size", "must have shortest_edge alone, or height and width")
            }
            shortest = try nested.size("shortest_edge")
        } else if side == .shortest, size?.map == nil {
            shortest = try reader.size("size", default: min(width, height))
        } else {
            shortest = nil
        }
        if let shortest {
            guard isCropped else {
                throw .unsupported(
                    path: reader.path, key: "size", value: "shortest_edge without do_center_crop",
                    supported: ["shortest_edge with do_center_crop", "height and width"])
            }
            guard shortest >= max(width, height) else {
                throw reader.failure(
                    "size", "has a shorter side of \(shortest), less than the \(width) x \(height) that are cut out")
            }
            return .shortestSide(shortest)
        }
        let stretched = try sides(reader, "size") ?? (width, height)
        guard stretched == (width, height) else {
            throw reader.failure(
                "size", "is \(stretched.width) x \(stretched.height), but the tower takes \(width) x \(height)")
        }
        return side == .fit ? aspect(width, height) : .stretch
    }

    /// One number for both sides, or `height` and `width`; nil where the key is absent.
    private func sides(_ reader: ConfigurationReader, _ key: String) throws(ModelError) -> (width: Int, height: Int)? {
        guard reader.contains(key) else { return nil }
        guard reader.value[key]?.map != nil, let nested = try reader.nested(key) else {
            let side = try reader.size(key)
            return (side, side)
        }
        return (try nested.size("width"), try nested.size("height"))
    }
}
