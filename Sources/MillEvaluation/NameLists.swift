import MillValue

/// A file beside test sets with lists of names: `groups.json`, or `like.json`.
package struct NameLists: Sendable {
    package let path: String
    /// In the order of the file.
    let lists: [(title: String, names: [String])]

    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)``, with the path, when it cannot be read or holds anything else.
    package init(path: String) throws(EvaluationError) {
        let document = try Value.document(path: path)
        guard let map = document.map else {
            throw .invalidGroundTruth(reason: "\(path): it must be an object of lists of names")
        }
        var lists: [(title: String, names: [String])] = []
        for (title, value) in map {
            let names = (value.list ?? []).compactMap(\.string)
            guard names.count == value.list?.count else {
                throw .invalidGroundTruth(reason: "\(path): \"\(title)\" must be a list of names")
            }
            lists.append((title: title, names: names))
        }
        self.path = path
        self.lists = lists
    }

    /// The names of a list; nil where there is none of this title.
    subscript(title: String) -> [String]? { lists.first { $0.title == title }?.names }
}
