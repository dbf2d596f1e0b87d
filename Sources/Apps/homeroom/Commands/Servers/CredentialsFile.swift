import Base
import FoundationEssentials
import JSONText

#if canImport(Glibc)
    import Glibc
#endif

/// The profiles that `homeroom login` keeps, with their sessions: a JSON file that only its owner reads (mode 0600).
struct CredentialsFile {
    /// Where it is.
    let path: String
    private let terminal: Terminal

    /// The file that the environment names; nil where it names none.
    init?(_ invocation: Invocation) {
        let named = { (name: String) in invocation.environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard
            let path = named("HOMEROOM_CREDENTIALS")
                ?? named("XDG_CONFIG_HOME").map({ $0 + "/homeroom/credentials.json" })
                ?? named("HOME").map({ $0 + "/.config/homeroom/credentials.json" })
        else { return nil }
        (self.path, terminal) = (path, invocation.terminal)
    }

    /// The same, where there must be one.
    /// - Throws: `CommandFailure` where the environment names none.
    static func needed(_ invocation: Invocation) throws(CommandFailure) -> CredentialsFile {
        guard let file = CredentialsFile(invocation) else {
            throw .failed("there is no HOME to keep the session in; name a file in HOMEROOM_CREDENTIALS")
        }
        return file
    }

    /// What is kept; nothing where there is no file. One that others may read is closed to them, which is said.
    /// - Throws: `CommandFailure` where it cannot be read, is not of its form, or cannot be closed to others.
    func read() throws(CommandFailure) -> Profiles {
        guard FileManager.default.fileExists(atPath: path) else { return Profiles() }
        try closeToOthers()
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .failed("cannot read `\(path)`; who owns it?")
        }
        do { return Profiles(JSONAnswer(try JSONText(parsing: [UInt8](data)).root)) } catch {
            throw .failed(
                "\(path):\(error); it keeps no session then: remove the file, and sign in with `homeroom login`"
            )
        }
    }

    /// Keeps this in place of what was there, and makes the file's folder.
    /// - Throws: `CommandFailure` where it cannot be written.
    func write(_ profiles: Profiles) throws(CommandFailure) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if !folder.isEmpty {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch { throw .failed("cannot make `\(folder)`: \(error)") }
        }
        var json = JSONWriter(reserving: 512)
        profiles.write(to: &json)
        try SecretFile.replace(path, with: String(decoding: json.bytes, as: UTF8.self) + "\n")
    }

    private func closeToOthers() throws(CommandFailure) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return }
        guard chmod(path, 0o600) == 0 else {
            throw .failed(
                "other users of this machine may read the sessions in `\(path)`, and that cannot be changed: "
                    + "\(String(cString: strerror(errno))). Have its owner run `chmod 600` on it")
        }
        terminal.errorLine(
            "homeroom: other users of this machine could read the sessions in \(path); its mode is 0600 now. "
                + "`homeroom logout --everywhere` ends the sessions that they may have seen")
    }
}

extension Profiles {
    /// What the file says.
    fileprivate init(_ root: JSONAnswer) {
        chosen = root["current"]?.string
        for entry in root["profiles"]?.elements ?? [] {
            keep(
                Profile(
                    name: entry.text("name"), server: entry.text("server"), caFile: entry["caFile"]?.string,
                    account: entry["account"]?.string, token: entry["token"]?.string,
                    endsAt: entry["endsAt"]?.string, device: entry["device"]?.string,
                    allowsPlain: entry["allowsPlain"]?.bool ?? false))
        }
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        if let chosen { json.member("current", chosen) }
        json.name("profiles")
        json.beginArray()
        for profile in all {
            json.beginObject()
            json.member("name", profile.name)
            json.member("server", profile.server)
            if let file = profile.caFile { json.member("caFile", file) }
            if let account = profile.account { json.member("account", account) }
            if let token = profile.token { json.member("token", token) }
            if let end = profile.endsAt { json.member("endsAt", end) }
            if let device = profile.device { json.member("device", device) }
            if profile.allowsPlain {
                json.name("allowsPlain")
                json.bool(true)
            }
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
