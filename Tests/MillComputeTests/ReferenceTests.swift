import Foundation
import MillCompute
import MillTensor
import MillTestSupport
import Testing

/// Every instruction set against the definition of each operation in F64.
@Suite("Operations against their definitions")
struct ReferenceTests {
    @Test("linear is x Wᵀ + b", arguments: ISA.available)
    func linear(isa: ISA) throws {
        var random = Random(seed: 1)
        for (n, m, k) in [(1, 1, 1), (1, 17, 31), (5, 33, 100), (3, 7, 15), (18, 40, 64)] {
            let (x, w, b) = (try random.tensor([n, k]), try random.tensor([m, k]), try random.tensor([m]))
            let y = try result([n, m])
            try Compute(threads: 2, isa: isa).linear(x, w, bias: b, into: y)
            let (xs, ws, bs) = (try x.floats(), try w.floats(), try b.floats())
            let expected = (0..<n * m).map { i in
                let (t, r) = (i / m, i % m)
                return Float((0..<k).reduce(Double(bs[r])) { $0 + Double(xs[t * k + $1]) * Double(ws[r * k + $1]) })
            }
            #expect(try nmse(y.floats(), expected) < 1e-12, "\(n) \(m) \(k)")
        }
    }

    @Test("norms divide by root mean square and by deviation", arguments: ISA.available)
    func norms(isa: ISA) throws {
        var random = Random(seed: 2)
        let compute = try Compute(threads: 2, isa: isa)
        for k in [1, 7, 16, 33, 224] {
            let (x, w, b) = (try random.tensor([3, k], -3...5), try random.tensor([k]), try random.tensor([k]))
            let (xs, ws, bs) = (try x.floats().map(Double.init), try w.floats().map(Double.init), try b.floats().map(Double.init))
            let (rms, layer) = (try result([3, k]), try result([3, k]))
            try compute.rmsNorm(x, w, epsilon: 1e-5, into: rms)
            try compute.layerNorm(x, w, b, epsilon: 1e-5, into: layer)
            var (rmsExpected, layerExpected): ([Float], [Float]) = ([], [])
            for row in 0..<3 {
                let values = xs[row * k..<(row + 1) * k]
                let mean = values.reduce(0, +) / Double(k)
                let power = values.reduce(0) { $0 + $1 * $1 } / Double(k)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(k)
                rmsExpected += values.enumerated().map { Float($1 / (power + 1e-5).squareRoot() * ws[$0]) }
                layerExpected += values.enumerated().map { Float(($1 - mean) / (variance + 1e-5).squareRoot() * ws[$0] + bs[$0]) }
            }
            #expect(try nmse(rms.floats(), rmsExpected) < 1e-12)
            #expect(try nmse(layer.floats(), layerExpected) < 1e-11)
        }
    }

    @Test("rotary embedding rotates the pairs of either layout", arguments: ISA.available)
    func rope(isa: ISA) throws {
        var random = Random(seed: 3)
        let frequencies: [Float] = [1, 0.3, 0.05, 0.007, 0.9]
        let positions: [Int32] = [0, 5, 4000]
        for layout in [RopeLayout.interleaved, .halves] {
            let x = try random.tensor([3, 2, 12])
            let before = try x.floats().map(Double.init)
            try Compute(threads: 1, isa: isa)
                .rope(x, positions: positions, frequencies: Tensor(frequencies, shape: [5]), layout: layout, scale: 1.5)
            var expected = before.map { Float($0) }
            for (t, position) in positions.enumerated() {
                for head in 0..<2 {
                    for (j, frequency) in frequencies.enumerated() {
                        let base = (t * 2 + head) * 12
                        let (a, b) = layout == .halves ? (base + j, base + j + 5) : (base + 2 * j, base + 2 * j + 1)
                        let angle = Double(Float(position) * frequency)
                        expected[a] = Float(1.5 * (before[a] * cos(angle) - before[b] * sin(angle)))
                        expected[b] = Float(1.5 * (before[b] * cos(angle) + before[a] * sin(angle)))
                    }
                }
            }
            #expect(try nmse(x.floats(), expected) < 1e-12, "\(layout)")
        }
    }

