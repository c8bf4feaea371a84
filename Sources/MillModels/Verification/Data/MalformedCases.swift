import MillImage
import MillTensor
import MillValue
import MillWeights

/// Damaged, hostile and odd but valid files: `cases.json` says of each whether it is to be refused or accepted.
package struct MalformedCases {
    package struct File {
        package let name: String
        package let path: String
        /// `gguf`, `safetensors`, `hf_dir`, `image`.
        package let kind: String
        package let isAccepted: Bool
        /// What is special about it.
        package let why: String
    }

    package let files: [File]

    static func isFolder(_ path: String) -> Bool {
        ModelFile.exists("\(path)/cases.json") && (try? ModelFile.json("\(path)/cases.json"))?[0]?["expect"] != nil
    }

    package init(folder: String) throws(ModelError) {
        files = try (try ModelFile.json("\(folder)/cases.json").list ?? []).map { row throws(ModelError) in
            guard let name = row["file"]?.string, !name.utf8.contains(UInt8(ascii: "/")), let kind = row["kind"]?.string,
                let expected = row["expect"]?.string, ["accept", "refuse"].contains(expected)
            else { throw .notAModel(path: folder, reason: "cases.json has an entry without file, kind and expect") }
            return File(
                name: name, path: "\(folder)/\(name)", kind: kind, isAccepted: expected == "accept",
                why: row["why"]?.string ?? "")
        }
    }
}

extension ModelVerifier {
    /// Every file is opened; a refusal that does not say anything does not count.
    func verifyMalformed(_ folder: String) -> VerificationReport.Run {
        run("refused or accepted") { run in
            for file in try MalformedCases(folder: folder).files {
                run.comparisons.append(.equality(file.name, isAccepted(file) == file.isAccepted))
            }
        }
    }

    /// nil where the kind is unknown or the refusal has no words.
    private func isAccepted(_ file: MalformedCases.File) -> Bool? {
        do {
            switch file.kind {
            case "gguf", "hf_dir":
                _ = try ModelLoader(compute: reference, panels: .off).load(path: file.path, tokenizer: false)
            case "safetensors":
                let source = try SafetensorsFile(path: file.path)
                for name in source.names { _ = try source.tensor(name) }
            case "image":
                let bytes = try ModelFile.bytes(file.path)
                _ = try bytes.withUnsafeBytes { try ImageDecoder.decode($0) }
            default: return nil
            }
            return true
        } catch {
            return "\(error)".count > 30 ? false : nil
        }
    }
}
