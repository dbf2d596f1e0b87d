import Base

/// The files that the server's certificate and its key are in.
struct TLSOptions: Equatable {
    let certificate: String
    let key: String

    static let table: [CommandOption] = [
        CommandOption(
            name: "tls-certificate", value: "FILE",
            help: "speak TLS on both addresses with this certificate and those between it and its authority "
                + "(PEM); read again when it changes",
            variable: "HOMEROOM_TLS_CERTIFICATE"),
        CommandOption(
            name: "tls-key", value: "FILE", help: "the certificate's private key (PEM)",
            variable: "HOMEROOM_TLS_KEY"),
        CommandOption(
            name: "public-host", value: "NAME",
            help: "the name by which others reach both addresses, for those that are handed out",
            variable: "HOMEROOM_PUBLIC_HOST", standard: "the addresses that it listens on"),
    ]

    /// Nil where neither file is named.
    /// - Throws: `CommandFailure` where one is named without the other.
    init?(_ value: (String) -> String?) throws(CommandFailure) {
        switch (value("tls-certificate"), value("tls-key")) {
        case (nil, nil): return nil
        case (let certificate?, let key?): (self.certificate, self.key) = (certificate, key)
        case (nil, .some):
            throw .usage("--tls-key: say with --tls-certificate FILE which certificate it is for")
        case (.some, nil): throw .usage("--tls-certificate: say with --tls-key FILE where its private key is")
        }
    }

    /// A host as it stands in a URL: a name or an address, without a port.
    /// - Throws: `CommandFailure` where it is none.
    static func publicHost(_ text: String?) throws(CommandFailure) -> String? {
        guard let text else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
                || byte == 0x2D || byte == 0x2E
        }
        guard isPlain, !text.isEmpty else {
            throw .usage(
                "--public-host: expected a name without scheme and port, such as homeroom.example, found `\(text)`"
            )
        }
        return text
    }
}

extension ServeOptions {
    /// Refuses addresses that other machines reach where nothing would hide what they send.
    func checkReach() throws(CommandFailure) {
        guard tls == nil, !allowsRemote else { return }
        for (name, address) in [("gateway", gateway), ("control", control)] where !address.isLoopback {
            throw .usage(
                "--\(name): `\(address)` can be reached by other machines, and nothing hides what they send: give a certificate "
                    + "with --tls-certificate and --tls-key, use 127.0.0.1, or put a TLS proxy before it and say --allow-remote and "
                    + "--trusted-proxy ADDRESS"
            )
        }
    }

    /// The URL of an address with the port that the system has picked.
    func url(of address: Address, port: UInt16) -> String {
        (tls == nil ? "http://" : "https://") + address.with(port: port).description
    }

    /// The same as others reach it.
    func publicURL(of address: Address, port: UInt16) -> String {
        url(of: Address(host: publicHost ?? address.host, port: port), port: port)
    }
    /// Whether tokens and the links of invitations name a URL by which others hardly reach the control API: that of a server behind
    /// a proxy, or one of all addresses at once, though nobody has said another.
    var namesNoPublicURL: Bool {
        guard issuer == nil, !control.isLoopback else { return false }
        return tls == nil || publicHost == nil && ["0.0.0.0", "::"].contains(control.host)
    }
}
