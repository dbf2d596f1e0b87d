import Base
import HTTPServer
import Testing

@Suite(.serialized)
struct HTTPServerLimitTests {
    private func server() throws -> HTTPServer {
        try makeServer(ClosureHandler { $0.echo() }) { configuration in
            configuration.bodyBytesMax = 1000
            configuration.headBytesMax = 2048
        }
    }

    @Test func takesABodyAtTheLimitAndRefusesOneByteMore() throws {
        let server = try server()
        let client = try RawConnection(port: server.port)
        let body = String(repeating: "b", count: 1000)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n\(body)")
        #expect(try client.read().body == "post /\n\(body)")
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n\(body)b")
        let refused = try client.read()
        #expect(refused.status == 413)
        #expect(refused.body == "The body is larger than 1000 bytes: send less at once.\n")
        #expect(refused.header("connection")?.lowercased() == "close")
        #expect(client.isClosed())
    }

    @Test func takesAChunkedBodyAtTheLimitAndRefusesOneByteMore() throws {
        let server = try server()
        let client = try RawConnection(port: server.port)
        let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        let piece = "1f4\r\n" + String(repeating: "b", count: 500) + "\r\n"
        client.send(head + piece + piece + "0\r\n\r\n")
        #expect(try client.read().status == 200)
        client.send(head + piece + piece + "1\r\nb\r\n0\r\n\r\n")
        #expect(try client.read().status == 413)
    }

    @Test func cutsOffAnEndlessBody() throws {
        let server = try server()
        let client = try RawConnection(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let piece = "1f4\r\n" + String(repeating: "b", count: 500) + "\r\n"
        let isCut = (0..<100_000).contains { _ in !client.send(piece) }
        #expect(isCut)
    }

    @Test func refusesATooLargeBodyBeforeItIsSentToWhoeverAsks() throws {
        let server = try server()
        let small = try RawConnection(port: server.port)
        small.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(try small.read().status == 100)
        small.send("ok")
        #expect(try small.read().body == "post /\nok")
        let large = try RawConnection(port: server.port)
        large.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
        #expect(try large.read().status == 413)
        #expect(large.isClosed())
    }

    @Test func takesAHeadBelowTheLimitAndRefusesOneAbove() throws {
        let server = try server()
        let below = try RawConnection(port: server.port)
        below.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "h", count: 1990))\r\n\r\n")
        #expect(try below.read().status == 200)
        let above = try RawConnection(port: server.port)
        above.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "h", count: 2100))\r\n\r\n")
        #expect(try above.read().status == 431)
        let farAbove = try RawConnection(port: server.port)
        farAbove.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "h", count: 5000))\r\n\r\n")
        #expect(try farAbove.read().status == 431)
    }

    @Test(arguments: [
        "Content-Length: 2\r\nContent-Length: 2", "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: +2",
        "Content-Length: 2, 2", "Content-Length: 0x2", "Content-Length: -1",
        "Transfer-Encoding: chunked\r\nContent-Length: 2",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ])
    func refusesAnUnclearLength(fields: String) throws {
        let server = try server()
        let client = try RawConnection(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\nab")
        #expect(try client.read().status == 400)
        #expect(client.isClosed())
    }

    @Test func refusesALengthThatNoNumberHolds() throws {
        let server = try server()
        let client = try RawConnection(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nab")
        #expect(try client.read().status == 413)
        #expect(client.isClosed())
    }

    @Test(arguments: ["Content-Length: 2", "Content-Length:   2", "content-LENGTH: 002"])
    func takesAClearLength(fields: String) throws {
        let server = try server()
        let client = try RawConnection(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\nab")
        #expect(try client.read().body == "post /\nab")
    }

    @Test func closesSilentAndTricklingConnections() throws {
        let server = try makeServer(ClosureHandler { $0.echo() }) { configuration in
            configuration.idleTimeoutSeconds = 1
            configuration.requestTimeoutSeconds = 1
        }
        let silent = try RawConnection(port: server.port)
        let halfway = try RawConnection(port: server.port)
        halfway.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\na")
        #expect(silent.isClosed())
        let isCut = (0..<Int.max).contains { _ in !halfway.send("a") }
        #expect(isCut)
    }

    @Test func letsTheHandlerWordItsRefusals() throws {
        final class Wording: HTTPHandler {
            func handle(_ exchange: HTTPExchange) { exchange.echo() }
            func refuse(_ exchange: HTTPExchange, _ refusal: HTTPRefusal) {
                exchange.respond(status: refusal.status, body: Array("{\"limit\":\"\(refusal)\"}".utf8))
            }
        }
        let server = try makeServer(Wording()) { $0.bodyBytesMax = 3 }
        let client = try RawConnection(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd")
        let response = try client.read()
        #expect(response.status == 413)
        #expect(response.body == "{\"limit\":\"bodyTooLarge(limitBytes: 3)\"}")
    }

    @Test(arguments: [1, 2, 3, 4])
    func survivesRandomBytes(seed: UInt64) throws {
        let server = try server()
        let random = SeededRandom(seed: seed)
        let sound = Array(
            "POST /a?b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                .utf8)
        for _ in 0..<200 {
            var bytes = sound
            for place in random.bytes(4) where place > 64 {
                bytes[Int(place) % bytes.count] = random.bytes(1)[0]
            }
            let client = try RawConnection(port: server.port)
            client.send(bytes)
        }
        let client = try RawConnection(port: server.port)
        client.send(sound)
        #expect(try client.read().body == "post /a?b\nabc")
    }
}
