import MillValue

/// An object of a record's JSON, with the way to it for error messages.
struct RecordReader {
    private let map: ValueMap
    private let place: String

    init(_ value: Value, at place: String) throws(ArchiveError) {
        guard let map = value.map else {
            throw .malformed(place: place, reason: "must be an object, is \(value.kind)")
        }
        self.map = map
        self.place = place
    }

    /// The value of a key; nil where it is missing or null.
    func optional(_ key: String) -> Value? {
        guard let value = map[key], !value.isNull else { return nil }
        return value
    }

    func string(_ key: String) throws(ArchiveError) -> String { try require(key, "a string", optional(key)?.string) }
    func int(_ key: String) throws(ArchiveError) -> Int { try require(key, "an integer", optional(key)?.int) }
    /// A whole number that can be counted to.
    func count(_ key: String, from minimum: Int = 0) throws(ArchiveError) -> Int {
        let count = try int(key)
        guard (minimum...1_000_000_000).contains(count) else { throw problem(key, "must be at least \(minimum), is \(count)") }
        return count
    }

    func bool(_ key: String) throws(ArchiveError) -> Bool { try require(key, "a boolean", optional(key)?.bool) }
    func number(_ key: String) throws(ArchiveError) -> Double { try require(key, "a number", optional(key)?.double) }

    func optionalString(_ key: String) throws(ArchiveError) -> String? {
        optional(key) == nil ? nil : try string(key)
    }

    func optionalNumber(_ key: String) throws(ArchiveError) -> Double? {
        optional(key) == nil ? nil : try number(key)
    }

    func choice<Choice: RawRepresentable<String>>(_ key: String) throws(ArchiveError) -> Choice {
        let name = try string(key)
        guard let choice = Choice(rawValue: name) else { throw problem(key, "is '\(name)', which is not known") }
        return choice
    }

    func strings(_ key: String) throws(ArchiveError) -> [String] {
        try items(key).map { value, place throws(ArchiveError) in
            guard let string = value.string else {
                throw ArchiveError.malformed(place: place, reason: "must be a string, is \(value.kind)")
            }
            return string
        }
    }

    /// `[first, behind the last]`.
    func range(_ key: String) throws(ArchiveError) -> Range<Int> {
        let bounds = optional(key)?.list?.compactMap(\.int) ?? []
        guard bounds.count == 2, 0 <= bounds[0], bounds[0] <= bounds[1] else {
            throw problem(key, "must be [first, behind the last] of code points")
        }
        return bounds[0]..<bounds[1]
    }

    /// The objects of a list.
    func objects<Item>(
        _ key: String, _ read: (RecordReader) throws(ArchiveError) -> Item
    ) throws(ArchiveError) -> [Item] {
        try items(key).map { value, place throws(ArchiveError) in try read(RecordReader(value, at: place)) }
    }

    /// An object; nil where it is missing or null.
    func object<Item>(_ key: String, _ read: (RecordReader) throws(ArchiveError) -> Item) throws(ArchiveError) -> Item? {
        guard let value = optional(key) else { return nil }
        return try read(RecordReader(value, at: "\(place)/\(key)"))
    }

    func problem(_ key: String, _ reason: String) -> ArchiveError { .malformed(place: "\(place)/\(key)", reason: reason) }

    private func items(_ key: String) throws(ArchiveError) -> [(Value, String)] {
        let list = try require(key, "an array", optional(key)?.list)
        return list.enumerated().map { ($0.element, "\(place)/\(key)/\($0.offset)") }
    }

    private func require<Content>(_ key: String, _ kind: String, _ content: Content?) throws(ArchiveError) -> Content {
        if let content { return content }
        throw problem(key, map[key].map { "must be \(kind), is \($0.kind)" } ?? "is missing")
    }
}
