import HTTPClient

/// Where the control API of a data folder listens, as the server tells the commands on its machine.
///
/// With TLS they know it by its public key: whoever may read the folder may read the server's other secrets, too, so this is no
/// less than what a certificate says, and holds whatever name and authority that has.
struct RunningServer: Equatable {
    /// Without a slash at its end.
    let url: String
    /// The digests of its public key: see `ServerTrust.publicKey`. Nil without TLS.
    let pins: String?

    init(url: String, pins: String?) { (self.url, self.pins) = (url, pins) }

    /// What stands in the file; nil where that is nothing.
    init?(text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        guard let url = lines.first else { return nil }
        self.init(url: url, pins: lines.count > 1 ? lines[1] : nil)
    }

    /// As it stands in the file.
    var text: String { ([url] + [pins].compactMap { $0 }).map { $0 + "\n" }.joined() }

    /// By what a command knows it.
    var trust: ServerTrust { pins.map { .publicKey(sha256: $0) } ?? .system }
}
