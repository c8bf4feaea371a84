import MillValue

extension Value {
    /// JSON for people: what fits stands on one line, everything else is indented by two spaces.
    func readableJSON(width: Int = 120) -> String {
        var output = ""
        write(to: &output, indent: 0, used: 0, width: width)
        return output + "\n"
    }

    private func write(to output: inout String, indent: Int, used: Int, width: Int) {
        if let short = shortJSON(atMost: width - used) { return output += short }
        let inner = "\n" + String(repeating: " ", count: indent + 2)
        switch self {
        case .list(let list):
            output += "["
            for (index, item) in list.enumerated() {
                output += (index == 0 ? "" : ",") + inner
                item.write(to: &output, indent: indent + 2, used: indent + 2, width: width)
            }
            output += "\n" + String(repeating: " ", count: indent) + "]"
        case .map(let map):
            output += "{"
            for (index, entry) in map.enumerated() {
                let key = Value.string(entry.key).json() + ": "
                output += (index == 0 ? "" : ",") + inner + key
                entry.value.write(to: &output, indent: indent + 2, used: indent + 2 + key.utf8.count, width: width)
            }
            output += "\n" + String(repeating: " ", count: indent) + "}"
        default: output += json()
        }
    }

    /// The text with blanks behind `,` and `:`; nil if it has more bytes than that. It gives up as soon as it knows.
    private func shortJSON(atMost limit: Int) -> String? {
        guard limit > 1 else { return nil }
        switch self {
        case .list(let list):
            var text = "["
            for (index, item) in list.enumerated() {
                guard let part = item.shortJSON(atMost: limit - text.utf8.count) else { return nil }
                text += (index == 0 ? "" : ", ") + part
            }
            return text.utf8.count < limit ? text + "]" : nil
        case .map(let map):
            var text = "{"
            for (index, entry) in map.enumerated() {
                text += (index == 0 ? "" : ", ") + Value.string(entry.key).json() + ": "
                guard let part = entry.value.shortJSON(atMost: limit - text.utf8.count) else { return nil }
                text += part
            }
            return text.utf8.count < limit ? text + "}" : nil
        default:
            let text = json()
            return text.utf8.count <= limit ? text : nil
        }
    }
}
