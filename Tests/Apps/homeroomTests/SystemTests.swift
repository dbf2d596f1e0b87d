import Base
import FoundationEssentials
import HTTPClient
import JSONText
import TestKit
import Testing

@testable import homeroom

/// The whole system in this process: what needs no process of its own to be tested.
@Suite struct SystemTests {
    private func start(_ folder: TemporaryFolder) throws -> System {
        let words = [
            "serve", "--data", folder.path(of: "data"), "--gateway", "127.0.0.1:0", "--control",
            "127.0.0.1:0",
        ]
        guard case .run(let input) = try ArgumentParser(commands: Homeroom.commands).parse(words) else {
            throw CommandFailure.usage("help")
        }
        let silent = Terminal(isInteractive: false) { _, _ in }
        return try System(
            try ServeOptions(Invocation(input: input, environment: [:], terminal: silent)), log: .none)
    }

    private func send(
        _ method: String, _ path: String, to system: System, key: String?, body: String? = nil
    ) throws -> (status: Int, json: JSONAnswer) {
        var request = HTTPClientRequest(method: method, url: system.controlAddress + path)
        if let key { request.headers.append(HTTPClientHeader("Authorization", "Bearer \(key)")) }
        if let body {
            request.headers.append(HTTPClientHeader("Content-Type", "application/json"))
            request.body = Array(body.utf8)
        }
        let response = try HTTPClient().send(request)
        return (response.status, JSONAnswer(try JSONText(parsing: response.body).root))
    }

    @Test func onboardsAndKnowsItAfterARestart() throws {
        let folder = try TemporaryFolder()
        var tenant = ""
        var key = ""
        do {
            let system = try start(folder)
            guard case .new(let made) = system.adminKey else {
                Issue.record("the first start made no key")
                return
            }
            key = made
            let answer = try send(
                "POST", "/v1/tenants", to: system, key: key,
                body:
                    #"{"name": "Oak", "tier": "basic", "admin": "a@b.example", "timezone": "UTC", "schools": ["A"]}"#
            )
            #expect(answer.status == 201)
            tenant = answer.json["tenant"]?.text("id") ?? ""
            system.stop()
        }
        let system = try start(folder)
        defer { system.stop() }
        #expect(system.adminKey == .known)
        let answer = try send("GET", "/v1/tenants/\(tenant)", to: system, key: key)
        #expect((answer.status, answer.json.text("name")) == (200, "Oak"))
        #expect(try send("GET", "/v1/tenants/\(tenant)", to: system, key: nil).status == 401)
    }

    /// The audit log stays when a district and its people have gone.
    @Test func theFirstKeyIsNotKnownByAPersonsAddress() throws {
        let folder = try TemporaryFolder()
        let system = try start(folder)
        defer { system.stop() }
        guard case .new(let key) = system.adminKey else {
            Issue.record("the first start made no key")
            return
        }
        let body =
            #"{"name": "Oak", "tier": "basic", "admin": "ada@oak.example", "timezone": "UTC", "schools": ["A"]}"#
        let made = try send("POST", "/v1/tenants", to: system, key: key, body: body)
        let tenant = made.json["tenant"]?.text("id") ?? ""
        let audit = try send("GET", "/v1/audit?tenant=\(tenant)", to: system, key: key)
        let entries = audit.json["entries"]?.elements ?? []
        let labels = entries.filter { $0.text("action") == "credential.created" }
            .map { $0["detail"]?.text("label") ?? "" }
        #expect(labels == ["first key"])
        let texts = entries.flatMap { entry in
            ["detail", "before", "after"].flatMap { entry[$0]?.members ?? [] }.compactMap(\.value.string)
        }
        #expect(!texts.isEmpty && !texts.contains { $0.contains("ada@") }, "\(texts)")
    }

    /// Also where the id is of somebody's own choice, and where the file was taken away since.
    @Test(arguments: [true, false], ["", "ops", "admin-0123456789ab"])
    func anAdministratorsKeyIsMadeOnce(isFileKept: Bool, id: String) throws {
        let folder = try TemporaryFolder()
        let file = folder.path(of: "data") + "/admin-key"
        if !id.isEmpty {
            try FileManager.default.createDirectory(
                atPath: folder.path(of: "data"), withIntermediateDirectories: true)
            try Data("\(id).secret\n".utf8).write(to: URL(filePath: file))
        }
        do {
            let first = try start(folder)
            defer { first.stop() }
            if id.isEmpty {
                #expect(first.adminKey != .known)
            } else {
                #expect(first.adminKey == .new("\(id).secret"))
            }
        }
        if !isFileKept { try FileManager.default.removeItem(atPath: file) }
        let second = try start(folder)
        defer { second.stop() }
        #expect(second.adminKey == .known)
    }

    @Test func everyOperationButTheOpenOnesNeedsAKey() throws {
        let system = try start(try TemporaryFolder())
        defer { system.stop() }
        for path in ["/v1/tenants", "/v1/runs", "/v1/catalog", "/v1/stores", "/v1/audit"] {
            #expect(try send("GET", path, to: system, key: nil).status == 401, "\(path)")
        }
        for path in ["/healthz", "/readyz", "/.well-known/jwks.json", "/.well-known/openid-configuration"] {
            #expect(try send("GET", path, to: system, key: nil).status == 200, "\(path)")
        }
    }
}
