import MillCompute
import MillTensor
import MillWeights

extension WindowTower.Weights {
    /// Under the hub's names after `visual.`.
    init(hub reader: WeightReader, _ c: WindowTowerConfiguration) throws(ModelError) {
        let (hidden, side, prefix) = (c.hiddenSize, c.patchSize, "visual.")
        // [hidden, 3, 2, side, side]: two moments for each colour.
        let both = try reader.float32(try reader.tensor(prefix + "patch_embed.proj.weight", [hidden, 3, 2, side, side]))
        let count = side * side
        patches = try Self.sum(both, hidden, c.patchValueCount) { row, value in
            let start = (row * 6 + value / count * 2) * count + value % count
            return (start, start + count)
        }
        layers = try (0..<c.layerCount).map { index throws(ModelError) in
            let block = "\(prefix)blocks.\(index)."
            let parts = try reader.linears(block + "attn.qkv", [hidden, hidden, hidden], hidden)
            return GatedEncoderBlock(
                norm1: try reader.vector(block + "norm1.weight", hidden),
                attention: Projections(parts + [try reader.linear(block + "attn.proj", hidden, hidden)]),
                norm2: try reader.vector(block + "norm2.weight", hidden),
                gate: try reader.linear(block + "mlp.gate_proj", c.intermediateSize, hidden),
                up: try reader.linear(block + "mlp.up_proj", c.intermediateSize, hidden),
                down: try reader.linear(block + "mlp.down_proj", hidden, c.intermediateSize))
        }
        let wide = hidden * c.mergeSize * c.mergeSize
        norm = try reader.vector(prefix + "merger.ln_q.weight", hidden)
        first = try reader.linear(prefix + "merger.mlp.0", wide, wide)
        second = try reader.linear(prefix + "merger.mlp.2", c.outputSize, wide)
    }

    /// Under the names of mmproj files.
    init(gguf reader: WeightReader, _ c: WindowTowerConfiguration) throws(ModelError) {
        let (hidden, side) = (c.hiddenSize, c.patchSize)
        // One matrix for each moment.
        let moments = try ["v.patch_embd.weight", "v.patch_embd.weight.1"].map { name throws(ModelError) in
            try reader.float32(try reader.tensor(name, [hidden, 3, side, side]))
        }
        let sum: Tensor
        do {
            sum = try Tensor.zeros(.f32, [hidden, c.patchValueCount])
            for moment in moments { try reader.compute.add(try moment.reshaped(sum.shape), into: sum) }
        } catch { throw ModelError(error) }
        patches = Linear(weight: .rows(sum), bias: nil)
        layers = try (0..<c.layerCount).map { index throws(ModelError) in
            let block = "v.blk.\(index)."
            let projections = try ["attn_q", "attn_k", "attn_v", "attn_out"].map { name throws(ModelError) in
                try reader.linear(block + name, hidden, hidden)
            }
            return GatedEncoderBlock(
                norm1: try reader.vector(block + "ln1.weight", hidden), attention: Projections(projections),
                norm2: try reader.vector(block + "ln2.weight", hidden),
                gate: try reader.linear(block + "ffn_gate", c.intermediateSize, hidden),
                up: try reader.linear(block + "ffn_up", c.intermediateSize, hidden),
                down: try reader.linear(block + "ffn_down", hidden, c.intermediateSize))
        }
        let wide = hidden * c.mergeSize * c.mergeSize
        norm = try reader.vector("v.post_ln.weight", hidden)
        first = try reader.linear("mm.0", wide, wide)
        second = try reader.linear("mm.2", c.outputSize, wide)
    }

    /// The sum of the two values that belong to each place of a matrix `[hidden, columns]`.
    private static func sum(
        _ both: Tensor, _ hidden: Int, _ columns: Int, _ places: (_ row: Int, _ column: Int) -> (Int, Int)
    ) throws(ModelError) -> Linear {
        do {
            let values = try both.floats()
            let sums = (0..<hidden * columns).map { index in
                let (first, second) = places(index / columns, index % columns)
                return values[first] + values[second]
            }
            return Linear(weight: .rows(try Tensor(sums, shape: [hidden, columns])), bias: nil)
        } catch { throw .memory(error) }
    }
}
