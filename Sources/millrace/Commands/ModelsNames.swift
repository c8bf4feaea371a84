import ArgumentParser
import MillModels
import MillTensor
import MillValue

struct ModelsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the models that come along, and those that have a name.")

    @Flag(help: "Print JSON on standard output.")
    var json = false

    /// A model under the name by which commands and pipelines find it.
    private struct Row {
        let name: String
        let path: String
        let kind: String
        let about: Result<ModelDescription, ModelError>
    }

    func run() async throws {
        ModelRegistry.standard.tidy()
        var rows = try ModelLocation.builtin().map { Self.row("builtin:\($0.name)", $0.path, "comes along") }
        rows += ModelRegistry.standard.entries.map { Self.row($0.name, $0.path, $0.isCopy ? "copied" : "linked") }
        guard !json else { return print(Value.list(rows.map(Self.value)).json(pretty: true)) }
        let width = rows.map(\.name.count).max() ?? 0
        for row in rows {
            let facts: String
            switch row.about {
            case .success(let about):
                let megabytes = RunSummary.decimal(Double(about.weightByteCount) / 1e6)
                facts =
                    "\(about.family) (\(about.format)), \(megabytes) MB, \(Self.types(about)), context \(about.contextLength), \(row.path)"
            case .failure(let error): facts = "cannot be loaded: \(error)"
            }
            print("\(row.name.padding(to: width))  \(facts)".visible(keepingLines: false))
        }
        if rows.isEmpty {
            Console.line(
                "no models come along here (MILLRACE_MODELS may name their folder), and `millrace models add` gave none a name")
        }
    }

    private static func row(_ name: String, _ path: String, _ kind: String) -> Row {
        let about: Result<ModelDescription, ModelError>
        do {
            about = .success(try ModelLoader(panels: .standard.deferred).load(path: path, tokenizer: false).description)
        } catch { about = .failure(error) }
        return Row(name: name, path: path, kind: kind, about: about)
    }

    /// The types of its matrices, the largest share first; those of vectors are small.
    private static func types(_ about: ModelDescription) -> String {
        let large = about.shares.filter { $0.byteCount * 100 >= about.weightByteCount }
        return (large.isEmpty ? about.shares : large).map(\.dtype.name).joined(separator: "+")
    }

    private static func value(_ row: Row) -> Value {
        var value: ValueMap = [:]
        switch row.about {
        case .success(let about):
            value = about.value.map ?? [:]
            value["precision"] = .string(types(about))
        case .failure(let error):
            value["path"] = .string(row.path)
            value["problem"] = .string("\(error)")
        }
        value["name"] = .string(row.name)
        value["kind"] = .string(row.kind)
        return .map(value)
    }
}

struct ModelsAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Give a model of your own a name.",
        discussion: """
            Afterwards `-m NAME` finds it, and `path: "name:NAME"` in a pipeline. Its files stay where they are, and a link to \
            them is kept in $XDG_DATA_HOME/millrace/models, else ~/.local/share/millrace/models (MILLRACE_REGISTRY names another \
            folder); with --copy they are copied there. A model that cannot be loaded gets no name. What a killed --copy left there \
            goes with the next add, list or remove.
            """)

    @Argument(help: "A folder with config.json and weights, or a .gguf file; of a model in several files, the first.")
    var path: String

    @Option(help: "Its name: letters, digits, '-', '_' and '.'; by default that of the folder or file.")
    var name: String?

    @Flag(help: "Copy the files, so that the model stays when they go.")
    var copy = false

    func run() async throws {
        guard let name = name ?? ModelRegistry.suggestedName(path) else {
            throw Failure.usage("\(path) suggests no name; give one with --name")
        }
        guard ModelRegistry.isName(name) else {
            throw Failure.usage("--name \(name): use letters, digits, '-', '_' and '.', the first a letter or a digit")
        }
        let registry = ModelRegistry.standard
        registry.tidy()
        if let known = registry.entry(name) {
            throw Failure.usage(
                "there is a model \(name) already, at \(known.path); `millrace models remove \(name)`, or choose another --name")
        }
        let resolved = try ModelLocation.resolve(path)
        let loaded = try ModelLoader(panels: .standard.deferred).load(path: resolved)
        let about = loaded.description
        if loaded.network.text != nil, loaded.tokenizer == nil {
            Console.warning("\(resolved) has no tokenizer, without which it reads no text; put tokenizer.json beside the weights")
        }
        Interrupts.observe { _ in }
        let entry = try registry.add(resolved, name: name, copying: copy, isCancelled: { Interrupts.happened })
        print(
            "\(name): \(about.family), \(about.format), \(entry.isCopy ? "copied to" : "linked to") \(entry.path)".visible(
                keepingLines: false))
    }
}

struct ModelsRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget the name of a model.",
        discussion: """
            Of a model that was added with --copy, the copies are removed; files that `millrace models add` did not copy never are. \
            Asks first, unless --yes is given.
            """)

    @Argument(help: "The name, as `millrace models list` shows it.")
    var name: String

    @Flag(help: "Do not ask.")
    var yes = false

    func run() throws {
        let registry = ModelRegistry.standard
        registry.tidy()
        guard let entry = registry.entry(name) else {
            let known = registry.entries.map(\.name)
            let hint =
                Suggestion.closest(to: name, among: known).map { "; did you mean \($0)?" }
                ?? (known.isEmpty ? "; none has one" : "; there are \(known.joined(separator: ", "))")
            throw Failure.usage("no model has the name \(name)\(hint)")
        }
        let what = entry.isCopy ? "the copies in \(entry.path) are removed" : "\(entry.path) stays as it is"
        if !yes {
            guard StandardInput.isTerminal else { throw Failure.usage("\(name) was not removed; with --yes it is, and \(what)") }
            Console.prompt("\(name): \(what). Forget the name? [y/N] ")
            let answer = readLine() ?? ""
            guard ["y", "Y", "yes"].contains(answer) else { return print("\(name) is kept") }
        }
        let left = try registry.remove(name)
        if !left.isEmpty {
            Console.warning("\(entry.path) holds what was not copied, and stays: \(left.prefix(5).joined(separator: ", "))")
        }
        print("\(name) is forgotten; \(what)".visible(keepingLines: false))
    }
}

extension ModelRegistry {
    /// Removes what killed copies left, and says so.
    fileprivate func tidy() {
        for name in removeLeftovers() {
            Console.line("\(folder ?? "")/\(name), which a `models add --copy` that was killed had left, is removed")
        }
    }
}
