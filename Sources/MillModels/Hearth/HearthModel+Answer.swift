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

extension HearthModel {
    /// Two boxes with the same label that share this part of the smaller one show the same thing.
    private static let sameThing: Float = 0.5

    /// The objects of an answer with the boxes and scores of the slots that show them.
    ///
    /// For each object in order, the slot not yet taken with the greatest objectness times probability of the label
    /// gives `box` (`[x1, y1, x2, y2]`, fractions of the picture), `score`, and `where`. Objects whose label is no item,
    /// and those beyond the slots, stay as they are; so does an answer without objects. Objects that `limits` adds have
    /// the likeliest label and state of their slot; a slot that shows an object of the answer once more is passed over.
    ///
    /// - Parameter limits: nil takes those that the model recommends.
    public func ground(_ answer: Value, in picture: HearthPicture, limits: GroundingLimits? = nil) -> Value {
        let limits = limits ?? configuration.limits
        guard var map = answer.map, let objects = map["objects"]?.list else { return answer }
        let slots = picture.slots
        var free = Set(slots.indices)
        func score(_ slot: Int, _ item: Int) -> Float { slots[slot].objectness * slots[slot].items[item] }
        var shown: [(label: String, box: HearthPicture.Box)] = []
        var grounded: [Value] = objects.compactMap { object in
            guard var fields = object.map, let label = fields["label"]?.string,
                let item = configuration.itemNames.firstIndex(of: label),
                let best = free.min(by: { (score($1, item), $0) < (score($0, item), $1) })
            else { return object }
            guard score(best, item) >= limits.keep else { return nil }
            free.remove(best)
            place(slots[best], score(best, item), in: &fields)
            shown.append((label, slots[best].box))
            return .map(fields)
        }
        for slot in free.sorted() where score(slot, slots[slot].item) >= limits.add {
            let label = configuration.itemNames[slots[slot].item]
            guard !shown.contains(where: { $0.label == label && slots[slot].box.cover(of: $0.box) >= Self.sameThing }) else {
                continue
            }
            let states = slots[slot].states
            let state = states.indices.max { states[$0] < states[$1] } ?? 0
            var fields: ValueMap = [
                "label": .string(label), "state": .string(configuration.states[state]),
                "where": .null,
            ]
            place(slots[slot], score(slot, slots[slot].item), in: &fields)
            shown.append((label, slots[slot].box))
            grounded.append(.map(fields))
        }
        map["objects"] = .list(grounded)
        return .map(map)
    }

    /// `where` is the third of the picture's width that holds the box's centre.
    private func place(_ slot: HearthPicture.Slot, _ score: Float, in fields: inout ValueMap) {
        let centre = (slot.box.x1 + slot.box.x2) / 2
        if fields["where"] != nil { fields["where"] = centre < 1.0 / 3 ? "left" : centre < 2.0 / 3 ? "center" : "right" }
        fields["box"] = .list([slot.box.x1, slot.box.y1, slot.box.x2, slot.box.y2].map { .double(Double($0)) })
        fields["score"] = .double(Double(score))
    }
}
