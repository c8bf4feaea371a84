import MillProcess

/// Opens encrypted PDF files.
///
/// poppler takes passwords as arguments only, where every user of the machine can read them. qpdf reads them from a file, which
/// here is one in memory, and writes the file decrypted; the others then read that.
struct PDFDecryption: Sendable {
    let options: DocumentOptions

    /// The file without encryption.
    ///
    /// - Throws: ``DocumentError/passwordNeeded(name:)``, ``DocumentError/wrongPassword(name:tried:)`` and what the program does.
    func decrypt(_ contents: SecretBytes, name: String) async throws(DocumentError) -> SecretBytes {
        guard !options.passwords.isEmpty else { throw .passwordNeeded(name: name) }
        let program = try DocumentError.wrapping { () throws(ProgramError) in try ConfinedProgram("qpdf", package: "qpdf") }
        for password in options.passwords {
            let line = Array(password.utf8) + [UInt8(ascii: "\n")]
            let secret = try SecretBytes(documentOf: line.count)
            line.withUnsafeBytes { secret.fill($0) }
            let answer = try await program.answer(
                ["--password-file=/proc/self/fd/4", "--decrypt", "--warning-exit-0", PDFTools.file, "-"], input3: contents,
                input4: secret, limits: options.limits(outputByteCount: 2 * contents.count + (16 << 20)), accepting: [0, 2, 3])
            if answer.status == 0 || answer.status == 3, answer.output.count > 0 {
                return try DocumentError.wrapping { () throws(ProgramError) in try answer.output.asFile() }
            }
            guard answer.message.contains("invalid password") else { throw .damaged(name: name, reason: answer.lastLine) }
        }
        throw .wrongPassword(name: name, tried: options.passwords.count)
    }
}
