import Accounts
import Base

/// The members of districts who have a password of their own.
enum MemberOperations {
    static let schemas: KeyValuePairs<String, Schema> = ["Member": member, "MemberInvitation": invitation]

    private static let name = Schema.text(1...128).saying("what they sign in with, unique in their district")

    private static let member = Schema.object([
        "id": .text, "tenant": .tenantID, "member": .text, "name": .text,
        "schools": Schema.list(.schoolID).saying("those they may act for; none: for the district"),
        "students": Schema.list(.object(["school": .schoolID, "student": .text])).saying(
            "whose records are theirs to read, one by a token"),
        "role": .text, "state": .words(AccountRoutes.states), "createdAt": .moment,
        "lastSignInAt?": Schema.moment.saying("to a day"),
    ])

    private static let invitation = Schema.object([
        "member": .reference("Member"), "invitation": Schema.text.saying("only this answer has it"),
        "invitationUrl": Schema.text.saying(
            "the same as a link: the page on which they set a password. What stands behind the `#` lets in whoever has it"
        ),
        "invitationUntil?": .moment,
    ])

    private static let students = Schema.list(
        .request([
            "student": Schema.studentID.saying("as it stands in the keys of their records"),
            "school?": Schema.name.saying("its id or exact name; may be left out where they act for one"),
        ]), max: Limits.memberStudentsMax
    ).saying("whose records are theirs to read; of a `student` one, their own")

    /// What `If-Match` of a change is compared with.
    private static let one = "/v1/tenants/{}/members/{}"

    static let operations: [Operation] = [
        Operation(
            "POST /v1/tenants/{tenant}/members", "inviteMember",
            "Invite somebody to be a member of a district",
            body: .request([
                "member": name,
                "name": Schema.text(1...Limits.accountNameBytesMax).saying("what people call them"),
                "schools?": .list(.name, max: Limits.accountSchoolsMax), "students?": students,
                "role": .text(1...64),
            ]), .created(.reference("MemberInvitation"))),
        Operation(
            "GET /v1/tenants/{tenant}/members", "listMembers", "List a district's members who have passwords",
            query: [
                "role": .text, "school": .schoolID, "state": .words(AccountRoutes.states),
                "sort": .sort(MemberRoutes.order.names), "cursor": .cursor, "limit": .limit,
            ], .ok(.page("members", of: .reference("Member")))),
        Operation(
            "GET /v1/tenants/{tenant}/members/{member}", "getMember", "Show a member, by id or name",
            .ok(.reference("Member"))),
        Operation(
            "DELETE /v1/tenants/{tenant}/members/{member}", "removeMember",
            "Remove a member, and refuse what was issued to them from now on", guarded: one,
            .ok(.object(["id": .text]))),
        Operation(
            "POST /v1/tenants/{tenant}/members/{member}/disable", "disableMember",
            "Refuse a member and all their tokens from now on", body: .request([:]), guarded: one,
            .ok(.reference("Member"))),
        Operation(
            "POST /v1/tenants/{tenant}/members/{member}/enable", "enableMember",
            "Let a member sign in again", body: .request([:]), guarded: one, .ok(.reference("Member"))),
        Operation(
            "POST /v1/tenants/{tenant}/members/{member}/sign-out", "signOutMember",
            "Refuse what was issued to a member; their password stays", body: .request([:]), guarded: one,
            .ok(.reference("Member"))),
        Operation(
            "PUT /v1/tenants/{tenant}/members/{member}/students", "linkMember",
            "Say whose records are a member's to read; what was issued to them before is refused from now on",
            body: .request(["students": students]), guarded: one, .ok(.reference("Member"))),
        Operation(
            "POST /v1/tenants/{tenant}/members/{member}/reset", "resetMember",
            "Take a member's password, refuse their tokens, and invite them anew", body: .request([:]),
            guarded: one,
            .ok(.reference("MemberInvitation"))),
        Operation(
            "GET /invitation", "getInvitationPage",
            "Show the page on which a member sets their first password",
            .bytes("text/html", "The page")),
        Operation(
            "POST /v1/member-invitations/check", "checkMemberInvitation",
            "Say what an invitation is for; it stays good",
            body: .request(["tenant": .tenantID, "member": name, "code": .text(1...128)]),
            .ok(
                .object([
                    "tenant": .tenantID, "tenantName": .text, "member": .text, "name": .text,
                    "schools": Schema.list(.object(["id": .schoolID, "name": .text])).saying(
                        "those they may act for; none: for the district"),
                    "role": .text, "invitationUntil": .moment,
                ]))),
        Operation(
            "POST /v1/member-invitations", "acceptMemberInvitation", "Set a member's first password",
            body: .request([
                "tenant": .tenantID, "member": name, "code": .text(1...128),
                "password": .text(Limits.passwordCharactersMin...Limits.passwordBytesMax),
            ]), .created(.object(["id": .text]))),
    ]
}
