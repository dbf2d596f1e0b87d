import Base
import FoundationEssentials
import HTTPClient

/// Speaks to the control API for the commands.
struct ControlClient: Sendable {
    /// A success: what the server sent, and the same read.
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
        let json: JSONAnswer
        /// Whether an earlier request with the same idempotency key was answered so.
        var isRepeated = false
        /// What the answer is told apart by from others at its address; nil where the server does not say.
        var tag: String?
    }

    /// The options that every command has which speaks to a server.
    static let options: [CommandOption] = [
        CommandOption(
            name: "server", value: "URL", help: "where the control API is", variable: "HOMEROOM_SERVER",
            standard: "that of the profile, of the data folder, else http://127.0.0.1:8080"),
        CommandOption(
            name: "profile", value: "NAME", help: "a server that `homeroom login` has kept",
            variable: "HOMEROOM_PROFILE", standard: "the one in use, else `default`"),
        CommandOption(
            name: "ca-file", value: "FILE",
            help: "the authorities that the server's certificate may be of (PEM)",
            variable: "HOMEROOM_CA_FILE", standard: "the profile's, else the system's"),
        CommandOption(
            name: "key-file", value: "FILE",
            help: "a file with the key (HOMEROOM_KEY may hold the key itself)",
            standard: "that of `homeroom login`, else admin-key in the data folder"),
        CommandOption(
            name: "data", value: "DIR", help: "the server's data folder", variable: "HOMEROOM_DATA",
            standard: "homeroom-data"),
        allowPlain,
        CommandOption(name: "json", help: "print the server's JSON"),
    ]

    private static let allowPlain = CommandOption(
        name: "allow-plain", help: "send keys and passwords to another machine without TLS",
        variable: "HOMEROOM_ALLOW_PLAIN")

    let server: String
    /// The profile whose server it is, or nil.
    let profile: Profile?
    /// By what it knows the server.
    let choice: ServerChoice
    private let key: String?
    private let terminal: Terminal
    /// How long an answer may take.
    var timeoutSeconds = 60
    private let http: HTTPClient

    /// The client that the options and the environment ask for.
    /// - Parameter needsKey: false for what is done before one has any, with a password; the profile need not be there then either.
    /// - Throws: `CommandFailure` where there is no server or no key, or everybody on the way could read the key or the password.
    init(_ invocation: Invocation, needsKey: Bool = true) throws(CommandFailure) {
        choice = try ServerChoice(invocation, mayBeNew: !needsKey)
        (server, profile, terminal) = (choice.url, choice.profile, invocation.terminal)
        http = HTTPClient(trust: choice.trust)
        guard !choice.isPlainToOthers || profile?.allowsPlain == true || ControlClient.allowsPlain(invocation)
        else {
            throw .usage(
                "--server: \(choice.url) is another machine, and http:// lets everybody on the way read the "
                    + "\(needsKey ? "key" : "password"): say https://, or --allow-plain if the network is yours alone"
            )
        }
        key = try needsKey ? ControlClient.key(invocation, choice) : nil
    }

    /// Whether somebody has said that nobody listens on the way.
    static func allowsPlain(_ invocation: Invocation) -> Bool {
        invocation.isSet("allow-plain")
            || ["1", "true", "yes"].contains(invocation.value("allow-plain") ?? "")
    }

    /// The key: typed, then that of the profile that is typed, of the environment, of a profile for the server, of the data folder.
    private static func key(_ invocation: Invocation, _ choice: ServerChoice) throws(CommandFailure) -> String
    {
        if let file = invocation.value("key-file") {
            guard let key = firstLine(of: file) else {
                throw .failed("--key-file: cannot read a key from `\(file)`")
            }
            return key
        }
        let token = choice.profile?.token(at: SystemClock().now())
        if invocation.input.values["profile"] != nil, let token { return token }
        if let key = invocation.environment["HOMEROOM_KEY"], !key.isEmpty { return key }
        if let token { return token }
        // The folder's key is its own server's, which a profile need not be for.
        if choice.isOfProfile, let profile = choice.profile { throw signedOut(of: profile) }
        let path = DataFolder.adminKeyPath(in: choice.folder)
        guard choice.isOfFolder else {
            throw .failed(
                "no key for \(choice.url): the one in `\(path)` is its own server's. Sign in with `homeroom login ACCOUNT --server "
                    + "\(choice.url)`, give a key with --key-file FILE or in HOMEROOM_KEY, or say with --data which folder is that "
                    + "server's")
        }
        guard let key = firstLine(of: path) else {
            throw .failed(
                "no key: there is none in `\(path)`. Start the server here first (`homeroom serve`), name its data folder "
                    + "with --data, sign in with `homeroom login`, or give a key with --key-file FILE or in HOMEROOM_KEY"
            )
        }
        return key
    }

    private static func signedOut(of profile: Profile) -> CommandFailure {
        let state = profile.token == nil ? "you are signed out" : "your session is over"
        return .failed(
            "\(state) at \(profile.server) (profile `\(profile.name)`); sign in with `homeroom login "
                + "\(profile.account ?? "ACCOUNT") --profile \(profile.name)`, or give a key with --key-file FILE or in HOMEROOM_KEY"
        )
    }

    static func firstLine(of path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let line = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).first
        return line.map { String($0.filter { $0 != " " }) }
    }

    /// Reads.
    func get(_ path: String) throws(CommandFailure) -> Answer { try send("GET", path, body: nil, key: nil) }

    /// Writes; `body` is a JSON object. The same idempotency key gives the same answer.
    func post(
        _ path: String, idempotencyKey: String? = nil, _ write: (inout JSONWriter) -> Void = { _ in }
    ) throws(CommandFailure) -> Answer {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        write(&json)
        json.endObject()
        return try send("POST", path, body: json.bytes, key: idempotencyKey)
    }

    /// Writes the parameters of a form.
    func post(_ path: String, form: [(name: String, value: String)]) throws(CommandFailure) -> Answer {
        let body = form.map { "\($0.name)=\(ControlClient.encoded($0.value))" }.joined(separator: "&")
        return try answer(
            exchange("POST", path, body: Array(body.utf8), type: "application/x-www-form-urlencoded"))
    }

    /// Changes with another method; `body` is a JSON object. With a tag only where what lies there still has it.
    func write(
        _ method: String, _ path: String, ifMatch tag: String? = nil, _ write: (inout JSONWriter) -> Void
    ) throws(CommandFailure) -> Answer {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        write(&json)
        json.endObject()
        return try answer(exchange(method, path, body: json.bytes, ifMatch: tag))
    }

    /// Removes.
    func delete(_ path: String) throws(CommandFailure) -> Answer {
        try send("DELETE", path, body: nil, key: nil)
    }

    /// All elements of a list, page by page.
    func list(_ path: String, _ member: String, max: Int = .max) throws(CommandFailure) -> [JSONAnswer] {
        try pages(path, member, max: max).elements
    }

    /// A list with what stands beside it: the answer's body has the elements of all pages, its `json` those of the first.
    func whole(
        _ path: String, _ member: String
    ) throws(CommandFailure) -> (answer: Answer, elements: [JSONAnswer]) {
        let (first, elements) = try pages(path, member, max: .max)
        var json = JSONWriter(reserving: first.body.count)
        json.beginObject()
        for (name, value) in first.json.members where name != "next" {
            json.name(text: name)
            guard name == member else {
                value.write(to: &json)
                continue
            }
            json.beginArray()
            for element in elements { element.write(to: &json) }
            json.endArray()
        }
        json.endObject()
        return (Answer(status: first.status, body: json.bytes, json: first.json), elements)
    }

    private func pages(
        _ path: String, _ member: String, max: Int
    ) throws(CommandFailure) -> (first: Answer, elements: [JSONAnswer]) {
        let separator = path.contains("?") ? "&" : "?"
        func page(behind elements: [JSONAnswer], _ cursor: String?) throws(CommandFailure) -> Answer {
            let more = cursor.map { "&cursor=\(ControlClient.encoded($0))" } ?? ""
            return try get("\(path)\(separator)limit=\(min(500, max - elements.count))\(more)")
        }
        let first = try page(behind: [], nil)
        var all = first.json[member]?.elements ?? []
        var cursor = first.json["next"]?.string
        while let last = cursor, all.count < max {
            let next = try page(behind: all, last).json
            all += next[member]?.elements ?? []
            cursor = next["next"]?.string
        }
        return (first, all)
    }

    /// The text as a path's segment or a query's value.
    static func encoded(_ text: String) -> String { PercentEncoding.encode(text) }

    /// Reads a page of lines: the bytes as they are, and where the next page goes on.
    func lines(_ path: String) throws(CommandFailure) -> (bytes: [UInt8], next: String?) {
        // A page of the longest entries there can be.
        let response = try exchange("GET", path, responseBytesMax: 512 * 1024 * 1024)
        return (response.body, response.header("homeroom-next"))
    }

    /// Reads bytes that are no JSON.
    func bytes(_ path: String) throws(CommandFailure) -> [UInt8] { try exchange("GET", path).body }

    /// Sends bytes that are no JSON.
    func put(_ path: String, bytes: [UInt8]) throws(CommandFailure) -> Answer {
        try answer(exchange("PUT", path, body: bytes, type: "application/octet-stream"))
    }

    private func send(_ method: String, _ path: String, body: [UInt8]?, key idempotencyKey: String?)
        throws(CommandFailure) -> Answer
    {
        try answer(exchange(method, path, body: body, idempotencyKey: idempotencyKey))
    }

    private func answer(_ response: HTTPClientResponse) throws(CommandFailure) -> Answer {
        guard let json = JSONAnswer(parsing: response.body) else { throw foreign(response) }
        return Answer(
            status: response.status, body: response.body, json: json,
            isRepeated: response.header("idempotency-replayed") != nil, tag: response.header("etag"))
    }

    /// Sends a request; the response where it succeeded.
    private func exchange(
        _ method: String, _ path: String, body: [UInt8]? = nil, type: String = "application/json",
        idempotencyKey: String? = nil, ifMatch tag: String? = nil, responseBytesMax: Int? = nil
    ) throws(CommandFailure) -> HTTPClientResponse {
        var request = HTTPClientRequest(method: method, url: server + path)
        request.timeoutSeconds = timeoutSeconds
        if let responseBytesMax { request.responseBytesMax = responseBytesMax }
        request.headers = [HTTPClientHeader("Accept", "application/json")]
        if let key { request.headers.append(HTTPClientHeader("Authorization", "Bearer \(key)")) }
        if let idempotencyKey { request.headers.append(HTTPClientHeader("Idempotency-Key", idempotencyKey)) }
        if let tag { request.headers.append(HTTPClientHeader("If-Match", tag)) }
        if let body {
            request.headers.append(HTTPClientHeader("Content-Type", type))
            request.body = body
        }
        let response: HTTPClientResponse
        do throws(HTTPClientError) {
            response = try terminal.whileWaiting(for: server) { () throws(HTTPClientError) in
                try choice.send(request, by: http)
            }
        } catch {
            throw .unreachable(error, server: server, profile: profile)
        }
        guard (200...299).contains(response.status) else {
            guard let problem = JSONAnswer(parsing: response.body) else { throw foreign(response) }
            throw .refused(response, problem, profile: profile)
        }
        return response
    }

    private func foreign(_ response: HTTPClientResponse) -> CommandFailure {
        .failed(
            "expected JSON from \(server), found something else (status \(response.status)): is that Homeroom's control API?"
        )
    }
}

