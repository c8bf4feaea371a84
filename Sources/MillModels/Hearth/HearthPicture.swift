import MillTensor

/// What a hearth model saw in one picture: the memory that its decoder attends to, and the object slots.
public struct HearthPicture: EncodedPicture {
    /// `[x1, y1, x2, y2]` as fractions of the picture's width and height, from the top left corner, within `0...1`.
    public struct Box: Sendable, Hashable {
        public let x1, y1, x2, y2: Float

        package init(x1: Float, y1: Float, x2: Float, y2: Float) {
            (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
        }
    }

    /// A cell that was chosen as a candidate for an object.
    public struct Slot: Sendable {
        /// The cell, row by row from the top left.
        public let cell: Int
        /// How sure the model is that there is an object: `0...1`.
        public let objectness: Float
        public let box: Box
        /// The probability of each of the configuration's states.
        public let states: [Float]
        /// The probability of each of the configuration's items.
        public let items: [Float]

        package init(cell: Int, objectness: Float, box: Box, states: [Float], items: [Float]) {
            self.cell = cell
            self.objectness = objectness
            self.box = box
            self.states = states
            self.items = items
        }

        /// The likeliest item's index.
        public var item: Int { items.indices.max { items[$0] < items[$1] } ?? 0 }
    }

    /// The final tokens of the grid, F32 `[cells, visionHidden]`.
    package let tokens: Tensor
    /// Class logits of every cell, F32 `[cells, items]`.
    package let classLogits: Tensor
    /// Objectness logits, F32 `[cells, 1]`.
    package let objectness: Tensor
    /// `[cx, cy, w, h]` of every cell, F32 `[cells, 4]`, as fractions of the picture.
    package let boxes: Tensor
    /// State logits, F32 `[cells, states]`.
    package let states: Tensor
    /// The cells of the object slots, best first.
    package let slotCells: [Int32]
    /// Item embeddings of the slots, rows of length 1, F32 `[slots, itemHidden]`.
    package let slotItems: Tensor
    /// What the decoder attends to, F32 `[slots + cells, hidden]`.
    package let memory: Tensor
}

extension HearthPicture {
    /// None: the decoder looks at the picture's memory.
    public var tokenCount: Int { 0 }

    public var byteCount: Int {
        [tokens, classLogits, objectness, boxes, states, slotItems, memory].reduce(0) { $0 + $1.byteCount }
    }

    /// The candidates for objects, best first.
    public var slots: [Slot] {
        slotCells.map { cell in
            let row = Int(cell)
            let box = boxes.row(row)
            return Slot(
                cell: row, objectness: sigmoid(objectness.row(row)[0]),
                box: Box(centre: box[0], box[1], width: box[2], height: box[3]),
                states: softmax(states.row(row)), items: softmax(classLogits.row(row)))
        }
    }
}

extension HearthPicture.Box {
    /// Clipped to the picture.
    init(centre x: Float, _ y: Float, width: Float, height: Float) {
        func clip(_ value: Float) -> Float { min(max(value, 0), 1) }
        self.init(
            x1: clip(x - width / 2), y1: clip(y - height / 2), x2: clip(x + width / 2), y2: clip(y + height / 2))
    }

    /// The third of the picture's width that holds the centre.
    var third: String {
        let centre = (x1 + x2) / 2
        return centre < 1.0 / 3 ? "left" : centre < 2.0 / 3 ? "center" : "right"
    }

    var area: Float { (x2 - x1) * (y2 - y1) }

    /// The part of the smaller of the two boxes that both share, `0...1`.
    package func cover(of other: HearthPicture.Box) -> Float {
        let shared = max(0, min(x2, other.x2) - max(x1, other.x1)) * max(0, min(y2, other.y2) - max(y1, other.y1))
        return shared / max(min(area, other.area), .leastNormalMagnitude)
    }
}

extension Tensor {
    /// One row of a dense F32 matrix that this module made itself.
    func row(_ index: Int) -> UnsafeBufferPointer<Float> {
        let width = shape[1]
        return UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: Float.self) + index * width, count: width)
    }

    /// One row of a dense F32 matrix that this module made itself, to be written; nil for mapped files.
    func mutableRow(_ index: Int) -> UnsafeMutableBufferPointer<Float>? {
        let width = shape[1]
        return mutablePointer.map {
            UnsafeMutableBufferPointer(start: $0.assumingMemoryBound(to: Float.self) + index * width, count: width)
        }
    }
}
