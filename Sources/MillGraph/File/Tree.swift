import MillValue

/// A value from a file, with the place of every part of it.
struct Tree {
    indirect enum Content {
        /// Null, boolean, number or string.
        case scalar(Value)
        case list([Tree])
        case map([Entry])
        /// `!include PATH`, before it is replaced.
        case include(String)
    }

    struct Entry {
        let key: String
        let keyLocation: SourceLocation
        var value: Tree
    }

    var content: Content
    let location: SourceLocation
    /// Whether the text was written without quotes, so that after substitution it may become a number or boolean.
    var isPlain = false
    /// Whether the value, or a part of it, came from a secret.
    var isSecret = false
    /// Whether the value, or a part of it, came from `${…}`.
    var isSubstituted = false
    /// How many values this is, itself and what it contains.
    let size: Int
    /// The bytes of its texts.
    let textByteCount: Int

    init(_ content: Content, at location: SourceLocation) {
        self.content = content
        self.location = location
        size =
            switch content {
            case .scalar, .include: 1
            case .list(let items): items.reduce(1) { $0 + $1.size }
            case .map(let entries): entries.reduce(1) { $0 + $1.value.size + 1 }
            }
        textByteCount =
            switch content {
            case .scalar(let value): value.string?.utf8.count ?? 0
            case .include(let path): path.utf8.count
            case .list(let items): items.reduce(0) { $0 + $1.textByteCount }
            case .map(let entries): entries.reduce(0) { $0 + $1.key.utf8.count + $1.value.textByteCount }
            }
    }

    /// Without the places.
    var value: Value {
        switch content {
        case .scalar(let value): value
        case .list(let items): .list(items.map(\.value))
        case .map(let entries): .map(ValueMap(entries.map { ($0.key, $0.value.value) }))
        case .include(let path): .string(path)
        }
    }

    var scalar: Value? {
        if case .scalar(let value) = content { value } else { nil }
    }

    var string: String? { scalar?.string }

    var entries: [Entry]? {
        if case .map(let entries) = content { entries } else { nil }
    }

    var items: [Tree]? {
        if case .list(let items) = content { items } else { nil }
    }

    subscript(key: String) -> Tree? { entries?.first { $0.key == key }?.value }

    /// The deepest existing part on the way that keys and list indices describe, and where it starts.
    func location(of path: some Sequence<String>) -> SourceLocation {
        var tree = self
        for step in path {
            if let next = tree[step] {
                tree = next
            } else if let items = tree.items, let index = Int(step), items.indices.contains(index) {
                tree = items[index]
            } else {
                break
            }
        }
        return tree.location
    }

    /// `a mapping`, `a list`, `a string`…: what a message calls this.
    var kindText: String {
        switch content {
        case .map: "a mapping"
        case .list: "a list"
        case .include: "an include"
        case .scalar(let value):
            switch value {
            case .null: "empty"
            case .bool: "a boolean"
            case .int: "an integer"
            case .double: "a number"
            default: "a string"
            }
        }
    }
}
