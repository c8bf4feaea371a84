/// Finds a place for the type of each edge beside its curve, on no other label and on no box.
struct EdgeLabels {
    private struct Area {
        let left: Double
        let right: Double
        let top: Double
        let bottom: Double

        func overlaps(_ other: Area) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    private var taken: [Area]
    /// Shares of the way down to try: the middle, then ever farther from it.
    private static let shares = [0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9]
    /// From the line to the text.
    private static let distance = 5.0
    private static let letterWidth = 5.6
    private static let ascent = 10.0
    private static let descent = 4.0

    init(avoiding boxes: [Layout.Box]) {
        taken = boxes.map { Area(left: $0.x, right: $0.x + $0.width, top: $0.y, bottom: $0.y + $0.height) }
    }

    /// Where the text's baseline starts; right of the curve from one point to the next if there is room, else left of it.
    mutating func place(_ text: String, from: (x: Double, y: Double), to: (x: Double, y: Double)) -> (x: Double, y: Double) {
        let width = Double(text.count) * Self.letterWidth
        let places = [Self.distance, -Self.distance - width].flatMap { offset in
            Self.shares.map { share in
                let on = Self.point(share, from, to)
                return (x: on.x + offset, y: on.y + Self.descent)
            }
        }
        func area(_ place: (x: Double, y: Double)) -> Area {
            Area(left: place.x, right: place.x + width, top: place.y - Self.ascent, bottom: place.y + Self.descent)
        }
        let free = places.first { place in
            let wanted = area(place)
            return wanted.left >= 0 && !taken.contains { $0.overlaps(wanted) }
        }
        let place = free ?? places[0]
        taken.append(area(place))
        return place
    }

    /// On the curve that leaves and arrives upright.
    private static func point(
        _ share: Double, _ from: (x: Double, y: Double), _ to: (x: Double, y: Double)
    ) -> (x: Double, y: Double) {
        let rest = 1 - share
        let (first, last) = (rest * rest * (rest + 3 * share), share * share * (share + 3 * rest))
        let middle = 1.5 * share * rest
        return (
            x: from.x * first + to.x * last,
            y: from.y * (rest * rest * rest + middle) + to.y * (share * share * share + middle)
        )
    }
}
