import Base
import HTTPServer
import Synchronization
import Testing

/// Answers that go on until somebody ends them.
@Suite(.serialized)
struct HTTPStreamTests {
    /// Keeps the streams that were begun.
    private final class Begun: Sendable {
        private let streams = Mutex<[HTTPStream]>([])

        var all: [HTTPStream] { streams.withLock { $0 } }

        func handler() -> ClosureHandler {
            ClosureHandler { [self] exchange in
                guard exchange.target.count > 1 else { return exchange.respond(status: 200, body: [0x6F]) }
                let stream = exchange.respondStreaming(status: 200) { $0.add("Content-Type", "text/plain") }
                streams.withLock { $0.append(stream) }
            }
        }
    }

    private func begin(_ client: RawConnection, _ begun: Begun) throws -> HTTPStream {
        let before = begun.all.count
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        let deadline = ContinuousClock.now + .seconds(10)
        while begun.all.count == before, ContinuousClock.now < deadline {}
        return try #require(begun.all.last)
    }

    @Test func sendsWhatIsWrittenUntilItIsEndedAndServesTheNextRequest() throws {
        let begun = Begun()
        let server = try makeServer(begun.handler())
        let client = try RawConnection(port: server.port)
        let stream = try begin(client, begun)
        for word in ["one ", "two ", "three"] { #expect(stream.write(Array(word.utf8))) }
        stream.end()
        #expect(!stream.write([0x61]))
        let response = try client.read()
        #expect(response.body.contains("one ") && response.body.contains("three"))
        #expect(response.header("content-type") == "text/plain")
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.read().body == "o")
    }

    @Test func aStreamKeepsNoThreadFromOthers() throws {
        let begun = Begun()
        let server = try makeServer(begun.handler())
        let clients = try (0..<20).map { _ in try RawConnection(port: server.port) }
        let streams = try clients.map { try begin($0, begun) }
        let other = try RawConnection(port: server.port)
        other.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try other.read().body == "o")
        for stream in streams { stream.end() }
        for client in clients { #expect(try client.read().status == 200) }
    }

    @Test func whoReadsNothingIsGivenUp() throws {
        let begun = Begun()
        let server = try makeServer(begun.handler())
        let client = try RawConnection(port: server.port)
        let stream = try begin(client, begun)
        let piece = [UInt8](repeating: 0x61, count: 64 * 1024)
        var count = 0
        while stream.write(piece), count < 100_000 { count += 1 }
        #expect(count < 100_000 && stream.isOver)
        _ = (client, server)
    }

    /// The library ends the process where it stops with a suspended connection.
    @Test func aServerThatStopsEndsItsStreams() throws {
        let begun = Begun()
        let server = try makeServer(begun.handler())
        let client = try RawConnection(port: server.port)
        let stream = try begin(client, begun)
        stream.write(Array("last".utf8))
        server.stop(graceSeconds: 5)
        #expect(stream.isOver)
        #expect(try client.read().body.contains("last"))
    }
}
