import MillGraph
import MillImage
import MillInference
import MillModels

/// `vision.encode`: pixels → an ``EncodedPicture`` of the model: what its decoder attends to, or reads as part of the prompt.
final class VisionEncodeNode: Node {
    static let type = NodeType(
        "vision.encode", "Encodes a picture: resized and normalised straight from the decoder's rows.",
        inputs: [.input("image", .image, "upright RGB pixels")],
        outputs: [.output("vision", .named("vision"), "the encoded picture")],
        needsModel: true,
        make: { context in VisionEncodeNode(host: try context.model(as: ModelHost.self)) })

    private let host: ModelHost

    init(host: ModelHost) { self.host = host }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        guard let image = try inputs.packet("image").payload.object(as: Image.self) else {
            throw NodeError.wrongPayload(port: "image", expected: "a decoded image")
        }
        try emit(.object(try host.encode(image.pixels)))
    }
}
