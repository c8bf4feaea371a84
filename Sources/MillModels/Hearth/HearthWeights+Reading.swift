import MillTensor
import MillWeights

extension WeightReader {
    /// A 3x3 convolution, `[out, in, 3, 3]` in the file, in the order that the kernel wants: `[out, 3, 3, in]`.
    func convolution(_ name: String, out: Int, input: Int) throws(ModelError) -> HearthWeights.Convolution {
        let stored = try float32(try tensor("\(name).weight", [out, input, 3, 3]))
        let bias = try vector("\(name).bias", out)
        do {
            let source = try stored.floats()
            var weight = [Float](repeating: 0, count: source.count)
            for o in 0..<out {
                for i in 0..<input {
                    for tap in 0..<9 { weight[(o * 9 + tap) * input + i] = source[(o * input + i) * 9 + tap] }
                }
            }
            return HearthWeights.Convolution(weight: try Tensor(weight, shape: [out, 3, 3, input]), bias: bias)
        } catch { throw .memory(error) }
    }

    /// A tensor of one finite element.
    func scalar(_ name: String) throws(ModelError) -> Float {
        let tensor = try vector(name, 1)
        do {
            let value = try tensor.floats()[0]
            guard value.isFinite else { throw ModelError.tensor(path: source.path, name: name, problem: "is \(value)") }
            return value
        } catch { throw ModelError(error) }
    }
}
