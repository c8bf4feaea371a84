import MillTensor

/// What a GGUF file says about the model that it is a part of: keys `split.no`, `split.count` and `split.tensors.count`, and the
/// file name `NAME-00001-of-00003.gguf`, as llama.cpp's `gguf-split` writes them.
package struct GGUFSplit {
    static let keys: Set<String> = ["split.no", "split.count", "split.tensors.count"]
    /// The numbers in names have five digits.
    private static let maximumCount = 99_999

    /// From 0.
    let number: Int
    let count: Int
    /// Tensors of all parts.
    let tensorCount: Int

    /// nil for a file that is whole.
    init?(_ metadata: GGUFMetadata, path: String) throws(WeightsError) {
        func invalid(_ key: String, _ reason: String) -> WeightsError { .invalidSetting(path: path, key: key, reason: reason) }
        let count = try metadata.integer("split.count") ?? 0
        let number = try metadata.integer("split.no") ?? 0
        guard count != 0 || number != 0 else { return nil }
        guard (1...Self.maximumCount).contains(count) else {
            throw invalid("split.count", "\(count) is no number of parts from 1 to \(Self.maximumCount)")
        }
        guard (0..<count).contains(number) else { throw invalid("split.no", "\(number) is no part of \(count)") }
        guard count > 1 else { return nil }
        self.count = count
        self.number = number
        tensorCount = try metadata.requiredInteger("split.tensors.count")
        guard tensorCount >= 0 else { throw invalid("split.tensors.count", "\(tensorCount) is no number of tensors") }
    }

    /// The files of the parts after the first, which is at `path`.
    ///
    /// - Throws: ``WeightsError/unsupported(path:item:reason:)`` for a part that is not the first, or is not named as one.
    func otherFiles(path: String) throws(WeightsError) -> [String] {
        let name = Self.parse(path)
        guard number == 0 else {
            let first = name.flatMap { $0.count == count ? "; name the first one, \(Self.file($0.stem, 0, count))" : nil }
            throw .unsupported(
                path: path, item: "split.no", reason: "it is part \(number + 1) of \(count)\(first ?? "; name the first one")")
        }
        guard let name, name.number == 0, name.count == count else {
            throw .unsupported(
                path: path, item: "split.count",
                reason:
                    "it is the first of \(count) parts, and must be called \(Self.file("NAME", 0, count)) for the others to be"
                    + " found")
        }
        return (1..<count).map { Self.file(name.stem, $0, count) }
    }

    /// Checks that another file is part `index` of the same model.
    func check(part index: Int, _ metadata: GGUFMetadata, _ first: GGUFMetadata) throws(WeightsError) {
        let path = metadata.path
        guard let other = try GGUFSplit(metadata, path: path) else {
            throw .unsupported(path: path, item: "split.count", reason: "it is whole, and no part \(index + 1) of \(first.path)")
        }
        func differs(_ key: String, _ value: some Any, _ expected: some Any) -> WeightsError {
            .invalidSetting(path: path, key: key, reason: "\(value) is not the \(expected) of \(first.path)'s parts")
        }
        guard other.count == count else { throw differs("split.count", other.count, count) }
        guard other.number == index else { throw differs("split.no", other.number, index) }
        guard other.tensorCount == tensorCount else { throw differs("split.tensors.count", other.tensorCount, tensorCount) }
        let architecture = try metadata.string("general.architecture")
        if let architecture, try first.string("general.architecture") != architecture {
            throw .invalidSetting(
                path: path, key: "general.architecture", reason: "\(architecture) is another model's than that of \(first.path)")
        }
    }

    /// The first part, if these file names are the parts of one model and nothing else.
    package static func firstPart(among names: [String]) -> String? {
        guard let name = names.lazy.compactMap(parse).first, names.count > 1, names.count == name.count else { return nil }
        let expected = (0..<name.count).map { file(name.stem, $0, name.count) }
        return Set(expected) == Set(names) ? expected[0] : nil
    }

    /// All parts of the model that a file is the first part of, if they are among `names`; none for other files.
    package static func parts(of name: String, among names: [String]) -> [String] {
        guard let first = parse(name), first.number == 0, first.count <= names.count else { return [] }
        let all = (0..<first.count).map { file(first.stem, $0, first.count) }
        return Set(all).isSubset(of: names) ? all : []
    }

    private static func file(_ stem: String, _ index: Int, _ count: Int) -> String {
        func digits(_ number: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, 5 - text.count)) + text
        }
        return "\(stem)-\(digits(index + 1))-of-\(digits(count)).gguf"
    }

    /// The parts of a name `STEM-00001-of-00003.gguf`; the number counts from 0.
    private static func parse(_ path: String) -> (stem: String, number: Int, count: Int)? {
        guard path.hasSuffix(".gguf") else { return nil }
        let parts = path.dropLast(".gguf".count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[parts.count - 2] == "of" else { return nil }
        let (number, count) = (parts[parts.count - 3], parts[parts.count - 1])
        guard number.count == 5, count.count == 5, let index = Int(number), let total = Int(count), index > 0 else { return nil }
        return (parts.dropLast(3).joined(separator: "-"), index - 1, total)
    }
}
