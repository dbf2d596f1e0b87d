import Accounts
import Base
import HTTPServer
import Registry

/// Operations of whoever has an account: sign in and out, and look after one's own secrets.
///
/// What needs a password is carried out by one thread, so that those who guess take no more than one core.
enum SessionRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/invitations", pool: .passwords, accept),
        ControlRoute(.post, "/v1/sessions", pool: .passwords, signIn),
        ControlRoute(.delete, "/v1/sessions/current") { call in
            let own = try session(call)
            try AccountRoutes.desk(call).signOut(own.id, of: own.account, actor: call.actor)
            return ended(1)
        },
        ControlRoute(.delete, "/v1/sessions") { call in
            let own = try session(call)
            return ended(
                try AccountRoutes.desk(call).signOutEverywhere(own.account.text, actor: call.actor))
        },
        ControlRoute(.post, "/v1/me/password", pool: .passwords, changePassword),
        ControlRoute(.post, "/v1/me/second-factor", pool: .passwords, enrol),
        ControlRoute(.post, "/v1/me/second-factor/confirm", pool: .passwords, confirm),
        ControlRoute(.post, "/v1/me/second-factor/remove", pool: .passwords, removeSecondFactor),
    ]

    /// So many sessions have ended.
    static func ended(_ count: Int) -> ControlResponse {
        .json { json in
            json.beginObject()
            json.member("ended", count)
            json.endObject()
        }
    }

    /// The caller's session: who came with a key has none.
    private static func session(_ call: ControlCall) throws(Problem) -> (id: String, account: AccountID) {
        guard case .staff(let staff) = call.caller, case .session(let id, let account) = staff.identity else {
            throw Problem(
                .notApplicable,
                "this needs a session; sign in with `homeroom login`, or send POST /v1/sessions"
            )
        }
        return (id, account)
    }

    private static func accept(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["account", "code", "password"])
        let record = try AccountRoutes.desk(call).accept(
            try body.string("account"), code: try body.string("code"), password: try password(body),
            from: call.request.remoteAddress, actor: call.actor)
        return .json(status: 201) { json in
            json.beginObject()
            json.member("account", record.id.text)
            json.endObject()
        }
    }

    private static func signIn(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["account", "password", "code", "device"])
        let shown = AccountDesk.Credentials(
            account: try body.string("account"), password: try password(body),
            code: try body.stringIfPresent("code"), device: try body.stringIfPresent("device"))
        let begun = try AccountRoutes.desk(call).signIn(
            shown, from: call.request.remoteAddress, actor: call.actor)
        return .json(status: 201) { json in
            json.beginObject()
            json.member("token", ControlKey(id: begun.session.id, secret: begun.secret).text)
            json.member("account", begun.account.id.text)
            json.name("roles")
            json.beginArray()
            for role in begun.account.roles { json.string(role.rawValue) }
            json.endArray()
            json.member("endsAt", begun.session.endsAt.iso8601)
            json.member("idleSeconds", Int(Limits.sessionIdleMilliseconds / 1000))
            json.member("device", begun.device)
            if let left = begun.recoveryCodesLeft { json.member("recoveryCodesLeft", left) }
            json.endObject()
        }
    }

    private static func changePassword(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["current", "password"])
        let own = try session(call)
        try AccountRoutes.desk(call).changePassword(
            of: own.account, from: try password(body, "current"), to: try password(body), keeping: own.id,
            actor: call.actor)
        return done(own.account)
    }

    private static func enrol(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["password"])
        let own = try session(call)
        let begun = try AccountRoutes.desk(call).enrol(
            own.account, password: try password(body), actor: call.actor)
        return .json(status: 201) { json in
            json.beginObject()
            json.member("secret", begun.secret)
            json.member("uri", begun.uri)
            json.endObject()
        }
    }

    private static func confirm(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["code"])
        let own = try session(call)
        let codes = try AccountRoutes.desk(call).confirm(
            own.account, code: try body.string("code"), actor: call.actor)
        return .json { json in
            json.beginObject()
            json.name("recoveryCodes")
            json.beginArray()
            for code in codes { json.string(code) }
            json.endArray()
            json.endObject()
        }
    }

    private static func removeSecondFactor(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["password", "code"])
        let own = try session(call)
        try AccountRoutes.desk(call).removeSecondFactor(
            of: own.account, password: try password(body), code: try body.stringIfPresent("code"),
            actor: call.actor)
        return done(own.account)
    }

    private static func done(_ account: AccountID) -> ControlResponse {
        .json { json in
            json.beginObject()
            json.member("account", account.text)
            json.endObject()
        }
    }

    /// A password as it was sent: of bounded length, since each byte is hashed.
    private static func password(_ body: RequestBody, _ name: String = "password") throws(Problem) -> String {
        let password = try body.string(name)
        guard password.utf8.count <= Limits.passwordBytesMax else {
            throw .invalid("at most \(Limits.passwordBytesMax) bytes", field: name)
        }
        return password
    }
}
