import ArgumentParser
import Glibc
import MillModels
import MillValue

struct ModelsCache: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Show or remove the laid-out weights that are kept for later starts.",
        discussion: """
            Quantized weights are multiplied in another order than that of model files. Large models are laid out once, at their \
            first start, into a file of this cache; later starts map it. A file takes as much room as the matrices of its \
            model, and is made again when it is needed and not there.

            The folder is that of MILLRACE_CACHE, else $XDG_CACHE_HOME/millrace/panels, else ~/.cache/millrace/panels. \
            MILLRACE_CACHE=off keeps nothing; below 64 MiB nothing is kept, either. When a file is made, those that were not \
            used for the longest time make room for it within MILLRACE_CACHE_LIMIT (16G unless it is set). Files in use are \
            never removed.
            """)

    @Flag(help: "Remove the files of models that are there no more, and others until the limit is kept.")
    var prune = false

    @Flag(help: "Remove all files that are not in use.")
    var clear = false

    @Flag(help: "Read all files and remove those that are damaged.")
    var verify = false

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func validate() throws {
        guard [prune, clear, verify].filter({ $0 }).count < 2 else {
            throw ValidationError("give one of --prune, --clear and --verify")
        }
    }

    func run() throws {
        let cache = PanelCache.standard
        guard let folder = cache.folder else {
            guard !json else { return print(Value.map(["folder": .null, "files": .list([])]).json(pretty: true)) }
            return print("there is no cache: MILLRACE_CACHE is off, or HOME is not set")
        }
        if prune || clear {
            let removed = clear ? cache.prune(to: 0) : cache.prune(to: cache.byteLimit, withoutModels: true)
            Console.line("removed \(removed.fileCount) files, \(Self.megabytes(removed.byteCount)) MB")
        }
        if verify { try check(cache) }
        let files = cache.files
        let total = files.reduce(0) { $0 + $1.byteCount }
        guard !json else {
            let value: Value = [
                "folder": .string(folder), "limit": .int(cache.byteLimit), "bytes": .int(total),
                "files": .list(files.map(Self.value)),
            ]
            return print(value.json(pretty: true))
        }
        for file in files { print(Self.line(file)) }
        print("\(folder): \(files.count) files, \(Self.megabytes(total)) of at most \(Self.megabytes(cache.byteLimit)) MB")
    }

    private func check(_ cache: PanelCache) throws {
        let damaged = try cache.verify { file, done throws(ModelError) in
            Console.progress("reading \(file.model ?? file.name): \(done * 100 / max(file.byteCount, 1)) %")
        }
        Console.endProgress()
        for (file, isGone) in damaged {
            let end = isGone ? "it is removed, and made again at the next start" : "it is in use; end that program and try again"
            Console.warning("\(file.name), made from \(file.model ?? "a model"), is damaged: \(end)")
        }
        if damaged.isEmpty { Console.line("no file is damaged") }
    }

    private static func line(_ file: PanelCache.File) -> String {
        let state = (file.isInUse ? ", in use" : "") + (file.isModelGone ? ", which is there no more" : "")
        let model = (file.model ?? file.name).visible(keepingLines: false)
        return "\(megabytes(file.byteCount)) MB, last used \(day(file.used)): \(model)\(state)"
    }

    private static func value(_ file: PanelCache.File) -> Value {
        [
            "name": .string(file.name), "bytes": .int(file.byteCount), "used": .int(file.used),
            "model": file.model.map { .string($0) } ?? .null, "model_gone": .bool(file.isModelGone),
            "in_use": .bool(file.isInUse),
        ]
    }

    private static func megabytes(_ bytes: Int) -> String { RunSummary.decimal(Double(bytes) / 1e6) }

    /// `2026-11-21 16:45`, in the machine's time zone.
    private static func day(_ seconds: Int) -> String {
        var (time, parts) = (time_t(seconds), tm())
        localtime_r(&time, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) \(two(parts.tm_hour)):\(two(parts.tm_min))"
    }
}
