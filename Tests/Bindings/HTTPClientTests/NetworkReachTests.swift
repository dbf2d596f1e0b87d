import Glibc
import HTTPServer
import Synchronization
import Testing

@testable import HTTPClient

/// Counts who comes.
private final class Door: HTTPHandler {
    let visits = Mutex(0)

    func handle(_ exchange: HTTPExchange) {
        visits.withLock { $0 += 1 }
        exchange.respond(status: 200, body: [])
    }
}

/// Requests that may go to the internet and not behind the walls of whoever sends them.
struct NetworkReachTests {
    private let door = Door()
    private let server: HTTPServer

    init() throws {
        var configuration = HTTPServer.Configuration()
        configuration.threads = 1
        server = try HTTPServer(configuration, handler: door)
    }

    private func client(_ environment: [String: String] = [:]) -> HTTPClient {
        HTTPClient(trust: .system, reach: .publicAddresses) { environment[$0] }
    }

    @Test(arguments: ["127.0.0.1", "127.0.0.2", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001"])
    func thisMachineIsNotReached(host: String) {
        let url = "http://\(host):\(server.port)/"
        let error = HTTPClientError.failed(
            url: url, reason: "its address is this machine's or a private network's, none of the internet's")
        #expect(throws: error) { try client().send(HTTPClientRequest(url: url)) }
        #expect(door.visits.withLock { $0 } == 0)
        // Without the rule it is there.
        #expect(throws: Never.self) {
            try HTTPClient().send(HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/"))
        }
        #expect(door.visits.withLock { $0 } == 1)
    }

    @Test func aProxyOfTheEnvironmentIsTheOneThatConnects() throws {
        let proxied = client(["http_proxy": "http://127.0.0.1:\(server.port)", "no_proxy": "*"])
        #expect(try proxied.send(HTTPClientRequest(url: "http://10.0.0.1/keys")).status == 200)
    }

    @Test(
        arguments: [
            ("https://a/", ["https_proxy": "s", "http_proxy": "p"], "s"),
            ("https://a/", ["HTTPS_PROXY": "s"], "s"),
            ("HTTPS://a/", ["all_proxy": "a", "https_proxy": ""], "a"),
            ("http://a/", ["ALL_PROXY": "a"], "a"),
            ("http://a/", ["HTTP_PROXY": "p", "https_proxy": "s"], nil), ("https://a/", [:], nil),
        ] as [(String, [String: String], String?)]) func theProxyIsTheEnvironments(
            url: String, environment: [String: String], proxy: String?
        )
    {
        #expect(EnvironmentProxy.address(for: url) { environment[$0] } == proxy)
    }

    @Test(arguments: [
        ("8.8.8.8", true), ("1.0.0.1", true), ("172.15.255.255", true), ("172.32.0.0", true),
        ("192.167.255.255", true), ("100.63.255.255", true), ("100.128.0.0", true), ("223.255.255.255", true),
        ("0.1.2.3", false), ("10.255.255.255", false), ("100.64.0.0", false), ("100.127.255.255", false),
        ("127.255.255.254", false), ("169.254.169.254", false), ("172.16.0.0", false),
        ("172.31.255.255", false), ("192.0.0.8", false), ("192.0.2.1", false), ("192.168.0.1", false),
        ("198.19.255.255", false), ("198.51.100.7", false), ("203.0.113.7", false), ("224.0.0.1", false),
        ("255.255.255.255", false), ("2606:4700:4700::1111", true), ("2a00:1450:4001::1", true),
        ("3ffe::1", true), ("::", false), ("::1", false), ("::ffff:10.0.0.1", false),
        ("::ffff:8.8.8.8", true), ("64:ff9b::a00:1", false), ("64:ff9b::808:808", true),
        ("64:ff9b:1::808:808", false), ("fe80::1", false), ("fd00::1", false), ("ff02::1", false),
        ("2001::1", false), ("2001:200::1", true), ("2001:db8::1", false), ("2002:a00:1::", false),
        ("3fff:fff::1", false), ("4000::1", false),
    ]) func whichAddressesArePublic(text: String, isPublic: Bool) {
        var bytes = [UInt8](repeating: 0, count: text.contains(":") ? 16 : 4)
        #expect(inet_pton(text.contains(":") ? AF_INET6 : AF_INET, text, &bytes) == 1)
        #expect(PublicAddress.isPublic(bytes) == isPublic)
    }

    @Test func whatIsNoAddressIsNotPublic() {
        #expect(!PublicAddress.isPublic([]))
        #expect(!PublicAddress.isPublic([UInt8](repeating: 0x20, count: 15)))
    }
}
