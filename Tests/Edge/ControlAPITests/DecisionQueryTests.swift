import Base
import Registry
import Testing

@testable import ControlAPI

struct DecisionQueryTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func query(_ text: String) throws(Problem) -> DecisionQuery {
        try DecisionRoutes.query(try RequestQuery(parsing: Array(text.utf8)[...]), now: now)
    }

    @Test func readsAllParameters() throws {
        let tenant = TenantID(random: SeededRandom(seed: 1))
        let found = try query(
            "tenant=\(tenant)&decision=denied&since=1h&until=2027-01-15&action=PutItem&role=teacher&after=x&limit=7"
        )
        #expect(found.tenant == tenant)
        #expect(found.outcome == .denied)
        #expect(found.since == now.advanced(bySeconds: -3600))
        #expect(found.until?.iso8601 == "2027-01-15T00:00:00.000Z")
        #expect(found.action == "dynamodb:PutItem")
        #expect(found.role == "teacher")
        #expect(found.after == "x")
        #expect(found.limit == 7)
        #expect(try query("action=sts:AssumeRoleWithWebIdentity").action == "sts:AssumeRoleWithWebIdentity")
        #expect(try query("").limit == 100)
    }

    @Test(arguments: [
        ("tenant=x", "there is no tenant `x`; `homeroom tenant list` shows those there are", "tenant"),
        ("decision=left-out", "expected `denied` or `allowed`, found `left-out`", "decision"),
        (
            "since=1x",
            "expected how long ago (`30m`, `1h`, `2d`) or a moment in UTC (`2026-01-31T08:05:00Z`), found `1x`",
            "since"
        ),
        (
            "until=now",
            "expected how long ago (`30m`, `1h`, `2d`) or a moment in UTC (`2026-01-31T08:05:00Z`), found `now`",
            "until"
        ),
        ("limit=501", "expected a whole number from 1 to 500 as `limit`, found `501`", "limit"),
    ])
    func refusesAWrongParameter(_ text: String, _ detail: String, _ field: String) throws {
        let problem = try #require(throws: Problem.self) { try query(text) }
        #expect(problem.detail == detail)
        #expect(problem.field == field)
    }
}
