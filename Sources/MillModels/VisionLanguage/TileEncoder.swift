import MillImage
import MillTensor
import MillTokenizer

/// Idefics3's and SmolVLM's way with pictures: the picture in tiles of the tower's size, row by row, and the whole once more;
/// tokens before each say which it is.
struct TileEncoder: PictureEncoder {
    /// The tokens around tiles.
    struct Marks {
        let vocabulary: Tokenizer
        var frame = "<fake_token_around_image>"
        var whole = "<global-img>"

        func tile(row: Int, column: Int) -> String { "\(frame)<row_\(row + 1)_col_\(column + 1)>" }

        func tokens(_ text: String) -> [Int32] { vocabulary.encode(text, addSpecial: false, parseSpecial: true) }
    }

    let look: TowerEncoder
    let tiling: PictureTiling
    let marks: Marks

    var family: String { look.family }
    var hiddenSize: Int { look.hiddenSize }
    var workspaceByteCount: Int { look.workspaceByteCount }

    func encode(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> PictureRows {
        let (tiles, whole) = try tiling.cut(pixels, pool: pool)
        var pieces: [PictureRows.Piece] = []
        func add(_ text: String, _ picture: Tensor) throws(ModelError) {
            pieces.append(.tokens(marks.tokens(text)))
            pieces += try look.encode(picture, pool: pool).pieces
        }
        var text = ""
        for (row, columns) in tiles.enumerated() {
            for (column, tile) in columns.enumerated() {
                try add(text + marks.tile(row: row, column: column), tile)
                text = ""
            }
            text = "\n"
        }
        try add(text + (tiles.isEmpty ? "" : "\n") + marks.frame + marks.whole, whole)
        pieces.append(.tokens(marks.tokens(marks.frame)))
        return PictureRows(pieces)
    }

    func rows(normalised pixels: Tensor, pool: StoragePool, tap: LayerTap?) throws(ModelError) -> Tensor {
        try look.rows(normalised: pixels, pool: pool, tap: tap)
    }
}

/// How Idefics3 cuts a picture: enlarged to a longest side, then to whole tiles, and cut; the whole is shrunk to one tile.
struct PictureTiling: Sendable {
    /// A tile's sides: the tower's.
    let side: Int
    /// The longest side before cutting, in pixels.
    let longestSide: Int
    /// Whether pictures are cut at all.
    let isCutting: Bool
    let filter: ResizeFilter

    /// More tiles than this are a mistake in the settings.
    static let maximumTiles = 64
    /// Idefics3's own bound of a picture's sides.
    private static let bound = 4096

    /// - Returns: the tiles by rows, none where the picture fits one; and the whole picture. All U8 `[height, width, 3]`.
    func cut(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> (tiles: [[Tensor]], whole: Tensor) {
        do {
            guard pixels.rank == 3, pixels.shape[0] > 0, pixels.shape[1] > 0 else {
                throw ImageError.notPixels(dtype: pixels.dtype, shape: pixels.shape, strides: pixels.strides)
            }
            let first = Self.size(pixels.shape[1], pixels.shape[0], longest: longestSide)
            let picture = try Resizer.resize(pixels, width: first.width, height: first.height, filter: filter, pool: pool)
            guard isCutting else { return ([], picture) }
            let size = wholeTiles(first.width, first.height)
            let large = try Resizer.resize(picture, width: size.width, height: size.height, filter: filter, pool: pool)
            let (rows, columns) = (size.height / side, size.width / side)
            guard rows * columns > 1 else { return ([], large) }
            var tiles: [[Tensor]] = []
            for row in 0..<rows {
                let band = try large.rows(row * side..<(row + 1) * side).transposed(0, 1)
                tiles.append(
                    try (0..<columns).map { column in
                        try band.rows(column * side..<(column + 1) * side).transposed(0, 1)
                    })
            }
            return (tiles, large)
        } catch { throw ModelError(error) }
    }

    /// The longer side becomes `longest`, the other one follows, rounded to an even number.
    static func size(_ width: Int, _ height: Int, longest: Int) -> (width: Int, height: Int) {
        let ratio = Double(width) / Double(height)
        var (width, height) =
            width >= height
            ? (longest, even(Int(Double(longest) / ratio))) : (even(Int(Double(longest) * ratio)), longest)
        (width, height) = (max(width, 1), max(height, 1))
        if width >= height, width > bound { return (bound, max(1, Int(Double(bound) / (Double(width) / Double(height))))) }
        if height > width, height > bound { return (max(1, Int(Double(bound) * (Double(width) / Double(height)))), bound) }
        return (width, height)
    }

    private static func even(_ size: Int) -> Int { size + size % 2 }

    /// Both sides rounded up to whole tiles, the shorter one after it followed the longer.
    func wholeTiles(_ width: Int, _ height: Int) -> (width: Int, height: Int) {
        func up(_ size: Int) -> Int { max(1, (size + side - 1) / side) * side }
        let ratio = Double(width) / Double(height)
        if width >= height {
            let width = up(width)
            return (width, up(Int(Double(width) / ratio)))
        }
        let height = up(height)
        return (up(Int(Double(height) * ratio)), height)
    }
}
