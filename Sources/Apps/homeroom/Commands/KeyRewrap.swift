import Base
import Crypto
import FoundationEssentials
import Issuing
import LocalTables
import Registry
import Tables

/// `homeroom key rewrap`.
enum KeyRewrap {
    static let newVariable = "HOMEROOM_NEW_MASTER_KEY"

    static let command = Command(
        path: ["key", "rewrap"], summary: "seal all stored secrets anew, under a new master key",
        options: [
            CommandOption(
                name: "master-key-file", value: "FILE",
                help: "the file with the master key that is in force (without a server)",
                variable: "HOMEROOM_MASTER_KEY_FILE", standard: "master-key in the data folder"),
            CommandOption(
                name: "new-master-key-file", value: "FILE",
                help: "the file with the new one (without a server)"),
        ] + ControlClient.options,
        notes: [
            "While a server runs on the folder it takes the new key from the file beside the one in force, named as that is with "
                + "`.next`, or makes one there, and then puts it in the other's place.",
            "Without a server the new key can also come from another file or from \(newVariable): so a key is taken out of the data "
                + "folder, or into it.",
            "It may be killed at any moment: the folder opens with the old key or with the new one, and the same command goes on.",
        ],
        examples: [
            "homeroom key rewrap",
            "homeroom key rewrap --new-master-key-file /run/secrets/homeroom",
        ],
        run: { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let path = invocation.value("data") ?? DataFolder.standardPath
        if invocation.value("server") != nil || DataFolder.runningServer(in: path) != nil {
            let isHere = invocation.environment[newVariable].map { !$0.isEmpty } ?? false
            guard invocation.value("new-master-key-file") == nil, !isHere else {
                throw CommandFailure.usage(
                    "--new-master-key-file or \(newVariable): a server runs on the folder; stop it first, or put the "
                        + "new key beside the one in force, named as that is with `.next`")
            }
            let answer = try ControlClient(invocation).post("/v1/signing-keys/rewrap")
            if let code = Output(invocation).json(answer) { return code }
            return say(answer.json.text("masterKey"), Int(answer.json.number("secrets")), invocation)
        }
        guard FileManager.default.fileExists(atPath: path + "/stores/registry.sqlite") else {
            throw CommandFailure.failed("--data: `\(path)` is no data folder: it has no registry")
        }
        // The lock keeps a server from starting meanwhile.
        let folder = try DataFolder(path: path)
        let stores = try LocalStores(folder: folder.storesPath)
        guard let store = StoreID("registry") else { preconditionFailure("a valid name") }
        let registry = try Registry(engine: try Registry.store(store, in: stores), clock: SystemClock())
        defer { stores.close() }
        let (key, count) = try rewrap(registry, path, invocation)
        if invocation.isSet("json") {
            var json = JSONWriter(reserving: 96)
            json.beginObject()
            json.name("masterKey")
            json.string(key)
            json.name("secrets")
            json.int(count)
            json.endObject()
            invocation.terminal.line(json.bytes)
            return .done
        }
        return say(key, count, invocation)
    }

    private static func say(_ key: String, _ count: Int, _ invocation: Invocation) -> ExitCode {
        Output(invocation).line(
            "\(count) secrets are sealed under master key \(key); the old one opens nothing")
    }

    /// Seals everything anew without a server.
    private static func rewrap(
        _ registry: Registry, _ path: String, _ invocation: Invocation
    ) throws -> (key: String, secrets: Int) {
        let random = OpenSSLRandom()
        let source = try MasterKeySource(
            file: invocation.value("master-key-file"), environment: invocation.environment)
        let keys = MasterKeys(source: source, folder: path)
        guard try SecretVault.isInUse(in: registry) else {
            throw CommandFailure.failed(
                "no secret is sealed in `\(path)` yet: the first start of a server does that")
        }
        let other = try newKey(invocation)
        let new = try other ?? keys.next(random: random)
        let old = try keys.atHand()
        let vault: SecretVault
        do {
            vault = try SecretVault(
                registry: registry, masters: old + [new], clock: SystemClock(), random: random)
        } catch let error as SecretError { throw CommandFailure.failed("\(keys.place): \(error)") }
        let count = try vault.rewrap(
            under: new, opening: old, actor: AuditActor("command:key rewrap"))
        if other == nil {
            try keys.settle(vault)
        } else if case .folder = source, let left = keys.path {
            // It opens nothing any more.
            try SyncedFile.remove(left)
        }
        return (new.id, count)
    }

    private static func newKey(_ invocation: Invocation) throws(CommandFailure) -> MasterKey? {
        let text = invocation.environment[newVariable].flatMap { $0.isEmpty ? nil : $0 }
        if let path = invocation.value("new-master-key-file") {
            guard text == nil else {
                throw .usage("--new-master-key-file: \(newVariable) is set too; give the new key in one way")
            }
            guard let key = try MasterKeys.read(path) else {
                throw .failed(
                    "--new-master-key-file: there is no `\(path)`; `openssl rand -hex 32` makes a key")
            }
            return key
        }
        return try text.map { text throws(CommandFailure) in try MasterKeys.key(text, at: newVariable) }
    }
}
