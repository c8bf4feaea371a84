import Glibc
import MillTestSupport
import Testing

/// What `network: deny` does to a running pipeline. In the place of pdfinfo the pipeline starts a script that tries to reach this
/// process and looks at the threads of the one that has started it.
@Suite("network: deny of a running pipeline")
struct DeniedNetworkTests {
    private let folder: String

    init() throws {
        folder = try Program.folder()
        mkdir("\(folder)/bin", 0o755)
        mkdir("\(folder)/in", 0o755)
        try Program.write("%PDF-1.7\nnothing", to: "\(folder)/in/a.pdf")
    }

    /// A socket that takes connections on a free port of this machine.
    private struct Listener: ~Copyable {
        let descriptor: CInt
        let port: Int

        init() throws {
            descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, size) == 0 && listen(descriptor, 4) == 0 && getsockname(descriptor, $0, &size) == 0
                }
            }
            guard isOpen else { throw Program.Failure(reason: String(cString: strerror(errno))) }
            port = Int(UInt16(bigEndian: address.sin_port))
        }

        deinit { close(descriptor) }

        /// How many have come since it was last asked.
        func connections() -> Int {
            var count = 0
            while case let one = accept(descriptor, nil, nil), one >= 0 {
                close(one)
                count += 1
            }
            return count
        }
    }

    private func script(port: Int) throws -> String {
        let path = "\(folder)/bin/pdfinfo"
        try Program.write(
            """
            #!/bin/bash
            { : ; } 9<>/dev/tcp/127.0.0.1/\(port) && connected=yes || connected=no
            for status in /proc/$PPID/task/*/status; do
              while read -r key value; do [[ $key == Seccomp: ]] && states+=" $value"; done < "$status"
            done
            echo "connected: $connected, threads:$states." >&2
            exit 1
            """, to: path)
        chmod(path, 0o755)
        return path
    }

    /// What the script said when the pipeline ran it.
    private func answer(of pipeline: String, out: String) throws -> (connected: String, threads: [Substring]) {
        let result = try Program.run(
            ["run", pipeline, "--set", "inbox=\(folder)/in", "--set", "out=\(folder)/\(out)"],
            environment: "PATH='\(folder)/bin':$PATH")
        let said = try #require(result.output.firstMatch(of: /connected: (\w+), threads:([ 0-9]+)\./), "\(result.output)")
        return (String(said.1), said.2.split(separator: " "))
    }

    @Test("the kernel refuses it to every thread of the pipeline and to the programs that it starts")
    func refused() throws {
        let listener = try Listener()
        let script = try script(port: listener.port)
        // Without a pipeline the script does connect.
        #expect(Glibc.system("'\(script)' 2>'\(folder)/said'") != 0 && listener.connections() == 1)
        let pipeline = "\(Program.root)/pipelines/reports.yaml"
        let denied = try answer(of: pipeline, out: "denied")
        #expect(denied.connected == "no" && listener.connections() == 0)
        // 2 is a thread whose calls go through a filter.
        #expect(denied.threads.count > 1 && denied.threads.allSatisfy { $0 == "2" })
    }

    @Test("where a pipeline allows the network, only the programs that read documents are refused it")
    func allowed() throws {
        let listener = try Listener()
        _ = try script(port: listener.port)
        let text = String(decoding: try Oracles.bytes("\(Program.root)/pipelines/reports.yaml"), as: UTF8.self)
        let pipeline = try Program.file(text.replacing("network: deny", with: "network: allow"))
        let answer = try answer(of: pipeline, out: "allowed")
        #expect(answer.connected == "no" && listener.connections() == 0)
        #expect(answer.threads.allSatisfy { $0 == "0" })
    }
}
