/// Short names for long texts, the same on every machine.
package enum Fingerprint {
    /// Twelve letters and digits from the text's 64-bit FNV-1a hash.
    package static func letters(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash % 4_738_381_338_321_616_896, radix: 36)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }
}
