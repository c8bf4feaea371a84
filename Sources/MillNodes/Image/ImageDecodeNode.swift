import MillGraph
import MillImage
import MillTensor
import MillValue

/// `image.decode`: JPEG or PNG bytes → upright RGB8 pixels in pooled storage.
final class ImageDecodeNode: Node {
    static let type = NodeType(
        "image.decode", "Decodes JPEG and PNG to upright RGB pixels; transparency lies over white.",
        inputs: [.input("bytes", .bytes, "the encoded picture")],
        outputs: [.output("image", .image, "RGB8 `[height, width, 3]`")],
        configuration: [
            ConfigField(
                "max_pixels", .integer(minimum: 1, maximum: 1 << 30), "larger pictures are refused before memory is taken",
                default: .int(ImageLimits().pixelCount)),
            ConfigField("accept_damaged", .boolean, "take what can be read of a damaged file", default: false),
        ],
        make: { context in
            ImageDecodeNode(
                limits: ImageLimits(pixelCount: try context.config.int("max_pixels")),
                acceptsDamage: try context.config.bool("accept_damaged"))
        })

    private let limits: ImageLimits
    private let acceptsDamage: Bool

    init(limits: ImageLimits, acceptsDamage: Bool) {
        self.limits = limits
        self.acceptsDamage = acceptsDamage
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        guard let bytes = try inputs.packet("bytes").payload.tensor else {
            throw NodeError.wrongPayload(port: "bytes", expected: "bytes")
        }
        let image = try ImageDecoder.decode(bytes, limits: limits, toleratesDamage: acceptsDamage)
        try emit(.object(image))
    }
}
