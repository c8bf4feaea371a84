import MillImage
import MillTensor
import MillValue

/// Picture files with their pixels, what resizing makes of one of them, and what processors make of all of them.
package struct ImageCases {
    package struct Picture {
        package let file: String
        package let stem: String
        /// The processors whose results there are.
        package let preprocessors: [String]
        /// How far pixels may be from the reference decoder's: on average, and each.
        package let meanTolerance: Double
        package let maximumTolerance: Int
    }

    package let folder: String
    package let pictures: [Picture]
    /// A plain resize that Pillow did.
    package let resizes: [(filter: ResizeFilter, width: Int, height: Int)]
    /// The picture that was resized.
    package let resizeSource: String
    /// The processors of `transformers`, in this project's terms; those that cut tiles are not among them.
    package let preprocessors: [String: Preprocessor]
    /// The names of the processors that are not.
    package let otherPreprocessors: [String]
    private let expected: Reference

    static func isFolder(_ path: String) -> Bool {
        ModelFile.exists("\(path)/expected.safetensors") && (try? ModelFile.json("\(path)/cases.json"))?["resizes"] != nil
    }

    package init(folder: String) throws(ModelError) {
        self.folder = folder
        let path = "\(folder)/cases.json"
        let cases = try ModelFile.json(path)
        expected = try Reference("\(folder)/expected.safetensors")
        pictures = (cases["images"]?.list ?? []).map { row in
            Picture(
                file: row["file"]?.string ?? "", stem: row["stem"]?.string ?? "",
                preprocessors: (row["preprocess"]?.list ?? []).compactMap(\.string),
                meanTolerance: row["tolerance"]?["mean_abs"]?.double ?? 0,
                maximumTolerance: row["tolerance"]?["max_abs"]?.int ?? 0)
        }
        resizes = (cases["resizes"]?.list ?? []).compactMap { row in
            guard let filter = row[0]?.string.flatMap(ResizeFilter.init), let width = row[1]?.int, let height = row[2]?.int
            else { return nil }
            return (filter, width, height)
        }
        resizeSource = cases["resize_source"]?.string ?? ""
        var (known, others): ([String: Preprocessor], [String]) = ([:], [])
        for (name, settings) in cases["preprocess"]?.map ?? [:] {
            if settings["max_image_tiles"]?.int ?? 1 > 1 {
                others.append(name)
            } else {
                known[name] = try Self.preprocessor(ConfigurationReader(path: path, value: settings, prefix: name + "."))
            }
        }
        (preprocessors, otherPreprocessors) = (known, others)
    }

    private static func preprocessor(_ settings: ConfigurationReader) throws(ModelError) -> Preprocessor {
        // One tile is filled from its top left; without tiles the picture is stretched.
        let aspect: AspectPolicy =
            settings.contains("max_image_tiles") ? .fit(padding: .zero, position: .topLeft) : .stretch
        let resample = try settings.size("resample", default: 3)
        guard let size = try settings.nested("size"), let filter = PreprocessorConfiguration.filters[resample] else {
            throw settings.failure("size", "and resample must say how pictures are resized")
        }
        return Preprocessor(
            width: try size.size("width"), height: try size.size("height"), filter: filter, aspect: aspect,
            mean: try settings.colour("image_mean", default: .zero),
            deviation: try settings.deviation("image_std", default: SIMD3(repeating: 1)), layout: .chw)
    }

    package func bytes(of picture: Picture) throws(ModelError) -> [UInt8] {
        guard !picture.file.utf8.contains(UInt8(ascii: "/")) else {
            throw .notAModel(path: folder, reason: "cases.json names \(picture.file), which is not beside it")
        }
        return try ModelFile.bytes("\(folder)/\(picture.file)")
    }

    /// The expected tensor of this name; nil where there is none.
    package func tensor(_ name: String) throws(ModelError) -> Tensor? {
        expected.contains(name) ? try expected.tensor(name) : nil
    }

    /// What the processors of `transformers` start from: over white where there is transparency.
    package func modelPixels(_ picture: Picture) throws(ModelError) -> Tensor {
        if let white = try tensor("\(picture.stem).rgb_white") { return white }
        return try expected.tensor("\(picture.stem).rgb")
    }
}

