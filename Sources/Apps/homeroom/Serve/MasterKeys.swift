import Base
import Crypto
import FoundationEssentials
import Issuing
import Registry

#if canImport(Glibc)
    import Glibc
#endif

/// Where the master key comes from.
enum MasterKeySource: Equatable {
    /// From the environment: the key itself.
    case environment(String)
    /// From a file that somebody else keeps.
    case file(String)
    /// From a file in the data folder, which is made at the first start.
    case folder

    static let variable = "HOMEROOM_MASTER_KEY"

    /// What the option and the environment say.
    /// - Throws: `CommandFailure` where both are given.
    init(file: String?, environment: [String: String]) throws(CommandFailure) {
        let text = environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
        switch (file, text) {
        case (nil, nil): self = .folder
        case (let file?, nil): self = .file(file)
        case (nil, let text?): self = .environment(text)
        case (.some, .some):
            throw .usage("--master-key-file: \(Self.variable) is set too; give the master key in one way")
        }
    }
}

/// The master keys at hand.
///
/// A key in a file is replaced by way of a file beside it, named as it is with `.next`: whichever of the two opens the secrets is
/// the one in force.
struct MasterKeys {
    let source: MasterKeySource
    /// The data folder.
    let folder: String

    /// The file; nil where the key comes from the environment.
    var path: String? {
        switch source {
        case .environment: nil
        case .file(let path): path
        case .folder: folder + "/master-key"
        }
    }

    var nextPath: String? { path.map { $0 + ".next" } }

    /// How it is spoken of.
    var place: String { path.map { "`\($0)`" } ?? MasterKeySource.variable }

    /// The master key, and the one that is to replace it, as far as they are there.
    /// - Throws: `CommandFailure` where one is not of its form, or the file that somebody named is not there.
    func atHand() throws(CommandFailure) -> [MasterKey] {
        if case .environment(let text) = source { return [try Self.key(text, at: place)] }
        guard let path, let nextPath else { return [] }
        let keys = [try Self.read(path), try Self.read(nextPath)].compactMap { $0 }
        if case .file = source, keys.isEmpty {
            throw .failed(
                "--master-key-file: there is no `\(path)`; `openssl rand -hex 32` makes a key, which only this user should read"
            )
        }
        return keys
    }

    /// Whether others than its owner may read the file.
    var isOpenToOthers: Bool {
        var status = stat()
        guard let path else { return false }
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    /// Opens the vault of a registry, and makes the master key of a first start.
    /// - Throws: `CommandFailure` where the key is missing, malformed or another than the secrets are sealed under: nothing is
    ///   changed then; what the registry throws.
    func openVault(
        of registry: Registry, clock: any Clock, random: any RandomSource
    ) throws -> SecretVault {
        var masters = try atHand()
        let isInUse = try SecretVault.isInUse(in: registry)
        if masters.isEmpty, !isInUse, let path {
            func make(_ random: some RandomSource) -> String { MasterKey.makeText(random: random) }
            let text = make(random)
            try Self.write(text, to: path)
            masters = [try Self.key(text, at: place)]
        }
        let vault: SecretVault
        do {
            vault = try SecretVault(registry: registry, masters: masters, clock: clock, random: random)
        } catch let error as SecretError {
            throw CommandFailure.failed(
                "\(place): \(error). Nothing was changed. Give the right one with --master-key-file or in "
                    + "\(MasterKeySource.variable), or restore it from a backup; without it, tokens, sessions and operators' keys of "
                    + "this folder are lost")
        }
        try settle(vault)
        return vault
    }

    /// Puts the next key's file in the place of the other where all secrets are sealed under it already.
    func settle(_ vault: SecretVault) throws {
        guard let path, let nextPath, let next = try Self.read(nextPath) else { return }
        if let key = try Self.read(path), try vault.isOpened(by: key) { return }
        guard try vault.isOpened(by: next) else { return }
        guard rename(nextPath, path) == 0 else {
            throw CommandFailure.failed(
                "the secrets are sealed under the key in `\(nextPath)`, which cannot be put in the place of `\(path)` "
                    + "(\(String(cString: strerror(errno)))): put it there yourself")
        }
        SyncedFile.syncFolder(of: path)
    }

    /// The key that is to replace the one in the file: what somebody has put beside it, else a new one.
    /// - Throws: `CommandFailure` where the key comes from the environment, or no file can be made.
    func next(random: some RandomSource) throws(CommandFailure) -> MasterKey {
        guard let nextPath else {
            throw .failed(
                "the master key is in \(MasterKeySource.variable), which no server can replace: stop the server, and run `homeroom "
                    + "key rewrap` with the new key in \(KeyRewrap.newVariable)")
        }
        if let key = try Self.read(nextPath) { return key }
        let text = MasterKey.makeText(random: random)
        try Self.write(text, to: nextPath)
        return try Self.key(text, at: "`\(nextPath)`")
    }

    static func read(_ path: String) throws(CommandFailure) -> MasterKey? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .failed("cannot read the master key in `\(path)`; who owns it?")
        }
        return try key(String(decoding: data, as: UTF8.self), at: "`\(path)`")
    }

    static func key(_ text: String, at place: String) throws(CommandFailure) -> MasterKey {
        do throws(SecretError) { return try MasterKey(text) } catch { throw .failed("\(place): \(error)") }
    }

    private static func write(_ text: String, to path: String) throws(CommandFailure) {
        do throws(CommandFailure) { try SyncedFile.write(Array((text + "\n").utf8), to: path) } catch {
            throw .failed("the master key cannot be kept: \(error.message)")
        }
    }
}

/// Files that after a crash are there whole or not at all, for their owner alone (mode 0600).
enum SyncedFile {
    static func write(_ bytes: [UInt8], to target: String) throws(CommandFailure) {
        let temporary = target + ".new"
        // What a crash has left there, or somebody has put there, is not written to: others might read it, or it leads elsewhere.
        try remove(temporary)
        let file = try SecretFile(creating: temporary)
        do throws(CommandFailure) {
            try file.append(bytes)
            try file.put(in: target)
        } catch {
            SecretFile.remove(temporary)
            throw error
        }
    }

    /// Removes a file for good.
    static func remove(_ path: String) throws(CommandFailure) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .failed("cannot remove `\(path)`: \(reason)")
        }
        syncFolder(of: path)
    }

    static func syncFolder(of path: String) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let folder = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
