import MillValue

/// What several schemas say together about one value, after the alternatives among them have been chosen.
struct ValueShape {
    /// Where the first of them stands, for messages.
    let path: String
    var isSatisfiable = true
    var types = JSONTypes.all
    var allowed: [Value]?
    var lengths = 0...Int.max
    var pattern: Pattern?
    var hasSeveralPatterns = false
    var lowerBound: NumberBound?
    var upperBound: NumberBound?
    var steps: [Double] = []
    var items = 0...Int.max
    var uniqueItems = false
    var propertyCounts = 0...Int.max
    /// Names of properties in the order in which they were first listed.
    var propertyNames: [String] = []
    var required: Set<String> = []
    var saysProperties = false

    let leaves: [SchemaNode]

    /// - Parameter infersTypes: whether a value of an unnamed type is out (documents to be written), or counts as well
    ///   (documents to be judged).
    init(_ leaves: [SchemaNode], infersTypes: Bool = true) {
        self.leaves = leaves
        path = leaves.first?.path ?? "#"
        for leaf in leaves { add(leaf) }
        for leaf in leaves {
            for name in leaf.required where required.insert(name).inserted && !propertyNames.contains(name) {
                propertyNames.append(name)
            }
        }
        if infersTypes { inferTypes() }
    }

    private mutating func add(_ leaf: SchemaNode) {
        isSatisfiable = isSatisfiable && leaf.isSatisfiable
        if let types = leaf.types { self.types.formIntersection(types) }
        if let more = leaf.allowed {
            allowed = allowed.map { known in known.filter { value in more.contains { $0.isJSONEqual(to: value) } } } ?? more
        }
        Self.narrow(&lengths, leaf.minimumLength, leaf.maximumLength, &isSatisfiable)
        Self.narrow(&items, leaf.minimumItems, leaf.maximumItems, &isSatisfiable)
        Self.narrow(&propertyCounts, leaf.minimumProperties, leaf.maximumProperties, &isSatisfiable)
        if let pattern = leaf.pattern {
            hasSeveralPatterns = hasSeveralPatterns || self.pattern != nil && self.pattern != pattern
            self.pattern = pattern
        }
        if let bound = leaf.lowerBound { lowerBound = .tighter(lowerBound, bound, isLower: true) }
        if let bound = leaf.upperBound { upperBound = .tighter(upperBound, bound, isLower: false) }
        if let step = leaf.multipleOf { steps.append(step) }
        uniqueItems = uniqueItems || leaf.uniqueItems
        saysProperties = saysProperties || leaf.hasProperties || !leaf.required.isEmpty
        for property in leaf.properties where !propertyNames.contains(property.name) { propertyNames.append(property.name) }
    }

    private static func narrow(_ range: inout ClosedRange<Int>, _ minimum: Int, _ maximum: Int?, _ isSatisfiable: inout Bool) {
        let lower = max(range.lowerBound, minimum)
        let upper = min(range.upperBound, maximum ?? .max)
        if lower <= upper { range = lower...upper } else { isSatisfiable = false }
    }

    /// A schema that names no type but, say, properties, is taken to be about objects: fewer documents, all of them valid.
    private mutating func inferTypes() {
        guard types == .all, allowed == nil else { return }
        if saysProperties {
            types = .object
        } else if leaves.contains(where: { $0.items != nil || !$0.prefixItems.isEmpty }) {
            types = .array
        } else if lowerBound != nil || upperBound != nil || !steps.isEmpty {
            types = .number
        } else if pattern != nil || lengths != 0...Int.max {
            types = .string
        }
    }

    /// The schemas that judge the property `name`; nil if one of them refuses it.
    func schemas(ofProperty name: String) -> [Int] {
        leaves.compactMap { $0.propertyNodes[name] ?? $0.additionalProperties }
    }

    /// The schemas that judge the item at `index`.
    func schemas(ofItem index: Int) -> [Int] {
        leaves.compactMap { index < $0.prefixItems.count ? $0.prefixItems[index] : $0.items }
    }

    /// From this index on, all items are judged alike.
    var prefixCount: Int { leaves.map(\.prefixItems.count).max() ?? 0 }
}
