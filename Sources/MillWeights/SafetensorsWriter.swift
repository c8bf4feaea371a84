import MillTensor
import MillValue

/// Writes safetensors files.
public enum SafetensorsWriter {
    /// Writes the tensors in the given order and reads the file back before it gets its name.
    ///
    /// - Parameter tensors: contiguous, of plain (not quantized) types; names are unique.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
    ) throws(WeightsError) {
        var header = ValueMap()
        if !metadata.isEmpty {
            header["__metadata__"] = .map(ValueMap(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        var offset = 0
        for (name, tensor) in tensors {
            guard header[name] == nil, name != "__metadata__" else {
                throw .invalidContent(item: "tensor \(name)", reason: "the name is taken")
            }
            guard !tensor.dtype.isQuantized, tensor.isContiguous else {
                throw .invalidContent(item: "tensor \(name)", reason: "\(tensor.dtype.name) or its strides cannot be stored")
            }
            let end = offset + tensor.byteCount
            header[name] = [
                "dtype": .string(tensor.dtype.name), "shape": .list(tensor.shape.map(Value.int)),
                "data_offsets": [.int(offset), .int(end)],
            ]
            offset = end
        }
        var text = Array(Value.map(header).json().utf8)
        // Data that start at a multiple of eight can be used where they are mapped.
        while !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
        var output = try FileOutput(path: path)
        do throws(WeightsError) {
            var length: [UInt8] = []
            length.append(integer: UInt64(text.count))
            try output.write(length + text)
            for (_, tensor) in tensors {
                try output.write(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount))
            }
        } catch {
            output.abandon()
            throw error
        }
        try output.commit { storage throws(WeightsError) in
            let file = try SafetensorsFile(storage: storage, path: path)
            guard file.names == tensors.map(\.name) else {
                throw .unwritable(path: path, reason: "it reads back with other tensors")
            }
        }
    }
}
