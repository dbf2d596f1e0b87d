/// Where callers come from, as far as one can be told from another.
public enum ClientNetwork {
    /// What the callers of one holder have in common: an IPv4 address itself; of an IPv6 address the first 64 bits, of which one
    /// holder has as many addresses as they like. Source: RFC 7421 section 1.
    public static func of(_ address: String) -> String {
        guard address.contains(":"), !address.contains(".") else { return address }
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        var groups = halves[0].split(separator: ":").map(String.init)
        if halves.count == 2 {
            let behind = halves[1].split(separator: ":").map(String.init)
            groups += Array(repeating: "0", count: max(0, 8 - groups.count - behind.count)) + behind
        }
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}
