import CCurl
import Synchronization

/// Sends HTTP requests (libcurl) and waits for the answers.
///
/// Blocks the calling thread, so it is not for the cooperative pool. Safe to use from several threads at once; connections
/// are kept and used again. Redirects are not followed.
public final class HTTPClient: Sendable {
    /// How many idle connections' handles are kept.
    private static let idleHandlesMax = 8
    private static let isLibraryReady = homeroom_curl_global_init() == CURLE_OK
    private let idle = Mutex<[CurlHandle]>([])
    private let trust: ServerTrust
    private let reach: NetworkReach
    private let variable: @Sendable (String) -> String?

    /// A client without connections.
    /// - Parameters:
    ///   - trust: by what it knows servers with TLS; nothing is sent to others.
    ///   - reach: where its requests may go. Connections that are kept were made under the same rule.
    public convenience init(trust: ServerTrust = .system, reach: NetworkReach = .anywhere) {
        self.init(trust: trust, reach: reach, variable: EnvironmentProxy.variable)
    }

    init(trust: ServerTrust, reach: NetworkReach, variable: @escaping @Sendable (String) -> String?) {
        self.trust = trust
        self.reach = reach
        self.variable = variable
    }

    deinit {
        idle.withLock { handles in
            for handle in handles { handle.close() }
        }
    }

    /// Sends `request` and returns the answer, whatever its status.
    /// - Throws: `HTTPClientError`, each case for the reason its docstring names.
    public func send(_ request: HTTPClientRequest) throws(HTTPClientError) -> HTTPClientResponse {
        guard HTTPClient.isLibraryReady, let handle = takeHandle() else {
            throw .failed(url: URLText.shortened(request.url), reason: "libcurl did not start")
        }
        defer { giveBack(handle) }
        var transfer = CurlTransfer(request, handle, trust)
        if case .publicAddresses = reach {
            if let proxy = EnvironmentProxy.address(for: request.url, variable) {
                transfer.route = .proxy(proxy)
            } else {
                transfer.route = .publicAddresses
            }
        }
        return try transfer.run()
    }

    private func takeHandle() -> CurlHandle? { idle.withLock { $0.popLast() } ?? CurlHandle() }

    private func giveBack(_ handle: CurlHandle) {
        handle.reset()
        let isKept = idle.withLock { handles in
            guard handles.count < HTTPClient.idleHandlesMax else { return false }
            handles.append(handle)
            return true
        }
        if !isKept { handle.close() }
    }
}

/// A libcurl handle, with the connections it keeps.
///
/// Sendable, unchecked: a handle may move between threads as long as one at a time uses it (libcurl-thread(3)); it is either
/// in the client's idle list or with the one call that took it.
struct CurlHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
    }

    /// Forgets all options and keeps the connections.
    func reset() { curl_easy_reset(pointer) }

    func close() { curl_easy_cleanup(pointer) }
}
