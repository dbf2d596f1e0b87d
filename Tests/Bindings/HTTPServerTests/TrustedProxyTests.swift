import Base
import HTTPServer
import Testing

@Suite(.serialized)
struct TrustedProxyTests {
    /// What the server takes for the client's address, and whether it is local: `192.0.2.1 no`.
    private func client(_ fields: String, trusting proxies: [String]) throws -> String {
        let server = try makeServer(
            ClosureHandler { exchange in
                let text = exchange.remoteAddress + (exchange.isLocal ? " local" : "")
                exchange.respond(status: 200, body: Array(text.utf8))
            }
        ) { $0.trustedProxies = TrustedProxies(proxies.compactMap { IPNetwork($0) }) }
        let connection = try RawConnection(port: server.port)
        connection.send("GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
        return try connection.read().body
    }

    @Test(arguments: [
        ("", "127.0.0.1"), ("X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"),
        // What the client has written itself stands further left.
        ("X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\n", "192.0.2.1"),
        ("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"),
        ("X-Forwarded-For: 192.0.2.1 , 10.0.0.7,10.9.9.9\r\n", "192.0.2.1"),
        ("X-Forwarded-For: nonsense, 192.0.2.1\r\n", "192.0.2.1"),
        ("X-Forwarded-For: 2001:DB8::1\r\n", "2001:db8::1"),
        ("X-Forwarded-For: 192.0.2.1:443\r\n", "192.0.2.1"),
        ("X-Forwarded-For: [2001:db8::1]:443\r\n", "2001:db8::1"),
        ("X-Forwarded-For: [2001:db8::1]\r\n", "2001:db8::1"),
        ("X-Forwarded-For: ::ffff:192.0.2.1\r\n", "192.0.2.1"),
        // Nobody is named, or nobody who could be.
        ("X-Forwarded-For: 192.0.2.1, nonsense\r\n", "127.0.0.1"),
        ("X-Forwarded-For: unknown\r\n", "127.0.0.1"),
        ("X-Forwarded-For: 192.0.2.1,\r\n", "127.0.0.1"), ("X-Forwarded-For:\r\n", "127.0.0.1"),
        ("X-Forwarded-For: 10.0.0.7, 127.0.0.1\r\n", "127.0.0.1"),
        ("X-Forwarded-For: 192.0.2.1:x\r\n", "127.0.0.1"),
        ("X-Forwarded-For: 2001:db8::1]:443\r\n", "127.0.0.1"),
        ("X-Forwarded-For: localhost\r\n", "127.0.0.1"),
    ])
    func takesAProxyAtItsWord(fields: String, address: String) throws {
        #expect(try client(fields, trusting: ["127.0.0.0/8", "10.0.0.0/8"]) == address)
    }

    @Test(arguments: [[], ["10.0.0.0/8"], ["127.0.0.2"], ["::1"]])
    func takesNobodyElseAtTheirWord(proxies: [String]) throws {
        #expect(try client("X-Forwarded-For: 192.0.2.1\r\n", trusting: proxies) == "127.0.0.1")
        #expect(try client("", trusting: proxies) == "127.0.0.1 local")
    }

    /// A proxy on this machine that nobody has named makes all the world local; most say that they are one.
    @Test(arguments: [
        "X-Forwarded-For: 127.0.0.1", "Forwarded: for=192.0.2.1", "X-Real-IP: 192.0.2.1", "Via: 1.1 proxy",
    ])
    func whatHasBeenHandedOnIsNotLocal(field: String) throws {
        #expect(try client(field + "\r\n", trusting: []) == "127.0.0.1")
    }

    @Test func eachRequestOfAConnectionHasItsOwnClient() throws {
        let server = try makeServer(
            ClosureHandler { $0.respond(status: 200, body: Array($0.remoteAddress.utf8)) }
        ) { $0.trustedProxies = TrustedProxies([IPNetwork("127.0.0.1")].compactMap { $0 }) }
        let connection = try RawConnection(port: server.port)
        for (field, address) in [("X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"), ("", "127.0.0.1")] {
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\(field)\r\n")
            #expect(try connection.read().body == address)
        }
    }
}
