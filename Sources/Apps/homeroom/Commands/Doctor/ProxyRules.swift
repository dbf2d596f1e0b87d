/// Which requests the environment sends through a proxy. Source: curl(1), "ENVIRONMENT"; urllib.request's `getproxies` does
/// likewise.
struct ProxyRules {
    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    /// The variable that sends requests to `url` through a proxy; nil where none does.
    func proxyVariable(for url: String) -> String? {
        guard let host = ProxyRules.host(of: url), !isExcepted(host) else { return nil }
        let scheme = url.hasPrefix("https://") ? "https" : "http"
        return ["\(scheme)_proxy", "\(scheme.uppercased())_PROXY", "all_proxy", "ALL_PROXY"].first {
            !(environment[$0] ?? "").isEmpty
        }
    }

    private func isExcepted(_ host: String) -> Bool {
        let rules = [environment["no_proxy"], environment["NO_PROXY"]].compactMap { $0 }
            .flatMap { $0.split { $0 == "," || $0 == " " } }
        return rules.contains { rule in
            let name = rule.hasPrefix(".") ? rule.dropFirst() : rule
            return rule == "*" || host == name || host.hasSuffix(".\(name)")
        }
    }

    /// The host of a URL, without brackets, user and port.
    static func host(of url: String) -> String? {
        guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
        let authority = url[start...].prefix { !"/?#".contains($0) }
        let place = authority.split(separator: "@").last.map(String.init) ?? ""
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
            return String(place[place.index(after: place.startIndex)..<end])
        }
        let host = place.split(separator: ":").first.map(String.init) ?? ""
        return host.isEmpty ? nil : host.lowercased()
    }

    /// Whether that is this machine.
    static func isLoopback(_ host: String) -> Bool {
        ServeOptions.Address(host: host, port: 0).isLoopback
    }
}
