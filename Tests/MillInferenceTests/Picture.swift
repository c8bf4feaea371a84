import MillInference
import MillModels
import MillTensor
import Testing

/// Pictures for a model that was never trained: any pixels will do.
enum Picture {
    static func pixels(width: Int, height: Int) throws -> Tensor {
        let tensor = try Tensor.allocate(.u8, [height, width, 3])
        let bytes = try #require(tensor.mutablePointer).assumingMemoryBound(to: UInt8.self)
        for index in 0..<tensor.elementCount { bytes[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 7) }
        return tensor
    }

    static func random(_ host: ModelHost) throws -> HearthPicture { try host.look(at: pixels(width: 90, height: 70)) }
}
