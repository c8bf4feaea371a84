package import MillImage
import MillTensor

/// How Mllama's processor cuts a picture: onto the canvas of whole tiles that it fits best, black below and on the right.
package struct CanvasTiling: Sendable {
    /// A tile's sides: the tower's.
    let side: Int
    /// The canvases, in tiles, in the order in which the processor tries them.
    let shapes: [TileShape]
    let filter: ResizeFilter

    package init(side: Int, shapes: [TileShape], filter: ResizeFilter) {
        (self.side, self.shapes, self.filter) = (side, shapes, filter)
    }

    /// The canvases of at most so many tiles.
    package static func shapes(upTo most: Int) -> [TileShape] {
        (1...most).flatMap { rows in
            (1...most).filter { rows * $0 <= most }.map { TileShape(rows: rows, columns: $0) }
        }
    }

    /// - Returns: the canvas in tiles, and the tiles row by row, U8 `[side, side, 3]`.
    func cut(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> (shape: TileShape, tiles: [Tensor]) {
        do {
            guard pixels.rank == 3, pixels.shape[0] > 0, pixels.shape[1] > 0 else {
                throw ImageError.notPixels(dtype: pixels.dtype, shape: pixels.shape, strides: pixels.strides)
            }
            let (width, height) = (pixels.shape[1], pixels.shape[0])
            let shape = shape(width, height)
            let size = size(width, height, on: shape)
            let picture = try Resizer.resize(pixels, width: size.width, height: size.height, filter: filter, pool: pool)
            let canvas = try Tensor.zeros(.u8, [shape.rows * side, shape.columns * side, 3])
            for row in 0..<size.height {
                let line = try canvas.rows(row..<row + 1)
                line.mutablePointer?.copyMemory(from: try picture.rows(row..<row + 1).pointer, byteCount: size.width * 3)
            }
            var tiles: [Tensor] = []
            for row in 0..<shape.rows {
                let band = try canvas.rows(row * side..<(row + 1) * side).transposed(0, 1)
                for column in 0..<shape.columns {
                    tiles.append(try band.rows(column * side..<(column + 1) * side).transposed(0, 1))
                }
            }
            return (shape, tiles)
        } catch { throw ModelError(error) }
    }

    /// The canvas on which the picture is enlarged least, or if it is larger than all, shrunk least; of equals the smallest.
    package func shape(_ width: Int, _ height: Int) -> TileShape {
        func scale(_ shape: TileShape) -> Double {
            let down = Double(shape.rows * side) / Double(height)
            let across = Double(shape.columns * side) / Double(width)
            return min(down, across)
        }
        let scales = shapes.map(scale)
        let best = scales.filter { $0 >= 1 }.min() ?? scales.max() ?? 1
        let equal = zip(shapes, scales).filter { $0.1 == best }.map(\.0)
        return equal.min { $0.count < $1.count } ?? TileShape(rows: 1, columns: 1)
    }

    /// The picture's size on a canvas: at least a tile's side where it is smaller, its own where it fits.
    package func size(_ width: Int, _ height: Int, on shape: TileShape) -> (width: Int, height: Int) {
        let (widest, highest) = (shape.columns * side, shape.rows * side)
        let (targetWidth, targetHeight) = (min(max(width, side), widest), min(max(height, side), highest))
        let (down, across) = (Double(targetHeight) / Double(height), Double(targetWidth) / Double(width))
        if across < down { return (targetWidth, min(max(1, Int(Double(height) * across)), targetHeight)) }
        return (min(max(1, Int(Double(width) * down)), targetWidth), targetHeight)
    }
}
