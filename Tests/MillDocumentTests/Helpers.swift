import MillDocument
import MillTensor

/// A file's bytes as a tensor.
func tensor(_ bytes: [UInt8]) throws -> Tensor {
    let tensor = try Tensor.allocate(.u8, [bytes.count])
    bytes.withUnsafeBytes {
        tensor.mutablePointer?.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(tensor.pointer), byteCount: bytes.count)
    }
    return tensor
}

func open(_ bytes: [UInt8], name: String = "sample", options: DocumentOptions = DocumentOptions()) async throws -> OpenDocument {
    try await DocumentReader(options).open(tensor(bytes), name: name)
}

func open(_ text: String, name: String = "sample") async throws -> OpenDocument { try await open(Array(text.utf8), name: name) }

/// A white page on which rectangles are black: left, top, width, height in pixels.
func picture(
    width: Int = 400, height: Int = 300, dpi: Double = 100, black: [(Int, Int, Int, Int)], gray: UInt8 = 0
) throws -> GrayPicture {
    let picture = try GrayPicture(width: width, height: height, dpi: dpi)
    picture.withMutablePixels { pixels in
        pixels.update(repeating: 255)
        for (left, top, across, down) in black {
            for y in top..<top + down { for x in left..<left + across { pixels[y * width + x] = gray } }
        }
    }
    return picture
}

extension [PageWord] {
    var joined: String { map(\.text).joined(separator: " ") }
}
