import Base

/// The proxies that a server takes at their word about for whom they ask.
public struct TrustedProxies: Sendable, Equatable {
    /// Where they are.
    public let networks: [IPNetwork]

    /// Those at these addresses.
    public init(_ networks: [IPNetwork] = []) { self.networks = networks }

    /// Whether one of them has this address.
    func include(_ address: IPAddress?) -> Bool {
        guard let address else { return false }
        return networks.contains { $0.contains(address) }
    }

    /// For whom a proxy of theirs asks: the rightmost address in `X-Forwarded-For` that is not one of theirs, since each adds at the
    /// right whom it has heard. What stands further left the client may have written itself. Nil where nobody is named, or what
    /// stands there is no address.
    func client(of fields: HTTPFields) -> IPAddress? {
        var index = fields.firstIndex(of: "x-forwarded-for")
        var lines: [Substring] = []
        while let found = index {
            let value = String(decoding: fields.bytes[fields.value(at: found)], as: UTF8.self)
            lines += value.split(separator: ",", omittingEmptySubsequences: false)
            index = fields.firstIndex(of: "x-forwarded-for", from: found + 1)
        }
        for line in lines.reversed() {
            guard let address = Self.address(line) else { return nil }
            if !include(address) { return address }
        }
        return nil
    }

    /// An address, which some proxies write with its port: `192.0.2.1:80`, `[2001:db8::1]:80`.
    private static func address(_ text: Substring) -> IPAddress? {
        let text = text.trimmed
        if let address = IPAddress(String(text)) { return address }
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return inBrackets(text) }
        if text.hasSuffix("]") { return inBrackets(text) }
        guard UInt16(text[text.index(after: colon)...]) != nil else { return nil }
        let host = text[..<colon]
        return host.contains(":") ? inBrackets(host) : IPAddress(String(host))
    }

    private static func inBrackets(_ text: Substring) -> IPAddress? {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
        return IPAddress(String(text.dropFirst().dropLast()))
    }
}

extension Substring {
    /// Without the white space that may stand around an element of a list. Source: RFC 9110 section 5.6.1.
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return text
    }
}

extension HTTPExchange {
    /// The client's address: that of whoever is connected, or for whom a trusted proxy asks.
    func clientAddress() -> String {
        guard isFromTrustedProxy else { return peerAddress }
        return core.configuration.trustedProxies.client(of: fields)?.description ?? peerAddress
    }

    /// Whether whoever asks is on this machine. A request that a proxy has handed on is somebody's else, wherever the proxy is.
    public var isLocal: Bool {
        guard !isFromTrustedProxy, IPAddress(peerAddress)?.isLoopback == true else { return false }
        return fields.firstIndex(of: "x-forwarded-for") == nil && fields.firstIndex(of: "forwarded") == nil
            && fields.firstIndex(of: "x-real-ip") == nil && fields.firstIndex(of: "via") == nil
    }
}
