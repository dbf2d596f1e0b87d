import Base
import FoundationEssentials
import HTTPServer
import Issuing
import Registry
import RunTestKit
import TestKit
import Testing

@testable import homeroom

@Suite struct ServeOptionsTests {
    private func options(_ words: [String], _ environment: [String: String] = [:]) throws -> ServeOptions {
        guard case .run(let input) = try ArgumentParser(commands: Homeroom.commands).parse(["serve"] + words)
        else {
            throw CommandFailure.usage("help")
        }
        return try ServeOptions(
            Invocation(
                input: input, environment: environment, terminal: Terminal(isInteractive: false) { _, _ in }))
    }

    @Test(arguments: [
        ("127.0.0.1:8000", "127.0.0.1", 8000), ("[::1]:80", "::1", 80), ("localhost:0", "localhost", 0),
    ])
    func readsAddresses(text: String, host: String, port: UInt16) throws {
        let address = try #require(ServeOptions.Address(text))
        #expect((address.host, address.port) == (host, port))
        #expect(address.description == text)
        #expect(address.isLoopback)
    }

    @Test(arguments: [
        "127.0.0.1.example.org:80", "127.example.org:80", "127.0.0.256:80", "127.0.0.1#@example.org:80",
        "128.0.0.1:80", "localhost.example.org:80", "127.0.0:80",
    ])
    func whatOnlyBeginsLikeThisMachineIsAnother(text: String) throws {
        #expect(try !#require(ServeOptions.Address(text)).isLoopback)
    }

