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
/// | `master-key` | what the secrets in the registry are sealed under, unless the master key comes from elsewhere |
/// | `admin-key` | the first administrator's key, for the commands on this machine; only its digest is in the registry |
/// | `homeroom.json` | options, where somebody puts it there |
/// | `address` | the control API's URL while the server runs, and with TLS its public key's digest |
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

    /// The keys that sign tokens, where an earlier version has kept them here in the clear, the newest first.
    func formerSigningKeys() throws(CommandFailure) -> [SigningKey] {
        guard let bytes = try read(signingKeysPath) else { return [] }
        do throws(TokenError) { return try SigningKeyFile.keys(parsing: bytes) } catch {
            throw .failed("`\(signingKeysPath)`: \(error); restore it from a backup")
        }
    }

    /// What secrets are derived from, where an earlier version has kept it here in the clear.
    func formerMasterSecret() throws(CommandFailure) -> [UInt8]? {
        guard let bytes = try read(masterSecretPath) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        guard let secret = Hex.decode(text), secret.count == DataFolder.masterSecretBytes else {
            throw .failed(
                "`\(masterSecretPath)`: expected \(DataFolder.masterSecretBytes * 2) hexadecimal digits; restore it from a "
                    + "backup")
        }
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
        try SyncedFile.write(Array((key.text + "\n").utf8), to: DataFolder.adminKeyPath(in: path))
    }

    /// Tells the commands on this machine where the control API is.
    func keep(_ server: RunningServer) throws(CommandFailure) {
        try SyncedFile.write(Array(server.text.utf8), to: DataFolder.addressPath(in: path))
    }

    private func read(_ path: String) throws(CommandFailure) -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .failed("cannot read `\(path)`; who owns it?")
        }
        return [UInt8](data)
    }

    /// The server that runs on the folder; nil where none runs.
    ///
    /// After a crash the file may still name a port that by now is another program's, which must not be sent a key: so the
    /// lock is asked, not the file.
    static func runningServer(in folder: String) -> RunningServer? {
        let descriptor = open(folder + "/lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK,
            let data = FileManager.default.contents(atPath: addressPath(in: folder))
        else { return nil }
        return RunningServer(text: String(decoding: data, as: UTF8.self))
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
