import MillCompute
import MillModels
import MillNodes
import MillTensor
import MillValue

/// Measures how long a vision tower takes for a picture of its own size.
struct VisionBench {
    /// One number of threads.
    struct Row {
        let threadCount: Int
        let isa: ISA
        /// Width and height of the picture, in pixels.
        let side: Int
        let tokenCount: Int
        let samples: [BenchSample]

        fileprivate var milliseconds: Spread { Spread(samples.map { $0.seconds * 1000 }) }
        fileprivate var processorMilliseconds: Spread { Spread(samples.map { $0.processorSeconds * 1000 }) }
    }

    let path: String
    let rows: [Row]

    /// nil where the model is no vision tower. The first picture is not counted; pixels are arbitrary, since speed does not
    /// depend on them.
    ///
    /// - Throws: `Failure` at an interrupt.
    init?(path: String, computes: [Compute], repetitions: Int) throws {
        // Only to know the family: nothing is laid out for it.
        guard case .tower = try ModelLoader(panels: .standard.deferred).load(path: path, tokenizer: false).network else {
            return nil
        }
        var rows: [Row] = []
        for compute in computes {
            let network = try ModelLoader(compute: compute).load(path: path, tokenizer: false).network
            guard case .tower(let tower) = network else { return nil }
            let side = tower.imageSize
            let picture = try Tensor.allocate(.u8, [side, side, 3])
            guard let pixels = picture.mutablePointer?.assumingMemoryBound(to: UInt8.self) else { return nil }
            for index in 0..<picture.elementCount { pixels[index] = UInt8(truncatingIfNeeded: index * 7919 + index / 13) }
            _ = try tower.encode(picture)
            var samples: [BenchSample] = []
            for repetition in 1...repetitions {
                try TextBench.progress("picture, \(compute.threadCount) threads: \(repetition) of \(repetitions)")
                samples.append(try BenchSample.measure { _ = try tower.encode(picture) })
            }
            rows.append(
                Row(
                    threadCount: compute.threadCount, isa: compute.isa, side: side,
                    tokenCount: tower.tokenCount, samples: samples))
        }
        self.path = path
        self.rows = rows
    }

    var text: String {
        var table = TextTable(header: ["picture", "threads", "ms", "CPU ms"])
        for row in rows {
            table.add([
                "\(row.side) x \(row.side)", "\(row.threadCount)", row.milliseconds.text,
                RunSummary.decimal(row.processorMilliseconds.median),
            ])
        }
        return "\(path.visible(keepingLines: false)), \(rows.first?.isa.rawValue ?? "")\n\n\(table.text)"
    }

    var value: Value {
        [
            "model": .string(path), "isa": .string(rows.first?.isa.rawValue ?? ""),
            "rows": .list(
                rows.map { row in
                    [
                        "test": .string("picture"), "threads": .int(row.threadCount), "side": .int(row.side),
                        "tokens": .int(row.tokenCount), "ms": row.milliseconds.value,
                        "cpuMs": .double(row.processorMilliseconds.median),
                    ]
                }),
        ]
    }
}
