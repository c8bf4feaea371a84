import MillTensor

extension GGUFMetadata {
    /// The type and value of a key as a GGUF file holds them; nil when the key is absent.
    func encoded(_ key: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        switch self[key] {
        case nil: return nil
        case .integer(let value, let type):
            bytes.append(integer: type.rawValue)
            bytes.append(integer: UInt64(bitPattern: value), byteCount: type.byteCount ?? 8)
        case .unsigned(let value):
            bytes.append(integer: GGUFValueType.u64.rawValue)
            bytes.append(integer: value)
        case .float(let value, let type):
            bytes.append(integer: type.rawValue)
            if type == .f32 { bytes.append(integer: Float(value).bitPattern) } else { bytes.append(integer: value.bitPattern) }
        case .bool(let value):
            bytes.append(integer: GGUFValueType.bool.rawValue)
            bytes.append(value ? 1 : 0)
        case .string(let text):
            bytes.append(integer: GGUFValueType.string.rawValue)
            bytes.append(string: text)
        case .array(let array):
            bytes.append(integer: GGUFValueType.array.rawValue)
            bytes.append(integer: array.elementType.rawValue)
            bytes.append(integer: UInt64(array.count))
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: array.storage.base + array.byteOffset, count: array.byteCount))
        }
        return bytes
    }
}
