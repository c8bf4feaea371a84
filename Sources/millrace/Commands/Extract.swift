import ArgumentParser
import Glibc
import MillModels
import MillValue

struct Extract: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find entities and figures in the text of a report.",
        discussion: """
            Prints JSON: `entities` with label, text and place, and `figures` with metric, period, value, unit, change and kind \
            (docs/models/ledger.md). Places are Unicode code points of the text as given.
            """)

    @Argument(help: ArgumentHelp("A text file in UTF-8, or - for standard input.", valueName: "file"))
    var file: String

    @Option(name: .shortAndLong, help: ArgumentHelp(ModelOptions.places))
    var model = "builtin:ledger"

    /// Longer files are no reports.
    private static let limit = 64 << 20

    func run() async throws {
        let ledger = try LedgerModel.load(path: model)
        let text = try text(of: try bytes())
        let reading = try ledger.read(text) { done, all in Console.progress("\(done) of \(all) tokens") }
        Console.endProgress()
        print(reading.value(of: text).json(pretty: true))
    }

    /// Places count code points of the text as given, so nothing in it may be repaired.
    private func text(of bytes: [UInt8]) throws -> String {
        if bytes.starts(with: "%PDF-".utf8) {
            throw Failure.usage(
                "\(file) is a PDF file, and this reads text alone; `millrace run pipelines/reports.yaml --set inbox=\(file)` reads it"
            )
        }
        func refusal(_ offset: Int, _ problem: String) -> Failure {
            .usage("\(file): \(problem) at byte \(offset): it is no text in UTF-8; convert it first (iconv, pdftotext)")
        }
        if let zero = bytes.firstIndex(of: 0) { throw refusal(zero, "a zero byte") }
        do { return String(copying: try UTF8Span(validating: bytes.span)) } catch {
            throw refusal(error.byteOffsets.lowerBound, "invalid UTF-8")
        }
    }

    private func bytes() throws -> [UInt8] {
        func failure() -> Failure {
            guard errno != EISDIR else {
                return .usage(
                    "\(file) is a folder, and this reads one text; `millrace run pipelines/reports.yaml --set inbox=\(file)` reads folders"
                )
            }
            return .usage("\(file): \(String(cString: strerror(errno)))")
        }
        let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY)
        guard descriptor >= 0 else { throw failure() }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= Self.limit else {
                throw Failure.usage("\(file): a report may have \(Self.limit >> 20) MiB; split it")
            }
        }
    }
}
