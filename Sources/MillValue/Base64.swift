/// Base64 (RFC 4648).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ bytes: RawSpan) -> String {
        let count = bytes.byteCount
        let size = (count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: size) { output in
            func byte(_ index: Int) -> Int { index < count ? Int(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) : 0 }
            var position = 0
            for start in stride(from: 0, to: count, by: 3) {
                let group = byte(start) << 16 | byte(start + 1) << 8 | byte(start + 2)
                output[position] = alphabet[group >> 18]
                output[position + 1] = alphabet[group >> 12 & 63]
                output[position + 2] = start + 1 < count ? alphabet[group >> 6 & 63] : UInt8(ascii: "=")
                output[position + 3] = start + 2 < count ? alphabet[group & 63] : UInt8(ascii: "=")
                position += 4
            }
            return size
        }
    }
}
