#if canImport(Glibc)
    import Glibc
#endif

/// An IP address. One of IPv4 in the form of an IPv6 one (RFC 4291 section 2.5.5.2) is that of IPv4.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four bytes, or sixteen, the first ones first.
    public let bytes: [UInt8]

    /// The address in its numeric form; nil where it is none. An IPv6 address's zone (`%eth0`) is passed over.
    public init?(_ text: String) {
        // What is cut off at a zero byte in C is none.
        guard !text.utf8.contains(0), text.utf8.count <= Self.textBytesMax else { return nil }
        if let bytes = Self.read(text, AF_INET, count: 4) {
            self.bytes = bytes
        } else if let bytes = Self.read(String(text.prefix { $0 != "%" }), AF_INET6, count: 16) {
            self.bytes = bytes.starts(with: Self.mapped) ? Array(bytes[12...]) : bytes
        } else {
            return nil
        }
    }

    /// An address of four bytes, or of sixteen; nil of other ones.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.init(bytes: bytes.starts(with: Self.mapped) ? Array(bytes[12...]) : bytes)
    }

    fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

    /// An IPv6 address with the longest zone there is.
    private static let textBytesMax = 64
    fileprivate static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [255, 255]

    private static func read(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    /// Whether it is this machine's own. Source: RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3.
    public var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// The network of its first bits: at most so many, as an address has.
    public func network(bits: Int) -> IPNetwork { IPNetwork(self, bits: min(bits, bytes.count * 8)) }

    /// The numeric form. Source: RFC 5952.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else {
            preconditionFailure("there is room for every address")
        }
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }
}

/// The addresses that begin with the same bits.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// Its first address.
    public let address: IPAddress
    /// How many bits its addresses have in common.
    public let bits: Int

    /// `ADDRESS/BITS`, or an address for itself alone; nil where it is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        guard parts.count == 2 else {
            self.init(address, bits: address.bytes.count * 8)
            return
        }
        // Of an IPv4 address in the form of an IPv6 one the bits are the latter's.
        let others = address.bytes.count == 4 && parts[0].utf8.contains(UInt8(ascii: ":")) ? 96 : 0
        guard let bits = Int(parts[1]), String(bits) == parts[1], bits >= others,
            bits - others <= address.bytes.count * 8
        else { return nil }
        self.init(address, bits: bits - others)
    }

    fileprivate init(_ address: IPAddress, bits: Int) {
        self.bits = bits
        self.address = IPAddress(
            bytes: address.bytes.enumerated().map { index, byte in
                byte & UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, bits - index * 8)))
            })
    }

    /// Whether the address is in it.
    public func contains(_ other: IPAddress) -> Bool {
        other.bytes.count == address.bytes.count && other.network(bits: bits) == self
    }

    /// `10.0.0.0/8`.
    public var description: String { "\(address)/\(bits)" }
}
