/// A range of IP addresses as a policy writes it: `203.0.113.0/24`, `2001:db8::/32`, or one address.
///
/// Addresses of both families are 128 bits; IPv4 stands where RFC 4291 section 2.5.5.2 maps it, so that a
/// client seen as `::ffff:203.0.113.5` is the same as one seen as `203.0.113.5`.
public struct AddressRange: Hashable, Sendable {
    /// The first address.
    let bits: UInt128
    /// How many leading bits count, of 128.
    let prefixBits: Int
    /// Whether the range is one of IPv4 addresses.
    let isIPv4: Bool

    /// Reads an address or a range in CIDR form, or nil where `text` is neither.
    static func parse(_ text: Span<UInt8>) -> AddressRange? {
        var end = text.count
        var prefix = -1
        for offset in 0..<text.count where text[offset] == UInt8(ascii: "/") {
            guard let count = parseDecimal(text, offset + 1, text.count, max: 128) else { return nil }
            end = offset
            prefix = count
            break
        }
        guard let address = parseAddress(text, end) else { return nil }
        let isIPv4 = address >> 32 == 0xFFFF
        // A prefix behind a dotted address counts IPv4's 32 bits.
        if isIPv4, !isColoned(text, end), prefix >= 0 {
            guard prefix <= 32 else { return nil }
            prefix += 96
        }
        let bits = prefix < 0 ? 128 : prefix
        return AddressRange(bits: address & mask(bits), prefixBits: bits, isIPv4: isIPv4 && bits >= 96)
    }

    /// Whether the range holds `address`, which is a range of one or a narrower range.
    package func contains(_ address: AddressRange) -> Bool {
        address.isIPv4 == isIPv4 && address.prefixBits >= prefixBits
            && address.bits & AddressRange.mask(prefixBits) == bits
    }

    private static func mask(_ bits: Int) -> UInt128 { bits == 0 ? 0 : UInt128.max << UInt128(128 - bits) }

    private static func isColoned(_ text: Span<UInt8>, _ end: Int) -> Bool {
        for offset in 0..<end where text[offset] == UInt8(ascii: ":") { return true }
        return false
    }

    private static func parseDecimal(_ text: Span<UInt8>, _ start: Int, _ end: Int, max: Int) -> Int? {
        guard start < end, end - start <= 3, !(text[start] == 0x30 && end - start > 1) else { return nil }
        var value = 0
        for offset in start..<end {
            guard text[offset] >= 0x30, text[offset] <= 0x39 else { return nil }
            value = value * 10 + Int(text[offset] - 0x30)
        }
        return value <= max ? value : nil
    }

    private static func parseAddress(_ text: Span<UInt8>, _ end: Int) -> UInt128? {
        guard isColoned(text, end) else {
            guard let dotted = parseDotted(text, 0, end) else { return nil }
            return 0xFFFF << 32 | UInt128(dotted)
        }
        return parseGroups(text, end)
    }

    private static func parseDotted(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> UInt32? {
        var value: UInt32 = 0
        var part = start
        for index in 0..<4 {
            var stop = part
            while stop < end, text[stop] != UInt8(ascii: ".") { stop += 1 }
            guard let byte = parseDecimal(text, part, stop, max: 255), (stop == end) == (index == 3) else {
                return nil
            }
            value = value << 8 | UInt32(byte)
            part = stop + 1
        }
        return value
    }

    /// Groups of hexadecimal digits, `::` once for zeros, and IPv4 at the end. Source: RFC 4291 section 2.2.
    private static func parseGroups(_ text: Span<UInt8>, _ end: Int) -> UInt128? {
        var before: UInt128 = 0
        var groups = 0
        var gapAt = -1
        var offset = 0
        if end >= 2, text[0] == UInt8(ascii: ":"), text[1] == UInt8(ascii: ":") {
            gapAt = 0
            offset = 2
        }
        while offset < end {
            var stop = offset
            var group: UInt128 = 0
            while stop < end, text[stop] != UInt8(ascii: ":"), text[stop] != UInt8(ascii: ".") {
                guard stop - offset < 4, let digit = hexDigit(text[stop]) else { return nil }
                group = group << 4 | UInt128(digit)
                stop += 1
            }
            if stop < end, text[stop] == UInt8(ascii: ".") {
                guard groups <= 6, let dotted = parseDotted(text, offset, end) else { return nil }
                before = before << 32 | UInt128(dotted)
                groups += 2
                break
            }
            guard stop > offset, groups < 8 else { return nil }
            before = before << 16 | group
            groups += 1
            if stop == end { break }
            offset = stop + 1
            guard offset < end else { return nil }
            if text[offset] == UInt8(ascii: ":") {
                guard gapAt < 0 else { return nil }
                gapAt = groups
                offset += 1
            }
        }
        if gapAt < 0 { return groups == 8 ? before : nil }
        guard groups < 8 else { return nil }
        // The groups behind `::` stay at the end, those before it move to the front.
        let behindBits = UInt128((groups - gapAt) * 16)
        let behind = behindBits == 0 ? 0 : before & (UInt128.max >> (128 - behindBits))
        let front = before >> behindBits
        return gapAt == 0 ? behind : front << UInt128(128 - gapAt * 16) | behind
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
