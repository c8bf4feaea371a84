/// The tensors that a text model may have, under the names of its family's folders and of GGUF.
struct TextItems {
    let items: [ModelConverter.Item]

    init(_ c: DecoderConfiguration) {
        typealias Item = ModelConverter.Item
        let (hub, gguf) = (c.family.hubNames, TextNames.gguf)
        var items = [Item(source: "\(hub.embedding).weight", name: "\(gguf.embedding).weight")]
        let parts = Self.parts(c, hub, gguf)
        for layer in 0..<c.layerCount {
            let (from, to) = (hub.layer(layer), gguf.layer(layer))
            for part in parts {
                for kind in ["weight", "bias"] {
                    items.append(
                        Item(
                            source: "\(from)\(part.hub).\(kind)", name: "\(to)\(part.gguf).\(kind)", isWhole: part.isWhole,
                            isInBlock: true, order: part.order))
                }
            }
            guard let experts = c.experts, c.isSparse(layer) else { continue }
            for (name, stacked) in Self.stacks(hub, gguf) {
                let sources = (0..<experts.count).map {
                    "\(from)\(name.split(separator: "#", omittingEmptySubsequences: false).joined(separator: "\($0)")).weight"
                }
                items.append(Item(source: sources[0], name: "\(to)\(stacked).weight", isInBlock: true, stack: sources))
            }
        }
        items.append(Item(source: "\(hub.norm).weight", name: "\(gguf.norm).weight"))
        if !c.tiesEmbeddings { items.append(Item(source: "\(hub.head).weight", name: "\(gguf.head).weight")) }
        self.items = items
    }

    private struct Part {
        let hub: String
        let gguf: String
        var order: [Int]?
        var isWhole = false
    }

    private static func parts(_ c: DecoderConfiguration, _ hub: TextNames, _ gguf: TextNames) -> [Part] {
        // Neighbours turn together in some architectures' files; the hub pairs the halves of a head.
        let isReordered = c.family.pairs.hub != c.family.pairs.gguf
        func order(_ heads: Int) -> [Int]? {
            isReordered
                ? RopeConfiguration.pairOrder(
                    heads: heads, headDimension: c.headDimension, rotaryDimension: c.rope.rotaryDimension) : nil
        }
        let plain: [KeyPath<TextNames, String>] = [
            \.attentionNorm, \.queryKeyValue, \.value, \.output, \.queryNorm, \.keyNorm, \.attentionDeltaNorm, \.mlpNorm, \.down,
            \.mlpDeltaNorm, \.sharedGate, \.sharedUp, \.sharedDown,
        ]
        let gates: [KeyPath<TextNames, String>] = c.family.fusesGate ? [\.gateUp] : [\.gate, \.up]
        return (plain + gates).map { Part(hub: hub[keyPath: $0], gguf: gguf[keyPath: $0]) } + [
            Part(hub: hub.query, gguf: gguf.query, order: order(c.headCount)),
            Part(hub: hub.key, gguf: gguf.key, order: order(c.kvHeadCount)),
            Part(hub: hub.router, gguf: gguf.router, isWhole: true),
            Part(hub: hub.sharedRouter, gguf: gguf.sharedRouter, isWhole: true),
        ]
    }

    /// Of experts: the name of one, and of all in one tensor.
    private static func stacks(_ hub: TextNames, _ gguf: TextNames) -> [(name: String, stacked: String)] {
        [
            (hub.expertGate, gguf.stackedGate), (hub.expertUp, gguf.stackedUp), (hub.expertDown, gguf.stackedDown),
        ].compactMap { name, stacked in stacked.map { (name, $0) } }
    }
}
