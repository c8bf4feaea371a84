import MillTensor

/// Base64 (RFC 4648) of a tensor's bytes.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: Tensor) -> String {
        bytes.withBytes { span in
            let count = span.byteCount
            func byte(_ index: Int) -> Int { index < count ? Int(span.unsafeLoad(fromByteOffset: index, as: UInt8.self)) : 0 }
            var output: [UInt8] = []
            output.reserveCapacity((count + 2) / 3 * 4)
            for start in stride(from: 0, to: count, by: 3) {
                let group = byte(start) << 16 | byte(start + 1) << 8 | byte(start + 2)
                output.append(alphabet[group >> 18])
                output.append(alphabet[group >> 12 & 63])
                output.append(start + 1 < count ? alphabet[group >> 6 & 63] : UInt8(ascii: "="))
                output.append(start + 2 < count ? alphabet[group & 63] : UInt8(ascii: "="))
            }
            return String(decoding: output, as: UTF8.self)
        }
    }
}
