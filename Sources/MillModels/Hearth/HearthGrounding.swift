import Glibc
import MillValue

/// How sure the picture side must be of what an answer says of objects.
public struct GroundingLimits: Sendable, Hashable {
    /// Objects of the answer whose best slot scores less are left out.
    public var keep: Float
    /// Slots with at least this score that the answer did not speak of are added.
    public var add: Float
    /// A thing that is asked after is there if a slot has at least this score as it; nil leaves that to the answer.
    public var ask: Float?

    /// Without limits an answer stays as it is: nothing is left out, added or corrected.
    public init(keep: Float = 0, add: Float = .infinity, ask: Float? = nil) {
        self.keep = keep
        self.add = add
        self.ask = ask
    }
}

/// Turns the picture side's products of probabilities into the chance that an object is right (Platt, 1999):
/// `sigmoid(scale * logit(score) + shift)`.
public struct ScoreCalibration: Sendable, Hashable {
    /// Above 0, so that the order of scores stays.
    public let scale: Float
    public let shift: Float

    /// Without values scores stay as they are.
    public init(scale: Float = 1, shift: Float = 0) {
        self.scale = scale
        self.shift = shift
    }

    public func callAsFunction(_ score: Float) -> Float {
        guard self != ScoreCalibration() else { return score }
        return sigmoid(scale * Self.logit(score) + shift)
    }

    /// The score that is told as this one; limits that let nothing or everything pass stay as they are.
    package func inverse(_ told: Float) -> Float {
        guard self != ScoreCalibration(), told > 0, told < 1 else { return told }
        return sigmoid((Self.logit(told) - shift) / scale)
    }

    /// log(score / (1 - score)), finite for all scores.
    package static func logit(_ score: Float) -> Float {
        let inner = min(max(score, 1e-6), 1 - 1e-6)
        return log(inner / (1 - inner))
    }
}

/// What a schema leaves open for objects that grounding adds to an answer.
public struct SceneBounds: Sendable, Hashable {
    /// Labels and states that may be named; nil allows all.
    public let labels: Set<String>?
    public let states: Set<String>?
    /// The longest list of objects; nil sets no limit.
    public let objectCount: Int?

    /// Everything is allowed.
    public init() { (labels, states, objectCount) = (nil, nil, nil) }

    /// - Parameter schema: a JSON Schema with the shape of ``HearthConfiguration/sceneSchema(labels:)``; what it does not bound
    ///   in that place is not bound.
    public init(schema: Value) {
        let objects = schema["properties"]?["objects"]
        let fields = objects?["items"]?["properties"]
        func names(_ field: String) -> Set<String>? {
            fields?[field]?["enum"]?.list.map { Set($0.compactMap(\.string)) }
        }
        labels = names("label")
        states = names("state")
        objectCount = objects?["maxItems"]?.int
    }
}

/// Joins what an answer says of objects with the slots of the picture that show them.
package struct HearthGrounding: Sendable {
    /// Two boxes with the same label that share this part of the smaller one show the same thing.
    static let sameThing: Float = 0.5

    private let itemNames: [String]
    private let states: [String]
    let limits: GroundingLimits
    private let calibration: ScoreCalibration
    /// Indices that added objects may have; nil allows all.
    private let openItems: [Int]?
    private let openStates: [Int]
    private let objectCount: Int

    /// - Parameters: `nil` takes what the configuration recommends.
    package init(
        _ configuration: HearthConfiguration, limits: GroundingLimits? = nil, calibration: ScoreCalibration? = nil,
        bounds: SceneBounds = SceneBounds()
    ) {
        itemNames = configuration.itemNames
        states = configuration.states
        openItems = bounds.labels.map { labels in
            configuration.itemNames.indices.filter { labels.contains(configuration.itemNames[$0]) }
        }
        openStates = configuration.states.indices.filter { bounds.states?.contains(configuration.states[$0]) ?? true }
        objectCount = bounds.objectCount ?? .max
        self.limits = limits ?? configuration.limits
        self.calibration = calibration ?? configuration.calibration
    }

    /// How sure the picture side is that a slot shows an item.
    func score(_ slot: HearthPicture.Slot, _ item: Int) -> Float { calibration(slot.objectness * slot.items[item]) }

    /// For each object of the answer in order, the slot not yet taken with the greatest objectness times probability of
    /// the label gives `box` (`[x1, y1, x2, y2]`, fractions of the picture), `score`, and `where`. Objects whose label is no
    /// item, and those beyond the slots, stay as they are; so does an answer without objects. Objects that the limits add
    /// have the likeliest label and state of their slot that the bounds allow; a slot that shows an object of the answer once
    /// more is passed over.
    package func apply(to answer: Value, _ slots: [HearthPicture.Slot]) -> Value {
        guard var map = answer.map, let objects = map["objects"]?.list else { return answer }
        var free = Set(slots.indices)
        func score(_ slot: Int, _ item: Int) -> Float { self.score(slots[slot], item) }
        // Calibration makes no difference between the smallest scores, the products do.
        func product(_ slot: Int, _ item: Int) -> Float { slots[slot].objectness * slots[slot].items[item] }
        var shown: [(label: String, box: HearthPicture.Box)] = []
        var grounded: [Value] = objects.compactMap { object in
            guard var fields = object.map, let label = fields["label"]?.string, let item = itemNames.firstIndex(of: label),
                let best = free.min(by: { (product($1, item), $0) < (product($0, item), $1) })
            else { return object }
            guard score(best, item) >= limits.keep else { return nil }
            free.remove(best)
            Self.place(slots[best], score(best, item), in: &fields)
            shown.append((label, slots[best].box))
            return .map(fields)
        }
        for slot in free.sorted() where grounded.count < objectCount {
            let items = slots[slot].items
            let likeliest = openItems.map { open in open.max { items[$0] < items[$1] } } ?? slots[slot].item
            guard let item = likeliest, score(slot, item) >= limits.add else { continue }
            let label = itemNames[item]
            guard !shown.contains(where: { $0.label == label && slots[slot].box.cover(of: $0.box) >= Self.sameThing }) else {
                continue
            }
            let chances = slots[slot].states
            guard let state = openStates.max(by: { chances[$0] < chances[$1] }) else { continue }
            var fields: ValueMap = ["label": .string(label), "state": .string(states[state]), "where": .null]
            Self.place(slots[slot], score(slot, item), in: &fields)
            shown.append((label, slots[slot].box))
            grounded.append(.map(fields))
        }
        map["objects"] = .list(grounded)
        return .map(map)
    }

    private static func place(_ slot: HearthPicture.Slot, _ score: Float, in fields: inout ValueMap) {
        if fields["where"] != nil { fields["where"] = .string(slot.box.third) }
        fields["box"] = .list([slot.box.x1, slot.box.y1, slot.box.x2, slot.box.y2].map { .double(Double($0)) })
        fields["score"] = .double(Double(score))
    }
}
