/// What a request's fields say about the length of its body.
struct HTTPFraming {
    /// The body's length where the fields say it.
    private(set) var declaredBytes: Int?
    private var isChunked = false
    private var isUnclear = false
    private var expectsContinue = false

    /// Reads `Content-Length`, `Transfer-Encoding` and `Expect`.
    init(_ fields: HTTPFields) {
        for index in 0..<fields.count {
            if fields.isNamed("content-length", at: index) {
                let number = HTTPFraming.decimal(fields.bytes[fields.value(at: index)])
                isUnclear = isUnclear || number == nil || declaredBytes != nil
                declaredBytes = number
            } else if fields.isNamed("transfer-encoding", at: index) {
                isUnclear =
                    isUnclear || isChunked || !HTTPFraming.isChunked(fields.bytes[fields.value(at: index)])
                isChunked = true
            } else if fields.isNamed("expect", at: index) {
                expectsContinue = true
            }
        }
        isUnclear = isUnclear || (isChunked && declaredBytes != nil)
    }

    /// Why a request with these fields is refused, as far as its head shows it.
    func refusal(
        _ fields: HTTPFields, targetBytes: Int, _ configuration: HTTPServer.Configuration
    ) -> HTTPRefusal? {
        // Each field also took a colon, a space and a line break.
        if targetBytes + fields.byteCount + fields.count * 4 > configuration.headBytesMax {
            return .headTooLarge(limitBytes: configuration.headBytesMax)
        }
        if isUnclear { return .unclearLength }
        if (declaredBytes ?? 0) > configuration.bodyBytesMax {
            return .bodyTooLarge(limitBytes: configuration.bodyBytesMax)
        }
        return nil
    }

    /// Whether a refused body is better read first: a client that is still sending when the connection closes may lose the
    /// answer (RFC 9112, section 9.6). One that waits for `100 Continue` has sent nothing yet.
    func canDiscardBody(_ configuration: HTTPServer.Configuration) -> Bool {
        !isUnclear && !expectsContinue
            && (declaredBytes ?? 0) <= configuration.bodyBytesMax + configuration.discardedBytesMax
    }

    /// Digits only, at most eighteen: no sign, no list, no overflow.
    private static func decimal(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard (1...18).contains(bytes.count) else { return nil }
        var number = 0
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        return number
    }

    private static func isChunked(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count == 7 && zip(bytes, "chunked".utf8).allSatisfy { $0 | 0x20 == $1 }
    }
}
