import Base
import FoundationEssentials
import HTTPServer
import JSONText
import Synchronization
import Tenancy

/// Reads what a server starts with; what is wrong is told with file, line and remedy.
enum Loading {
    /// The catalog in a file.
    static func catalog(_ path: String) throws(CommandFailure) -> Catalog {
        let bytes = try file(path)
        do throws(CatalogError) { return try Catalog(parsing: bytes, file: path) } catch {
            throw .failed("the catalog cannot be used:\n\(error)")
        }
    }

    /// A server that listens at an address.
    static func server(
        _ address: ServeOptions.Address, _ option: String, threads: Int, handler: any HTTPHandler,
        _ configure: (inout HTTPServer.Configuration) -> Void
    ) throws(CommandFailure) -> HTTPServer {
        var configuration = HTTPServer.Configuration()
        configuration.host = address.host
        configuration.port = address.port
        configuration.threads = threads
        configure(&configuration)
        do throws(HTTPServerError) { return try HTTPServer(configuration, handler: handler) } catch {
            throw .failed("--\(option): \(error)")
        }
    }

    /// The bytes of a file.
    static func file(_ path: String) throws(CommandFailure) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .failed("cannot read `\(path)`")
        }
        guard data.count <= Limits.fileBytesMax else {
            throw .failed("`\(path)` has \(data.count) bytes; at most \(Limits.fileBytesMax) are read")
        }
        return [UInt8](data)
    }
}

/// A handler that hands on to another one, which comes later; until then requests are answered 503.
final class LateHandler: HTTPHandler {
    private let handler = Mutex<(any HTTPHandler)?>(nil)

    /// From now on `handler` answers.
    func fill(_ handler: any HTTPHandler) { self.handler.withLock { $0 = handler } }

    /// Hands the request on.
    func handle(_ exchange: HTTPExchange) {
        guard let handler = handler.withLock({ $0 }) else {
            exchange.respond(status: 503, body: []) { $0.add("Retry-After", "1") }
            return
        }
        handler.handle(exchange)
    }

    /// Hands the refusal on.
    func refuse(_ exchange: HTTPExchange, _ refusal: HTTPRefusal) {
        guard let handler = handler.withLock({ $0 }) else {
            exchange.respond(status: refusal.status, body: [])
            return
        }
        handler.refuse(exchange, refusal)
    }
}
