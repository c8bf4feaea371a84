import MillTensor

/// A matrix whose integers of 4 or 8 bits lie in 32-bit words, with a scale and a zero point for each output and group of inputs:
/// `weight[o, i] = (code[i, o] - zero[group(i), o]) * scale[group(i), o]`, rounded once to the type of the scales.
///
/// GPTQ packs inputs: word `[i / n, o]` holds `n` inputs from its low bits on. AWQ packs outputs: word `[i, o / n]`, in the order
/// 0, 2, 4, 6, 1, 3, 5, 7.
struct PackedLinear: Sendable {
    enum Packing: Sendable { case inputs, outputs }

    let packing: Packing
    let bits: Int
    let inputs: Int
    let outputs: Int
    private let words: Tensor
    /// `[groups, outputs]`
    private let scales: [Float]
    private let zeros: [Int32]
    /// The group of each input.
    private let groups: [Int]
    let type: DenseType

    /// Which output each of AWQ's eight nibbles is, from the low one on.
    private static let order = [0, 2, 4, 6, 1, 3, 5, 7]

    /// GPTQ's `qweight [in / n, out]`, `qzeros [groups, out / n]`, `scales [groups, out]` and, where there is one, `g_idx [in]`.
    init(gptq settings: GPTQSettings, _ parts: PackedTensors, stem: String) throws(WeightsError) {
        let perWord = 32 / settings.bits
        packing = .inputs
        bits = settings.bits
        words = try parts.part("\(stem).qweight", .i32, [nil, nil])
        guard words.elementCount > 0 else { throw parts.error("\(stem).qweight", "it is empty: \(words.shape)") }
        (inputs, outputs) = (words.shape[0] * perWord, words.shape[1])
        let (groupCount, type, scales) = try Self.scales(parts, stem, outputs)
        (self.type, self.scales) = (type, scales)
        zeros = try Self.zeros(parts, stem, groupCount, outputs, bits: bits) { word, slot in
            if settings.borrows, settings.zeroOffset == 1 {
                let ones: UInt32 = settings.bits == 4 ? 0x1111_1111 : 0x0101_0101
                return (slot, (word &+ ones) >> UInt32(slot * settings.bits))
            }
            return (slot, (word >> UInt32(slot * settings.bits)) &+ settings.zeroOffset)
        }
        let index = "\(stem).g_idx"
        if parts.source.contains(index) {
            _ = try parts.part(index, .i32, [inputs])
            groups = try parts.source.integers(index)
            guard groups.allSatisfy({ (0..<groupCount).contains($0) }) else {
                throw parts.error(index, "it names a group that none of the \(groupCount) is")
            }
        } else {
            groups = try Self.groups(inputs, groupCount, size: settings.groupSize, parts, stem)
        }
    }

    /// AWQ's `qweight [in, out / 8]`, `qzeros [groups, out / 8]` and `scales [groups, out]`.
    init(awq settings: AWQSettings, _ parts: PackedTensors, stem: String) throws(WeightsError) {
        (packing, bits) = (.outputs, 4)
        words = try parts.part("\(stem).qweight", .i32, [nil, nil])
        guard words.elementCount > 0 else { throw parts.error("\(stem).qweight", "it is empty: \(words.shape)") }
        (inputs, outputs) = (words.shape[0], words.shape[1] * 8)
        let (groupCount, type, scales) = try Self.scales(parts, stem, outputs)
        (self.type, self.scales) = (type, scales)
        zeros = try Self.zeros(parts, stem, groupCount, outputs, bits: 4) { (Self.order[$1], $0 >> UInt32($1 * 4)) }
        groups = try Self.groups(inputs, groupCount, size: settings.groupSize, parts, stem)
    }

    private static func scales(
        _ parts: PackedTensors, _ stem: String, _ outputs: Int
    ) throws(WeightsError) -> (groupCount: Int, type: DenseType, scales: [Float]) {
        let layout = try parts.source.layout("\(stem).scales")
        guard layout.shape.count == 2, layout.shape[1] == outputs, layout.shape[0] > 0, let type = DenseType(layout.dtype) else {
            throw parts.error(
                "\(stem).scales", "it is \(layout.dtype.name) \(layout.shape), and must be floating-point [groups, \(outputs)]")
        }
        return (layout.shape[0], type, try parts.numbers("\(stem).scales"))
    }

