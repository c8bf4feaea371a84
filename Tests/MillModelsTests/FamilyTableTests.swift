import Glibc
import MillCompute
import MillModels
import MillTestSupport
import MillValue
import Testing

/// The table of `docs/models.md`, made of the tables that loading goes by, of the committed reference cases, and of recorded speed.
///
/// `MILLRACE_UPDATE=1 swift test --filter FamilyTableTests` writes it.
@Suite("The table of families in docs/models.md", .serialized)
struct FamilyTableTests {
    private static let docs = "\(Oracles.committed)/../../docs"
    private static let (begin, end) = ("<!-- families -->\n", "<!-- /families -->\n")

    /// The row of a case: what its model is.
    private static func family(_ folder: String) throws -> String? {
        let description = try JSON.parse(bytes: Oracles.bytes("\(folder)/case.json"))
        switch description["kind"]?.string {
        case "hearth": return "hearth"
        case "ledger": return "ledger"
        case "glm_edge_v": return "glm-edge-v"
        default: break
        }
        guard access("\(folder)/config.json", R_OK) == 0 else { return nil }
        let config = try JSON.parse(bytes: Oracles.bytes("\(folder)/config.json"))
        let rows = ModelFamilies.all.filter { $0.hub.contains(config["model_type"]?.string ?? "") }
        return (rows.first { ($0.kind == .vision) == (config["vision_config"] != nil) } ?? rows.first)?.name
    }

    /// The largest NMSE of each family's committed cases, with exact F32 arithmetic of the reference instruction set.
    private static func errors() throws -> [String: Double] {
        var errors: [String: Double] = [:]
        let root = try Oracles.committed("models")
        for report in try ModelVerifier(compute: Compute(isa: .scalar)).verify(path: root) {
            guard let family = try family(report.path) else { continue }
            #expect(report.isPassed, "\(report)")
            for item in (report.runs.first?.comparisons ?? []) where item.measure == .nmse {
                errors[family] = max(errors[family] ?? 0, item.error)
            }
        }
        return errors
    }

    /// `1e-11`: the next power of ten with some room, since processors round in different orders.
    private static func bound(_ error: Double) -> Double {
        var bound = 1e-14
        while bound < 3 * error { bound *= 10 }
        return bound
    }

    private static func text(_ bound: Double) -> String { "1e\(Int((log10(bound)).rounded()))" }

    private static func number(_ text: Substring) -> Double? { Double(text.filter { $0 != "≤" && $0 != " " }) }

    private static func table(_ errors: [String: Double]) throws -> String {
        let speed = try JSON.parse(bytes: Oracles.bytes("\(docs)/models-speed.json"))
        var lines = [
            "| family | for | GGUF | folder of the hub | pictures | LoRA | error against the reference | tokens/s |",
            "|---|---|---|---|---|---|---|---|",
        ]
        func mark(_ isSo: Bool) -> String { isSo ? "yes" : "" }
        for row in ModelFamilies.all {
            let gguf = row.gguf.map { $0.contains("`") ? $0 : "`\($0)`" } ?? "no"
            let error = errors[row.name].map { "≤ \(text(bound($0)))" } ?? "no case"
            let rate = speed["families"]?[row.name]?["tokens_per_second"]?.double.map { "\($0)" } ?? ""
            lines.append(
                "| \(row.name) | \(row.kind.rawValue) | \(gguf) | \(row.hub.map { "`\($0)`" }.joined(separator: ", ")) | "
                    + "\(mark(row.seesPictures)) | \(mark(row.takesAdapters)) | \(error) | \(rate) |")
        }
        guard let machine = speed["machine"]?.string, let date = speed["date"]?.string, let shape = speed["shape"]?.string,
            let weights = speed["weights"]?.string, let test = speed["test"]?.string
        else { throw ModelError.notAModel(path: "docs/models-speed.json", reason: "a fact is missing") }
        lines += ["", "Speed: \(machine), \(date); \(test), \(weights), of this shape: \(shape)."]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func document() throws -> (before: String, table: String, after: String) {
        let text = String(decoding: try Oracles.bytes("\(docs)/models.md"), as: UTF8.self)
        let start = try #require(text.firstRange(of: begin))
        let stop = try #require(text.firstRange(of: end))
        return (
            String(text[..<start.upperBound]), String(text[start.upperBound..<stop.lowerBound]), String(text[stop.lowerBound...])
        )
    }

    /// A table's lines without the errors, which differ in size between processors.
    private static func facts(_ table: String) -> [[String]] {
        table.split(separator: "\n").map { line in
            var cells = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            if cells.count > 7, cells[7].contains("≤") { cells[7] = "≤" }
            return cells
        }
    }

    @Test("says what the code's tables say, and what the reference cases and the recorded speed give")
    func table() throws {
        let errors = try Self.errors()
        let made = try Self.table(errors)
        var document = try Self.document()
        if getenv("MILLRACE_UPDATE") != nil {
            let text = document.before + made + document.after
            let file = try #require(fopen("\(Self.docs)/models.md", "w"))
            fputs(text, file)
            fclose(file)
            document = try Self.document()
        }
        #expect(Self.facts(document.table) == Self.facts(made), "MILLRACE_UPDATE=1 with this test writes the table anew")
        for line in document.table.split(separator: "\n") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            guard cells.count > 7, let stated = Self.number(cells[7]) else { continue }
            let family = String(cells[1].filter { $0 != " " })
            let measured = try #require(errors[family])
            #expect(measured <= stated && stated <= 1e-9, "\(family): \(measured), stated \(stated)")
        }
    }

