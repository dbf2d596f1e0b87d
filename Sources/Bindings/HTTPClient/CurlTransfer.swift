import CCurl
import Glibc

/// One request and its answer on one handle.
struct CurlTransfer {
    /// Which way the request goes.
    enum Route {
        /// As the environment says: by its proxy, where that has one for the URL.
        case environment
        /// By this proxy in any case.
        case proxy(String)
        /// By none, and to public addresses alone.
        case publicAddresses
    }

    var route = Route.environment
    private let request: HTTPClientRequest
    private let handle: UnsafeMutableRawPointer
    private let trust: ServerTrust
    private let answer: CurlAnswer

    init(_ request: HTTPClientRequest, _ handle: CurlHandle, _ trust: ServerTrust) {
        (self.request, self.trust) = (request, trust)
        self.handle = handle.pointer
        answer = CurlAnswer(bytesMax: request.responseBytesMax)
    }

    func run() throws(HTTPClientError) -> HTTPClientResponse {
        guard URLText.isHTTP(request.url), !request.url.utf8.contains(where: { $0 <= 0x20 }) else {
            throw .badURL(URLText.shortened(request.url))
        }
        guard CurlTransfer.isSendable(request.method), !request.method.isEmpty else {
            throw .badField(name: request.method)
        }
        var list = try headerList()
        defer { curl_slist_free_all(list) }
        var code = setOptions(&list)
        if code == CURLE_OK { code = perform() }
        guard code == CURLE_OK else { throw error(code) }
        var status = 0
        guard homeroom_curl_get_status(handle, &status) == CURLE_OK else { throw error(CURLE_RECV_ERROR) }
        var response = HTTPClientResponse(status: status, headers: answer.headers, body: answer.body)
        if request.asksForCertificate {
            let end = homeroom_curl_certificate_end(handle)
            response.certificateEndsAtSeconds = end < 0 ? nil : Int64(end)
        }
        return response
    }

