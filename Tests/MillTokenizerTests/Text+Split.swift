extension String {
    /// The parts between occurrences of a separator.
    func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        let (bytes, mark) = (Array(utf8), Array(separator.utf8))
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: mark) {
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
                index += mark.count
            } else {
                part.append(bytes[index])
                index += 1
            }
        }
        return parts + [String(decoding: part, as: UTF8.self)]
    }
}
