import MillValue

/// A kind of reference data: how a folder of it is known, and how what the engine computes is compared with it.
public struct CaseKind: Sendable {
    /// As in `case.json`, or for data without one, what the folder holds (`tokenizers`).
    public let name: String
    /// Whether a folder without `case.json` holds this kind.
    let recognises: @Sendable (_ folder: String) -> Bool
    let runs: @Sendable (ModelVerifier, Case) throws(ModelError) -> [VerificationReport.Run]

    /// A folder to verify.
    public struct Case: Sendable {
        public let folder: String
        public let name: String
        /// `case.json`; empty where there is none.
        public let description: Value
    }

    /// A kind that `case.json` names.
    public init(
        _ name: String,
        runs: @escaping @Sendable (ModelVerifier, Case) throws(ModelError) -> [VerificationReport.Run]
    ) {
        self.init(name, recognises: { _ in false }, runs: runs)
    }

    /// A kind that is known by the files in the folder.
    public init(
        _ name: String, recognises: @escaping @Sendable (_ folder: String) -> Bool,
        runs: @escaping @Sendable (ModelVerifier, Case) throws(ModelError) -> [VerificationReport.Run]
    ) {
        self.name = name
        self.recognises = recognises
        self.runs = runs
    }

    /// All kinds that need nothing but what loads models.
    public static let all = models + data

    /// The kinds of data that need no model.
    public static let data: [CaseKind] = [
        CaseKind("quants", recognises: QuantCases.isFolder) { verifier, item in verifier.verifyQuants(item.folder) },
        CaseKind("images", recognises: ImageCases.isFolder) { verifier, item in verifier.verifyImages(item.folder) },
        CaseKind("malformed", recognises: MalformedCases.isFolder) { verifier, item in [verifier.verifyMalformed(item.folder)] },
        CaseKind("tokenizers", recognises: TokenizerCases.isFolder) { verifier, item in verifier.verifyTokenizers(item.folder) },
    ]

    /// The kinds of models.
    public static let models: [CaseKind] = [
        CaseKind("text") { verifier, item in [verifier.verifyText(item.folder)] },
        CaseKind("lora") { verifier, item in [verifier.verifyAdapter(item.folder, item.description)] },
        CaseKind("gguf") { verifier, item in verifier.verifyGGUF(item.folder, item.name, item.description) },
        CaseKind("hearth") { verifier, item in verifier.verifyHearth(item.folder, item.description) },
        CaseKind("ledger") { verifier, item in verifier.verifyLedger(item.folder, item.description) },
        CaseKind("glm_edge_v") { verifier, item in [verifier.verifyVisionLanguage(item.folder)] },
        CaseKind("gguf_glm_edge_v") { verifier, item in
            verifier.verifyVisionLanguage(item.folder, gguf: item.description)
        },
        CaseKind("mllama") { verifier, item in [verifier.verifyMllama(item.folder)] },
        CaseKind("vlm") { verifier, item in [verifier.verifyVisionLanguage(item.folder)] },
        CaseKind("gguf_vlm") { verifier, item in
            verifier.verifyVisionLanguage(item.folder, gguf: item.description)
        },
        CaseKind("whisper") { verifier, item in [verifier.verifySpeech(item.folder)] },
        CaseKind("encoder") { verifier, item in [verifier.verifyEncoder(item.folder)] },
    ]
}
