import Foundation
import HTTPClient
import TestKit
import Testing

@testable import HTTPServer

extension MadeCertificate {
    fileprivate func read() throws(TLSCertificateError) -> TLSCertificate {
        try TLSCertificate(certificatePEM: certificate, keyPEM: key)
    }
}

@Suite(.serialized)
struct TLSTests {
    private let folder: TemporaryFolder
    private let made: MadeCertificate
    private let identity: TLSIdentity

    init() throws {
        folder = try TemporaryFolder()
        made = try MadeCertificate(in: folder)
        identity = TLSIdentity(try made.read())
    }

    private func server(_ change: (inout HTTPServer.Configuration) -> Void = { _ in }) throws -> HTTPServer {
        try makeServer(ClosureHandler { $0.echo() }) {
            $0.tls = identity
            change(&$0)
        }
    }

    private func client(_ certificate: TLSCertificate) -> HTTPClient {
        HTTPClient(trust: .publicKey(sha256: Data(certificate.publicKeySHA256).base64EncodedString()))
    }

    private func request(_ server: HTTPServer, _ body: [UInt8] = []) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            method: "POST", url: "https://127.0.0.1:\(server.port)/x", body: body)
        request.asksForCertificate = true
        return request
    }

    @Test(arguments: [0, 5, 100_000, 3_000_000])
    func carriesRequestsOfAnySize(count: Int) throws {
        let server = try server()
        let body = [UInt8](repeating: 0x61, count: count)
        let answer = try client(identity.certificate).send(request(server, body))
        #expect(answer.text == "post /x\n" + String(decoding: body, as: UTF8.self))
        #expect(answer.certificateEndsAtSeconds == identity.certificate.endsAtSeconds)
    }

    @Test func showsAnotherCertificateToWhoeverConnectsFromThenOn() throws {
        let server = try server()
        let first = identity.certificate
        let early = client(first)
        #expect(try early.send(request(server)).status == 200)
        let second = try MadeCertificate(in: folder).read()
        identity.certificate = second
        // The connection that was open goes on; a new one sees the other key.
        #expect(try early.send(request(server)).status == 200)
        #expect(throws: HTTPClientError.otherKey(url: "https://127.0.0.1:\(server.port)/x")) {
            try client(first).send(request(server))
        }
        #expect(try client(second).send(request(server)).status == 200)
    }

    @Test func aCertificateGoesWithTheLastConnectionThatItWasShownTo() throws {
        let server = try server()
        weak var former: TLSCertificate?
        var early: HTTPClient?
        do {
            let first = identity.certificate
            former = first
            early = client(first)
        }
        #expect(try early?.send(request(server)).status == 200)
        identity.certificate = try MadeCertificate(in: folder).read()
        #expect(former != nil)
        early = nil
        server.stop(graceSeconds: 1)
        #expect(former == nil)
    }

    @Test(arguments: ["", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}"])
    func closesAConnectionWhoseHandshakeIsNotDone(begun: String) throws {
        let server = try server { $0.handshakeTimeoutSeconds = 1 }
        let slow = try RawConnection(port: server.port)
        slow.send(begun)
        #expect(slow.isClosed())
        #expect(try client(identity.certificate).send(request(server)).status == 200)
    }

    @Test func silentHandshakesKeepNobodyOut() throws {
        let server = try server { $0.connectionsMax = 16 }
        var silent: [RawConnection] = []
        for _ in 0..<40 {
            silent.append(try RawConnection(port: server.port))
            if silent.count.isMultiple(of: 10) {
                #expect(try client(identity.certificate).send(request(server)).status == 200)
            }
        }
    }

    @Test func aConnectionThatHasShakenHandsMayBeSilentLonger() throws {
        let server = try server { $0.handshakeTimeoutSeconds = 1 }
        let http = client(identity.certificate)
        #expect(try http.send(request(server)).certificateEndsAtSeconds != nil)
        Thread.sleep(forTimeInterval: 3)
        // Nil: the connection is the same.
        #expect(try http.send(request(server)).certificateEndsAtSeconds == nil)
    }

    @Test func whatIsNoTLSGetsNoAnswer() throws {
        let server = try server()
        let plain = try RawConnection(port: server.port)
        plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(plain.isClosed())
        let url = "http://127.0.0.1:\(server.port)/"
        #expect(throws: HTTPClientError.noAnswer(url: url)) {
            try HTTPClient().send(HTTPClientRequest(url: url))
        }
    }

    @Test func tellsWhyACertificateIsNotTaken() throws {
        let server = try server()
        let file = folder.path(of: "made.pem")
        let name = "https://localhost:\(server.port)/"
        #expect(throws: HTTPClientError.unknownAuthority(url: name)) {
            try HTTPClient().send(HTTPClientRequest(url: name))
        }
        #expect(throws: HTTPClientError.wrongName(url: name)) {
            try HTTPClient(trust: .authorities(file: file)).send(HTTPClientRequest(url: name))
        }
        let plain = try makeServer(ClosureHandler { $0.echo() })
        let url = "https://127.0.0.1:\(plain.port)/"
        #expect(throws: HTTPClientError.noTLS(url: url)) {
            try HTTPClient().send(HTTPClientRequest(url: url))
        }
    }

    @Test func refusesWhatDoesNotBelongTogether() throws {
        let other = try MadeCertificate(in: folder)
        #expect(throws: TLSCertificateError.mismatch) {
            try TLSCertificate(certificatePEM: made.certificate, keyPEM: other.key)
        }
    }

    @Test func refusesWhatIsCutOff() throws {
        // Where no more is missing than of the last line, nothing is missing.
        let last = "-----END CERTIFICATE-----\n".utf8.count
        let (one, chain) = (made.certificate.count, made.certificate + made.certificate)
        for count in stride(from: 0, to: chain.count - last, by: 3) where !(one - last..<one + last ~= count)
        {
            let part = Array(chain[..<count])
            do {
                _ = try TLSCertificate(certificatePEM: part, keyPEM: made.key)
                Issue.record("\(count) of \(chain.count) bytes are taken")
            } catch { #expect("\(error)".contains("expected PEM")) }
        }
        for count in stride(from: 0, to: made.key.count - last, by: 3) {
            #expect(throws: TLSCertificateError.self) {
                try TLSCertificate(certificatePEM: made.certificate, keyPEM: Array(made.key[..<count]))
            }
        }
    }
}
