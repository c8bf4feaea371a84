import MillCompute
import MillModels
import MillTensor
import MillValue

extension Bench {
    /// Measures one picture of a tower's own size, over and over; the first one is not counted.
    func measure(_ tower: SiglipTower, _ compute: Compute) throws {
        let side = tower.configuration.imageSize
        let picture = try Tensor.allocate(.u8, [side, side, 3])
        guard let pixels = picture.mutablePointer?.assumingMemoryBound(to: UInt8.self) else { return }
        for index in 0..<picture.elementCount { pixels[index] = UInt8(truncatingIfNeeded: index * 7919 + index / 13) }
        _ = try tower.encode(picture)
        let samples = try (0..<repetitions).map { _ in try Self.measure { _ = try tower.encode(picture) } }
        let milliseconds = Self.median(samples.map { $0.wall * 1e3 })
        guard json else {
            print("\(model), \(compute.isa.rawValue), \(compute.threadCount) threads")
            print("one picture of \(side) x \(side): \(RunSummary.decimal(milliseconds)) ms")
            return
        }
        let value: Value = [
            "ms": .double(milliseconds), "cpuMs": .double(Self.median(samples.map { $0.processor * 1e3 })),
            "tokens": .int(tower.configuration.tokenCount), "isa": .string(compute.isa.rawValue),
            "threads": .int(compute.threadCount),
        ]
        print(value.json())
    }
}
