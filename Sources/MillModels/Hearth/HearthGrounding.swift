import Glibc
import MillValue

/// How sure the picture side must be of what an answer says of objects.
public struct GroundingLimits: Sendable, Hashable {
    /// Objects of the answer whose best slot scores less are left out.
    public var keep: Float
    /// Slots with at least this score that the answer did not speak of are added.
    public var add: Float

    /// Without limits the answer's objects stay as they are: nothing is left out, nothing is added.
    public init(keep: Float = 0, add: Float = .infinity) {
        self.keep = keep
        self.add = add
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

    /// log(score / (1 - score)), finite for all scores.
    package static func logit(_ score: Float) -> Float {
        let inner = min(max(score, 1e-6), 1 - 1e-6)
        return log(inner / (1 - inner))
    }
}

/// Joins what an answer says of objects with the slots of the picture that show them.
package struct HearthGrounding: Sendable {
    /// Two boxes with the same label that share this part of the smaller one show the same thing.
    private static let sameThing: Float = 0.5

    private let itemNames: [String]
    private let states: [String]
    private let limits: GroundingLimits
    private let calibration: ScoreCalibration

    /// - Parameters: `nil` takes what the configuration recommends.
    package init(
        _ configuration: HearthConfiguration, limits: GroundingLimits? = nil, calibration: ScoreCalibration? = nil
    ) {
        itemNames = configuration.itemNames
        states = configuration.states
        self.limits = limits ?? configuration.limits
        self.calibration = calibration ?? configuration.calibration
    }

    /// For each object of the answer in order, the slot not yet taken with the greatest objectness times probability of
    /// the label gives `box` (`[x1, y1, x2, y2]`, fractions of the picture), `score`, and `where`. Objects whose label is no
    /// item, and those beyond the slots, stay as they are; so does an answer without objects. Objects that the limits add
    /// have the likeliest label and state of their slot; a slot that shows an object of the answer once more is passed over.
    package func apply(to answer: Value, _ slots: [HearthPicture.Slot]) -> Value {
        guard var map = answer.map, let objects = map["objects"]?.list else { return answer }
        var free = Set(slots.indices)
        func score(_ slot: Int, _ item: Int) -> Float { calibration(slots[slot].objectness * slots[slot].items[item]) }
        var shown: [(label: String, box: HearthPicture.Box)] = []
        var grounded: [Value] = objects.compactMap { object in
            guard var fields = object.map, let label = fields["label"]?.string, let item = itemNames.firstIndex(of: label),
                let best = free.min(by: { (score($1, item), $0) < (score($0, item), $1) })
            else { return object }
            guard score(best, item) >= limits.keep else { return nil }
            free.remove(best)
            Self.place(slots[best], score(best, item), in: &fields)
            shown.append((label, slots[best].box))
            return .map(fields)
        }
        for slot in free.sorted() {
            let item = slots[slot].item
            guard score(slot, item) >= limits.add else { continue }
            let label = itemNames[item]
            guard !shown.contains(where: { $0.label == label && slots[slot].box.cover(of: $0.box) >= Self.sameThing }) else {
                continue
            }
            let chances = slots[slot].states
            let state = chances.indices.max { chances[$0] < chances[$1] } ?? 0
            var fields: ValueMap = ["label": .string(label), "state": .string(states[state]), "where": .null]
            Self.place(slots[slot], score(slot, item), in: &fields)
            shown.append((label, slots[slot].box))
            grounded.append(.map(fields))
        }
        map["objects"] = .list(grounded)
        return .map(map)
    }

    /// `where` is the third of the picture's width that holds the box's centre.
    private static func place(_ slot: HearthPicture.Slot, _ score: Float, in fields: inout ValueMap) {
        let centre = (slot.box.x1 + slot.box.x2) / 2
        if fields["where"] != nil { fields["where"] = centre < 1.0 / 3 ? "left" : centre < 2.0 / 3 ? "center" : "right" }
        fields["box"] = .list([slot.box.x1, slot.box.y1, slot.box.x2, slot.box.y2].map { .double(Double($0)) })
        fields["score"] = .double(Double(score))
    }
}
