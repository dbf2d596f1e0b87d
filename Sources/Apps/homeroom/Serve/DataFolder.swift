import Base
import ControlAPI
import Crypto
import FoundationEssentials
import Tokens

#if canImport(Glibc)
    import Glibc
#endif

/// The folder that a server keeps everything in, locked for as long as this exists.
///
/// | file | holds |
/// |---|---|
/// | `stores/` | a file for each store, the registry among them |
/// | `signing-keys.json` | the keys that sign tokens |
/// | `master-secret` | what session tokens and tenants' keys are derived from |
/// | `admin-key` | the first administrator's key, for the commands on this machine; only its digest is in the registry |
/// | `homeroom.json` | options, where somebody puts it there |
/// | `address` | the control API's URL while the server runs |
/// | `lock` | the process that runs |
///
/// All of them have mode 0600, the folders 0700.
final class DataFolder: Sendable {
    /// Where the folder is unless somebody says otherwise.
    static let standardPath = "homeroom-data"
    private static let masterSecretBytes = 32

    let path: String
    private let lock: Int32

    /// Makes the folder where there is none, and locks it.
    /// - Throws: `CommandFailure` where it cannot be made, or another process has it.
    init(path: String) throws(CommandFailure) {
        self.path = path
        umask(0o077)
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .failed("--data: cannot make the folder `\(path)`: \(error)") }
        lock = try DataFolder.lock(path)
    }

    deinit {
        unlink(DataFolder.addressPath(in: path))
        close(lock)
    }

    var storesPath: String { path + "/stores" }
    var backupsPath: String { path + "/backups" }
    var signingKeysPath: String { path + "/signing-keys.json" }
    var masterSecretPath: String { path + "/master-secret" }

    static func adminKeyPath(in folder: String) -> String { folder + "/admin-key" }
    static func addressPath(in folder: String) -> String { folder + "/address" }
    static func configurationPath(in folder: String) -> String { folder + "/homeroom.json" }

    /// Whether others than its owner may look into the folder, which was then not made by us.
    var isOpenToOthers: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    /// The keys that sign tokens, made at the first start.
    func signingKeys(now: Timestamp) throws(CommandFailure) -> SigningKeyRing {
        if let bytes = try read(signingKeysPath) {
            do throws(TokenError) { return try SigningKeyRing(parsing: bytes) } catch {
                throw .failed("`\(signingKeysPath)`: \(error); restore it from a backup")
            }
        }
        let ring = SigningKeyRing(SigningKey.generate(now: now))
        try write(ring.bytes, to: signingKeysPath)
        return ring
    }

    /// What secrets are derived from, made at the first start.
    func masterSecret() throws(CommandFailure) -> [UInt8] {
        if let bytes = try read(masterSecretPath) {
            let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
            guard let secret = Hex.decode(text), secret.count == DataFolder.masterSecretBytes else {
                throw .failed(
                    "`\(masterSecretPath)`: expected \(DataFolder.masterSecretBytes * 2) hexadecimal digits; restore it from a "
                        + "backup")
            }
            return secret
        }
        let secret = OpenSSLRandom().bytes(DataFolder.masterSecretBytes)
        try write(Array((Hex.encode(secret) + "\n").utf8), to: masterSecretPath)
        return secret
    }

    /// The administrator's key that is kept here, or nil.
    func adminKey() throws(CommandFailure) -> ControlKey? {
        guard let bytes = try read(DataFolder.adminKeyPath(in: path)) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        guard let key = ControlKey(text) else {
            throw .failed("`\(DataFolder.adminKeyPath(in: path))` holds no key; restore it or remove it")
        }
        return key
    }

    /// Keeps the administrator's key for the commands on this machine.
    func keep(adminKey key: ControlKey) throws(CommandFailure) {
        try write(Array((key.text + "\n").utf8), to: DataFolder.adminKeyPath(in: path))
    }

    /// Tells the commands on this machine where the control API is.
    func keep(address: String) throws(CommandFailure) {
        try write(Array((address + "\n").utf8), to: DataFolder.addressPath(in: path))
    }

    private func read(_ path: String) throws(CommandFailure) -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .failed("cannot read `\(path)`; who owns it?")
        }
        return [UInt8](data)
    }

    /// Writes a file so that after a crash it is there whole or not at all.
    private func write(_ bytes: [UInt8], to target: String) throws(CommandFailure) {
        let temporary = target + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed("cannot make `\(temporary)`: \(DataFolder.reason)") }
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isWritten = count == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(temporary, target) == 0 else {
            throw .failed("cannot write `\(target)`: \(DataFolder.reason)")
        }
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// The URL of the control API of the server that runs on the folder; nil where none runs.
    ///
    /// After a crash the file may still name a port that by now is another program's, which must not be sent a key: so the
    /// lock is asked, not the file.
    static func runningAddress(in folder: String) -> String? {
        let descriptor = open(folder + "/lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK,
            let data = FileManager.default.contents(atPath: addressPath(in: folder))
        else { return nil }
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init)
    }

    private static func lock(_ path: String) throws(CommandFailure) -> Int32 {
        let file = path + "/lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed("--data: cannot open `\(file)`: \(reason)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = Swift.max(0, Glibc.read(descriptor, &bytes, bytes.count))
            close(descriptor)
            let holder = String(decoding: bytes[..<count], as: UTF8.self).filter { !$0.isWhitespace }
            throw .failed(
                "`\(path)` is in use by process \(holder.isEmpty ? "unknown" : holder): stop that one first (kill \(holder)), "
                    + "or name another folder with --data")
        }
        let text = Array("\(getpid())\n".utf8)
        let isNoted = ftruncate(descriptor, 0) == 0 && Glibc.write(descriptor, text, text.count) == text.count
        guard isNoted else { throw .failed("--data: cannot write `\(file)`: \(reason)") }
        return descriptor
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
