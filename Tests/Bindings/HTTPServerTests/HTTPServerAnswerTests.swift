import Base
import HTTPServer
import Testing

/// Answers that are put together in the connection's own buffer.
@Suite(.serialized)
struct HTTPServerAnswerTests {
    @Test func sendsWhatIsInTheBufferAndEmptiesItForTheNextRequest() throws {
        let server = try makeServer(
            ClosureHandler { exchange in
                exchange.answer.append("you asked for ")
                exchange.target.withUnsafeBytes { exchange.answer.append($0) }
                exchange.respondWithAnswer(status: 200) { $0.add("X-Kind", "short") }
            })
        let client = try RawConnection(port: server.port)
        let requests = (0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }
        client.send(requests.joined())
        for number in 0..<20 {
            let response = try client.read()
            #expect(response.body == "you asked for /\(number)")
            #expect(response.header("x-kind") == "short")
        }
    }

    @Test func sendsLargeAndEmptyAnswers() throws {
        let server = try makeServer(
            ClosureHandler { exchange in
                if exchange.target.count > 2 {
                    [UInt8](repeating: UInt8(ascii: "a"), count: 3_000_000).withUnsafeBytes {
                        exchange.answer.append($0)
                    }
                }
                exchange.respondWithAnswer(status: 200) { _ in }
            })
        let client = try RawConnection(port: server.port)
        client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.read().body.utf8.count == 3_000_000)
        #expect(try client.read().body.isEmpty)
    }

    @Test(arguments: ["X-AMZ-TARGET", "x-amz-target", "X-Amz-Target", "X-aMZ-tARGET"])
    func knowsFieldsByTheirNamesInLowerCase(_ name: String) throws {
        let server = try makeServer(
            ClosureHandler { exchange in
                exchange.respond(
                    status: 200, body: Array((exchange.fields.text(of: "x-amz-target") ?? "").utf8))
            })
        let client = try RawConnection(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\(name): Kept[As]It@Is\r\n\r\n")
        #expect(try client.read().body == "Kept[As]It@Is")
    }
}
