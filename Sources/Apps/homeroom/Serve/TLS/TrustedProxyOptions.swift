import Base
import HTTPServer

extension TrustedProxies {
    static let table: [CommandOption] = [
        CommandOption(
            name: "trusted-proxy", value: "ADDRESS",
            help:
                "a proxy before the server, ADDRESS or ADDRESS/PREFIX, whose X-Forwarded-For says for whom it asks; several "
                + "times, or with commas between",
            isRepeatable: true, variable: "HOMEROOM_TRUSTED_PROXY")
    ]

    /// The proxies that the option names.
    /// - Throws: `CommandFailure` where one is no address, or they are everybody.
    static func read(_ texts: [String]) throws(CommandFailure) -> TrustedProxies {
        var networks: [IPNetwork] = []
        for text in texts.flatMap({ $0.split(separator: ",") }).map(String.init) {
            guard let network = IPNetwork(text) else {
                throw .usage(
                    "--trusted-proxy: expected ADDRESS or ADDRESS/PREFIX, such as 10.0.0.0/8, found `\(text)`"
                )
            }
            guard network.bits > 0 else {
                throw .usage(
                    "--trusted-proxy: `\(text)` is everybody, who could then name any address as theirs")
            }
            if !networks.contains(network) { networks.append(network) }
        }
        guard networks.count <= Limits.trustedProxiesMax else {
            throw .usage("--trusted-proxy: name at most \(Limits.trustedProxiesMax), found \(networks.count)")
        }
        return TrustedProxies(networks)
    }
}

extension Limits {
    /// Networks of proxies that are taken at their word: each is compared at each new connection.
    static let trustedProxiesMax = 64
}
