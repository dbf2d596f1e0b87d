import Base

/// A server that commands know under a name, and the session there.
struct Profile: Equatable, Sendable {
    /// What one is called where nobody says a name.
    static let standardName = "default"

    let name: String
    /// Without a slash at its end.
    let server: String
    /// The authorities that the server's certificate may be of, in place of the system's; an absolute path.
    var caFile: String?
    var account: String?
    /// Nil where nobody is signed in.
    var token: String?
    /// When the session ends, whatever is done in it; nil where there is none.
    var endsAt: String?
    /// By what the server knows this device at the next sign-in with the account; it opens nothing.
    var device: String?
    /// Whether whoever signed in has said that nobody listens on the way to a server without TLS.
    var allowsPlain = false

    /// The token, unless its time is over.
    func token(at now: Timestamp) -> String? {
        guard let token, let endsAt, now.iso8601 < endsAt else { return nil }
        return token
    }

    /// The name, where it is one.
    /// - Throws: `CommandFailure` where it is empty, long, or has other characters than letters, digits, `.`, `_` and `-`.
    static func name(_ text: String) throws(CommandFailure) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
                || [0x2D, 0x2E, 0x5F].contains(byte)
        }
        guard isPlain, (1...64).contains(text.utf8.count) else {
            throw .usage(
                "--profile: expected a name of letters, digits, `.`, `_` and `-`, such as production, found `\(text)`"
            )
        }
        return text
    }
}

/// The profiles that are kept, and which one is meant where nobody says.
struct Profiles: Equatable, Sendable {
    private(set) var all: [Profile] = []
    /// The name that `homeroom profile use` has set; nil where it has not.
    var chosen: String?

    /// The one that is meant where nobody says; nil where there is none of that name.
    var current: Profile? { self[chosen ?? Profile.standardName] }

    /// The one of that name.
    subscript(name: String) -> Profile? { all.first { $0.name == name } }

    /// One for that server: the current one if it is, else the first.
    func first(for server: String) -> Profile? {
        current.flatMap { $0.server == server ? $0 : nil } ?? all.first { $0.server == server }
    }

    /// Keeps a profile in the place of the one of its name.
    mutating func keep(_ profile: Profile) {
        if let index = all.firstIndex(where: { $0.name == profile.name }) {
            all[index] = profile
        } else {
            all.append(profile)
        }
    }

    /// Forgets the one of that name.
    mutating func remove(_ name: String) {
        all.removeAll { $0.name == name }
        if chosen == name { chosen = nil }
    }
}
