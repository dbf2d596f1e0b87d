import Base
import HTTPClient

/// A web address that gets each head as the JSON body of a POST; any status of 200 to 299 says that it has it.
public struct HTTPSink: HeadSink {
    private let url: String
    private let client = HTTPClient()

    /// An address: `https`, or `http` on this machine.
    public init(url: String) { self.url = url }

    /// The address without its query, its fragment, and the user and password before its host: each may be a secret.
    public var name: String {
        let plain = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = plain.firstRange(of: "://") else { return "" }
        let authority = plain[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return String(plain) }
        return String(plain[..<scheme.upperBound] + plain[plain.index(after: at)...])
    }

    /// Sends the request.
    public func take(_ head: SealedHead) throws(HeadSinkError) {
        var request = HTTPClientRequest(
            method: "POST", url: url, headers: [HTTPClientHeader("Content-Type", "application/json")],
            body: head.line)
        request.connectTimeoutSeconds = Limits.auditSinkTimeoutSeconds
        request.timeoutSeconds = Limits.auditSinkTimeoutSeconds
        request.responseBytesMax = Limits.auditSinkAnswerBytesMax
        let response: HTTPClientResponse
        do throws(HTTPClientError) { response = try client.send(request) } catch {
            // The error may name the whole address.
            throw HeadSinkError("`\(name)` did not answer")
        }
        guard (200...299).contains(response.status) else {
            throw HeadSinkError("`\(name)` answered with status \(response.status)")
        }
    }
}