    @Test("attention is softmax(q kᵀ · scale) v per head, causal or not", arguments: ISA.available)
    func attention(isa: ISA) throws {
        var random = Random(seed: 4)
        // The reference path; the faster products are held against it in KeyValueStoreTests.
        let compute = try Compute(threads: 3, isa: isa, activations: .float32)
        for (n, t, heads, kvHeads, d) in [(1, 1, 1, 1, 4), (7, 7, 4, 2, 28), (2, 600, 6, 2, 33), (20, 300, 4, 4, 64)] {
            for mask in [AttentionMask.none, .causal(offset: t - n)] {
                let q = try random.tensor([n, heads, d], -4...4)
                let (k, v) = (try random.tensor([t, kvHeads, d]), try random.tensor([t, kvHeads, d]))
                let out = try result([n, heads, d])
                try compute.attention(q: q, k: k, v: v, mask: mask, scale: 0.3, into: out)
                let expected = try reference(q, k, v, scale: 0.3, offset: mask == .none ? t : t - n)
                #expect(try nmse(out.floats(), expected) < 1e-11, "\(n) \(t) \(mask)")
            }
        }
    }

    private func reference(_ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Double, offset: Int) throws -> [Float] {
        let (qs, ks, vs) = (try q.floats(), try k.floats(), try v.floats())
        let (n, heads, d, t, kvHeads) = (q.shape[0], q.shape[1], q.shape[2], k.shape[0], k.shape[1])
        var out: [Float] = []
        for i in 0..<n {
            for head in 0..<heads {
                let kv = head / (heads / kvHeads)
                let seen = min(t, offset + i + 1)
                let weights = (0..<seen).map { key in
                    exp(
                        scale
                            * (0..<d).reduce(0) {
                                $0 + Double(qs[(i * heads + head) * d + $1]) * Double(ks[(key * kvHeads + kv) * d + $1])
                            })
                }
                let total = weights.reduce(0, +)
                for j in 0..<d {
                    out.append(Float((0..<seen).reduce(0) { $0 + weights[$1] * Double(vs[($1 * kvHeads + kv) * d + j]) } / total))
                }
            }
        }
        return out
    }

    @Test("convolution with stride and padding, from F32 and from U8 pixels", arguments: ISA.available)
    func convolution(isa: ISA) throws {
        var random = Random(seed: 5)
        let compute = try Compute(threads: 2, isa: isa)
        for (height, width, channels, out, kernel, stride, padding) in [
            (9, 7, 3, 5, 3, 2, 1), (4, 4, 16, 33, 2, 2, 0), (5, 6, 4, 3, 5, 1, 3), (1, 1, 1, 1, 1, 1, 0),
        ] {
            let pixels = (0..<height * width * channels).map { _ in UInt8.random(in: 0...255, using: &random) }
            let weight = try random.tensor([out, kernel, kernel, channels])
            let bias = try random.tensor([out])
            let scale = PixelScale(
                scale: [Float](repeating: 1 / 127.5, count: channels), shift: [Float](repeating: -1, count: channels))
            let floats = try Tensor(pixels.map { Float($0) * (1 / 127.5) - 1 }, shape: [height, width, channels])
            let bytes = try Tensor.allocate(.u8, [height, width, channels])
            writableBytes(bytes).copyBytes(from: pixels)
            let oh = try Compute.convolutionSize(height, kernel: kernel, stride: stride, padding: padding)
            let ow = try Compute.convolutionSize(width, kernel: kernel, stride: stride, padding: padding)
            let (fromFloats, fromBytes) = (try result([oh, ow, out]), try result([oh, ow, out]))
            try compute.convolution(floats, weight, bias: bias, stride: stride, padding: padding, into: fromFloats)
            try compute.convolution(bytes, pixels: scale, weight, bias: bias, stride: stride, padding: padding, into: fromBytes)
            let (xs, ws, bs) = (try floats.floats(), try weight.floats(), try bias.floats())
            let expected = (0..<oh * ow * out).map { i -> Float in
                let (y, x, o) = (i / out / ow, i / out % ow, i % out)
                var sum = Double(bs[o])
                for ky in 0..<kernel {
                    for kx in 0..<kernel {
                        let (sy, sx) = (y * stride + ky - padding, x * stride + kx - padding)
                        guard (0..<height).contains(sy), (0..<width).contains(sx) else { continue }
                        for c in 0..<channels {
                            sum +=
                                Double(xs[(sy * width + sx) * channels + c])
                                * Double(ws[((o * kernel + ky) * kernel + kx) * channels + c])
                        }
                    }
                }
                return Float(sum)
            }
            #expect(try nmse(fromFloats.floats(), expected) < 1e-12)
            #expect(try nmse(fromBytes.floats(), expected) < 1e-11)
        }
    }
}
