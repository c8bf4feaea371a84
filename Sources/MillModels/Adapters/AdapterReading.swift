import MillCompute
import MillTensor
import MillWeights

/// Fits an adapter's file to a model.
struct AdapterReading {
    private let file: LoRAFile
    private let scale: Float
    /// Which of the ranks of all adapters are this one's.
    private let ranks: Range<Int>
    private let rank: Int

    init(_ file: LoRAFile, scale: Float, ranks: Range<Int>, of rank: Int) {
        self.file = file
        self.scale = scale
        self.ranks = ranks
        self.rank = rank
    }

    /// The factors for each matrix that the adapter changes, with zeros for the ranks of others.
    func changes(
        for configuration: DecoderConfiguration
    ) throws(ModelError) -> [(layer: Int, target: AdapterTarget, change: LoRAAdapter.Change)] {
        let path = file.path
        if let architecture = file.architecture, architecture != configuration.family.architecture {
            throw .unsupported(
                path: path, key: "general.architecture", value: architecture,
                supported: ["\(configuration.family.architecture), which the model is"])
        }
        if let layer = file.missingLayers.filter({ $0 < configuration.layerCount }).min() {
            throw .configuration(
                path: "\(path)/adapter_config.json", key: "layers_to_transform",
                problem: "names layer \(layer), and the adapter's weights hold nothing for it")
        }
        let places = AdapterPlaces(configuration, file.dialect)
        var result: [(layer: Int, target: AdapterTarget, change: LoRAAdapter.Change)] = []
        var changed: Set<String> = []
        for (module, change) in file.changes.sorted(by: { $0.key < $1.key }) {
            func problem(_ text: String) -> ModelError { .tensor(path: path, name: module, problem: text) }
            guard !places.isOfExperts(module) else {
                throw problem("belongs to the experts of its layer, which adapters cannot change; there are \(places.names)")
            }
            guard let place = places.place(of: module) else {
                throw problem("is no matrix of the model that an adapter can change; there are \(places.names)")
            }
            guard place.outputs.allSatisfy({ changed.insert("\(place.layer) \($0.target)").inserted }) else {
                throw problem("is a matrix that the adapter changes under another name, too")
            }
            let shape = [change.up.shape[0], change.down.shape[1]]
            guard shape == place.shape else {
                throw problem("is to be changed by \(shape), but in the model it is \(place.shape)")
            }
            let down = try down(change, problem)
            let up = try up(change, problem)
            var start = 0
            for output in place.outputs {
                let part = try ModelError.wrapping { try up.rows(start..<start + output.count).copy() }
                start += output.count
                let ordered = try output.order.map { order throws(ModelError) in try part.reordered(order) }
                result.append((place.layer, output.target, LoRAAdapter.Change(down: down, up: ordered ?? part)))
            }
        }
        return result
    }

    private func down(_ change: LoRAFile.Change, _ problem: (String) -> ModelError) throws(ModelError) -> Tensor {
        let values = try Self.floats(change.down, scale: 1, problem)
        let width = change.down.shape[1]
        var padded = [Float](repeating: 0, count: rank * width)
        padded.replaceSubrange(ranks.lowerBound * width..<ranks.lowerBound * width + values.count, with: values)
        return try ModelError.wrapping { try Tensor(padded, shape: [rank, width]) }
    }

    private func up(_ change: LoRAFile.Change, _ problem: (String) -> ModelError) throws(ModelError) -> Tensor {
        let values = try Self.floats(change.up, scale: change.scale * scale, problem)
        let (rows, own) = (change.up.shape[0], change.rank)
        var padded = [Float](repeating: 0, count: rows * rank)
        for row in 0..<rows {
            for index in 0..<own { padded[row * rank + ranks.lowerBound + index] = values[row * own + index] }
        }
        return try ModelError.wrapping { try Tensor(padded, shape: [rows, rank]) }
    }

    private static func floats(
        _ tensor: Tensor, scale: Float, _ problem: (String) -> ModelError
    ) throws(ModelError) -> [Float] {
        let values: [Float]
        do { values = try Quantizer.dequantize(tensor).floats() } catch { throw ModelError(error) }
        let scaled = scale == 1 ? values : values.map { $0 * scale }
        guard scaled.allSatisfy(\.isFinite) else { throw problem("is changed by numbers that are not finite") }
        return scaled
    }
}
