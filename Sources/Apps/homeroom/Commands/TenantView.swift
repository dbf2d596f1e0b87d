import Base

/// `homeroom tenant show`.
struct TenantView {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() throws -> ExitCode {
        let client = try ControlClient(invocation)
        let id = try TenantFinder(client).find(invocation.argument(0)).text("id")
        let answer = try client.get("/v1/tenants/\(id)")
        if let code = Output(invocation).json(answer) { return code }
        let tenant = answer.json
        let place = tenant["placement"]
        let mode = tenant["mode"].map { ", \($0.string ?? "")" } ?? ""
        let state = tenant.text("state") + mode + (tenant["reason"].map { ": \($0.string ?? "")" } ?? "")
        var pairs = [
            ("tenant", id), ("name", tenant.text("name")), ("tier", tenant.text("tier")), ("state", state),
            ("admin", tenant.text("admin")), ("timezone", tenant.text("timezone")),
            ("onboarded", Figures.moment(tenant.text("createdAt"))),
        ]
        if let place {
            pairs.append(
                (
                    "store",
                    "\(place.text("store")) (\(place.text("isolation")), epoch \(place.number("epoch")))"
                ))
            pairs += (place["tables"]?.members ?? []).map {
                ("table", "\($0.name) is \($0.value.string ?? "")")
            }
        }
        pairs += (tenant["schools"]?.elements ?? []).map {
            let state = $0.text("state") == "open" ? "" : " (\($0.text("state")))"
            return ("school", "\($0.text("id"))  \($0.text("name"))\(state)")
        }
        pairs += (tenant["contacts"]?.elements ?? []).map {
            ("contact", "\($0.text("name")), \($0.text("role")), \($0.text("email")) \($0.text("phone"))")
        }
        pairs += (tenant["blackouts"]?.elements ?? []).map { ("blackout", TenantView.text(ofBlackout: $0)) }
        pairs += TenantView.limits(tenant)
        let runs = try client.list("/v1/runs?tenant=\(id)", "runs", max: 5)
        pairs += runs.map { run in
            (
                "run",
                "\(run.text("id"))  \(run.text("kind")), \(run.text("state")), \(Figures.moment(run.text("createdAt")))"
            )
        }
        Output(invocation).pairs(pairs)
        return .done
    }

    /// `2026-12-14 to 2026-12-18: exams`.
    static func text(ofBlackout blackout: JSONAnswer) -> String {
        let (from, to) = (blackout.text("from"), blackout.text("to"))
        return from + (from == to ? "" : " to \(to)") + ": \(blackout.text("reason"))"
    }

    /// What holds, and where that is not the tier's word, until when.
    private static func limits(_ tenant: JSONAnswer) -> [(String, String)] {
        let overrides = tenant["overrides"]?.elements ?? []
        return (tenant["limits"]?.members ?? []).map { name, value in
            let text = "\(name) \(value.int.map { Figures.count($0) } ?? "any number")"
            guard let override = overrides.first(where: { $0.text("limit") == name }) else {
                return ("limit", text)
            }
            let end = override["until"] == nil ? "" : ", until \(Figures.moment(override.text("until")))"
            return ("limit", "\(text) (override\(end): \(override.text("reason")))")
        }
    }
}
