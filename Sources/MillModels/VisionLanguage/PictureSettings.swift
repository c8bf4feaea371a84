import MillImage
import MillValue

/// How a family's pictures are resized and normalised, as `preprocessor_config.json` beside the checkpoint says.
struct PictureSettings {
    var filter = ResizeFilter.bicubic
    var aspect: AspectPolicy
    var mean: SIMD3<Float>
    var deviation: SIMD3<Float>

    /// - Parameter aspect: what the family's processor does unless its settings say otherwise.
    init(aspect: AspectPolicy, mean: SIMD3<Float> = SIMD3(repeating: 0.5), deviation: SIMD3<Float> = SIMD3(repeating: 0.5)) {
        (self.aspect, self.mean, self.deviation) = (aspect, mean, deviation)
    }

    /// What the input of a tower of this size is made with.
    func preprocessor(side: Int) -> Preprocessor {
        Preprocessor(
            width: side, height: side, filter: filter, aspect: aspect, mean: mean, deviation: deviation, layout: .chw)
    }

    /// Pillow's numbers of its filters.
    private static let filters: [Int: ResizeFilter] = [1: .lanczos, 2: .bilinear, 3: .bicubic, 4: .box]

    /// Reads the file of a folder, if it has one.
    ///
    /// - Parameter side: the tower's, which the settings must agree with; nil where pictures are cut to tiles.
    /// - Returns: its content, for what a family reads besides; nil where there is none.
    mutating func read(folder: String, side: Int?) throws(ModelError) -> ConfigurationReader? {
        let path = "\(folder)/preprocessor_config.json"
        guard ModelFile.exists(path) else { return nil }
        let reader = ConfigurationReader(path: path, value: try ModelFile.json(path))
        if reader.contains("resample") {
            let number = try reader.size("resample", atLeast: 0)
            guard let filter = Self.filters[number] else {
                throw .unsupported(
                    path: path, key: "resample", value: "\(number)", supported: Self.filters.keys.sorted().map { "\($0)" })
            }
            self.filter = filter
        }
        mean = try reader.colour("image_mean", default: mean)
        deviation = try reader.colour("image_std", default: deviation)
        guard deviation.min() > 0 else { throw reader.failure("image_std", "must be above zero") }
        let isCropped = try reader.bool("do_center_crop", default: false)
        if isCropped { aspect = .crop }
        if let side { try reader.checkSize(isCropped ? "crop_size" : "size", side) }
        return reader
    }
}

extension ConfigurationReader {
    /// Refuses another size than the tower's: one number, or `height` and `width`. A `shortest_edge` says nothing about the result.
    fileprivate func checkSize(_ key: String, _ side: Int) throws(ModelError) {
        if value[key]?.int != nil { return try checkSide(key, side) }
        guard let size = try nested(key) else { return }
        for key in ["height", "width"] where size.contains(key) { try size.checkSide(key, side) }
    }

    private func checkSide(_ key: String, _ side: Int) throws(ModelError) {
        let found = try size(key)
        guard found == side else { throw failure(key, "is \(found), but the vision tower looks at \(side) pixels") }
    }
}
