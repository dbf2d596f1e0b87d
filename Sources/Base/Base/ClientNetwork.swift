/// Where callers come from, as far as one can be told from another.
public enum ClientNetwork {
    /// What the callers of one holder have in common: an IPv4 address itself; of an IPv6 address the first 64 bits, of which one
    /// holder has as many addresses as they like. Source: RFC 7421 section 1. What is no address is as it is.
    public static func of(_ address: String) -> String {
        guard let found = IPAddress(address) else { return address }
        return found.bytes.count == 4 ? found.description : found.network(bits: 64).description
    }
}
