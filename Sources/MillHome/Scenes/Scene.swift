import MillValue

/// What a model says of one frame.
struct Scene: Sendable, Hashable {
    var objects: [Detection] = []
    /// The single values that speak of the whole frame: `people`, `activity`, `light` and what else the schema has.
    var attributes = ValueMap()

    /// No frame shows more; a model that runs wild must not exhaust memory.
    private static let maximumObjectCount = 500

    /// Reads `{"objects": [{label, state?, where?, box?, score?}], "people": 1, "activity": "reading", "light": "dim"}`.
    init(_ value: Value) throws(HomeError) {
        guard case .map(let map) = value else { throw Self.malformed("expected an object, found \(value.kind)") }
        for (key, field) in map {
            switch field {
            case .bool, .int, .double, .string: attributes[key] = field
            case .null, .list, .map: continue
            }
        }
        switch map["objects"] {
        case nil, .null: break
        case .list(let list):
            guard list.count <= Self.maximumObjectCount else { throw Self.malformed("'objects' has \(list.count) entries") }
            for (index, object) in list.enumerated() { objects.append(try Detection(object, index: index)) }
        case .some(let other): throw Self.malformed("'objects' must be an array, found \(other.kind)")
        }
    }

    static func malformed(_ reason: String) -> HomeError { .malformed(what: "scene", reason: reason) }
}

/// One object in one frame.
struct Detection: Sendable, Hashable {
    let label: String
    let state: String?
    /// A position in words, such as `left`.
    let position: String?
    let box: Box?
    /// 0–1; nil where the model gives none.
    let score: Double?

    init(_ value: Value, index: Int) throws(HomeError) {
        guard let label = value["label"]?.string, !label.isEmpty else {
            throw Scene.malformed("objects[\(index)] needs a 'label', found \(value.json())")
        }
        self.label = label
        state = value["state"]?.string
        position = value["where"]?.string
        score = value["score"]?.double
        if let given = value["box"], given != .null {
            guard let box = Box(given) else {
                throw Scene.malformed("objects[\(index)].box must be [left, top, right, bottom], found \(given.json())")
            }
            self.box = box
        } else {
            box = nil
        }
    }
}

/// A rectangle, in fractions of the frame or in pixels: left, top, right, bottom.
struct Box: Sendable, Hashable {
    let left, top, right, bottom: Double

    init?(_ value: Value) {
        guard let numbers = value.list?.compactMap(\.double), numbers.count == 4, value.list?.count == 4,
            numbers.allSatisfy({ $0.isFinite && abs($0) < 1e6 }), numbers[2] >= numbers[0], numbers[3] >= numbers[1]
        else { return nil }
        (left, top, right, bottom) = (numbers[0], numbers[1], numbers[2], numbers[3])
    }

    var area: Double { (right - left) * (bottom - top) }
    var diagonal: Double { ((right - left) * (right - left) + (bottom - top) * (bottom - top)).squareRoot() }
    var value: Value { .list([left, top, right, bottom].map { .double($0) }) }

    /// Shared area over joint area, 0–1.
    func overlap(with other: Box) -> Double {
        let width = min(right, other.right) - max(left, other.left)
        let height = min(bottom, other.bottom) - max(top, other.top)
        guard width > 0, height > 0 else { return self == other ? 1 : 0 }
        let shared = width * height
        return shared / (area + other.area - shared)
    }

    /// Between the centres.
    func distance(to other: Box) -> Double {
        let x = (left + right - other.left - other.right) / 2
        let y = (top + bottom - other.top - other.bottom) / 2
        return (x * x + y * y).squareRoot()
    }
}
