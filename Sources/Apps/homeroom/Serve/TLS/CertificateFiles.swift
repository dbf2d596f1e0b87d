import Base
import FoundationEssentials
import HTTPServer

#if canImport(Glibc)
    import Glibc
#endif

/// The files of a certificate and its key, as they are now.
struct CertificateFiles {
    /// What changes when somebody writes the files, puts others there, also behind a link, or lets the server read them.
    struct State: Equatable {
        fileprivate let parts: [Int64]
    }

    let options: TLSOptions

    /// Nil where one of them is not there.
    func state() -> State? {
        var parts: [Int64] = []
        for path in [options.certificate, options.key] {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            parts += [
                Int64(bitPattern: UInt64(status.st_ino)), Int64(status.st_size), Int64(status.st_ctim.tv_sec),
                Int64(status.st_ctim.tv_nsec),
            ]
        }
        return State(parts: parts)
    }

    /// Whether others than its owner may read the key.
    var isKeyOpenToOthers: Bool {
        var status = stat()
        return stat(options.key, &status) == 0 && status.st_mode & 0o077 != 0
    }

    /// Reads both.
    /// - Throws: `CommandFailure` where one cannot be read, is not of its form, or they do not belong together.
    func read() throws(CommandFailure) -> TLSCertificate {
        let certificate = try bytes(of: options.certificate, "tls-certificate")
        let key = try bytes(of: options.key, "tls-key")
        do throws(TLSCertificateError) {
            return try TLSCertificate(certificatePEM: certificate, keyPEM: key)
        } catch {
            switch error {
            case .badChain: throw .failed("--tls-certificate: `\(options.certificate)`: \(error)")
            case .badKey, .mismatch: throw .failed("--tls-key: `\(options.key)`: \(error)")
            }
        }
    }

    private func bytes(of path: String, _ option: String) throws(CommandFailure) -> [UInt8] {
        guard FileManager.default.fileExists(atPath: path) else {
            throw .failed("--\(option): there is no `\(path)`")
        }
        do throws(CommandFailure) { return try Loading.file(path) } catch {
            throw .failed("--\(option): \(error.message); the server has to be allowed to")
        }
    }
}