    @Test(arguments: ["", "8000", ":8000", "host:", "host:x", "host:65536", "::1:80", "host:-1"])
    func refusesAddresses(text: String) { #expect(ServeOptions.Address(text) == nil) }

    @Test func noNoiseStopsTheAddressOrTheFile() throws {
        let random = SeededRandom(seed: 8000)
        let alphabet = Array(#"[]:.019ab{}",gatewy "#.utf8)
        let folder = try TemporaryFolder()
        let file = folder.path(of: "homeroom.json")
        var refused = 0
        for _ in 0..<300 {
            let bytes = random.bytes(Int(random.next() % 16)).map { alphabet[Int($0) % alphabet.count] }
            if let address = ServeOptions.Address(String(decoding: bytes, as: UTF8.self)) {
                #expect(ServeOptions.Address(address.description) == address)
            }
            try Data(bytes).write(to: URL(filePath: file))
            do { _ = try options(["--config", file]) } catch {
                refused += 1
                #expect(error is CommandFailure)
            }
        }
        #expect(refused > 200)
    }

    @Test func aFlagIsStrongerThanTheEnvironmentAndThatThanTheFile() throws {
        let folder = try TemporaryFolder()
        let file = folder.path(of: "homeroom.json")
        let text = #"{"gateway": "127.0.0.1:1", "control": "127.0.0.1:2", "issuer": "https://file.example"}"#
        try Data(text.utf8).write(to: URL(filePath: file))
        let found = try options(
            ["--config", file, "--gateway", "127.0.0.1:3"],
            ["HOMEROOM_GATEWAY": "127.0.0.1:4", "HOMEROOM_CONTROL": "127.0.0.1:5"])
        #expect((found.gateway.port, found.control.port) == (3, 5))
        #expect(found.issuer == "https://file.example")
    }

    @Test func pathsInTheFileAreTakenFromItsFolder() throws {
        let folder = try TemporaryFolder()
        let file = folder.path(of: "homeroom.json")
        try Data(#"{"data": "here", "threads": 3}"#.utf8).write(to: URL(filePath: file))
        let found = try options(["--config", file])
        #expect((found.data, found.threads) == (folder.path(of: "here"), 3))
        #expect(try options(["--config", file, "--data", "there"]).data == "there")
    }

    @Test func shippedFilesAreFoundFromTheExecutable() throws {
        let found = try options([], ["HOMEROOM_DATA": "/nowhere"])
        #expect(found.catalog.hasSuffix("/Templates/catalogs/default.json"))
        #expect(found.policies.hasSuffix("/Policies"))
    }

    @Test func otherMachinesNeedAWord() throws {
        #expect(throws: CommandFailure.self) { try options(["--control", "0.0.0.0:1"]) }
        #expect(try options(["--control", "0.0.0.0:1", "--allow-remote"]).allowsRemote)
        #expect(try options(["--control", "0.0.0.0:1"], ["HOMEROOM_ALLOW_REMOTE": "1"]).allowsRemote)
    }

    @Test func aFolderIsLockedAsLongAsItIsInUse() throws {
        let folder = try TemporaryFolder()
        var first: DataFolder? = try DataFolder(path: folder.path(of: "data"))
        #expect(first != nil)
        #expect(throws: CommandFailure.self) { try DataFolder(path: folder.path(of: "data")) }
        first = nil
        _ = try DataFolder(path: folder.path(of: "data"))
    }

    @Test func aMasterKeyComesFromOnePlace() throws {
        let key = String(repeating: "a1", count: 32)
        #expect(try options([]).masterKey == .folder)
        #expect(try options(["--master-key-file", "/k"]).masterKey == .file("/k"))
        #expect(try options([], ["HOMEROOM_MASTER_KEY_FILE": "/k"]).masterKey == .file("/k"))
        #expect(try options([], ["HOMEROOM_MASTER_KEY": key]).masterKey == .environment(key))
        #expect(throws: CommandFailure.self) {
            try options(["--master-key-file", "/k"], ["HOMEROOM_MASTER_KEY": key])
        }
        #expect(try options([]).signingKeyDays == 90)
        #expect(try options(["--signing-key-days", "7"]).signingKeyDays == 7)
        #expect(throws: CommandFailure.self) { try options(["--signing-key-days", "0"]) }
    }

    @Test func theFoldersOwnMasterKeyIsMadeOnce() throws {
        let (folder, registry) = (try TemporaryFolder(), try RegistryFolder())
        let keys = MasterKeys(source: .folder, folder: folder.path)
        func open() throws -> SecretVault {
            try keys.openVault(of: try registry.open(), clock: registry.clock, random: SeededRandom(seed: 1))
        }
        _ = try open()
        let path = try #require(keys.path)
        let made = try #require(FileManager.default.contents(atPath: path))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        _ = try open()
        #expect(FileManager.default.contents(atPath: path) == made)
        // Without it nothing opens, and none is made in its place.
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: CommandFailure.self) { try open() }
        #expect(!FileManager.default.fileExists(atPath: path))
        try Data("abc".utf8).write(to: URL(filePath: path))
        #expect(throws: CommandFailure.self) { try open() }
    }

    @Test func aNewKeyThatIsInForceTakesItsPlaceAtTheNextStart() throws {
        let (folder, registry) = (try TemporaryFolder(), try RegistryFolder())
        let keys = MasterKeys(source: .folder, folder: folder.path)
        let vault = try keys.openVault(
            of: try registry.open(), clock: registry.clock, random: SeededRandom(seed: 1))
        let next = try keys.next(random: SeededRandom(seed: 2))
        // Only prepared: the old one stays.
        try keys.settle(vault)
        #expect(try keys.atHand().count == 2)
        try vault.rewrap(under: next, opening: try keys.atHand(), actor: .system)
        // Killed before the file was put in place.
        _ = try keys.openVault(
            of: try registry.open(), clock: registry.clock, random: SeededRandom(seed: 1))
        #expect(try keys.atHand().map(\.id) == [next.id])
    }

    @Test func aDamagedSecretIsNamed() throws {
        let folder = try TemporaryFolder()
        let data = try DataFolder(path: folder.path(of: "data"))
        #expect(try data.formerMasterSecret() == nil)
        #expect(try data.formerSigningKeys().isEmpty)
        try Data("abc".utf8).write(to: URL(filePath: data.masterSecretPath))
        #expect(throws: CommandFailure.self) { try data.formerMasterSecret() }
        try Data("{}".utf8).write(to: URL(filePath: data.signingKeysPath))
        #expect(throws: CommandFailure.self) { try data.formerSigningKeys() }
    }

    @Test(arguments: ["--gateway", "--control"])
    func otherMachinesAreServedWithACertificateOrAWord(option: String) throws {
        let remote = [option, "0.0.0.0:80"]
        #expect(throws: CommandFailure.self) { try options(remote) }
        #expect(try options(remote + ["--allow-remote"]).allowsRemote)
        let certificate = ["--tls-certificate", "a.pem", "--tls-key", "a.key"]
        #expect(try options(remote + certificate).tls == TLSOptions { $0 == "tls-key" ? "a.key" : "a.pem" })
        #expect(throws: CommandFailure.self) {
            try options(certificate + ["--gateway", "0.0.0.0:80", "--dev"])
        }
    }

