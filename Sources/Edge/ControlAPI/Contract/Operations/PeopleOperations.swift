import Accounts
import Base
import Registry

/// Those who run the platform: their accounts, their sessions, and who may do what.
enum PeopleOperations {
    static let schemas: KeyValuePairs<String, Schema> = [
        "Account": account, "Invitation": invitation, "AccessTable": accessTable,
    ]

    static let operations: [Operation] = access + sessions + own + accounts

    private static let secret = Schema.text.saying("only this answer has it")
    private static let email = Schema.text(3...254).saying("an e-mail address")
    private static let password = Schema.text(1...Limits.passwordBytesMax)
    private static let newPassword = Schema.text(Limits.passwordCharactersMin...Limits.passwordBytesMax)
    private static let code = Schema.text(1...128)
    private static let named = Schema.object(["account": .text])
    private static let ended = Schema.object(["ended": .count])

    // MARK: Who may do what

    private static let accessTable = Schema.object([
        "operations": .list(
            .object([
                "operation": .text, "method": .text, "path": .text,
                "roles": .list(.words(AccessLine.Grantee.allCases.map(\.rawValue))),
            ]))
    ])

    private static let access: [Operation] = [
        Operation(
            "GET /v1/access", "listAccess", "Show who may do what",
            query: ["role": .words(AccessLine.Grantee.allCases.map(\.rawValue))],
            .ok(.reference("AccessTable"))),
        Operation(
            "GET /v1/me", "showMe", "Show who asks, and with which roles",
            .ok(
                .object([
                    "key?": .text, "member?": .text, "person?": .text, "tenant?": .tenantID,
                    "account?": .text, "session?": .text,
                    "roles?": .platformRoles,
                ]))),
    ]

    // MARK: Sessions

    private static let sessions: [Operation] = [
        Operation(
            "POST /v1/invitations", "acceptInvitation", "Set the first password of an account",
            body: .request(["account": email, "code": code, "password": newPassword]), .created(named)),
        Operation(
            "POST /v1/sessions", "signIn",
            "Sign in with a password, and a code where there is a second factor",
            body: .request([
                "account": email, "password": password, "code?": code,
                "device?": Schema.text.saying("what an earlier answer gave this device"),
            ]),
            .created(
                .object([
                    "device": Schema.text.saying("kept by the device, and sent the next time"),
                    "token": secret, "account": .text, "roles": .platformRoles, "endsAt": .moment,
                    "idleSeconds": Schema.integer.saying("after so long without a request the session ends"),
                    "recoveryCodesLeft?": .count,
                ]))),
        Operation(
            "DELETE /v1/sessions/current", "signOut", "End the session that asks", .ok(ended)),
        Operation("DELETE /v1/sessions", "signOutEverywhere", "End all own sessions", .ok(ended)),
    ]

    private static let own: [Operation] = [
        Operation(
            "POST /v1/me/password", "changePassword", "Set oneself another password; other sessions end",
            body: .request(["current": password, "password": newPassword]), .ok(named)),
        Operation(
            "POST /v1/me/second-factor", "beginSecondFactor",
            "Begin a second factor with an authenticator program (RFC 6238)",
            body: .request(["password": password]),
            .created(.object(["secret": secret, "uri": secret]))),
        Operation(
            "POST /v1/me/second-factor/confirm", "confirmSecondFactor",
            "Confirm the second factor by a code, and get recovery codes", body: .request(["code": code]),
            .ok(.object(["recoveryCodes": .list(secret)]))),
        Operation(
            "POST /v1/me/second-factor/remove", "removeSecondFactor", "Take the second factor away",
            body: .request(["password": password, "code?": code]), .ok(named)),
    ]

    // MARK: Accounts

    private static let account = Schema.object([
        "id": .text, "name": .text, "roles": .platformRoles,
        "state": .words(AccountRoutes.states), "createdAt": .moment,
        "secondFactor": .words(["on", "off"]), "sessions": .count, "lastSignInAt?": .moment,
    ])

    private static let invitation = Schema.object([
        "account": .reference("Account"), "invitation": secret, "invitationUntil?": .moment,
    ])

    private static let rolesAsked: KeyValuePairs<String, Schema> = [
        "roles?": .platformRoles, "role?": Schema.platformRole.saying("in the place of `roles`"),
    ]

    private static let accounts: [Operation] = [
        Operation(
            "POST /v1/accounts", "createAccount", "Make somebody an account and invite them",
            body: .request([
                "account": email, "name": .text(1...Limits.accountNameBytesMax), "roles?": .platformRoles,
                "role?": Schema.platformRole.saying("in the place of `roles`"),
            ]), .created(.reference("Invitation"))),
        Operation(
            "GET /v1/accounts", "listAccounts", "List the accounts of those who run the platform",
            query: [
                "role": .platformRole, "state": .words(AccountRoutes.states),
                "sort": .sort(AccountRoutes.order.names), "cursor": .cursor, "limit": .limit,
            ],
            .ok(.page("accounts", of: .reference("Account")))),
        Operation(
            "GET /v1/accounts/{account}", "getAccount", "Show an account", .ok(.reference("Account"))),
        Operation(
            "PUT /v1/accounts/{account}/roles", "setAccountRoles",
            "Give an account other roles, from its next request on",
            body: .request(rolesAsked), guarded: "/v1/accounts/{}", .ok(.reference("Account"))),
        Operation(
            "POST /v1/accounts/{account}/disable", "disableAccount",
            "Close an account and end its sessions at once", body: .request([:]), guarded: "/v1/accounts/{}",
            .ok(.reference("Account"))),
        Operation(
            "POST /v1/accounts/{account}/enable", "enableAccount", "Open a closed account again",
            body: .request([:]), guarded: "/v1/accounts/{}", .ok(.reference("Account"))),
        Operation(
            "POST /v1/accounts/{account}/reset", "resetAccount",
            "Take an account's password and second factor, and invite its owner anew", body: .request([:]),
            guarded: "/v1/accounts/{}", .ok(.reference("Invitation"))),
        Operation(
            "DELETE /v1/accounts/{account}/sessions", "endAccountSessions", "End all sessions of an account",
            guarded: "/v1/accounts/{}", .ok(ended)),
    ]
}
