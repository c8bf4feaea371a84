import MillValue

/// A question about one kind of thing in a form that the model was trained on, such as `Where is the lamp?`: what the picture
/// side saw of the thing decides the answer.
package struct HearthQuestion: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case presence, place, count, state
    }

    package let kind: Kind
    /// The index of the item that is asked after.
    package let item: Int
    /// The instruction with the item's name as the vocabulary has it.
    package let instruction: String

    /// - Parameter instruction: nil unless just one of its lines asks, in one of the forms of ``forms``, after an item that the
    ///   model knows; case, articles and the last sign do not matter.
    package init?(_ instruction: String, _ configuration: HearthConfiguration) {
        var lines = instruction.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var found: (line: Int, kind: Kind, item: Int)?
        for (index, line) in lines.enumerated() {
            guard let (kind, name, range) = Self.asked(line) else { continue }
            let names = configuration.itemNames
            guard let item = names.firstIndex(of: name) ?? names.firstIndex(where: { $0.lowercased() == name.lowercased() })
            else { continue }
            guard found == nil else { return nil }
            found = (index, kind, item)
            lines[index].replaceSubrange(range, with: names[item])
        }
        guard let found else { return nil }
        (kind, item, self.instruction) = (found.kind, found.item, lines.joined(separator: "\n"))
    }

    /// What stands before and after the name, in lower case. An article before the name may stand or not.
    private static let forms: [(before: String, after: String, kind: Kind)] = [
        ("is there", "", .presence), ("do you see", "", .presence), ("can you see", "", .presence),
        ("where is", "", .place), ("where is", "in the picture", .place), ("find", "", .place),
        ("how many:", "", .count), ("how many", "are there", .count), ("count:", "", .count),
        ("is the", "on", .state), ("is the", "off", .state), ("is the", "open", .state), ("is the", "closed", .state),
        ("what state is", "in", .state), ("state of", "", .state),
    ]

    private static let articles = ["a", "an", "any", "the"]

    /// Every form with every article and without, the name left out.
    static var sentences: [String] {
        forms.flatMap { form in ([""] + articles).map { "\(form.before) \($0) … \(form.after)" } }
    }

    /// The kind of question that a line asks, the name in it, and where the name stands.
    private static func asked(_ line: String) -> (Kind, String, Range<String.Index>)? {
        var rest = line[...]
        while let last = rest.last, last.isWhitespace || "?.!".contains(last) { rest.removeLast() }
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        // The longest forms first: `in the picture` belongs to no name.
        for form in forms.sorted(by: { $0.after.count > $1.after.count }) {
            guard var name = cut(rest, before: form.before, after: form.after) else { continue }
            for article in articles where name.lowercased().hasPrefix(article + " ") {
                name = name.dropFirst(article.count + 1)
                break
            }
            if !name.isEmpty { return (form.kind, String(name), name.startIndex..<name.endIndex) }
        }
        return nil
    }

    /// What stands between two parts of a line, whatever their case.
    private static func cut(_ line: Substring, before: String, after: String) -> Substring? {
        guard line.count > before.count + after.count + 1, line.prefix(before.count).lowercased() == before else { return nil }
        var middle = line.dropFirst(before.count)
        guard middle.first == " " else { return nil }
        middle.removeFirst()
        guard !after.isEmpty else { return middle }
        guard middle.lowercased().hasSuffix(" " + after) else { return nil }
        return middle.dropLast(after.count + 1)
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

    /// The answer to a question as the slots that show the thing have it: `yes` or `no` to whether it is there, `count` is how
    /// many they are, `where` is that of the largest; what is not there is `not visible`. Answers that say anything else, or
    /// more, stay as they are.
    package func apply(to answer: Value, of question: HearthQuestion, _ slots: [HearthPicture.Slot]) -> Value {
        guard let map = answer.map, map.count == 1, let shown = showing(question.item, slots) else { return answer }
        let missing: Value = ["answer": "not visible"]
        switch question.kind {
        case .presence where answer == ["answer": "yes"] || answer == ["answer": "no"]:
            return ["answer": shown.isEmpty ? "no" : "yes"]
        case .count where map["count"] != nil: return ["count": .int(shown.count)]
        case .place where map["where"] != nil:
            return shown.max { $0.box.area < $1.box.area }.map { ["where": .string($0.box.third)] } ?? missing
        case .state where map["state"] != nil && shown.isEmpty: return missing
        default: return answer
        }
    }
}
