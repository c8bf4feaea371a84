import CZlib

/// How many times smaller zlib makes a text; text that repeats itself becomes much smaller.
package enum CompressionRatio {
    package static func of(_ text: String) -> Double {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return 0 }
        var count = compressBound(uLong(bytes.count))
        var target = [UInt8](repeating: 0, count: Int(count))
        // zlib writes at most `count` bytes, which is how large the target is, and says how many in its place.
        guard compress(&target, &count, bytes, uLong(bytes.count)) == Z_OK, count > 0 else { return 0 }
        return Double(bytes.count) / Double(count)
    }
}
