import ArgumentParser
import CMillSystem
import Glibc
import MillCompute
import MillModels
import MillValue

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what this machine has, what is missing and how to get it.")

    @Flag(help: "Print JSON on standard output.")
    var json = false

    /// Something that Millrace can use, and how to get it.
    private struct Check {
        let name: String
        let isPresent: Bool
        let detail: String
        let remedy: String
    }

    func run() async throws {
        let checks = Self.checks()
        let profile = HardwareProfile.current
        if json {
            let value: Value = [
                "architecture": .string(profile.architecture), "isas": .list(profile.isas.map { .string($0.rawValue) }),
                "isa": .string(Compute.shared.isa.rawValue), "threads": .int(Compute.shared.threadCount),
                "processors": .int(profile.processorCount), "quota": profile.quota.map(Value.double) ?? .null,
                "memoryBytes": .int(profile.memoryByteCount), "memoryFreeBytes": .int(MemoryBudget.now().freeByteCount),
                "checks": .list(
                    checks.map {
                        [
                            "name": .string($0.name), "present": .bool($0.isPresent), "detail": .string($0.detail),
                            "remedy": .string($0.isPresent ? "" : $0.remedy),
                        ]
                    }),
            ]
            return print(value.json(pretty: true))
        }
        print("processor    \(profile.architecture): \(profile.isas.map(\.rawValue).joined(separator: ", "))")
        print("kernels      \(Compute.shared.isa.rawValue), \(Compute.shared.threadCount) threads")
        let quota = profile.quota.map { ", cgroup quota \($0) processors" } ?? ""
        print("processors   \(profile.processorCount) online, \(profile.affinityCount) in the affinity mask\(quota)")
        let limit = profile.memoryLimitByteCount.map { ", cgroup limit \($0 >> 20) MiB" } ?? ""
        print("memory       \(profile.memoryByteCount >> 20) MiB\(limit); \(MemoryBudget.now())\n")
        for check in checks {
            print("\(check.isPresent ? "ok     " : "missing") \(check.name): \(check.isPresent ? check.detail : check.remedy)")
        }
    }

    private static func checks() -> [Check] {
        var checks: [Check] = []
        do {
            checks.append(
                Check(
                    name: "default model", isPresent: true, detail: try ModelLocation.resolve("builtin:hearth"), remedy: ""))
        } catch {
            checks.append(Check(name: "default model", isPresent: false, detail: "", remedy: "\(error)"))
        }
        let denial = mill_check_network_denial()
        checks.append(
            Check(
                name: "network: deny", isPresent: denial == 0, detail: "the kernel refuses connections of such pipelines",
                remedy:
                    "this system's kernel has no seccomp filters (\(String(cString: strerror(-denial)))); such pipelines do not run"
            ))
        checks.append(
            program("mosquitto", remedy: "needed only for a broker on this machine: apt-get install mosquitto"))
        let documents = "needed to read documents: Tools/install documents, or apt-get install"
        for (name, package) in [
            ("pdftotext", "poppler-utils"), ("tesseract", "tesseract-ocr tesseract-ocr-chi-sim"), ("qpdf", "qpdf"),
        ] {
            checks.append(program(name, remedy: "\(documents) \(package)"))
        }
        checks.append(program("ffmpeg", remedy: "needed only for sound that is no WAV file: apt-get install ffmpeg"))
        return checks
    }

    private static func program(_ name: String, remedy: String) -> Check {
        let variable = getenv("PATH")
        let search: String = if let variable { String(cString: variable) } else { "" }
        let folders: [String] = search.split(separator: ":").map { String($0) } + ["/usr/sbin"]
        let candidates: [String] = folders.map { (folder: String) -> String in "\(folder)/\(name)" }
        let path = candidates.first { (candidate: String) -> Bool in access(candidate, X_OK) == 0 }
        return Check(name: name, isPresent: path != nil, detail: path ?? "", remedy: remedy)
    }
}
