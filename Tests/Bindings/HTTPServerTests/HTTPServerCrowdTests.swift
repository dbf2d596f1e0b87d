import HTTPServer
import Testing

/// What a server does when there is no room: for connections, for large bodies.
@Suite(.serialized)
struct HTTPServerCrowdTests {
    private static let large = String(repeating: "b", count: 50_000)

    @Test func closesTheConnectionsThatAreSilentTheLongest() throws {
        let server = try makeServer(ClosureHandler { $0.echo() }) { $0.connectionsMax = 16 }
        var clients: [RawConnection] = []
        // More than there may be; whoever comes is served, though nobody goes by himself.
        for number in 0..<40 {
            let client = try RawConnection(port: server.port)
            client.send("GET /\(number) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.read().body == "get /\(number)\n")
            clients.append(client)
        }
        #expect(clients[0].isClosed())
        let last = try #require(clients.last)
        last.send("GET /again HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try last.read().body == "get /again\n")
    }

    @Test func closesAConnectionWhoseClientStopsInTheMiddle() throws {
        let server = try makeServer(ClosureHandler { $0.echo() })
        let client = try RawConnection(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        client.finishSending()
        #expect(client.isClosed())
    }

    @Test func refusesALargeBodyWhereThereIsNoRoomAndTakesItWhenThereIs() throws {
        let handler = HoldingHandler()
        let server = try makeServer(handler) { configuration in
            configuration.bodyBytesMax = 60_000
            configuration.heldBytesMax = 60_000
        }
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + Self.large
        let first = try RawConnection(port: server.port)
        first.send(request)
        let held = handler.next()
        let second = try RawConnection(port: server.port)
        second.send(request)
        let refused = try second.read()
        #expect(refused.status == 503)
        #expect(
            refused.body
                == "The server holds as many large bodies as it can: send this one again in a moment.\n")
        #expect(second.isClosed())
        // A small one always finds room.
        let small = try RawConnection(port: server.port)
        small.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
        handler.next().respond(status: 200, body: [])
        #expect(try small.read().status == 200)

        held.respond(status: 200, body: [])
        #expect(try first.read().status == 200)
        first.send(request)
        handler.next().respond(status: 201, body: [])
        #expect(try first.read().status == 201)
    }

    @Test func answersALargeBodyThatFindsNoRoomWithARequestToComeAgain() throws {
        let handler = HoldingHandler()
        let server = try makeServer(handler) { configuration in
            configuration.bodyBytesMax = 60_000
            configuration.heldBytesMax = 60_000
        }
        let first = try RawConnection(port: server.port)
        first.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + Self.large)
        let held = handler.next()
        let reader = try RawConnection(port: server.port)
        reader.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        handler.next().respond(status: 200, body: Array(Self.large.utf8))
        let refused = try reader.read()
        #expect(refused.status == 503)
        #expect(refused.header("retry-after") == "1")
        held.respond(status: 200, body: [])
        #expect(try first.read().status == 200)
        reader.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        handler.next().respond(status: 200, body: Array(Self.large.utf8))
        #expect(try reader.read().body == Self.large)
    }

    @Test func cutsOffWhoHoldsTheRoomForTooLong() throws {
        let server = try makeServer(ClosureHandler { $0.respond(status: 200, body: []) }) { configuration in
            configuration.bodyBytesMax = 60_000
            configuration.heldBytesMax = 60_000
        }
        let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n"
        let slow = try RawConnection(port: server.port)
        slow.send(head + Self.large.dropLast())
        var status = 0
        while status != 200 {
            let client = try RawConnection(port: server.port)
            client.send(head + Self.large)
            status = try client.read().status
            #expect(status == 200 || status == 503)
        }
        #expect(slow.isClosed())
    }

    @Test func refusesAConfigurationWithoutRoomForOneBody() {
        #expect(
            throws: HTTPServerError.badConfiguration(
                "`heldBytesMax` is less than one body may have, `bodyBytesMax`")
        ) {
            _ = try makeServer(ClosureHandler { $0.echo() }) { $0.heldBytesMax = $0.bodyBytesMax - 1 }
        }
    }
}