    @Test func trustedProxiesAreAddressesOrNetworks() throws {
        func proxies(_ words: [String], _ environment: [String: String] = [:]) throws -> [String] {
            try options(words, environment).trustedProxies.networks.map(\.description)
        }
        #expect(try proxies([]).isEmpty)
        #expect(
            try proxies(["--trusted-proxy", "10.1.2.3/8", "--trusted-proxy", "::1,192.0.2.1"]) == [
                "10.0.0.0/8", "::1/128", "192.0.2.1/32",
            ])
        #expect(try proxies([], ["HOMEROOM_TRUSTED_PROXY": "192.0.2.1"]) == ["192.0.2.1/32"])
        let many = (0...64).map { "10.0.0.\($0)" }.joined(separator: ",")
        for wrong in ["proxy.example", "10.0.0.0/33", "0.0.0.0/0", "::/0", "192.0.2.1:80", many] {
            #expect(throws: CommandFailure.self) { try options(["--trusted-proxy", wrong]) }
        }
    }

    @Test func addressesAreHandedOutByTheNameThatOthersKnow() throws {
        let plain = try options([])
        #expect(plain.publicURL(of: plain.gateway, port: 1) == "http://127.0.0.1:1")
        let named = try options([
            "--tls-certificate", "a", "--tls-key", "b", "--public-host", "homeroom.example",
        ])
        #expect(named.publicURL(of: named.gateway, port: 2) == "https://homeroom.example:2")
        #expect(named.url(of: named.gateway, port: 2) == "https://127.0.0.1:2")
        for wrong in ["", "a:1", "https://a", "a/b", "a b"] {
            #expect(throws: CommandFailure.self) { try options(["--public-host", wrong]) }
        }
    }

    @Test func aURLThatNobodyReachesIsSeen() throws {
        let remote = ["--control", "0.0.0.0:80", "--allow-remote"]
        let certificate = ["--tls-certificate", "a", "--tls-key", "b"]
        #expect(try options(remote).namesNoPublicURL)
        #expect(try options(remote + ["--public-host", "homeroom.example"]).namesNoPublicURL)
        #expect(try options(remote + certificate).namesNoPublicURL)
        #expect(try !options(remote + certificate + ["--public-host", "homeroom.example"]).namesNoPublicURL)
        #expect(try !options(remote + ["--issuer", "https://homeroom.example"]).namesNoPublicURL)
        #expect(try !options([]).namesNoPublicURL)
    }

    @Test(arguments: [
        ("http://127.0.0.1:1\n", RunningServer(url: "http://127.0.0.1:1", pins: nil)),
        ("https://127.0.0.1:1\nabc=;def=\n", RunningServer(url: "https://127.0.0.1:1", pins: "abc=;def=")),
    ])
    func theCommandsOnThisMachineReadWhatTheServerHasWritten(text: String, server: RunningServer) {
        #expect(RunningServer(text: text) == server)
        #expect(server.text == text)
    }

    @Test func anEmptyAddressIsNone() { #expect(RunningServer(text: "\n") == nil) }
}