    /// The lines about files beside llama.cpp, with its figure as the cases state it: the larger one, in two digits.
    private static func besideLlama() throws -> [(line: String, made: String)] {
        let text = String(decoding: try Oracles.bytes("\(docs)/models.md"), as: UTF8.self)
        return try text.split(separator: "\n").compactMap { line in
            var cells = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == 7, let model = cells[1].split(separator: " ").first, cells[1].contains("(") else { return nil }
            let path = try? Oracles.path("gguf/\(model)/case.json")
            let type = String(cells[2].filter { $0 != " " })
            guard let path, let facts = try Oracles.json(path)["types"]?[type] else { return nil }
            let figures = ["llama_cpp_nmse_kv_f16", "llama_cpp_nmse_kv_f32"].compactMap { facts[$0]?.double }
            guard let largest = figures.max() else { return nil }
            cells[4] = " \(VerificationReport.scientific(largest)) "
            return (String(line), cells.joined(separator: "|"))
        }
    }

    @Test("llama.cpp's errors stand in the page as the cases state them")
    func besideLlamaCpp() throws {
        var rows = try Self.besideLlama()
        if getenv("MILLRACE_UPDATE") != nil {
            var text = String(decoding: try Oracles.bytes("\(Self.docs)/models.md"), as: UTF8.self)
            for (line, made) in rows { text = text.replacing(line, with: made) }
            let file = try #require(fopen("\(Self.docs)/models.md", "w"))
            fputs(text, file)
            fclose(file)
            rows = try Self.besideLlama()
        }
        #expect(rows.count >= (Oracles.isFullSetExpected ? 28 : 4))
        for (line, made) in rows { #expect(line == made, "MILLRACE_UPDATE=1 with this test writes the column anew") }
    }

    @Test("two digits are rounded as they are on paper")
    func digits() {
        let known = [
            (7.45e-7, "7.5e-7"), (7.449e-7, "7.4e-7"), (7.35e-4, "7.4e-4"), (9.95e-7, "1.0e-6"), (9.94e-7, "9.9e-7"),
            (1, "1.0e0"), (123.456, "1.2e2"), (2.5e-13, "2.5e-13"), (1.05e-13, "1.1e-13"), (0, "0"), (.infinity, "inf"),
        ]
        for (value, text) in known { #expect(VerificationReport.scientific(value) == text) }
    }

    @Test("every family has a row of its own, and the files that loading refuses name no other")
    func names() {
        let names = ModelFamilies.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(ModelFamilies.all.filter { $0.kind == .text }.allSatisfy { $0.gguf != nil && $0.takesAdapters })
    }
}
