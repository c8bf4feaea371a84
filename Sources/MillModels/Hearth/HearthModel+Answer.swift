import MillValue

extension HearthModel {
    /// The objects of an answer with the boxes and scores of the slots that show them.
    ///
    /// For each object in order, the slot not yet taken with the greatest objectness times probability of the label
    /// gives `box` (`[x1, y1, x2, y2]`, fractions of the picture) and `score`. Objects whose label is no item, and
    /// those beyond the slots, stay as they are; so does an answer without objects.
    public func ground(_ answer: Value, in picture: HearthPicture) -> Value {
        guard var map = answer.map, let objects = map["objects"]?.list else { return answer }
        let slots = picture.slots
        var free = Set(slots.indices)
        map["objects"] = .list(
            objects.map { object in
                guard var fields = object.map, let label = fields["label"]?.string,
                    let item = configuration.itemNames.firstIndex(of: label)
                else { return object }
                func score(_ slot: Int) -> Float { slots[slot].objectness * slots[slot].items[item] }
                guard let best = free.min(by: { (score($1), $0) < (score($0), $1) }) else { return object }
                free.remove(best)
                let box = slots[best].box
                fields["box"] = .list([box.x1, box.y1, box.x2, box.y2].map { .double(Double($0)) })
                fields["score"] = .double(Double(score(best)))
                return .map(fields)
            })
        return .map(map)
    }
}
