import Glibc

/// libFuzzer's entry point: hands the bytes to the reader that the environment variable `MILLRACE_FUZZ_TARGET` names.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target(UnsafeRawBufferPointer(start: start, count: count))
    return 0
}

private let target: FuzzTarget = {
    let name = getenv("MILLRACE_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = fuzzTargets[name] else {
        print("MILLRACE_FUZZ_TARGET is '\(name)'; targets: \(fuzzTargets.keys.sorted().joined(separator: " "))")
        exit(2)
    }
    return target
}()