extension CommandFailure {
    /// Whether the server refused for what stands, or does not stand, in this field.
    func isAbout(field: String) -> Bool {
        problem.flatMap { JSONAnswer(parsing: $0) }?["field"]?.string == field
    }

    /// Nobody answered, or nobody who can be trusted.
    static func unreachable(
        _ error: HTTPClientError, server: String, profile: Profile?
    ) -> CommandFailure {
        let place = profile.map { " (profile `\($0.name)`)" } ?? ""
        switch error {
        case .refused:
            return .failed(
                "nothing answers at \(server)\(place); start it with `homeroom serve`, or name another with --server"
            )
        case .unknownAuthority:
            return .failed("\(error) with --ca-file FILE or HOMEROOM_CA_FILE\(place)")
        case .badURL, .badField, .unknownHost, .timedOut, .wrongName, .certificateEnded, .otherKey,
            .badAuthorities, .noTLS, .untrusted, .noAnswer, .responseTooLarge, .failed:
            return .failed("\(error)\(place)")
        }
    }

    /// The server answered with a problem.
    static func refused(
        _ response: HTTPClientResponse, _ problem: JSONAnswer, profile: Profile?
    ) -> CommandFailure {
        let said = problem["detail"]?.string ?? problem["error_description"]?.string
        var text = said ?? "the server answered with status \(response.status)"
        if let step = problem["step"]?.string {
            text += "\n  step: \(step), attempt \(problem.text("attempt")), run \(problem.text("run"))"
        }
        if let profile {
            text += "\n  profile: \(profile.name), \(profile.server)"
            if response.status == 401, let account = profile.account {
                text += "\n  sign in again: homeroom login \(account) --profile \(profile.name)"
            }
        }
        if response.status >= 500, let id = problem["requestId"]?.string { text += "\n  request: \(id)" }
        return CommandFailure(message: text, problem: response.body)
    }
}
