import Base

/// `homeroom tenant onboard`.
struct TenantOnboarding {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        let watch = RunWatch(invocation, try ControlClient(invocation))
        return switch try watch.post("/v1/tenants", write) {
        case .answered(let answer): try finish(answer)
        case .ended(let run): watch.end(run)
        }
    }

    private func write(_ json: inout JSONWriter) {
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
            return RunWatch.showUnfinished(answer, output)
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
