import Crypto
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

    @Test(arguments: [
        ("http://localhost:8080", false), ("http://127.0.0.1", false), ("http://[::1]:1", false),
        ("https://homeroom.example", false), ("http://homeroom.example", true),
        ("http://127.0.0.1.homeroom.example", true), ("http://127.0.0.1@homeroom.example", true),
    ])
    func plainTextIsForThisMachineAlone(url: String, isPlainToOthers: Bool) throws {
        #expect(try choice(["--server", url]).isPlainToOthers == isPlainToOthers)
    }
}
