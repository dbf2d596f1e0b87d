import FoundationEssentials
import HTTPClient
import Tenancy

/// Which server a command speaks to, and by what it knows it.
///
/// What is typed is stronger than the environment, that than the profile that is in use, that than the data folder of the working
/// directory. Of what is equally strong, a URL is stronger than a profile, a profile than a data folder.
struct ServerChoice: Sendable {
    private static let standardServer = "http://127.0.0.1:8080"

    /// Without a slash at its end.
    let url: String
    let trust: ServerTrust
    /// The profile that says so, or else one for the same server; nil where there is none.
    let profile: Profile?
    /// Whether it is the profile that says where the server is: its session is then the only key that is meant.
    let isOfProfile: Bool
    /// The data folder.
    let folder: String
    /// Whether it is on this machine: so is the one that runs on the data folder, at whatever address.
    private let isOnThisMachine: Bool
    /// Whether the data folder's key is meant for it: it is on this machine, or somebody has typed both.
    let isOfFolder: Bool

    /// Where the options, the environment, the profiles and the data folder lead.
    /// - Parameter mayBeNew: whether the profile that is named need not be there, as for signing in.
    /// - Throws: `CommandFailure` where there is no such profile, no server runs on the folder, or the URL is none.
    init(_ invocation: Invocation, mayBeNew: Bool = false) throws(CommandFailure) {
        let folder = invocation.value("data") ?? DataFolder.standardPath
        let profiles = try CredentialsFile(invocation)?.read() ?? Profiles()
        let running = DataFolder.runningServer(in: folder)
        let named: Profile?
        switch try ServerChoice.place(invocation, profiles, mayBeNew: mayBeNew) {
        case .url(let text):
            url = try ServerChoice.url(text)
            named = nil
        case .profile(let profile):
            url = profile.server
            named = profile
        case .folder: (url, named) = (try ServerChoice.url(of: running, folder), nil)
        }
        let (url, first) = (self.url, named ?? profiles.first(for: self.url))
        (self.folder, profile, isOfProfile) = (folder, first, named != nil)
        isOnThisMachine =
            url == running?.url || (ProxyRules.host(of: url).map(ProxyRules.isLoopback) ?? false)
        isOfFolder = isOnThisMachine || invocation.input.values["data"] != nil
        let file = invocation.value("ca-file") ?? first?.caFile
        if let file {
            guard FileManager.default.fileExists(atPath: file) else {
                let place = invocation.value("ca-file") == nil ? "the profile's authorities" : "--ca-file"
                throw .failed(
                    "\(place): there is no `\(file)`; name the authority's certificate with --ca-file FILE")
            }
            trust = .authorities(file: ServerChoice.absolute(file))
        } else {
            trust = running.flatMap { $0.url == url ? $0.trust : nil } ?? .system
        }
    }

    /// The file with the authorities; nil where the system's are meant.
    var caFile: String? {
        guard case .authorities(let file) = trust else { return nil }
        return file
    }

    /// Whether what is sent can be read on the way.
    var isPlainToOthers: Bool { url.hasPrefix("http://") && !isOnThisMachine }

    /// Sends a request; once more where the server on this machine has been given another key since its address was read, of which
    /// nothing was sent then.
    func send(
        _ request: HTTPClientRequest, by http: HTTPClient
    ) throws(HTTPClientError) -> HTTPClientResponse {
        do throws(HTTPClientError) { return try http.send(request) } catch {
            guard case .otherKey = error, let running = DataFolder.runningServer(in: folder),
                running.url == url, running.trust != trust
            else { throw error }
            return try HTTPClient(trust: running.trust).send(request)
        }
    }

    // MARK: Where it is said

    private enum Place {
        case url(String)
        case profile(Profile)
        case folder
    }

    private static func place(
        _ invocation: Invocation, _ profiles: Profiles, mayBeNew: Bool
    ) throws(CommandFailure) -> Place {
        func typed(_ name: String) -> String? { invocation.input.values[name]?.last }
        if let url = typed("server") {
            if let name = typed("profile"), !mayBeNew {
                let profile = try find(name, in: profiles)
                guard try ServerChoice.url(url) == profile.server else {
                    throw .usage(
                        "--profile: `\(name)` is for \(profile.server); leave out --server or --profile")
                }
            }
            return .url(url)
        }
        for isTyped in [true, false] {
            func value(_ name: String) -> String? { isTyped ? typed(name) : invocation.value(name) }
            if let url = value("server") { return .url(url) }
            if let name = value("profile") {
                if let profile = profiles[try Profile.name(name)] { return .profile(profile) }
                if !mayBeNew { return .profile(try find(name, in: profiles)) }
            }
            if value("data") != nil { return .folder }
        }
        return profiles.current.map { .profile($0) } ?? .folder
    }

    /// The profile of that name.
    /// - Throws: `CommandFailure` where there is none.
    static func find(_ name: String, in profiles: Profiles) throws(CommandFailure) -> Profile {
        if let profile = profiles[name] { return profile }
        let known = profiles.all.map(\.name)
        throw .failed(
            "there is no profile `\(name)`; "
                + (known.isEmpty ? "" : "\(Suggestion.remedy(for: name, among: known)); ")
                + "`homeroom login ACCOUNT --server URL --profile \(name)` makes one")
    }

    private static func url(_ text: String) throws(CommandFailure) -> String {
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            throw .usage("--server: expected https://HOST:PORT or http://HOST:PORT, found `\(text)`")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func url(of running: RunningServer?, _ folder: String) throws(CommandFailure) -> String {
        if let running { return running.url }
        guard FileManager.default.fileExists(atPath: DataFolder.adminKeyPath(in: folder)) else {
            return standardServer
        }
        let option = folder == DataFolder.standardPath ? "" : " --data \(folder)"
        throw .failed(
            "no server runs on `\(folder)`; start it with `homeroom serve\(option)`, or name another server with --server"
        )
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
