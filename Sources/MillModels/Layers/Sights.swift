import MillCompute
import MillTensor

/// A picture that is looked at from beside a sequence (Mllama): one token stands for it.
public struct SidePicture: EncodedPicture {
    public var tokenCount: Int { 1 }
    public var byteCount: Int { rows.byteCount + memory.byteCount }
    /// F32 `[n, hidden]`: rows of tiles with content, then rows of empty tiles, which positions before the picture see, too.
    package let rows: Tensor
    /// Of the tiles with content.
    let seenCount: Int
    /// Keys and values of all rows.
    let memory: SideMemory
    /// The model that looked at the picture, and can read it.
    let maker: ObjectIdentifier
}

/// Keys and values of pictures for each layer that looks at them. Nothing is written after it was made.
final class SideMemory: @unchecked Sendable {
    // Safe to share: the stores are only read from here on.
    private let cache: KVCache

    init(_ cache: KVCache) { self.cache = cache }

    var byteCount: Int { cache.byteCount }

    func store(layer: Int) throws(ModelError) -> KeyValueStore { try cache.store(layer: layer) }
}

/// The pictures beside a sequence, and which of them each position sees: those since the last run of picture tokens that follow
/// each other, and before the first picture all of them.
struct Sights {
    /// What a stretch of positions sees.
    struct View: Hashable {
        /// Of the pictures, in order.
        let pictures: Range<Int>
        /// Whether empty tiles are among it.
        let isBlind: Bool
        /// Rows of memory.
        let count: Int
    }

    private var pictures: [(at: Int, picture: SidePicture)] = []
    /// Of views on several pictures; a single one has its own.
    private var joined: [View: SideMemory] = [:]

    var isEmpty: Bool { pictures.isEmpty }

    /// Adds pictures whose tokens lie at these positions; what is known about a position already is replaced.
    mutating func add(_ more: [(at: Int, picture: SidePicture)]) {
        for (at, picture) in more {
            let found = pictures.firstIndex { $0.at == at }
            if let found, pictures[found].picture.memory === picture.memory { continue }
            if let found { pictures.remove(at: found) }
            pictures.insert((at, picture), at: pictures.firstIndex { $0.at > at } ?? pictures.count)
            joined = [:]
        }
    }

    /// Forgets pictures whose tokens lie from a position on.
    mutating func truncate(to position: Int) {
        guard let last = pictures.last, last.at >= position else { return }
        pictures.removeAll { $0.at >= position }
        joined = [:]
    }

    /// How many of some positions, the first ones, come before the first picture.
    func blindCount(_ positions: Range<Int>) -> Int {
        guard let first = pictures.first else { return positions.count }
        return min(max(first.at - positions.lowerBound, 0), positions.count)
    }

    /// Runs of positions that see the same.
    func stretches(_ positions: Range<Int>) -> [(positions: Range<Int>, view: View)] {
        let borders = pictures.map(\.at).filter { $0 > positions.lowerBound && $0 < positions.upperBound }
        let edges = [positions.lowerBound] + borders + [positions.upperBound]
        return zip(edges, edges.dropFirst()).map { ($0..<$1, view(at: $0)) }
    }

    private func view(at position: Int) -> View {
        guard let last = pictures.lastIndex(where: { $0.at <= position }) else {
            let count = pictures.reduce(0) { $0 + $1.picture.rows.shape[0] }
            return View(pictures: pictures.indices, isBlind: true, count: count)
        }
        var first = last
        while first > 0, pictures[first - 1].at == pictures[first].at - 1 { first -= 1 }
        let seen = first..<last + 1
        return View(pictures: seen, isBlind: false, count: pictures[seen].reduce(0) { $0 + $1.picture.seenCount })
    }

    /// Makes the memory of all that these positions see.
    ///
    /// - Parameter make: the memory of rows of pictures, one after the other.
    mutating func prepare(
        _ positions: Range<Int>, _ make: ([Tensor]) throws(ModelError) -> SideMemory
    ) throws(ModelError) {
        for (_, view) in stretches(positions) where view.pictures.count > 1 && joined[view] == nil {
            var rows: [Tensor] = []
            for (_, picture) in pictures[view.pictures] {
                do { rows.append(view.isBlind ? picture.rows : try picture.rows.rows(0..<picture.seenCount)) } catch {
                    throw .memory(error)
                }
            }
            joined[view] = try make(rows)
        }
    }

    func memory(_ view: View) throws(ModelError) -> SideMemory {
        if view.pictures.count == 1 { return pictures[view.pictures.lowerBound].picture.memory }
        guard let memory = joined[view] else { throw .misuse("nobody prepared what these positions see") }
        return memory
    }
}
