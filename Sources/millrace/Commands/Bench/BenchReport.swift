import MillCompute
import MillModels
import MillNodes
import MillValue

/// What was measured of a model, as text and as JSON.
struct BenchReport {
    let path: String
    var rows: [BenchRow] = []
    /// What one token costs; nil until the model was loaded.
    var work: TokenWork?
    /// One for each number of threads; none where they were not wanted.
    var limits: [MachineLimits] = []
    /// After the rows of the first number of threads, with the model loaded and before the limits were measured.
    var memory: ResidentMemory?

    init(path: String) { self.path = path }

    private func limits(of row: BenchRow) -> MachineLimits? { limits.first { $0.threadCount == row.threadCount } }

    var text: String {
        var table = TextTable(header: ["test", "threads", "tokens/s or ms", "CPU ms/token", "roofline"])
        for row in rows {
            table.add([
                row.test.name(depth: row.depth), "\(row.threadCount)", row.resultText,
                RunSummary.decimal(row.processorSeconds * 1000), row.roofline(limits(of: row))?.text ?? "",
            ])
        }
        var parts = ["\(path.visible(keepingLines: false)), \(rows.first?.isa.rawValue ?? "")", table.text]
        if !limits.isEmpty { parts.append(limits.map(\.text).joined(separator: "\n")) }
        if let memory { parts.append(memory.text) }
        return parts.joined(separator: "\n\n")
    }

    var value: Value {
        [
            "model": .string(path), "isa": .string(rows.first?.isa.rawValue ?? ""),
            "rows": .list(rows.map { $0.value(limits(of: $0)) }), "limits": .list(limits.map(\.value)),
            "memory": memory?.value ?? .null,
            "work": work.map {
                [
                    "matrixBytes": .int($0.matrixByteCount), "layerMultiplyAdds": .int($0.layerMultiplyAddCount),
                    "headMultiplyAdds": .int($0.headMultiplyAddCount),
                ]
            } ?? .null,
        ]
    }
}

extension MachineLimits {
    fileprivate var text: String {
        let rates: [(name: String, rate: Double?)] = [
            ("8 bits", int8Rate), ("F32", float32Rate), ("BF16", bfloat16Rate), ("AMX 8 bits", tileInt8Rate),
            ("AMX BF16", tileBFloat16Rate),
        ]
        let products = rates.compactMap { name, rate in rate.map { "\(name) \(Int(($0 * 1e-9).rounded()))" } }
        return "limits of \(threadCount) threads: memory \(RunSummary.decimal(readBandwidth * 1e-9)) GB/s; GMAC/s: "
            + products.joined(separator: ", ")
    }

    /// In units of 10⁹ per second.
    fileprivate var value: Value {
        let rate = { (rate: Double?) -> Value in rate.map { .double($0 * 1e-9) } ?? .null }
        return [
            "threads": .int(threadCount), "readGBs": rate(readBandwidth),
            "gmacs": [
                "int8": rate(int8Rate), "f32": rate(float32Rate), "bf16": rate(bfloat16Rate), "amxInt8": rate(tileInt8Rate),
                "amxBF16": rate(tileBFloat16Rate),
            ],
        ]
    }
}

extension ResidentMemory {
    fileprivate var text: String {
        "memory: \(anonymous >> 20) MiB of its own and \(file >> 20) MiB of files; at most \(peak >> 20) MiB"
    }

    fileprivate var value: Value { ["peak": .int(peak), "anonymous": .int(anonymous), "file": .int(file)] }
}
