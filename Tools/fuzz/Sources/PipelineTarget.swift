import Glibc
import MillGraph

/// Loads the bytes as a pipeline file. No node types are registered, so every file is refused in the end; what is under
/// test is reading and expanding it.
@Sendable func loadPipeline(_ bytes: UnsafeRawBufferPointer) {
    guard let file = fopen(pipelinePath, "w") else { return }
    _ = fwrite(bytes.baseAddress, 1, bytes.count, file)
    fclose(file)
    do throws(PipelineErrors) {
        _ = try Pipeline.load(path: pipelinePath, registry: NodeRegistry())
    } catch {
        precondition(!"\(error)".isEmpty)
    }
}

private let pipelinePath: String = {
    let folder = "/tmp/millrace-fuzz-\(getpid())"
    mkdir(folder, 0o700)
    return "\(folder)/pipeline.yaml"
}()
