import Glibc
import MillTensor
import MillTestSupport
import MillWeights
import Testing

extension Tensor {
    var content: [UInt8] {
        withBytes { bytes in (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
    }
}

/// Checks that a source has these tensors, bit for bit, and says what they are without making them.
///
/// - Parameter names: those to look at; nil means all of `expected`, and that the source has no others.
func expect(
    _ source: any WeightSource, equals expected: String, names: [String]? = nil, rename: (String) -> String = { $0 }
) throws {
    let reference = try SafetensorsFile(path: expected)
    if names == nil { #expect(Set(source.names) == Set(reference.names.map(rename))) }
    for name in names ?? reference.names {
        let (tensor, wanted) = (try source.tensor(rename(name)), try reference.tensor(name))
        #expect(try source.layout(rename(name)) == TensorLayout(wanted.dtype, wanted.shape), "\(name)")
        #expect(tensor.dtype == wanted.dtype && tensor.shape == wanted.shape && tensor.isContiguous, "\(name)")
        let isEqual = tensor.content == wanted.content
        #expect(isEqual, "\(name)")
    }
}

/// The message with which something is refused.
func refusal(_ body: () throws -> Any) throws -> String {
    try #require(throws: WeightsError.self) { _ = try body() }.description
}

/// A new empty folder that is gone with its files once `body` has returned.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    var template = Array("/tmp/millrace-weights-XXXXXX".utf8CString)
    let folder = String(cString: try #require(mkdtemp(&template)))
    defer {
        for name in (try? Oracles.list(folder)) ?? [] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }
    return try body(folder)
}

func write(_ bytes: [UInt8], to path: String) throws {
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
}