    /// Sends the body from the request's own memory.
    private func perform() -> CURLcode {
        let method = request.method.uppercased()
        if method == "HEAD" {
            let code = homeroom_curl_set_long(handle, CURLOPT_NOBODY, 1)
            return code == CURLE_OK ? curl_easy_perform(handle) : code
        }
        if request.body.isEmpty, method == "GET" { return curl_easy_perform(handle) }
        return request.body.withUnsafeBytes { bytes in
            // Not nil even where there is no body: libcurl would then ask for one with a callback.
            let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress) ?? handle
            var code = homeroom_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, Int64(bytes.count))
            if code == CURLE_OK { code = homeroom_curl_set_pointer(handle, CURLOPT_POSTFIELDS, start) }
            if code == CURLE_OK {
                code = homeroom_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
            }
            return code == CURLE_OK ? curl_easy_perform(handle) : code
        }
    }

    private func setOptions(_ list: inout UnsafeMutablePointer<curl_slist>?) -> CURLcode {
        let context = Unmanaged.passUnretained(answer).toOpaque()
        let steps: [CURLcode] = [
            homeroom_curl_set_text(handle, CURLOPT_URL, request.url),
            homeroom_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            homeroom_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method),
            homeroom_curl_set_long(handle, CURLOPT_NOSIGNAL, 1),
            homeroom_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT, request.connectTimeoutSeconds),
            homeroom_curl_set_long(handle, CURLOPT_TIMEOUT, request.timeoutSeconds),
            homeroom_curl_set_pointer(handle, CURLOPT_HTTPHEADER, list),
            homeroom_curl_set_pointer(handle, CURLOPT_WRITEDATA, context),
            homeroom_curl_set_pointer(handle, CURLOPT_HEADERDATA, context),
            homeroom_curl_set_sink(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                CurlAnswer.from(context).takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
            },
            homeroom_curl_set_sink(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                CurlAnswer.from(context).takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
            },
        ]
        return (steps + routeOptions() + trustOptions()).first { $0 != CURLE_OK } ?? CURLE_OK
    }

    private func routeOptions() -> [CURLcode] {
        switch route {
        case .environment:
            return [
                homeroom_curl_set_text(
                    handle, CURLOPT_PROXY, URLText.isLoopback(request.url) ? "" : nil)
            ]
        case .proxy(let address):
            return [
                homeroom_curl_set_text(handle, CURLOPT_PROXY, address),
                homeroom_curl_set_text(handle, CURLOPT_NOPROXY, ""),
            ]
        case .publicAddresses:
            return [
                homeroom_curl_set_text(handle, CURLOPT_PROXY, ""),
                homeroom_curl_set_opener(
                    handle,
                    { context, _, address in
                        guard let address else { return CURL_SOCKET_BAD }
                        return CurlAnswer.from(context).open(address)
                    }, Unmanaged.passUnretained(answer).toOpaque()),
            ]
        }
    }

    private func trustOptions() -> [CURLcode] {
        var steps = [
            homeroom_curl_set_long(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2),
            homeroom_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, answer.errorText),
            homeroom_curl_set_long(handle, CURLOPT_CERTINFO, request.asksForCertificate ? 1 : 0),
        ]
        switch trust {
        case .system: break
        case .authorities(let file):
            // The folder of the system's authorities would be asked beside the file.
            steps += [
                homeroom_curl_set_text(handle, CURLOPT_CAINFO, file),
                homeroom_curl_set_text(handle, CURLOPT_CAPATH, nil),
            ]
        case .publicKey:
            // The key is compared in any case, and says more than a name does.
            steps += [
                homeroom_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0),
                homeroom_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0),
                homeroom_curl_set_text(handle, CURLOPT_PINNEDPUBLICKEY, trust.pin),
            ]
        }
        return steps
    }

    private func headerList() throws(HTTPClientError) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        // libcurl would send a form's type with every body; the caller says what the body is.
        var lines = ["Content-Type:"]
        for header in request.headers {
            guard CurlTransfer.isSendable(header.name), CurlTransfer.isSendable(header.value),
                !header.name.isEmpty,
                !header.name.contains(":")
            else {
                curl_slist_free_all(list)
                throw .badField(name: header.name)
            }
            if header.name.lowercased() == "content-type" { lines.removeFirst() }
            // A name with a semicolon is how libcurl sends a field that is empty.
            lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        for line in lines {
            guard let next = curl_slist_append(list, line) else {
                preconditionFailure("out of memory for a header")
            }
            list = next
        }
        return list
    }

    private static func isSendable(_ text: String) -> Bool {
        !text.utf8.contains { $0 == 0 || $0 == 0x0A || $0 == 0x0D }
    }

    private func error(_ code: CURLcode) -> HTTPClientError {
        let url = URLText.shortened(request.url)
        let reason = String(cString: curl_easy_strerror(code))
        if answer.isKeptBack, code == CURLE_COULDNT_CONNECT {
            return .failed(
                url: url,
                reason: "its address is this machine's or a private network's, none of the internet's")
        }
        if answer.isTooLarge { return .responseTooLarge(url: url, limitBytes: request.responseBytesMax) }
        switch code {
        case CURLE_URL_MALFORMAT: return .badURL(url)
        case CURLE_COULDNT_RESOLVE_HOST: return .unknownHost(url: url)
        case CURLE_COULDNT_CONNECT: return .refused(url: url)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut(url: url, seconds: request.timeoutSeconds)
        case CURLE_PEER_FAILED_VERIFICATION: return badCertificate(url)
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH: return .otherKey(url: url)
        case CURLE_SSL_CACERT_BADFILE: return .badAuthorities(reason: answer.errorDetail ?? reason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM:
            let detail = answer.errorDetail ?? reason
            // What OpenSSL says where the first bytes are no TLS record, and where there are none.
            let signs = ["wrong version number", "SSL_ERROR_SYSCALL", "unexpected eof", "reset by peer"]
            return signs.contains(where: detail.contains)
                ? .noTLS(url: url) : .untrusted(url: url, reason: detail)
        // A server with TLS closes, resets, or answers in its own records, which read like HTTP/0.9.
        case CURLE_GOT_NOTHING, CURLE_UNSUPPORTED_PROTOCOL: return .noAnswer(url: url)
        case CURLE_RECV_ERROR where answer.headers.isEmpty: return .noAnswer(url: url)
        default: return .failed(url: url, reason: reason)
        }
    }

    /// Why the certificate is not taken. Source: `X509_V_ERR_…` in openssl/x509_vfy.h.
    private func badCertificate(_ url: String) -> HTTPClientError {
        let detail = answer.errorDetail ?? "its certificate is not good"
        // The chain is good then, and libcurl has compared the names itself.
        if detail.contains("subject name") { return .wrongName(url: url) }
        return switch homeroom_curl_verify_result(handle) {
        case 10: .certificateEnded(url: url)
        case 2, 18, 19, 20, 21: .unknownAuthority(url: url)
        default: .untrusted(url: url, reason: detail)
        }
    }
}

/// What has come of an answer so far.
final class CurlAnswer {
    private(set) var headers: [HTTPClientHeader] = []
    private(set) var body: [UInt8] = []
    private(set) var isTooLarge = false
    /// Whether a connection was not made, since its address is not public.
    private(set) var isKeptBack = false
    private let bytesMax: Int
    /// Where libcurl writes what went wrong. Source: CURLOPT_ERRORBUFFER(3).
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit { errorText.deallocate() }

    /// More than the error's code says; nil where there is no more.
    var errorDetail: String? {
        let text = String(cString: errorText)
        return text.isEmpty ? nil : text
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> CurlAnswer {
        guard let context else { preconditionFailure("libcurl handed no answer back") }
        return Unmanaged<CurlAnswer>.fromOpaque(context).takeUnretainedValue()
    }

    /// A socket for a connection to this address, if it is public.
    func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        guard PublicAddress.isPublic(PublicAddress.bytes(of: address)) else {
            isKeptBack = true
            return CURL_SOCKET_BAD
        }
        let wanted = address.pointee
        return socket(wanted.family, wanted.socktype | Int32(SOCK_CLOEXEC.rawValue), wanted.protocol)
    }

    /// The number of bytes taken; another number than was offered ends the transfer.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= bytesMax else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Takes one line of the head. A status line starts a new head: what came before it was only provisional.
    func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        if bytes.starts(with: "HTTP/".utf8) {
            headers.removeAll()
        } else if let colon = bytes.firstIndex(of: 0x3A) {
            let name = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
            let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
            let value = bytes[(colon + 1)...].drop(while: isSpace)
            let end = value.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? value.startIndex
            headers.append(
                HTTPClientHeader(name, String(decoding: value[value.startIndex..<end], as: UTF8.self)))
        }
        return bytes.count
    }
}
