import Base
import CCurl
import Glibc

/// Which addresses are anybody's on the internet, and not this machine's, a private network's, a group's or nobody's.
/// Sources: IANA, IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890).
enum PublicAddress {
    private static let special4 = networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3")
    /// All that is given out so far; what lies outside is special.
    private static let global6 = networks("2000::/3")
    /// Assignments of the IETF with Teredo among them, documentation, 6to4.
    private static let special6 = networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
    /// IPv4 addresses behind a translator (RFC 6052 section 2.1).
    private static let translated = networks("64:ff9b::/96")

    private static func networks(_ texts: String...) -> [IPNetwork] {
        texts.map { text in
            guard let network = IPNetwork(text) else { preconditionFailure("`\(text)` is no network") }
            return network
        }
    }

    /// - Parameter bytes: 4 or 16, the highest first.
    static func isPublic(_ bytes: [UInt8]) -> Bool {
        guard let address = IPAddress(bytes) else { return false }
        let lies = { (networks: [IPNetwork]) in networks.contains { $0.contains(address) } }
        if address.bytes.count == 4 { return !lies(special4) }
        return lies(translated) ? isPublic(Array(address.bytes[12...])) : lies(global6) && !lies(special6)
    }

    /// The bytes of an address that libcurl is about to connect to; none where it is of another family.
    static func bytes(of address: UnsafePointer<curl_sockaddr>) -> [UInt8] {
        guard let start = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return [] }
        // Longer than its type where it is IPv6's: as long as `addrlen` says. Source: CURLOPT_OPENSOCKETFUNCTION(3).
        let raw = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(address) + start, count: Int(address.pointee.addrlen))
        let range: Range<Int>
        switch address.pointee.family {
        case AF_INET: range = 4..<8
        case AF_INET6: range = 8..<24
        default: return []
        }
        return range.upperBound <= raw.count ? Array(raw[range]) : []
    }
}
