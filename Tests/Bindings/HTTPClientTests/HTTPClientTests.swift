import HTTPServer
import Testing

@testable import HTTPClient

/// Says what it received, and what the path asks for: `/status/N`, `/large/N`, `/never`.
private final class Mirror: HTTPHandler {
    func handle(_ exchange: HTTPExchange) {
        let parts = String(decoding: exchange.target, as: UTF8.self).split(separator: "/")
        let number = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        switch parts.first {
        case "never": break
        case "large": exchange.respond(status: 200, body: [UInt8](repeating: 1, count: number))
        case "status": exchange.respond(status: number, body: [])
        default:
            let type = exchange.fields.text(of: "content-type") ?? "none"
            let text = "\(exchange.method) \(type) \(exchange.fields.text(of: "x-a") ?? "-") "
            exchange.respond(status: 200, body: Array(text.utf8) + exchange.body) {
                $0.add("X-Reply", " yes ")
            }
        }
    }
}

struct HTTPClientTests {
    private let server: HTTPServer
    private let client = HTTPClient()

    init() throws {
        var configuration = HTTPServer.Configuration()
        configuration.threads = 2
        server = try HTTPServer(configuration, handler: Mirror())
    }

    private func request(_ path: String, _ change: (inout HTTPClientRequest) -> Void = { _ in })
        -> HTTPClientRequest
    {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(path)")
        change(&request)
        return request
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], [0, 5, 2_000_000])
    func sendsMethodFieldsAndBody(method: String, count: Int) throws {
        let body = [UInt8](repeating: 0x61, count: count)
        let response = try client.send(
            request("/") { request in
                request.method = method
                request.headers = [
                    HTTPClientHeader("X-A", "b c"), HTTPClientHeader("Content-Type", "text/x"),
                ]
                request.body = body
            })
        #expect(response.status == 200)
        #expect(response.header("x-reply") == "yes")
        #expect(response.header("content-length") == "\(response.body.count)")
        #expect(response.text == "\(method.lowercased()) text/x b c " + String(repeating: "a", count: count))
    }

    @Test func addsNoContentTypeOfItsOwn() throws {
        let response = try client.send(
            request("/") {
                $0.method = "POST"
                $0.body = [0x62]
            })
        #expect(response.text == "post none - b")
    }

    @Test func headHasNoBody() throws {
        let response = try client.send(request("/large/70") { $0.method = "HEAD" })
        #expect(response.header("content-length") == "70")
        #expect(response.body == [])
    }

    @Test(arguments: [200, 204, 302, 404, 500, 599])
    func everyStatusIsAnAnswer(status: Int) throws {
        #expect(try client.send(request("/status/\(status)")).status == status)
    }

    @Test func takesAnAnswerAtTheLimitAndRefusesOneByteMore() throws {
        #expect(try client.send(request("/large/1000") { $0.responseBytesMax = 1000 }).body.count == 1000)
        let large = request("/large/1001") { $0.responseBytesMax = 1000 }
        #expect(throws: HTTPClientError.responseTooLarge(url: large.url, limitBytes: 1000)) {
            try client.send(large)
        }
    }

    @Test func givesUpInTime() {
        let never = request("/never") { $0.timeoutSeconds = 1 }
        #expect(throws: HTTPClientError.timedOut(url: never.url, seconds: 1)) { try client.send(never) }
    }

    @Test func saysThatNobodyListens() {
        let port = server.port
        server.stop(graceSeconds: 0)
        let error = HTTPClientError.refused(url: "http://127.0.0.1:\(port)/v1")
        #expect(throws: error) {
            try client.send(HTTPClientRequest(url: "http://me:secret@127.0.0.1:\(port)/v1?key=secret"))
        }
        #expect(
            error.description
                == "connection refused: is `homeroom serve` running at `http://127.0.0.1:\(port)/v1`?")
    }

    @Test(arguments: ["", "file:///etc/passwd", "ftp://localhost/", "http://", "http://a b/", "127.0.0.1:80"])
    func refusesOtherThanHTTP(url: String) {
        #expect(throws: HTTPClientError.badURL(url)) { try client.send(HTTPClientRequest(url: url)) }
    }

    @Test(arguments: [("X", "a\r\nY: b"), ("X\nY", "a"), ("", "a"), ("X:", "a"), ("X", "a\0")])
    func refusesFieldsThatWouldBecomeTwo(name: String, value: String) {
        #expect(throws: HTTPClientError.badField(name: name)) {
            try client.send(request("/") { $0.headers = [HTTPClientHeader(name, value)] })
        }
    }

    @Test(arguments: [
        ("http://a/b", "http://a/b"), ("http://u:p@a:1/b?c#d", "http://a:1/b"), ("https://u@a", "https://a"),
        ("http://a/b@c", "http://a/b@c"), ("nonsense", "nonsense"),
    ])
    func shortensURLsToWhatIsNoSecret(url: String, shortened: String) {
        #expect(URLText.shortened(url) == shortened)
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080/x", true), ("http://LOCALHOST/", true), ("http://[::1]:1/", true),
        ("http://localhost.example/", false), ("http://127.0.0.1.example:1/", false),
        ("http://10.0.0.1/", false),
    ])
    func knowsThisMachine(url: String, isLoopback: Bool) {
        #expect(URLText.isLoopback(url) == isLoopback)
    }
}
