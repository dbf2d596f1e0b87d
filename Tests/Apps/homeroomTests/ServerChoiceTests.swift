import Crypto
import FoundationEssentials
import HTTPClient
import HTTPServer
import TestKit
import Testing

@testable import homeroom

private final class Greeter: HTTPHandler {
    func handle(_ exchange: HTTPExchange) { exchange.respond(status: 200, body: Array("hello".utf8)) }
}

struct ServerChoiceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func certificate() throws -> TLSCertificate {
        let made = try MadeCertificate(in: folder)
        return try TLSCertificate(certificatePEM: made.certificate, keyPEM: made.key)
    }

    private func choice(_ words: [String]) throws -> ServerChoice {
        let parsed = try ArgumentParser(commands: Homeroom.commands).parse(["whoami"] + words)
        guard case .run(let input) = parsed else { throw CommandFailure.usage("help") }
        return try ServerChoice(
            Invocation(
                input: input, environment: ["HOME": folder.path],
                terminal: Terminal(isInteractive: false) { _, _ in }))
    }

    @Test func aCommandLooksAgainWhereItsServerHasAnotherKey() throws {
        let data = try DataFolder(path: folder.path(of: "data"))
        let identity = TLSIdentity(try certificate())
        var configuration = HTTPServer.Configuration()
        configuration.tls = identity
        let server = try HTTPServer(configuration, handler: Greeter())
        let url = "https://127.0.0.1:\(server.port)"
        func tell() throws {
            let pin = Base64.encode(identity.certificate.publicKeySHA256)
            try data.keep(RunningServer(url: url, pins: pin))
        }
        try tell()
        let choice = try choice(["--data", data.path])
        let http = HTTPClient(trust: choice.trust)
        #expect(try choice.send(HTTPClientRequest(url: url), by: http).text == "hello")
        identity.certificate = try certificate()
        let fresh = HTTPClient(trust: choice.trust)
        // Another program at the port, for all that is known.
        #expect(throws: HTTPClientError.otherKey(url: url)) {
            try choice.send(HTTPClientRequest(url: url), by: fresh)
        }
        try tell()
        #expect(try choice.send(HTTPClientRequest(url: url), by: fresh).text == "hello")
    }

    /// Why a client is refused; nil where there is one, which then sends the key.
    private func refusal(_ words: [String], _ environment: [String: String] = [:]) throws -> String? {
        let parsed = try ArgumentParser(commands: Homeroom.commands).parse(["whoami"] + words)
        guard case .run(let input) = parsed else { throw CommandFailure.usage("help") }
        let invocation = Invocation(
            input: input, environment: ["HOME": folder.path].merging(environment) { $1 },
            terminal: Terminal(isInteractive: false) { _, _ in })
        do throws(CommandFailure) {
            _ = try ControlClient(invocation)
            return nil
        } catch { return error.message }
    }

    /// As somebody is in a working directory with a folder, and types another server's URL.
    @Test func theFoldersKeyGoesToNoOtherMachine() throws {
        let data = folder.path(of: "data")
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        try Data("admin-1.secret\n".utf8).write(to: URL(filePath: DataFolder.adminKeyPath(in: data)))
        let here = ["HOMEROOM_DATA": data]
        for url in [
            "https://staging.example", "https://127.0.0.1.staging.example",
            "https://127.0.0.1@staging.example",
        ] {
            let refused = try refusal(["--server", url], here)
            #expect(refused?.contains("no key for \(url)") == true, "\(refused ?? "none")")
            #expect(try refusal(["--server", url, "--data", data]) == nil, "somebody has typed both")
            #expect(try refusal(["--server", url], ["HOMEROOM_KEY": "k", "HOMEROOM_DATA": data]) == nil)
        }
        for url in ["http://127.0.0.1:9", "https://localhost:9", "http://[::1]:9"] {
            #expect(try refusal(["--server", url], here) == nil)
        }
    }

    /// As one that others reach through a proxy.
    @Test func theServerOfTheFolderGetsItsKeyAtWhateverAddress() throws {
        let data = try DataFolder(path: folder.path(of: "data"))
        try Data("admin-1.secret\n".utf8).write(to: URL(filePath: DataFolder.adminKeyPath(in: data.path)))
        try data.keep(RunningServer(url: "http://0.0.0.0:8080", pins: nil))
        #expect(try refusal([], ["HOMEROOM_DATA": data.path]) == nil)
        #expect(try refusal(["--server", "http://0.0.0.0:8081"], ["HOMEROOM_DATA": data.path]) != nil)
    }

    @Test func noKeyGoesToAnotherMachineInTheClear() throws {
        let server = ["--server", "http://staging.example:8080"]
        let key = ["HOMEROOM_KEY": "admin-1.secret"]
        let file = folder.path(of: "key")
        try Data("admin-1.secret\n".utf8).write(to: URL(filePath: file))
        for (words, environment) in [(server, key), (server + ["--key-file", file], [:])] {
            let refused = try refusal(words, environment)
            #expect(refused?.contains("--allow-plain") == true, "\(refused ?? "none")")
            #expect(try refusal(words + ["--allow-plain"], environment) == nil)
            #expect(
                try refusal(words, environment.merging(["HOMEROOM_ALLOW_PLAIN": "1"]) { $1 }) == nil)
        }
        #expect(try refusal(["--server", "http://127.0.0.1:9"], key) == nil)
        #expect(try refusal(["--server", "https://staging.example"], key) == nil)
    }

    @Test(arguments: [
        ("http://localhost:8080", false), ("http://127.0.0.1", false), ("http://[::1]:1", false),
        ("https://homeroom.example", false), ("http://homeroom.example", true),
        ("http://127.0.0.1.homeroom.example", true), ("http://127.0.0.1@homeroom.example", true),
    ])
    func plainTextIsForThisMachineAlone(url: String, isPlainToOthers: Bool) throws {
        #expect(try choice(["--server", url]).isPlainToOthers == isPlainToOthers)
    }
}
