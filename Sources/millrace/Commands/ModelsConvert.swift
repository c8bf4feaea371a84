import ArgumentParser
import Glibc
import MillModels

struct ModelsConvert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a model's folder as one quantized GGUF file.",
        discussion: """
            The folder is one of hearth, ledger, SigLIP, BERT or a text family (docs/models/text.md lists them); a SigLIP \
            tower may also be an mmproj file. int4 is a mix: 4 bits in the transformer \
            blocks, 8 bits for their value and down projections, the embeddings and the heads. Files of text models are also \
            llama.cpp's.

            The file given with -o is put in its place when it is complete; a GGUF file that is there is replaced, and \
            keeps its permissions. Files of other kinds never are.
            """)

    @Argument(
        help: """
            A folder with config.json and weights, and tokenizer.json where the model has one; or builtin:NAME, for the \
            folder of a model that comes along; or the mmproj file of a vision tower.
            """
    )
    var folder: String

    @Option(name: .shortAndLong, help: "The GGUF file to write.")
    var output: String

    @Option(
        help: ArgumentHelp(
            "What the matrices become: \(ModelConverter.Precision.list).",
            valueName: "type"))
    var precision = ModelConverter.Precision.q8

    func run() async throws {
        Interrupts.observe { _ in }
        let converter = try ModelConverter(folder: try ModelLocation.folder(of: folder) ?? folder)
        guard try converter.write(to: output, precision: precision, isCancelled: { Interrupts.happened }) else {
            throw Failure.interrupted
        }
        var status = stat()
        guard stat(output, &status) == 0 else { throw Failure.run("\(output): \(String(cString: strerror(errno)))") }
        print("\(output): \((Double(status.st_size) / 1e5).rounded() / 10) MB")
    }
}

extension ModelConverter.Precision: ExpressibleByArgument {}
