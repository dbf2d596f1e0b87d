import Base

/// `homeroom tenant onboard`.
struct TenantOnboarding {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        let client = try ControlClient(invocation)
        // A key of its own, so that the answer can be asked for once more when the run has ended.
        let ownKey =
            invocation.waits() ? "cli-\(UInt64.random(in: 0 ... .max))-\(UInt64.random(in: 0 ... .max))" : nil
        let key = invocation.value("idempotency-key") ?? ownKey
        var answer = try post(client, key)
        if answer.status == 202, invocation.waits() {
            let end = try RunWatch(invocation, client).waitQuietly(answer.json.text("run"))
            guard end.json.text("state") == "completed" else { return RunWatch(invocation, client).end(end) }
            answer = try post(client, key)
        }
        return try finish(answer)
    }

    private func post(_ client: ControlClient, _ key: String?) throws -> ControlClient.Answer {
        try client.post("/v1/tenants", idempotencyKey: key) { json in
            json.member("name", invocation.argument(0))
            json.member("tier", invocation.value("tier") ?? "")
            json.member("admin", invocation.value("admin") ?? "")
            json.member("timezone", invocation.value("timezone") ?? "")
            json.name("schools")
            json.beginArray()
            for school in invocation.values("school") { json.string(school) }
            json.endArray()
            if invocation.isSet("allow-duplicate-name") {
                json.name("allowDuplicateName")
                json.bool(true)
            }
        }
    }

    private func finish(_ answer: ControlClient.Answer) throws -> ExitCode {
        let key = answer.json["credentials"]?["key"]?.string
        if let file = invocation.value("key-out") {
            if let key {
                try SecretFile(creating: file).append(key + "\n")
            } else if answer.status != 202 {
                invocation.terminal.errorLine("no key was shown, so `\(file)` is not written")
            }
        }
        if let code = Output(invocation).json(answer) { return code }
        show(answer, key: key)
        return .done
    }

    private func show(_ answer: ControlClient.Answer, key: String?) {
        let output = Output(invocation)
        guard answer.status != 202, let tenant = answer.json["tenant"] else {
            let run = answer.json.text("run")
            output.pairs([("run", run), ("next", "it is not finished yet: homeroom run watch \(run)")])
            return
        }
        let id = tenant.text("id")
        let place = tenant["placement"]
        var pairs = [
            ("tenant", id), ("name", tenant.text("name")), ("tier", tenant.text("tier")),
            ("store", "\(place?.text("store") ?? "") (\(place?.text("isolation") ?? ""))"),
        ]
        let schools = tenant["schools"]?.elements ?? []
        pairs += schools.map { ("school", "\($0.text("id"))  \($0.text("name"))") }
        if let file = invocation.value("key-out"), key != nil {
            pairs.append(("key", "in \(file)"))
        } else if let key {
            pairs.append(("key", key))
            pairs.append(("", "opens this tenant only; keep it: only its digest is stored"))
        }
        pairs.append(("run", answer.json.text("run")))
        guard key != nil else {
            pairs.append(("key", "not shown: your roles do not open a district's items, or it was made anew"))
            pairs.append(("next", "homeroom member invite \(id) \(tenant.text("admin")) \\"))
            pairs.append(("", "    --name NAME --role district-admin"))
            return output.pairs(pairs)
        }
        let school = schools.first.map { " --school \($0.text("id"))" } ?? ""
        pairs.append(("next", "homeroom token issue --tenant \(id) \\"))
        pairs.append(("", "   \(school) --role service --out token.jwt"))
        output.pairs(pairs)
    }
}
