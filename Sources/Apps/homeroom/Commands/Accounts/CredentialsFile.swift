import Base
import FoundationEssentials
import JSONText

/// The sessions that `homeroom login` keeps, by server: a JSON file that only its owner reads (mode 0600).
struct CredentialsFile {
    private struct Entry {
        let server: String
        let token: String
        let endsAt: String
    }

    /// Where it is.
    let path: String

    /// The file that the environment names.
    /// - Throws: `CommandFailure` where it names none.
    init(_ environment: [String: String]) throws(CommandFailure) {
        guard let path = CredentialsFile.path(environment) else {
            throw .failed("there is no HOME to keep the session in; name a file in HOMEROOM_CREDENTIALS")
        }
        self.path = path
    }

    /// The session at a server, or nil where there is none or it is past its end.
    static func token(for server: String, _ environment: [String: String], at now: Timestamp) -> String? {
        guard let path = path(environment), let data = FileManager.default.contents(atPath: path) else {
            return nil
        }
        return entries(of: Array(data)).first { $0.server == server && now.iso8601 < $0.endsAt }?.token
    }

    /// Keeps a session in place of the one before.
    /// - Throws: `CommandFailure` where the file cannot be written.
    func keep(_ token: String, endsAt: String, for server: String) throws(CommandFailure) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if !folder.isEmpty {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch { throw .failed("cannot make `\(folder)`: \(error)") }
        }
        try write(others(than: server) + [Entry(server: server, token: token, endsAt: endsAt)])
    }

    /// Forgets the session at a server.
    /// - Throws: `CommandFailure` where the file cannot be written.
    func forget(_ server: String) throws(CommandFailure) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try write(others(than: server))
    }

    private func others(than server: String) -> [Entry] {
        let data = FileManager.default.contents(atPath: path) ?? Data()
        return CredentialsFile.entries(of: Array(data)).filter { $0.server != server }
    }

    private func write(_ entries: [Entry]) throws(CommandFailure) {
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        json.name("sessions")
        json.beginArray()
        for entry in entries {
            json.beginObject()
            json.member("server", entry.server)
            json.member("token", entry.token)
            json.member("endsAt", entry.endsAt)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        try SecretFile.replace(path, with: String(decoding: json.bytes, as: UTF8.self) + "\n")
    }

    private static func path(_ environment: [String: String]) -> String? {
        let named = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let path = named("HOMEROOM_CREDENTIALS") { return path }
        if let folder = named("XDG_CONFIG_HOME") { return folder + "/homeroom/credentials.json" }
        return named("HOME").map { $0 + "/.config/homeroom/credentials.json" }
    }

    /// What is no such file has no sessions.
    private static func entries(of bytes: [UInt8]) -> [Entry] {
        let root: JSONAnswer
        do { root = JSONAnswer(try JSONText(parsing: bytes).root) } catch { return [] }
        return (root["sessions"]?.elements ?? []).map {
            Entry(server: $0.text("server"), token: $0.text("token"), endsAt: $0.text("endsAt"))
        }
    }
}
