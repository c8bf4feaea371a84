extension Array<UInt8> {
    /// The bytes with every occurrence of `pattern`, from left to right, written as `content`.
    func replacing(_ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
        guard let first = pattern.first, contains(first) else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        var index = 0
        while index < count {
            if self[index] == first, count - index >= pattern.count, self[index..<index + pattern.count].elementsEqual(pattern) {
                result += content
                index += pattern.count
            } else {
                result.append(self[index])
                index += 1
            }
        }
        return result
    }
}