    /// - Parameter place: from a word and the number of a place in it, low bits first: which output of the word that is, and bits
    ///   of which the low ones are the zero point.
    private static func zeros(
        _ parts: PackedTensors, _ stem: String, _ groupCount: Int, _ outputs: Int, bits: Int,
        _ place: (_ word: UInt32, _ slot: Int) -> (output: Int, bits: UInt32)
    ) throws(WeightsError) -> [Int32] {
        let perWord = 32 / bits
        guard outputs.isMultiple(of: perWord) else {
            throw parts.error("\(stem).qweight", "its \(outputs) outputs fill no whole number of words of \(perWord)")
        }
        let packed = try parts.part("\(stem).qzeros", .i32, [groupCount, outputs / perWord])
        let mask: UInt32 = 1 << UInt32(bits) - 1
        var zeros = [Int32](repeating: 0, count: groupCount * outputs)
        packed.withBytes { bytes in
            for index in 0..<packed.elementCount {
                let word = bytes.unsafeLoadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
                for slot in 0..<perWord {
                    let (output, value) = place(word, slot)
                    zeros[index * perWord + output] = Int32(value & mask)
                }
            }
        }
        return zeros
    }

    /// Groups one after the other.
    private static func groups(
        _ inputs: Int, _ groupCount: Int, size: Int?, _ parts: PackedTensors, _ stem: String
    ) throws(WeightsError) -> [Int] {
        let size = size ?? inputs
        guard size > 0, inputs / size + (inputs.isMultiple(of: size) ? 0 : 1) == groupCount else {
            throw parts.error(
                "\(stem).scales", "it has \(groupCount) groups, but \(inputs) inputs in groups of \(size) make another number")
        }
        return (0..<inputs).map { $0 / size }
    }

    /// The dense matrix `[outputs, inputs]`.
    func dequantized(name: String) throws(WeightsError) -> Tensor { try type.make([outputs, inputs], name: name, self) }
}

extension PackedLinear: DenseBody {
    func fill<Bits: FixedWidthInteger & Sendable>(
        _ target: UnsafeMutableBufferPointer<Bits>, _ encode: @Sendable @escaping (Float) -> Bits
    ) {
        // Each piece writes rows of its own.
        nonisolated(unsafe) let target = target
        let perWord = 32 / bits
        forEachPiece(of: outputs / perWord) { steps in
            let groupCount = scales.count / max(outputs, 1)
            let levels = 1 << bits
            // Values of all codes, for each of the outputs of a step and each group.
            var table = [Bits](repeating: 0, count: perWord * groupCount * levels)
            let starts = groups.map { $0 * levels }
            for step in steps {
                for slot in 0..<perWord {
                    for group in 0..<groupCount {
                        let place = group * outputs + step * perWord + slot
                        let start = (slot * groupCount + group) * levels
                        for code in 0..<levels { table[start + code] = encode(Float(Int32(code) - zeros[place]) * scales[place]) }
                    }
                }
                table.withUnsafeBufferPointer { table in
                    starts.withUnsafeBufferPointer { starts in
                        switch packing {
                        case .inputs: fillFromInputs(target, table, starts, step * perWord, groupCount * levels)
                        case .outputs: fillFromOutputs(target, table, starts, step, groupCount * levels)
                        }
                    }
                }
            }
        }
    }

    /// Word `[row, first + slot]` of `[inputs / n, outputs]` holds `n` inputs of one output. Codes are masked and groups were checked,
    /// so that no index leaves the table; rows and outputs are those of the words' shape.
    private func fillFromInputs<Bits>(
        _ target: UnsafeMutableBufferPointer<Bits>, _ table: UnsafeBufferPointer<Bits>, _ starts: UnsafeBufferPointer<Int>,
        _ first: Int, _ stride: Int
    ) {
        let perWord = 32 / bits
        let mask = UInt32(1 << bits - 1)
        for row in 0..<inputs / perWord {
            for slot in 0..<perWord {
                let offset = (row * outputs + first + slot) * 4
                var word = words.pointer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                let place = (first + slot) * inputs + row * perWord
                for index in 0..<perWord {
                    target[place + index] = table[slot * stride + starts[row * perWord + index] + Int(word & mask)]
                    word >>= UInt32(bits)
                }
            }
        }
    }

    /// Word `[input, step]` of `[inputs, outputs / 8]` holds eight outputs of one input; bounds as above.
    private func fillFromOutputs<Bits>(
        _ target: UnsafeMutableBufferPointer<Bits>, _ table: UnsafeBufferPointer<Bits>, _ starts: UnsafeBufferPointer<Int>,
        _ step: Int, _ stride: Int
    ) {
        let rows = outputs / 8
        for index in 0..<8 {
            let slot = Self.order[index]
            let row = (step * 8 + slot) * inputs
            for input in 0..<inputs {
                let word = words.pointer.loadUnaligned(fromByteOffset: (input * rows + step) * 4, as: UInt32.self)
                target[row + input] = table[slot * stride + starts[input] + Int(word >> UInt32(index * 4) & 15)]
            }
        }
    }
}
