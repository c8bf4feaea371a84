import CMillImage
import MillImage
import MillTensor
import MillValue
import MillWeights
import Testing

@Suite("resizing equals Pillow's")
struct ResizeTests {
    @Test("bicubic, bilinear, lanczos and box, smaller and larger, to the level")
    func oracle() throws {
        let oracle = try ImageOracle()
        let source = try oracle.expected.tensor("\(oracle.resizeSource).rgb")
        #expect(oracle.resizes.count >= 8)
        for resize in oracle.resizes {
            let result = try Resizer.resize(source, width: resize.width, height: resize.height, filter: resize.filter)
            let name = "resize.\(resize.filter.rawValue).\(resize.width)x\(resize.height)"
            #expect(try Difference(result, try oracle.expected.tensor(name)).maximum == 0, "\(name)")
        }
    }

    @Test("a picture resized to its own size is unchanged", arguments: ResizeFilter.allCases)
    func identity(filter: ResizeFilter) throws {
        let source = try noise(width: 23, height: 17, seed: 1)
        #expect(try Resizer.resize(source, width: 23, height: 17, filter: filter).samples == source.samples)
    }

    @Test("one colour stays that colour at every size", arguments: ResizeFilter.allCases)
    func constant(filter: ResizeFilter) throws {
        let source = try Tensor.samples(
            [UInt8](repeating: 0, count: 29 * 31).flatMap { _ in [7, 128, 255] }, shape: [29, 31, 3])
        for (width, height) in [(1, 1), (1, 90), (64, 3), (200, 200), (31, 14)] {
            let result = try Resizer.resize(source, width: width, height: height, filter: filter)
            #expect(result.samples == [UInt8](repeating: 0, count: width * height).flatMap { _ in [7, 128, 255] })
        }
    }

    @Test("a view on part of a picture is resized without reading outside it")
    func view() throws {
        let source = try noise(width: 40, height: 30, seed: 2)
        let (x, y, width, height) = (9, 4, 22, 19)
        let view = try Tensor(
            storage: source.storage, dtype: .u8, shape: [height, width, 3], strides: source.strides,
            byteOffset: (y * 40 + x) * 3)
        let alone = try Tensor.samples(view.samples, shape: [height, width, 3])
        for filter in ResizeFilter.allCases {
            for (newWidth, newHeight) in [(22, 8), (9, 19), (50, 41), (5, 6)] {
                let fromView = try Resizer.resize(view, width: newWidth, height: newHeight, filter: filter)
                let fromCopy = try Resizer.resize(alone, width: newWidth, height: newHeight, filter: filter)
                #expect(fromView.samples == fromCopy.samples)
            }
        }
    }

    @Test("pixels with gaps between them (every second column, or a fourth sample) are resized alike")
    func gaps() throws {
        let source = try noise(width: 40, height: 30, seed: 3)
        let columns = try Tensor(storage: source.storage, dtype: .u8, shape: [30, 20, 3], strides: [120, 6, 1])
        let alone = try Tensor.samples(columns.samples, shape: [30, 20, 3])
        for (width, height) in [(20, 11), (7, 30), (33, 44)] {
            let fromView = try Resizer.resize(columns, width: width, height: height)
            #expect(fromView.samples == (try Resizer.resize(alone, width: width, height: height)).samples)
        }
    }

    @Test("vector and portable kernels give the same bytes", arguments: ResizeFilter.allCases)
    func kernels(filter: ResizeFilter) throws {
        for (width, height, newWidth, newHeight) in [
            (97, 61, 31, 17), (5, 9, 43, 2), (64, 64, 64, 20), (3, 3, 11, 11), (301, 2, 7, 1),
        ] {
            let source = try noise(width: width, height: height, seed: UInt64(width))
            var job = mill_resize_job()
            job.source = UnsafePointer(source.pointer.assumingMemoryBound(to: UInt8.self))
            (job.source_width, job.source_height) = (UInt32(width), UInt32(height))
            (job.source_row_stride, job.source_pixel_stride) = (width * 3, 3)
            job.filter = filter.code
            (job.scaled_width, job.scaled_height) = (UInt32(newWidth), UInt32(newHeight))
            (job.window_width, job.window_height) = (UInt32(newWidth), UInt32(newHeight))
            job.is_portable = 1
            var portable = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
            #expect(mill_resize_u8(&job, &portable, newWidth * 3) == 0)
            let chosen = try Resizer.resize(source, width: newWidth, height: newHeight, filter: filter)
            #expect(chosen.samples == portable, "\(width)x\(height) to \(newWidth)x\(newHeight)")
        }
    }

    @Test("sizes and tensors that are no pictures are refused with what they were")
    func refusals() throws {
        let source = try noise(width: 4, height: 4, seed: 5)
        #expect(throws: ImageError.invalidSize(width: 0, height: 4)) { try Resizer.resize(source, width: 0, height: 4) }
        #expect(throws: ImageError.invalidSize(width: 4, height: 1 << 20)) {
            try Resizer.resize(source, width: 4, height: 1 << 20)
        }
        let floats = try Tensor.zeros(.f32, [4, 4, 3])
        #expect(throws: ImageError.notPixels(dtype: .f32, shape: [4, 4, 3], strides: [12, 3, 1])) {
            try Resizer.resize(floats, width: 2, height: 2)
        }
        let empty = try Tensor.zeros(.u8, [0, 4, 3])
        #expect(throws: ImageError.self) { try Resizer.resize(empty, width: 2, height: 2) }
    }
}

/// Random pixels `[height, width, 3]`.
func noise(width: Int, height: Int, seed: UInt64) throws -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return try Tensor.samples(
        (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &generator) }, shape: [height, width, 3])
}
