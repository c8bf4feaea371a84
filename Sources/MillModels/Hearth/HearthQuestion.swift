import MillValue

/// A question about one kind of thing, such as `Where is the lamp?`: what the picture side saw of it decides the answer.
package struct HearthQuestion: Sendable, Hashable {
    /// The index of the item that is asked after.
    package let item: Int

    /// - Parameter tokens: those of the instruction's first line; nil unless they name one item, and no other.
    package init?(_ tokens: [Int32], _ configuration: HearthConfiguration) {
        let named = Set(tokens.map(Int.init).filter { $0 >= configuration.itemTokenStart })
        guard let token = named.first, named.count == 1 else { return nil }
        item = token - configuration.itemTokenStart
    }
}

extension HearthGrounding {
    /// The slots that show an item, best first, each thing once; nil where the limits say nothing of questions.
    private func showing(_ item: Int, _ slots: [HearthPicture.Slot]) -> [HearthPicture.Slot]? {
        guard let least = limits.ask else { return nil }
        var shown: [HearthPicture.Slot] = []
        for slot in slots.sorted(by: { score($0, item) > score($1, item) }) where score(slot, item) >= least {
            if !shown.contains(where: { slot.box.cover(of: $0.box) >= Self.sameThing }) { shown.append(slot) }
        }
        return shown
    }

    /// Whether the picture shows what a question is about; nil where the limits say nothing of questions.
    package func isVisible(_ question: HearthQuestion, _ slots: [HearthPicture.Slot]) -> Bool? {
        showing(question.item, slots).map { !$0.isEmpty }
    }

    /// The answer to a question as the slots that show the thing have it: `where` is that of the largest, `count` is how
    /// many they are, `yes` becomes `no` where there is none, and the other way round; what is not there is `not visible`.
    package func apply(to answer: Value, of question: HearthQuestion, _ slots: [HearthPicture.Slot]) -> Value {
        guard var map = answer.map, let shown = showing(question.item, slots) else { return answer }
        if map["count"] != nil { map["count"] = .int(shown.count) }
        if map["answer"] == "yes" || map["answer"] == "no" { map["answer"] = shown.isEmpty ? "no" : "yes" }
        if map["where"] != nil || map["state"] != nil {
            guard let largest = shown.max(by: { $0.box.area < $1.box.area }) else { return ["answer": "not visible"] }
            if map["where"] != nil { map["where"] = .string(largest.box.third) }
        }
        return .map(map)
    }
}
