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

    /// Text that is no Base64.
    package struct Malformed: Error {}

    /// The bytes that a text stands for; line breaks in it are skipped.
    package static func decode(_ text: String) throws(Malformed) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count / 4 * 3)
        var (group, count, padding) = (UInt32(0), 0, 0)
        for byte in text.utf8 where byte != 0x0A && byte != 0x0D {
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = values[Int(byte)] else { throw Malformed() }
            group = group << 6 | value
            count += 1
            guard count % 4 == 0 else { continue }
            result += [
                UInt8(truncatingIfNeeded: group >> 16), UInt8(truncatingIfNeeded: group >> 8), UInt8(truncatingIfNeeded: group),
            ]
            group = 0
        }
        switch count % 4 {
        case 0: guard padding == 0 else { throw Malformed() }
        case 2 where padding == 2 || padding == 0: result.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3 where padding == 1 || padding == 0:
            result += [UInt8(truncatingIfNeeded: group >> 10), UInt8(truncatingIfNeeded: group >> 2)]
        default: throw Malformed()
        }
        return result
    }

    private static let values: [UInt32?] = (0..<256).map { byte in
        alphabet.firstIndex(of: UInt8(byte)).map { UInt32($0) }
    }
}
