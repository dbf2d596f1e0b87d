import Base
import FoundationEssentials
import HTTPClient

/// `homeroom doctor`.
enum DoctorCommand {
    static let command = Command(
        path: ["doctor"], summary: "find out what is wrong between here and the server",
        options: ControlClient.options,
        notes: [
            "Looks at the server, the clock, the data folder where it is on this machine, the keys, the token, and the variables that "
                + "AWS SDKs read; says of each what is wrong and what to do. Changes nothing. Ends with 0 where nothing is wrong, "
                + "with 1 where something is."
        ],
        examples: ["homeroom doctor", "homeroom doctor --json"],
        run: { invocation in
            let server = ServerChecks(invocation)
            let client = ClientChecks(
                environment: invocation.environment, server: server.address, now: SystemClock().now())
            var found = server.run()
            found += FolderChecks(path: invocation.value("data") ?? DataFolder.standardPath).run()
            found += KeyChecks(invocation).run()
            found += client.run()
            let report = DoctorReport(found: found)
            report.show(invocation)
            return report.isHealthy ? .done : .failed
        })
}

/// The server as it answers: reachable, ready, of which version, with which clock, and whether it takes the key.
struct ServerChecks {
    private static let timeoutSeconds = 5
    /// From here on short tokens may be refused as not yet valid, or as ended.
    private static let skewSecondsDoubtful = 5
    /// From here on a token of a minute is never good.
    private static let skewSecondsWrong = 60

    /// From here on an end of the certificate is spoken of.
    private static let certificateDaysDoubtful = 14

    /// Where the server is.
    let address: String
    /// Nil where nothing says where it is.
    private let choice: ServerChoice?
    private let client: ControlClient?
    private let refusal: String?

    init(_ invocation: Invocation) {
        do throws(CommandFailure) {
            let client = try ControlClient(invocation)
            self.client = client
            (address, choice, refusal) = (client.server, client.choice, nil)
        } catch {
            (client, refusal) = (nil, error.message)
            choice = ServerChecks.choice(invocation)
            address = choice?.url ?? invocation.value("server") ?? "http://127.0.0.1:8080"
        }
    }

    /// Where it is, though there is no key for it.
    private static func choice(_ invocation: Invocation) -> ServerChoice? {
        do throws(CommandFailure) { return try ServerChoice(invocation, mayBeNew: true) } catch { return nil }
    }

    func run() -> [Diagnosis] {
        var request = HTTPClientRequest(method: "GET", url: address + "/readyz")
        request.asksForCertificate = true
        request.timeoutSeconds = ServerChecks.timeoutSeconds
        let before = SystemClock().now()
        let response: HTTPClientResponse
        let http = HTTPClient(trust: choice?.trust ?? .system)
        do throws(HTTPClientError) {
            if let choice {
                response = try choice.send(request, by: http)
            } else {
                response = try http.send(request)
            }
        } catch {
            return [.wrong("server", "\(error)", ServerChecks.remedy(for: error))]
        }
        let after = SystemClock().now()
        let readiness = readiness(response)
        // What another program says of clocks and keys tells nothing.
        guard readiness.state != .wrong else { return [readiness] }
        return [readiness] + certificate(response, at: before)
            + clock(response, before: before, after: after) + [key()]
    }

    private static func remedy(for error: HTTPClientError) -> String {
        switch error {
        case .unknownAuthority, .badAuthorities: "name the authority's certificate with --ca-file FILE"
        case .certificateEnded: "put another one into the server's files: it reads them again by itself"
        case .wrongName, .otherKey, .untrusted, .noTLS, .noAnswer:
            "say the server's right name and port with --server, https:// where it speaks TLS"
        case .badURL, .badField, .unknownHost, .refused, .timedOut, .responseTooLarge, .failed:
            "start it with `homeroom serve`, or say where it is with --server"
        }
    }

    private func certificate(_ response: HTTPClientResponse, at now: Timestamp) -> [Diagnosis] {
        guard let end = response.certificateEndsAtSeconds else { return [] }
        let days = (end - now.seconds) / 86_400
        let remedy = "put another one into the server's files: it reads them again by itself"
        if end <= now.seconds { return [.wrong("certificate", "the server's has ended", remedy)] }
        let text = "the server's is good for \(days) days"
        return [
            days < ServerChecks.certificateDaysDoubtful
                ? .doubtful("certificate", text, remedy) : .ok("certificate", text)
        ]
    }

    private func readiness(_ response: HTTPClientResponse) -> Diagnosis {
        let document = JSONAnswer(parsing: response.body)
        guard let document, document["status"] != nil || document["type"] != nil else {
            return .wrong(
                "server", "\(address) answers, but not as Homeroom's control API (status \(response.status))",
                "the control API is on port 8080 where nobody has said otherwise, the gateway on 8000; say --server"
            )
        }
        guard response.status == 200 else {
            return .wrong(
                "server", "\(address) is not ready: \(document.text("detail"))",
                "wait until it has started; its log says what it is at")
        }
        let version = document.text("version")
        guard version == OtherCommands.versionText else {
            return .doubtful(
                "server",
                "\(address) is ready; it is version \(version), and this command line \(OtherCommands.versionText)",
                "use the command line of the server's version: commands may know what the server does not")
        }
        return .ok("server", "\(address) is ready, version \(version)")
    }

    private func clock(
        _ response: HTTPClientResponse, before: Timestamp, after: Timestamp
    ) -> [Diagnosis] {
        guard let date = response.header("date").flatMap(HTTPDate.seconds) else { return [] }
        // The header has whole seconds, and was written between the two.
        let ahead = Int(before.seconds) - 1 - Int(date)
        let behind = Int(date) - Int(after.seconds)
        let skew = max(0, ahead, behind)
        guard skew > ServerChecks.skewSecondsDoubtful else {
            return [.ok("clock", "it agrees with the server's")]
        }
        let text =
            "it is \(Figures.seconds(Double(skew))) \(ahead > behind ? "ahead of" : "behind") the server's"
        let remedy = "set both clocks by NTP (`timedatectl`): tokens and signatures are good for a time only"
        return [
            skew > ServerChecks.skewSecondsWrong
                ? .wrong("clock", text, remedy) : .doubtful("clock", text, remedy)
        ]
    }

    private func key() -> Diagnosis {
        guard var client else {
            return .wrong("key", refusal ?? "there is none", "see `homeroom help environment`")
        }
        client.timeoutSeconds = ServerChecks.timeoutSeconds
        do throws(CommandFailure) {
            _ = try client.get("/v1/tenants?limit=1")
            return .ok("key", "the server takes it")
        } catch {
            // Another kind of key, such as a reviewer's, is taken elsewhere.
            if error.problem.flatMap({ JSONAnswer(parsing: $0) })?["status"]?.int == 403 {
                return .ok("key", "the server knows it; it may not list tenants")
            }
            return .wrong(
                "key", "the server does not take it: \(error.message)", "give another with --key-file FILE")
        }
    }
}
