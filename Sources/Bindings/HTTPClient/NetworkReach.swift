import Glibc

/// Where a client's requests may go.
public enum NetworkReach: Sendable {
    /// Everywhere.
    case anywhere
    /// To addresses of the internet alone, not to this machine nor to a private network: for URLs that somebody else has chosen. Judged
    /// is the address that the connection goes to, whatever the host is called. Where the environment names a proxy, that connects, and
    /// it is the proxy's to judge.
    case publicAddresses
}

/// The proxy that the environment names for a URL. Source: curl(1), "ENVIRONMENT".
enum EnvironmentProxy {
    /// Nil where there is none. `NO_PROXY` is not asked.
    static func address(for url: String, _ variable: (String) -> String?) -> String? {
        let names =
            URLText.isHTTPS(url) ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        return (names + ["all_proxy", "ALL_PROXY"]).compactMap(variable).first { !$0.isEmpty }
    }

    /// The value of a variable of this process; nil where it is not set.
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
