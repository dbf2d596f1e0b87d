import CCurl
import Glibc

/// Which addresses are anybody's on the internet, and not this machine's, a private network's, a group's or nobody's.
/// Sources: IANA, IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890).
enum PublicAddress {
    private struct Block {
        let bytes: [UInt8]
        let bits: Int

        init(_ bytes: [UInt8], _ bits: Int) { (self.bytes, self.bits) = (bytes, bits) }

        func holds(_ address: some Collection<UInt8>) -> Bool {
            var left = bits
            for (own, other) in zip(bytes, address) where left > 0 {
                let mask = left >= 8 ? 0xFF : ~(UInt8(0xFF) >> UInt8(left))
                guard own & mask == other & mask else { return false }
                left -= 8
            }
            return true
        }
    }

    private static let special4 = [
        Block([0], 8), Block([10], 8), Block([100, 64], 10), Block([127], 8), Block([169, 254], 16),
        Block([172, 16], 12), Block([192, 0, 0], 24), Block([192, 0, 2], 24), Block([192, 88, 99], 24),
        Block([192, 168], 16), Block([198, 18], 15), Block([198, 51, 100], 24), Block([203, 0, 113], 24),
        Block([224], 3),
    ]
    /// All that is given out so far; what lies outside is special.
    private static let global6 = Block([0x20], 3)
    /// Assignments of the IETF with Teredo among them, documentation, 6to4.
    private static let special6 = [
        Block([0x20, 0x01, 0x00], 23), Block([0x20, 0x01, 0x0D, 0xB8], 32), Block([0x20, 0x02], 16),
        Block([0x3F, 0xFF, 0x00], 20),
    ]
    /// IPv4 addresses in IPv6's clothes: mapped (RFC 4291 section 2.5.5.2), and behind a translator (RFC 6052 section 2.1).
    private static let wrapped = [
        Block([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 96),
        Block([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], 96),
    ]

    /// - Parameter address: 4 or 16 bytes, the highest first.
    static func isPublic(_ address: [UInt8]) -> Bool {
        switch address.count {
        case 4: return !special4.contains { $0.holds(address) }
        case 16:
            if wrapped.contains(where: { $0.holds(address) }) { return isPublic(Array(address[12...])) }
            return global6.holds(address) && !special6.contains { $0.holds(address) }
        default: return false
        }
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
