import Glibc

func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

/// exp(x) / sum(exp(x)); zeros stay finite for any logits.
func softmax(_ x: some Collection<Float>) -> [Float] {
    let top = x.max() ?? 0
    let powers = x.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}

/// Intersection over union of two boxes `[cx, cy, w, h]`.
func overlap(_ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>) -> Float {
    func shared(_ axis: Int) -> Float {
        let end = min(a[axis] + a[axis + 2] / 2, b[axis] + b[axis + 2] / 2)
        let start = max(a[axis] - a[axis + 2] / 2, b[axis] - b[axis + 2] / 2)
        return max(end - start, 0)
    }
    let intersection = shared(0) * shared(1)
    return intersection / (a[2] * a[3] + b[2] * b[3] - intersection)
}

/// The cells of the object slots: by objectness, highest first and ties by lower index, leaving out those that overlap a
/// better one by at least `limit`; filled up with the ones left out.
func chooseSlots(
    objectness: UnsafeBufferPointer<Float>, box: (Int) -> UnsafeBufferPointer<Float>, count: Int, limit: Float
) -> [Int32] {
    let order = objectness.indices.sorted { (objectness[$1], $0) < (objectness[$0], $1) }
    var kept: [Int] = []
    var passed: [Int] = []
    for cell in order {
        if kept.contains(where: { overlap(box(cell), box($0)) >= limit }) {
            passed.append(cell)
        } else {
            kept.append(cell)
        }
        if kept.count == count { break }
    }
    return (kept + passed).prefix(count).map { Int32($0) }
}
