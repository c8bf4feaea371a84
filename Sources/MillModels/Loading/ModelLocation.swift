import Glibc

/// Finds models: a path, one that Millrace brings along (`builtin:hearth`), or one that the user gave a name
/// (``ModelRegistry``): `name:NAME`, or where there is no such path, `NAME` alone.
public enum ModelLocation {
    static let scheme = "builtin:"
    static let nameScheme = "name:"

    /// The path that a model's name stands for: itself; for `builtin:NAME` the first that exists of NAME.gguf
    /// and NAME in the folders that ``folders(environment:executable:currentFolder:)`` lists; for other names what they were given to.
    ///
    /// - Throws: ``ModelError/notFound(model:searched:)``.
    public static func resolve(_ name: String) throws(ModelError) -> String {
        if let path = try registered(name, .standard) { return path }
        return try resolve(
            name, environment: getenv("MILLRACE_MODELS").map { String(cString: $0) },
            executable: realPath("/proc/self/exe") ?? "", currentFolder: realPath(".") ?? "/")
    }

    /// A model's name as it stands in a file of a folder: a relative path is one from there, all else stays as it is.
    public static func name(_ name: String, in folder: String) -> String {
        let isPlain = ![scheme, nameScheme, "/"].contains { name.hasPrefix($0) }
        return isPlain ? "\(folder)/\(name)" : name
    }

    /// What a name of the registry stands for; nil for all else.
    package static func registered(_ name: String, _ registry: ModelRegistry) throws(ModelError) -> String? {
        let isExplicit = name.hasPrefix(nameScheme)
        let word = isExplicit ? String(name.dropFirst(nameScheme.count)) : name
        guard isExplicit || (!ModelFile.exists(name) && ModelRegistry.isName(name)) else { return nil }
        if let entry = registry.entry(word) {
            guard ModelFile.exists(entry.path) else {
                throw .notFound(
                    model: "\(name), which is \(entry.path)",
                    searched: ["there; `millrace models remove \(word)` forgets the name"])
            }
            return entry.path
        }
        guard isExplicit else { return nil }
        let known = registry.entries.map(\.name)
        throw .notFound(
            model: name,
            searched: [
                known.isEmpty
                    ? "\(registry.folder ?? "no folder, since HOME is not set"), where no model has a name (`millrace models add`)"
                    : "\(registry.folder ?? ""), where there are \(known.joined(separator: ", "))"
            ])
    }

    /// The folder of a model that has one (`config.json`, weights, tests), for `builtin:NAME` also where a GGUF file comes
    /// first; nil where it is only a file.
    ///
    /// - Throws: ``ModelError/notFound(model:searched:)``.
    public static func folder(of name: String) throws(ModelError) -> String? {
        var path = try resolve(name)
        if name.hasPrefix(scheme), path.hasSuffix(".gguf") { path.removeLast(".gguf".count) }
        return ModelFile.exists("\(path)/config.json") ? path : nil
    }

    /// The names of the models that are there for `builtin:NAME`, and what they stand for.
    public static func builtin() throws(ModelError) -> [(name: String, path: String)] {
        try builtin(
            environment: getenv("MILLRACE_MODELS").map { String(cString: $0) },
            executable: realPath("/proc/self/exe") ?? "", currentFolder: realPath(".") ?? "/")
    }

    package static func builtin(
        environment: String?, executable: String, currentFolder: String
    ) throws(ModelError) -> [(name: String, path: String)] {
        let folders = folders(environment: environment, executable: executable, currentFolder: currentFolder)
        var models: [(name: String, path: String)] = []
        for name in names(in: folders) {
            let path = try resolve(
                scheme + name, environment: environment, executable: executable, currentFolder: currentFolder)
            models.append((name, path))
        }
        return models
    }

    /// What models in these folders are called.
    private static func names(in folders: [String]) -> [String] {
        var names: Set<String> = []
        for folder in folders {
            for entry in ModelFile.names(in: folder) {
                if entry.hasSuffix(".gguf") { names.insert(String(entry.dropLast(".gguf".count))) }
                if ModelFile.exists("\(folder)/\(entry)/config.json") { names.insert(entry) }
            }
        }
        return names.sorted().filter { !$0.isEmpty }
    }

    /// Whether there is something at a model's name, without opening it.
    ///
    /// - Throws: ``ModelError/notFound(model:searched:)``.
    public static func check(_ name: String) throws(ModelError) {
        let path = try resolve(name)
        guard !ModelFile.exists(path) else { return }
        guard ModelRegistry.isName(name) else { throw .notFound(model: path, searched: ["the file system"]) }
        let known = ModelRegistry.standard.entries.map(\.name)
        let names = known.isEmpty ? "none so far" : known.joined(separator: ", ")
        throw .notFound(
            model: path,
            searched: ["the file system", "the names that `millrace models add` gave (\(names))"])
    }

    package static func resolve(
        _ name: String, environment: String?, executable: String, currentFolder: String
    ) throws(ModelError) -> String {
        guard name.hasPrefix(scheme) else { return name }
        let model = String(name.dropFirst(scheme.count))
        guard !model.isEmpty, !model.utf8.contains(UInt8(ascii: "/")), !model.hasPrefix(".") else {
            throw .notFound(model: name, searched: ["nowhere: a builtin model's name has no folders in it"])
        }
        let folders = folders(environment: environment, executable: executable, currentFolder: currentFolder)
        for folder in folders {
            for candidate in ["\(folder)/\(model).gguf", "\(folder)/\(model)"] where ModelFile.exists(candidate) {
                return candidate
            }
        }
        let known = names(in: folders)
        throw .notFound(
            model: name,
            searched: folders + ["MILLRACE_MODELS, which names the folder of the models"]
                + (known.isEmpty ? [] : ["and there are \(known.map { scheme + $0 }.joined(separator: ", "))"]))
    }

    /// Where the models may lie: the folder that MILLRACE_MODELS names, `../share/millrace/models` beside the
    /// executable's folder, and `samples/models` in a folder above the executable or the current folder.
    static func folders(environment: String?, executable: String, currentFolder: String) -> [String] {
        var folders: [String] = []
        if let environment, !environment.isEmpty { folders.append(environment) }
        let above = ancestors(executable)
        if above.count > 1 { folders.append("\(above[1])/share/millrace/models") }
        for start in [above, [currentFolder] + ancestors(currentFolder)] {
            if let folder = start.map({ "\($0)/samples/models" }).first(where: ModelFile.isFolder), !folders.contains(folder) {
                folders.append(folder)
            }
        }
        return folders
    }

    /// The folders that hold a path, the innermost first.
    private static func ancestors(_ path: String) -> [String] {
        var parts = path.split(separator: "/")
        var result: [String] = []
        while !parts.isEmpty {
            parts.removeLast()
            result.append("/" + parts.joined(separator: "/"))
        }
        return result
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
