import Foundation

/// A certificate that `openssl` has just made, its own authority, with its key: both as PEM.
public struct MadeCertificate: Sendable {
    /// The certificate, for two days.
    public let certificate: [UInt8]
    /// Its private key, without a password.
    public let key: [UInt8]

    /// Makes one; the certificate stays in the folder as `made.pem`.
    public init(in folder: TemporaryFolder, named name: String = "127.0.0.1") throws {
        let (certificatePath, keyPath) = (folder.path(of: "made.pem"), folder.path(of: "made.key"))
        let program = Process()
        program.executableURL = URL(filePath: "/usr/bin/env")
        program.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", "/CN=\(name)", "-out", certificatePath, "-keyout", keyPath,
        ]
        program.standardError = FileHandle.nullDevice
        try program.run()
        program.waitUntilExit()
        certificate = [UInt8](try Data(contentsOf: URL(filePath: certificatePath)))
        key = [UInt8](try Data(contentsOf: URL(filePath: keyPath)))
    }
}
