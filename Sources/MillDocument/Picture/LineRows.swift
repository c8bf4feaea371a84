/// The runs of pixels of a picture's rows that belong to horizontal lines.
struct LineRows {
    let pixels: UnsafeBufferPointer<UInt8>
    let width: Int
    let height: Int
    /// Lengths in pixels: of a line, of one that is thick, of a dash, and the widest gap between dashes.
    private let least: Int
    private let leastThick: Int
    private let leastDash: Int
    private let widestGap: Int
    /// How far off the sides are looked at, for thin and for thick lines.
    private let near: Int
    private let far: Int
    private let contrast: UInt8
    private var thin: [Bool]
    private var thick: [Bool]

    init(
        pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, pixelsPerPoint: Double, shortest: Double, thickest: Double,
        contrast: Int
    ) {
        self.pixels = pixels
        self.width = width
        self.height = height
        least = max(Int(shortest * pixelsPerPoint), 4)
        // Long words of bold text may have no gaps; nothing of them is so long.
        leastThick = max(Int(72 * pixelsPerPoint), 8)
        leastDash = max(Int(2 * pixelsPerPoint), 2)
        widestGap = Int(8 * pixelsPerPoint)
        near = max(Int((2 * pixelsPerPoint).rounded(.up)), 2)
        far = max(Int((thickest * pixelsPerPoint).rounded(.up)), near + 1)
        self.contrast = UInt8(clamping: contrast)
        thin = [Bool](repeating: false, count: width)
        thick = thin
    }

    mutating func runs(_ row: Int) -> [Range<Int>] {
        guard mark(row) >= least else { return [] }
        var found: [Range<Int>] = []
        var short: [Range<Int>] = []
        for run in runs(thin, row, gap: 1) {
            if run.count >= least {
                if isEven(run, row) { found.append(run) }
            } else if run.count >= leastDash {
                short.append(run)
            }
        }
        let lines = found
        for run in runs(thick, row, gap: 0) where run.count >= leastThick && isEven(run, row) {
            if !lines.contains(where: { $0.overlaps(run) }) { found.append(run) }
        }
        return found + dashes(short, row)
    }

    /// Marks the pixels that are darker than what lies above and below; returns how many.
    private mutating func mark(_ row: Int) -> Int {
        let start = row * width
        // Beyond the page it is white.
        let above = row >= near ? start - near * width : -1
        let below = row + near < height ? start + near * width : -1
        let farAbove = row >= far ? start - far * width : -1
        let farBelow = row + far < height ? start + far * width : -1
        let lightest = 255 - contrast
        var count = 0
        for x in 0..<width {
            let value = pixels[start + x]
            var (isThin, isThick) = (false, false)
            if value < lightest {
                let limit = value + contrast
                isThin = (above < 0 || pixels[above + x] > limit) && (below < 0 || pixels[below + x] > limit)
                isThick = (farAbove < 0 || pixels[farAbove + x] > limit) && (farBelow < 0 || pixels[farBelow + x] > limit)
                if isThin || isThick { count += 1 }
            }
            thin[x] = isThin
            thick[x] = isThick
        }
        return count
    }

    /// Runs of marks. They go on over a few light pixels, and over dark ones where another line crosses.
    private func runs(_ marks: [Bool], _ row: Int, gap: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var x = 0
        while x < width {
            guard marks[x] else {
                x += 1
                continue
            }
            let start = x
            var end = x
            var lightCount = 0
            while x < width {
                if marks[x] {
                    end = x
                    lightCount = 0
                } else {
                    if pixels[row * width + x] >= 255 - contrast { lightCount += 1 }
                    if lightCount > gap || x - end > 2 * far { break }
                }
                x += 1
            }
            runs.append(extended(start..<end + 1, row))
        }
        return runs
    }

    /// A run with the corners where it meets other lines.
    private func extended(_ run: Range<Int>, _ row: Int) -> Range<Int> {
        func isDark(_ x: Int) -> Bool { (0..<width).contains(x) && pixels[row * width + x] < 255 - contrast }
        var (start, end) = (run.lowerBound, run.upperBound)
        while run.lowerBound - start < near, isDark(start - 1) { start -= 1 }
        while end - run.upperBound < near, isDark(end) { end += 1 }
        return start..<end
    }

    /// Whether neighbours along a run are about as dark as each other; those of text change from stroke to stroke.
    private func isEven(_ run: Range<Int>, _ row: Int) -> Bool {
        var (change, depth) = (0, 0)
        var previous = Int(pixels[row * width + run.lowerBound])
        for x in run {
            let value = Int(pixels[row * width + x])
            change += abs(value - previous)
            depth += 255 - value
            previous = value
        }
        return Double(change) <= 6 * Double(run.count) + 0.1 * Double(depth)
    }

    /// Chains of short runs of one length at one distance, with nothing above or below them.
    private func dashes(_ runs: [Range<Int>], _ row: Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var chain: [Range<Int>] = []
        func close() {
            defer { chain = [] }
            guard chain.count >= 8, let first = chain.first, let last = chain.last else { return }
            let whole = first.lowerBound..<last.upperBound
            if whole.count >= 3 * least, isClear(whole, row - near), isClear(whole, row + near) { found.append(whole) }
        }
        for run in runs {
            if let last = chain.last, let first = chain.first {
                let step = chain.count > 1 ? chain[1].lowerBound - first.lowerBound : run.lowerBound - first.lowerBound
                if run.lowerBound - last.upperBound > widestGap || abs(run.count - first.count) > 1
                    || abs(run.lowerBound - last.lowerBound - step) > 1
                {
                    close()
                }
            }
            chain.append(run)
        }
        close()
        return found
    }

    private func isClear(_ run: Range<Int>, _ row: Int) -> Bool {
        guard (0..<height).contains(row) else { return true }
        let dark = run.count { pixels[row * width + $0] < 255 - contrast }
        return 20 * dark <= run.count
    }
}
