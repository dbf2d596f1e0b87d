import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Policies
import Registry
import Testing

@testable import GatewayAPI

/// Who may assume a role, asked through the port.
struct TrustTests {
    private let server: TestServer
    private var deployment: TestDeployment { server.deployment }

    init() throws { server = try TestServer(try TestDeployment(recording: .init())) }

    private func trust(_ members: String, maxSessionSeconds: Int = 3600) throws {
        let school = deployment.own.school.text
        let text = members.split(separator: "@SCHOOL", omittingEmptySubsequences: false).joined(
            separator: school)
        let role =
            #"{"name":"teacher","policies":["p.json"],"trust":{\#(text)},"maxSessionSeconds":\#(maxSessionSeconds)}"#
        let policy =
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}"#
        deployment.policies.replace(
            by: try PolicyCatalog.load(files: [
                "roles/teacher.json": Array(role.utf8), "policies/p.json": Array(policy.utf8),
            ]))
    }

    private func assume(_ more: [(String, String)] = []) throws -> HTTPClientResponse {
        try server.assumeRole(token: try server.token(deployment.own), more)
    }

    private static let teacher = #""conditions":{"StringEquals":{"homeroom:role":"teacher"}}"#
    private static func conditions(_ text: String) -> String { "\"conditions\":{\(text)}" }

    @Test(arguments: [
        teacher, #""issuer":"https://issuer.example",\#(teacher)"#,
        #""issuer":["https://other.example","https://issuer.example"],\#(teacher)"#,
        #""audience":["other","sts.homeroom.example"],\#(teacher)"#,
        conditions(#""StringEquals":{"aws:RequestTag/school_id":"@SCHOOL"}"#),
        conditions(#""StringEquals":{"aws:PrincipalTag/school_id":"@SCHOOL"}"#),
        conditions(#""StringNotEquals":{"aws:PrincipalTag/role":"student"}"#),
        conditions(
            #""ForAllValues:StringEquals":{"aws:TagKeys":["tenant_id","school_id","role","tier"]},"Null":{"aws:TagKeys":"false"}"#
        ),
        conditions(#""StringLike":{"sts:RoleSessionName":"test-*"}"#),
        conditions(#""IpAddress":{"aws:SourceIp":"127.0.0.0/8"}"#),
        conditions(#""DateLessThan":{"aws:CurrentTime":"2026-01-02T00:00:00Z"}"#),
        conditions(
            #""StringEquals":{"homeroom:subject":"user-1","homeroom:tier":"basic","homeroom:school_id":"@SCHOOL"}"#
        ),
    ])
    func admits(_ members: String) throws {
        try trust(members)
        #expect(try assume().status == 200)
    }

    /// A role can ask at its door whose record it is about.
    @Test(arguments: [
        #""Null":{"homeroom:student_id":"false"}"#, #""StringEquals":{"homeroom:student_id":"1001"}"#,
        #""StringEquals":{"aws:RequestTag/student_id":"1001"}"#,
        #""StringEquals":{"aws:PrincipalTag/student_id":"1001"}"#,
    ])
    func asksForTheStudent(_ condition: String) throws {
        try trust(Self.conditions(condition))
        let token = try server.token(deployment.own, student: StudentID("1001"))
        #expect(try server.assumeRole(token: token).status == 200)
        #expect(try assume().status == 403)
    }

    @Test(arguments: [
        (
            #""issuer":["https://issuer.example/","https://ISSUER.example"],\#(teacher)"#,
            "role `teacher` does not trust the token's issuer"
        ),
        (#""audience":["other"],\#(teacher)"#, "the token's audience is not that of role `teacher`"),
        (
            conditions(#""StringEquals":{"aws:RequestTag/role":"student"}"#),
            "role `teacher`: line 1: StringEquals on aws:RequestTag/role wants `student`, found `teacher`"
        ),
        (
            conditions(#""StringNotEquals":{"aws:RequestTag/role":["teacher","student"]}"#),
            "role `teacher`: line 1: StringNotEquals on aws:RequestTag/role wants `teacher`, `student`, found `teacher`"
        ),
        (
            conditions(#""StringNotEquals":{"aws:PrincipalTag/role":"teacher"}"#),
            "role `teacher`: line 1: StringNotEquals on aws:PrincipalTag/role wants `teacher`, found `teacher`"
        ),
        (
            conditions(#""StringEquals":{"aws:RequestTag/grade":"1"}"#),
            "role `teacher`: line 1: StringEquals on aws:RequestTag/grade wants `1`, found no value"
        ),
        (
            conditions(#""StringLike":{"sts:RoleSessionName":"report-*"}"#),
            "role `teacher`: line 1: StringLike on sts:RoleSessionName wants `report-*`, found `test-session`"
        ),
        (
            conditions(#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#),
            "role `teacher`: line 1: IpAddress on aws:SourceIp wants `10.0.0.0/8`, found `127.0.0.1`"
        ),
        (
            conditions(#""DateGreaterThan":{"aws:CurrentTime":"2026-01-02T00:00:00Z"}"#),
            "role `teacher`: line 1: DateGreaterThan on aws:CurrentTime wants `2026-01-02T00:00:00Z`, found `1767225600`"
        ),
        (
            conditions(#""StringEquals":{"homeroom:role":"teacher","homeroom:tier":"premium"}"#),
            "role `teacher`: line 1: StringEquals on homeroom:tier wants `premium`, found `basic`"
        ),
    ])
    func refuses(_ members: String, _ reason: String) throws {
        try trust(members)
        let answer = try assume()
        #expect(answer.status == 403)
        #expect(TestServer.element("Code", answer.text) == "AccessDenied")
        // The caller learns as little as from AWS; whoever runs the deployment learns why.
        #expect(
            TestServer.element("Message", answer.text)
                == "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        #expect(try deployment.decided().map(\.summary) == [reason])
    }

    @Test func aSessionIsNoLongerThanTheRoleAllows() throws {
        try trust(Self.teacher, maxSessionSeconds: 1800)
        let long = try assume([("DurationSeconds", "1801")])
        #expect(long.status == 400)
        #expect(TestServer.element("Code", long.text) == "ValidationError")
        #expect(
            TestServer.element("Message", long.text)
                == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        let longest = try assume([("DurationSeconds", "1800")])
        #expect(TestServer.element("Expiration", longest.text) == "2026-01-01T00:30:00Z")
        #expect(TestServer.element("Expiration", try assume().text) == "2026-01-01T00:30:00Z")
        try trust(Self.teacher, maxSessionSeconds: 43_200)
        #expect(TestServer.element("Expiration", try assume().text) == "2026-01-01T01:00:00Z")
        let day = try assume([("DurationSeconds", "43200")])
        #expect(TestServer.element("Expiration", day.text) == "2026-01-01T12:00:00Z")
    }
}
