import HTTPServer
import Synchronization
import Testing

@Suite(.serialized)
struct HTTPServerLaterTests {
    @Test func waitsForAnAnswerFromAnotherThread() throws {
        let handler = HoldingHandler()
        let server = try makeServer(handler)
        let client = try RawConnection(port: server.port)
        client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
        for index in 1...2 {
            handler.next().echo()
            #expect(try client.read().body == "get /\(index)\n")
        }
    }

    @Test func servesOthersMeanwhile() throws {
        let handler = HoldingHandler()
        let server = try makeServer(handler)
        let slow = try RawConnection(port: server.port)
        let quick = try RawConnection(port: server.port)
        slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        let held = handler.next()
        quick.send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
        handler.next().echo()
        #expect(try quick.read().body == "get /quick\n")
        held.echo()
        #expect(try slow.read().body == "get /slow\n")
    }

    @Test func anAnswerToAClientThatHasGoneHarmsNobody() throws {
        let handler = HoldingHandler()
        let server = try makeServer(handler)
        for _ in 0..<50 {
            do {
                let client = try RawConnection(port: server.port)
                client.send("GET /gone HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = consume client
            }
            handler.next().echo()
        }
        let client = try RawConnection(port: server.port)
        client.send("GET /here HTTP/1.1\r\nHost: x\r\n\r\n")
        handler.next().echo()
        #expect(try client.read().body == "get /here\n")
    }

    /// The answer comes before, while and after the connection is suspended, as the threads happen to run.
    @Test func answersThatRaceWithTheSuspensionAllArrive() async throws {
        let queue = Mutex<[HTTPExchange]>([])
        let isDone = Atomic<Bool>(false)
        let server = try makeServer(ClosureHandler { exchange in queue.withLock { $0.append(exchange) } }) {
            $0.threads = 2
        }
        async let answering: Void = onThread {
            while !isDone.load(ordering: .acquiring) {
                let batch = queue.withLock { queue in
                    defer { queue.removeAll() }
                    return queue
                }
                for exchange in batch { exchange.echo() }
            }
        }
        let port = server.port
        let result = await onThread { Result { try exchangeManyRequests(port: port) } }
        isDone.store(true, ordering: .releasing)
        await answering
        #expect(try result.get() == 8000)
    }

    /// How many of eight times a thousand requests got their own answer.
    private func exchangeManyRequests(port: UInt16) throws -> Int {
        let clients = try (0..<8).map { _ in try RawConnection(port: port) }
        var right = 0
        for round in 0..<1000 {
            for client in clients { client.send("GET /\(round) HTTP/1.1\r\nHost: x\r\n\r\n") }
            for client in clients where try client.read().body == "get /\(round)\n" { right += 1 }
        }
        return right
    }

    @Test func stopWaitsForWhatIsUnderWay() async throws {
        let handler = HoldingHandler()
        let server = try makeServer(handler)
        let client = try RawConnection(port: server.port)
        client.send("GET /last HTTP/1.1\r\nHost: x\r\n\r\n")
        let held = handler.next()
        async let stopped: Void = onThread { server.stop(graceSeconds: 60) }
        // Nobody is let in any more once the server is stopping; then the answer is given.
        while RawConnection.isAccepted(port: server.port) { await Task.yield() }
        held.echo()
        let response = try client.read()
        #expect(response.body == "get /last\n")
        #expect(response.header("connection")?.lowercased() == "close")
        await stopped
    }

    @Test func stopAnswersForAHandlerThatDoesNot() throws {
        let handler = HoldingHandler()
        let server = try makeServer(handler)
        let client = try RawConnection(port: server.port)
        client.send("GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
        let held = handler.next()
        server.stop(graceSeconds: 0)
        #expect(try client.read().status == 503)
        held.echo()
        server.stop(graceSeconds: 0)
    }

    @Test(arguments: 1...10)
    func stopsUnderLoadWithAnswersComingLateOrNever(round: Int) async throws {
        let held = Mutex<[HTTPExchange]>([])
        let server = try makeServer(ClosureHandler { exchange in held.withLock { $0.append(exchange) } }) {
            $0.threads = 2
        }
        let port = server.port
        let clients = (0..<4).map { index in
            Task {
                await onThread {
                    do {
                        let client = try RawConnection(port: port)
                        while client.send("GET /\(index) HTTP/1.1\r\nHost: x\r\n\r\n") {
                            _ = try client.read()
                        }
                    } catch { return }
                }
            }
        }
        // Some requests are answered, one thread is always a little behind, and the last ones never are.
        var answered = 0
        while answered < round * 20 {
            let batch = held.withLock { held in
                defer { held.removeAll() }
                return held
            }
            for exchange in batch { exchange.echo() }
            answered += batch.count
        }
        await onThread { server.stop(graceSeconds: 0) }
        for exchange in held.withLock({ $0 }) { exchange.echo() }
        for client in clients { await client.value }
        #expect(!RawConnection.isAccepted(port: port))
    }

    @Test func aHandlerMayTakeLongerThanAClientMayBeSilent() throws {
        let handler = HoldingHandler()
        let server = try makeServer(handler) { $0.idleTimeoutSeconds = 1 }
        let client = try RawConnection(port: server.port)
        client.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        let held = handler.next()
        let silent = try RawConnection(port: server.port)
        #expect(silent.isClosed())
        held.echo()
        #expect(try client.read().body == "get /long\n")
    }

    @Test func saysWhyItCannotStart() throws {
        let handler = HoldingHandler()
        let server = try makeServer(handler)
        #expect(
            throws: HTTPServerError.cannotListen(
                host: "127.0.0.1", port: server.port, reason: "Address already in use")
        ) { try makeServer(handler) { $0.port = server.port } }
        #expect(throws: HTTPServerError.badConfiguration("`threads` is 0, expected 1 to 1000000")) {
            try makeServer(handler) { $0.threads = 0 }
        }
        #expect(throws: HTTPServerError.self) { try makeServer(handler) { $0.host = "no such host" } }
    }
}