extension ModelVerifier {
    /// Decoded pixels and alpha, resized pictures, and the inputs of models.
    func verifyImages(_ folder: String) -> [VerificationReport.Run] {
        let cases: ImageCases
        do { cases = try ImageCases(folder: folder) } catch {
            return [VerificationReport.Run(title: "cases.json", failure: "\(error)")]
        }
        let others = cases.otherPreprocessors.isEmpty ? "" : " (without \(cases.otherPreprocessors.joined(separator: ", ")))"
        return [
            run("decoded") { run in
                for picture in cases.pictures { run.comparisons += try decoded(picture, cases) }
            },
            run("resized") { run in
                guard let source = try cases.tensor("\(cases.resizeSource).rgb") else { return }
                for resize in cases.resizes {
                    let name = "resize.\(resize.filter.rawValue).\(resize.width)x\(resize.height)"
                    let result = try Resizer.resize(source, width: resize.width, height: resize.height, filter: resize.filter)
                    run.comparisons.append(.samples(name, result, try cases.tensor(name), largest: 0))
                }
            },
            run("preprocessed\(others)") { run in
                for picture in cases.pictures { run.comparisons += try preprocessed(picture, cases) }
            },
        ]
    }

    private func decoded(_ picture: ImageCases.Picture, _ cases: ImageCases) throws -> [VerificationReport.Comparison] {
        let bytes = try cases.bytes(of: picture)
        func decode(_ alpha: AlphaPolicy) throws -> Image {
            try bytes.withUnsafeBytes { try ImageDecoder.decode($0, alpha: alpha) }
        }
        let image = try decode(.keep)
        var results = VerificationReport.Comparison.samples(
            picture.file, image.pixels, try cases.tensor("\(picture.stem).rgb"), mean: picture.meanTolerance,
            largest: picture.maximumTolerance)
        let alpha = try cases.tensor("\(picture.stem).alpha")
        if alpha != nil || image.alpha != nil {
            results.append(.samples("\(picture.file) alpha", image.alpha, alpha, largest: 0))
        }
        if let white = try cases.tensor("\(picture.stem).rgb_white") {
            results.append(.samples("\(picture.file) over white", try decode(.overWhite).pixels, white, largest: 0))
        }
        return results
    }

    private func preprocessed(
        _ picture: ImageCases.Picture, _ cases: ImageCases
    ) throws -> [VerificationReport.Comparison] {
        try picture.preprocessors.compactMap { name in
            guard let preprocessor = cases.preprocessors[name], let expected = try cases.tensor("\(picture.stem).\(name)")
            else { return nil }
            let found = try preprocessor(try cases.modelPixels(picture)).floats()
            let error = Reference.largestDifference(found, try expected.floats())
            // One step of the samples of 8 bits.
            let step = 1 / 255 / Double(preprocessor.deviation.min()) + 1e-5
            return VerificationReport.Comparison(
                name: "\(picture.file) \(name)", measure: .largest, error: error, largestDifference: error, tolerance: step)
        }
    }
}

extension VerificationReport.Comparison {
    /// The largest difference of samples of 8 bits.
    fileprivate static func samples(_ name: String, _ found: Tensor?, _ expected: Tensor?, largest: Int) -> Self {
        let difference = SampleDifference(found, expected)
        return Self(
            name: name, measure: .largest, error: difference.largest, largestDifference: difference.largest,
            tolerance: Double(largest))
    }

    /// The largest difference, and the mean one where that has a limit of its own.
    fileprivate static func samples(
        _ name: String, _ found: Tensor?, _ expected: Tensor?, mean: Double, largest: Int
    ) -> [Self] {
        let difference = SampleDifference(found, expected)
        let result = samples(name, found, expected, largest: largest)
        guard mean > 0 else { return [result] }
        return [
            result,
            Self(
                name: name, measure: .mean, error: difference.mean, largestDifference: difference.largest, tolerance: mean),
        ]
    }
}

/// How far U8 tensors are apart; infinitely where only one is there or their shapes differ.
private struct SampleDifference {
    var mean = Double.infinity
    var largest = Double.infinity

    init(_ first: Tensor?, _ second: Tensor?) {
        guard let first, let second, first.shape == second.shape, first.dtype == .u8, second.dtype == .u8,
            first.isContiguous, second.isContiguous
        else { return }
        var (sum, greatest) = (0, 0)
        first.withBytes { first in
            second.withBytes { second in
                for index in 0..<first.byteCount {
                    let (a, b) = (
                        first.unsafeLoad(fromByteOffset: index, as: UInt8.self),
                        second.unsafeLoad(fromByteOffset: index, as: UInt8.self)
                    )
                    let distance = abs(Int(a) - Int(b))
                    (sum, greatest) = (sum + distance, max(greatest, distance))
                }
            }
        }
        (mean, largest) = (Double(sum) / Double(max(first.elementCount, 1)), Double(greatest))
    }
}
