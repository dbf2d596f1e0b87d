import HTTPServer
import Testing

@Suite(.serialized)
struct HTTPServerTests {
    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func knowsMethods(method: String) throws {
        let server = try makeServer(
            ClosureHandler { $0.respond(status: 200, body: Array($0.method.rawValue.utf8)) })
        let client = try RawConnection(port: server.port)
        client.send("\(method) / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.read().body == method)
    }

    @Test(arguments: ["PROPFIND", "get", "GETS"])
    func takesAnyOtherMethodForOther(method: String) throws {
        let server = try makeServer(
            ClosureHandler { $0.respond(status: $0.method == .other ? 200 : 500, body: []) })
        let client = try RawConnection(port: server.port)
        client.send("\(method) / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.read().status == 200)
    }

    @Test(arguments: ["/", "/a%2Fb/%zz+?q=%20&q=2&&=;", "/v1/tenants?name=Springfield%20USD#", "*"])
    func handsTheTargetOnAsSent(target: String) throws {
        let server = try makeServer(ClosureHandler { $0.echo() })
        let client = try RawConnection(port: server.port)
        client.send("OPTIONS \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.read().body == "options \(target)\n")
    }

    @Test func keepsFieldsInOrderWithDuplicatesAndLowerCaseNames() throws {
        let server = try makeServer(
            ClosureHandler { exchange in
                let fields = exchange.fields
                let lines = (0..<fields.count).map { index in
                    String(decoding: fields.bytes[fields.name(at: index)], as: UTF8.self) + "="
                        + String(decoding: fields.bytes[fields.value(at: index)], as: UTF8.self)
                }
                exchange.respond(status: 200, body: Array(lines.joined(separator: "\n").utf8))
            })
        let client = try RawConnection(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Tag: One\r\nEmpty:\r\nx-tag:  Two words \r\n\r\n")
        #expect(try client.read().body == "host=x\nx-tag=One\nempty=\nx-tag=Two words")
    }

    @Test func findsFieldsByNameInLowerCase() throws {
        let server = try makeServer(
            ClosureHandler { exchange in
                let fields = exchange.fields
                let isRight =
                    fields.text(of: "x-tag") == "One" && fields.value(of: "x-ta") == nil
                    && fields.text(of: "empty") == "" && fields.firstIndex(of: "x-tag", from: 2) == 3
                    && fields.isNamed("host", at: 0) && !fields.isNamed("hos", at: 0)
                exchange.respond(status: isRight ? 200 : 500, body: [])
            })
        let client = try RawConnection(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Tag: One\r\nEmpty:\r\nx-tag: Two\r\n\r\n")
        #expect(try client.read().status == 200)
    }

    @Test func readsBodiesOfGivenLengthAndChunked() throws {
        let server = try makeServer(ClosureHandler { $0.echo() })
        let client = try RawConnection(port: server.port)
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        #expect(try client.read().body == "post /a\nhello")
        client.send(
            "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
        )
        #expect(try client.read().body == "post /b\nhello")
        for byte in Array("POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc".utf8) {
            client.send([byte])
        }
        #expect(try client.read().body == "post /c\nabc")
        client.send("POST /d HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.read().body == "post /d\n")
    }

    @Test func answersPipelinedRequestsInOrder() throws {
        let server = try makeServer(ClosureHandler { $0.echo() })
        let client = try RawConnection(port: server.port)
        let all = (0..<100).map {
            "POST /\($0) HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\($0 % 90 + 10)"
        }
        client.send(all.joined())
        for index in 0..<100 { #expect(try client.read().body == "post /\(index)\n\(index % 90 + 10)") }
    }

    @Test func answersHEADWithTheLengthAndNoBody() throws {
        let server = try makeServer(ClosureHandler { $0.respond(status: 200, body: [1, 2, 3]) })
        let client = try RawConnection(port: server.port)
        client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let head = try client.read(isHead: true)
        #expect(head.status == 200)
        #expect(head.header("content-length") == "3")
        #expect(try client.read().body == "\u{1}\u{2}\u{3}")
    }

    @Test func sendsHeadersAsGiven() throws {
        let server = try makeServer(
            ClosureHandler { exchange in
                exchange.respond(status: 404, body: [UInt8]("no".utf8).span) { headers in
                    headers.add("Content-Type", "application/json")
                    headers.add("X-Request-ID", String(repeating: "r", count: 40))
                }
            })
        let client = try RawConnection(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let response = try client.read()
        #expect(response.status == 404)
        #expect(response.body == "no")
        #expect(response.header("content-type") == "application/json")
        #expect(response.header("x-request-id") == String(repeating: "r", count: 40))
        #expect(response.header("content-length") == "2")
        #expect(response.header("connection") == nil)
    }

    @Test(arguments: ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b"])
    func turnsAResponseWithAnImpossibleHeaderIntoAnEmpty500(value: String) throws {
        let server = try makeServer(
            ClosureHandler { exchange in
                exchange.respond(status: 200, body: [1]) { headers in
                    if exchange.target == Array("/written".utf8) {
                        headers.add("X-Name", capacity: 64) { $0.update(fromContentsOf: value.utf8) }
                    } else {
                        headers.add("X-Name", value)
                    }
                }
            })
        let client = try RawConnection(port: server.port)
        for target in ["/", "/written"] {
            client.send("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
            let response = try client.read()
            #expect(response.status == 500)
            #expect(response.body == "")
            #expect(response.header("x-name") == nil)
        }
    }

    @Test(arguments: ["a", "0123456789"])
    func sendsAHeaderThatIsWrittenInPlace(value: String) throws {
        let server = try makeServer(
            ClosureHandler { exchange in
                exchange.respond(status: 200, body: []) { headers in
                    headers.add("X-Name", capacity: 10) { $0.update(fromContentsOf: value.utf8) }
                }
            })
        let client = try RawConnection(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.read().header("x-name") == value)
    }

    @Test func keepsUserStateForTheConnection() throws {
        final class Counter { var count = 0 }
        let server = try makeServer(
            ClosureHandler { exchange in
                let counter = exchange.userState as? Counter ?? Counter()
                counter.count += 1
                exchange.userState = counter
                exchange.respond(status: 200, body: Array("\(counter.count) \(exchange.remoteAddress)".utf8))
            })
        let first = try RawConnection(port: server.port)
        let second = try RawConnection(port: server.port)
        for index in 1...3 {
            first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try first.read().body == "\(index) 127.0.0.1")
        }
        second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try second.read().body == "1 127.0.0.1")
    }

    @Test func servesWithSeveralThreads() throws {
        let server = try makeServer(ClosureHandler { $0.echo() }) { $0.threads = 3 }
        let clients = try (0..<12).map { _ in try RawConnection(port: server.port) }
        for round in 0..<5 {
            for client in clients { client.send("GET /\(round) HTTP/1.1\r\nHost: x\r\n\r\n") }
            for client in clients { #expect(try client.read().body == "get /\(round)\n") }
        }
        server.stop(graceSeconds: 5)
        #expect(throws: RawConnection.Failure.self) { try RawConnection(port: server.port) }
    }
}
