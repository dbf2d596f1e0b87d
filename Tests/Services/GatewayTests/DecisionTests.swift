import Base
import GatewayTestKit
import Items
import Registry
import Testing

@testable import Gateway

/// What the gateway keeps of its decisions.
struct DecisionTests {
    private func deployment(
        _ change: (inout DecisionRecorder.Configuration) -> Void = { _ in }
    ) throws -> TestDeployment {
        var configuration = DecisionRecorder.Configuration()
        change(&configuration)
        return try TestDeployment(recording: configuration)
    }

    private func get(_ deployment: TestDeployment, _ district: TestDeployment.District) -> GetItemCall {
        GetItemCall(table: deployment.students, key: deployment.key(of: district))
    }

    private func refused(_ body: () throws -> Void) { #expect(throws: GatewayError.self) { try body() } }

    @Test func aDenialNamesTheConditionThatFailedAndOnWhat() throws {
        let deployment = try deployment()
        let caller = try deployment.caller(deployment.own)
        caller.requestID = RequestID(high: 1, low: 2)
        refused { _ = try deployment.gateway.getItem(get(deployment, deployment.other), by: caller) }
        let entry = try #require(try deployment.decided().first)
        #expect(try deployment.decided().count == 1)
        #expect(entry.time == deployment.clock.now())
        #expect(entry.tenant == deployment.own.tenant)
        #expect(entry.role == "teacher")
        #expect(entry.principal == "arn:aws:sts::000000000000:assumed-role/teacher/test")
        #expect(entry.action == "dynamodb:GetItem")
        #expect(entry.resource == "arn:aws:dynamodb:us-east-1:000000000000:table/student-table")
        #expect(entry.outcome == .denied)
        #expect(entry.judge == .policy)
        #expect(entry.statement == nil)
        #expect(entry.requestID == RequestID(high: 1, low: 2).dynamoText)
        #expect(
            entry.summary.hasSuffix("because no identity-based policy allows the dynamodb:GetItem action"))
        // Of the statements about GetItem: the one for the table, by its condition, and the one for the other table.
        let own = try #require(entry.findings.first { $0.statement.sid == "OwnSchool" })
        #expect(own.key == "dynamodb:LeadingKeys")
        #expect(own.found == [deployment.other.studentKey])
        #expect(own.effect == "Allow")
        #expect(own.statement == .init(file: "policies/keyed.json", line: 2, sid: "OwnSchool"))
        #expect(
            own.text.hasSuffix(
                "ForAllValues:StringLike on dynamodb:LeadingKeys wants `TENANT#${aws:PrincipalTag/school_id}#*`, found "
                    + "`\(deployment.other.studentKey)`"))
        let tenant = try #require(entry.findings.first { $0.statement.sid == "OwnTenant" })
        #expect(tenant.text == "is about other resources: `arn:aws:dynamodb:*:*:table/school-table`")
        #expect(entry.findings.count == 2)
        // The same is a line of the log.
        #expect(deployment.decisionLines.entries == [entry])
    }

    /// A character can have any number of scalars: what is kept of a request is bounded by these.
    @Test func whatAKeyShowsIsBoundedWhateverItsCharactersAre() throws {
        let deployment = try deployment()
        let caller = try deployment.caller(deployment.own)
        var key = deployment.key(of: deployment.other)
        key["recordKey"] = .string("TENANT#x" + String(repeating: "\u{301}", count: 900))
        refused {
            _ = try deployment.gateway.getItem(GetItemCall(table: deployment.students, key: key), by: caller)
        }
        let entry = try #require(try deployment.decided().first)
        let own = try #require(entry.findings.first { $0.statement.sid == "OwnSchool" })
        #expect(own.found.map(\.unicodeScalars.count) == [Limits.decisionTextCharactersMax + 1])
        #expect(own.text.unicodeScalars.count < 300)
    }

    @Test func anExplicitDenialNamesTheStatementThatDecided() throws {
        let deployment = try deployment()
        let caller = try deployment.caller(deployment.own)
        refused {
            _ = try deployment.gateway.readRange(ReadRangeCall(table: deployment.students), by: caller)
        }
        let entry = try #require(try deployment.decided().first)
        #expect(entry.statement == .init(file: "policies/protect.json", line: 2, sid: "NoScans"))
        #expect(entry.action == "dynamodb:Scan")
        #expect(!entry.findings.contains { $0.statement.sid == "NoScans" })
    }

    @Test func aRoleThatIsGoneIsADenial() throws {
        let deployment = try deployment()
        let caller = try deployment.caller(deployment.own, role: "janitor")
        refused { _ = try deployment.gateway.getItem(get(deployment, deployment.own), by: caller) }
        let entry = try #require(try deployment.decided().first)
        #expect(entry.role == "janitor")
        #expect(entry.summary.hasSuffix("because there is no role `janitor` any more"))
    }

    // MARK: The second wall

    @Test func whatTheWallStopsIsKept() throws {
        let deployment = try deployment()
        deployment.policies.replace(by: try TestPolicies.faulty())
        let caller = try deployment.caller(deployment.own)
        caller.requestID = RequestID(high: 3, low: 4)
        refused { _ = try deployment.gateway.getItem(get(deployment, deployment.other), by: caller) }
        // An index key of the item, found when the write is under way.
        let item = deployment.student(
            of: deployment.own, teacherKey: deployment.other.studentKey, note: "sentinel")
        refused {
            try deployment.gateway.writeItem(
                WriteItemCall(table: deployment.students, action: .put(item)), by: caller)
        }
        let entries = try deployment.decided()
        #expect(entries.map(\.judge) == [.wall, .wall])
        #expect(entries.map(\.action) == ["dynamodb:PutItem", "dynamodb:GetItem"])
        #expect(entries.allSatisfy { $0.resource.hasSuffix("table/student-table") && $0.outcome == .denied })
        #expect(entries.allSatisfy { $0.requestID == RequestID(high: 3, low: 4).dynamoText })
        #expect(
            entries[1].summary.hasSuffix("a key of the request does not belong to the tenant of the session"))
        #expect(!"\(entries)".contains("sentinel"))
    }

    // MARK: Rates

    @Test func aFloodIsCountedAndLeavesOthersTheirs() throws {
        let deployment = try deployment {
            $0.deniedPerTenantPerSecond = 3
            $0.deniedPerSecond = 100
        }
        let (own, other) = (try deployment.caller(deployment.own), try deployment.caller(deployment.other))
        func deny(_ caller: GatewayCaller, _ times: Int) {
            for _ in 0..<times {
                refused {
                    _ = try deployment.gateway.readRange(
                        ReadRangeCall(table: deployment.students), by: caller)
                }
            }
        }
        deny(own, 500)
        deny(other, 2)
        let entries = try deployment.decided()
        #expect(entries.filter { $0.outcome == .denied && $0.tenant == deployment.own.tenant }.count == 3)
        #expect(entries.filter { $0.outcome == .denied && $0.tenant == deployment.other.tenant }.count == 2)
        let left = entries.filter { $0.outcome == .leftOut }
        #expect(left.map(\.count) == [497])
        #expect(left.first?.tenant == deployment.own.tenant)
        // The log is bounded likewise.
        #expect(deployment.decisionLines.entries.count == 6)
        // The next second has room again.
        deployment.clock.advance(byMilliseconds: 1000)
        deny(own, 1)
        #expect(try deployment.decided().first?.outcome == .denied)
    }

    @Test func manyTenantsTogetherAreBoundedToo() {
        var budget = DecisionBudget(.init(deniedPerTenant: 5, denied: 8, allowed: 2))
        let (now, random) = (Timestamp(milliseconds: 5000), SeededRandom(seed: 1))
        let tenants = (0..<10).map { _ in TenantID(random: random) }
        let admitted = (0..<50).filter { budget.admitsDenial(of: tenants[$0 % 10], at: now) }
        #expect(admitted == Array(0..<8))
        #expect(budget.takeLeftOut(at: now, isLast: false).isEmpty)
        let counts = budget.takeLeftOut(at: now.advanced(bySeconds: 1), isLast: false)
        #expect(counts.reduce(0) { $0 + $1.count } == 42)
        #expect(budget.takeLeftOut(at: now.advanced(bySeconds: 2), isLast: true).isEmpty)
        #expect((0..<5).map { _ in budget.admitsAllow(at: now) } == [true, true, false, false, false])
    }

    /// However many tenants flood, what is counted of them is bounded.
    @Test func thoseWhoAreCountedAreBounded() {
        var budget = DecisionBudget(.init(deniedPerTenant: 0, denied: 0, allowed: 0))
        let (now, random) = (Timestamp(milliseconds: 5000), SeededRandom(seed: 1))
        let count = Limits.decisionTenantsCountedMax + 500
        for _ in 0..<count { _ = budget.admitsDenial(of: TenantID(random: random), at: now) }
        let counts = budget.takeLeftOut(at: now, isLast: true)
        #expect(counts.count <= Limits.decisionTenantsCountedMax + 1)
        #expect(counts.reduce(0) { $0 + $1.count } == count)
    }

    // MARK: Samples of what is allowed

    @Test func oneInSoManyAllowsIsKept() throws {
        let deployment = try deployment {
            $0.sampleEvery = 10
            $0.allowedPerSecond = 1000
        }
        let caller = try deployment.caller(deployment.own)
        for _ in 0..<100 { _ = try deployment.gateway.getItem(get(deployment, deployment.own), by: caller) }
        let entries = try deployment.decided()
        #expect(entries.count == 10)
        let entry = try #require(entries.first)
        #expect(entry.outcome == .allowed)
        #expect(entry.statement == .init(file: "policies/keyed.json", line: 2, sid: "OwnSchool"))
        #expect(entry.findings.isEmpty)
        #expect(deployment.decisionLines.entries.isEmpty)
    }

    /// Connections that make fewer requests than that are sampled all the same, all together at that rate.
    @Test func shortConnectionsAreSampledToo() throws {
        let deployment = try deployment {
            $0.sampleEvery = 10
            $0.allowedPerSecond = 1000
        }
        for _ in 0..<200 {
            let caller = try deployment.caller(deployment.own)
            _ = try deployment.gateway.getItem(get(deployment, deployment.own), by: caller)
        }
        #expect((15...25).contains(try deployment.decided().count))
    }

    @Test func samplesAreBoundedEachSecond() throws {
        let deployment = try deployment {
            $0.sampleEvery = 1
            $0.allowedPerSecond = 4
        }
        let caller = try deployment.caller(deployment.own)
        for _ in 0..<50 { _ = try deployment.gateway.getItem(get(deployment, deployment.own), by: caller) }
        #expect(try deployment.decided().count == 4)
    }

    @Test func withoutARecorderNothingIsKept() throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own)
        refused { _ = try deployment.gateway.getItem(get(deployment, deployment.other), by: caller) }
        for _ in 0..<3 { _ = try deployment.gateway.getItem(get(deployment, deployment.own), by: caller) }
        #expect(try deployment.decided().isEmpty)
    }
}
