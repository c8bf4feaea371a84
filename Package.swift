// swift-tools-version: 6.2
import PackageDescription

let swift: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]
/// Of most tests: what they test is optimised; their own code is not worth half of the build's time.
let swiftOfTests = swift + [.unsafeFlags(["-Onone"])]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// A Swift target and, unless `tests` is false, its tests, which may need `testing` besides, read the folders `data`, and are
/// `optimized` where they compute much themselves.
/// The dependencies are also the import allow-list that `make lint` checks.
func module(
    _ name: String, _ dependencies: [Target.Dependency], tests: Bool = true, testing: [Target.Dependency] = [],
    data: [String] = [], optimized: Bool = false
) -> [Target] {
    let target = Target.target(name: name, dependencies: dependencies, swiftSettings: swift)
    guard tests else { return [target] }
    let test = Target.testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name), "MillTestSupport"] + dependencies + testing,
        exclude: data, swiftSettings: optimized ? swift : swiftOfTests)
    return [target, test]
}

let systemLibraries: [Target] = [
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
]

let layer0: [Target] = [
    .target(name: "CMillKernels", cSettings: c),
    .target(name: "CMillSystem", cSettings: c),
    .target(name: "CMillImage", dependencies: ["CJPEG", "CPNG"], cSettings: c),
]

let layer1 = [
    module("MillValue", []),
    module("MillTensor", ["CMillSystem"]),
    module("MillProcess", ["CMillSystem"]),
    module("MillExpression", ["MillValue"]),
    module("MillSchema", ["MillValue"]),
    module("MillStore", ["MillValue", grdb]),
].flatMap { $0 }

let layer2 = [
    module(
        "MillGraph", ["MillValue", "MillTensor", "MillExpression", yams, logging, metrics], testing: ["MillSchema"],
        data: ["Broken"]),
    module("MillCompute", ["MillTensor", "CMillKernels"], optimized: true),
].flatMap { $0 }

let layer3 = [
    module("MillWeights", ["MillTensor", "MillValue", "MillCompute"], optimized: true),
    module("MillTokenizer", ["MillValue"]),
    module("MillImage", ["MillTensor", "CMillImage"], testing: ["MillValue", "MillWeights", "CJPEG"], optimized: true),
    module("MillAudio", ["MillTensor", "MillProcess"], testing: ["MillValue", "MillWeights"], optimized: true),
].flatMap { $0 }

let layer4to6 = [
    module(
        "MillModels",
        ["CMillSystem", "MillValue", "MillTensor", "MillCompute", "MillWeights", "MillTokenizer", "MillImage", "MillAudio"]),
    module(
        "MillInference",
        [
            "CZlib", "MillValue", "MillTensor", "MillExpression", "MillCompute", "MillTokenizer", "MillSchema", "MillAudio",
            "MillModels",
        ]),
    module(
        "MillEvaluation",
        [
            "MillValue", "MillTensor", "MillExpression", "MillCompute", "MillSchema", "MillTokenizer", "MillImage", "MillWeights",
            "MillModels", "MillInference", "MillDocument", "MillExtraction",
        ]),
    module("MillHome", ["MillValue", "MillExpression", "MillStore", "CMosquitto", logging]),
    module("MillDocument", ["MillValue", "MillTensor", "MillProcess", "MillImage"]),
    module(
        "MillExtraction", ["MillValue", "MillTensor", "MillStore", "MillCompute", "MillModels", "MillDocument", grdb],
        testing: ["MillSchema"]),
].flatMap { $0 }

let layer7and9 =
    module(
        "MillNodes",
        [
            "MillValue", "MillTensor", "MillExpression", "MillSchema", "MillStore", "MillGraph", "MillCompute",
            "MillTokenizer", "MillImage", "MillAudio", "MillModels", "MillInference", "MillEvaluation", "MillHome",
            "MillDocument",
            "MillExtraction", logging,
        ])
    + [
        .executableTarget(
            name: "millrace",
            dependencies: [
                "CMillSystem", "MillValue", "MillTensor", "MillSchema", "MillStore", "MillGraph", "MillCompute", "MillTokenizer",
                "MillImage", "MillAudio", "MillWeights",
                "MillModels", "MillInference", "MillEvaluation", "MillHome", "MillNodes",
                arguments, logging,
            ], swiftSettings: swift),
        .testTarget(
            name: "CommandLineTests", dependencies: ["MillValue", "MillTestSupport", "millrace"],
            swiftSettings: swiftOfTests),
    ]

/// The libFuzzer program of `make fuzz`; it builds only under libFuzzer's instrumentation, so nothing else sees it.
let fuzzing: [Target] =
    Context.environment["MILLRACE_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "millrace-fuzz",
            dependencies: [
                "MillValue", "MillTensor", "MillImage", "MillAudio", "MillWeights", "MillTokenizer", "MillSchema",
                "MillExpression", "MillGraph", "MillModels", "MillProcess", "MillDocument", "MillExtraction",
            ],
            path: "Tools/fuzz/Sources", swiftSettings: swift)
    ]

let package = Package(
    name: "Millrace",
    products: [
        .executable(name: "millrace", targets: ["millrace"]),
        .library(name: "Millrace", targets: ["MillNodes", "MillGraph", "MillInference", "MillHome"]),
        .library(name: "MillTestSupport", targets: ["MillTestSupport"]),
    ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: systemLibraries + layer0 + layer1 + layer2 + layer3 + layer4to6 + layer7and9
        + module("MillTestSupport", ["MillValue", "MillTensor", "MillWeights"], tests: false)
        + fuzzing
)
