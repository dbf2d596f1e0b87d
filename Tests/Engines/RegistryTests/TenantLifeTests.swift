import Base
import FoundationEssentials
import Registry
import Tenancy
import Testing

@Suite struct TenantLifeTests {
    /// What the table must say, cell by cell: rows are left, columns entered, in the order of `allCases`.
    private static let table: [(from: TenantStateName, entered: String)] = [
        (.onboarding, "-+---"),
        (.active, "--++-"),
        (.suspended, "-+++-"),
        (.offboarding, "-++++"),
        (.gone, "-----"),
    ]

    static let cells: [(TenantStateName, TenantStateName, Bool)] = table.flatMap { row in
        zip(TenantStateName.allCases, row.entered).map { (row.from, $0, $1 == "+") }
    }

    private func state(_ name: TenantStateName, _ reason: String) -> TenantState {
        let run = RunID(random: SeededRandom(seed: 1))
        return switch name {
        case .onboarding: .onboarding
        case .active: .active
        case .suspended: .suspended(Suspension(reason: reason))
        case .offboarding:
            .offboarding(Departure(run: run, reason: reason, until: Timestamp(milliseconds: 1)))
        case .gone: .gone(Farewell(run: run, at: Timestamp(milliseconds: Int64(reason.count))))
        }
    }

    @Test(arguments: cells)
    func eachChangeIsAllowedOrRefusedByItsCell(
        _ from: TenantStateName, _ to: TenantStateName, _ isAllowed: Bool
    ) throws {
        var record = try tenantRecord(1)
        record.state = state(from, "a")
        let before = record
        let wanted = state(to, "another")
        #expect(TenantLife.allows(from, to: to) == isAllowed)
        // What carries nothing is the very same state: that is no change.
        if isAllowed || wanted == before.state {
            try record.enter(wanted)
            #expect(record.state == wanted)
        } else {
            #expect(throws: TenantLifeError(tenant: record.id, from: from, to: to)) {
                try record.enter(wanted)
            }
            #expect(record == before)
        }
    }

    @Test(arguments: TenantStateName.allCases)
    func enteringTheVeryStateChangesNothing(_ name: TenantStateName) throws {
        var record = try tenantRecord(1)
        record.state = state(name, "a")
        let before = record
        try record.enter(record.state)
        #expect(record == before)
    }

    @Test func theTableHasEachChangeOnceAndSaysWhatItMeans() {
        let cells = TenantLife.changes.map { "\($0.from) \($0.to)" }
        #expect(Set(cells).count == cells.count)
        #expect(TenantLife.changes.allSatisfy { !$0.means.isEmpty })
    }

    @Test func aRefusalSaysWhatIsPossible() throws {
        let tenant = try tenantID(1)
        #expect(
            TenantLifeError(tenant: tenant, from: .onboarding, to: .suspended).description
                == "tenant `\(tenant)` is `onboarding` and cannot become `suspended`; from there it can become `active`"
        )
        #expect(
            TenantLifeError(tenant: tenant, from: .gone, to: .active).description
                == "tenant `\(tenant)` is `gone` and cannot become `active`; it stays so")
    }

    // MARK: Records of earlier versions

    private func decode<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    @Test func aSuspensionThatHasOnlyAReasonIsClosed() throws {
        let old: TenantState = try decode(#"{"suspended":{"reason":"unpaid"}}"#)
        #expect(old == .suspended(Suspension(reason: "unpaid", mode: .closed)))
        #expect(throws: DecodingError.self) { try decode(#"{"suspended":{}}"#, as: TenantState.self) }
        #expect(throws: DecodingError.self) { try decode(#"{"asleep":{}}"#, as: TenantState.self) }
        #expect(throws: DecodingError.self) {
            try decode(#"{"active":{},"onboarding":{}}"#, as: TenantState.self)
        }
    }

    @Test(arguments: TenantStateName.allCases)
    func whatIsWrittenIsRead(_ name: TenantStateName) throws {
        let written = try JSONEncoder().encode(state(name, "a reason"))
        #expect(try JSONDecoder().decode(TenantState.self, from: written) == state(name, "a reason"))
    }

    @Test func aRecordOfTheVersionBeforeIsRead() throws {
        let old = """
            {"adminEmail":"it@district.example","createdAt":5,"id":"\(try tenantID(1))","name":"District 1",
            "schools":[{"createdAt":5,"id":"\(try schoolID(1000))","name":"School 0"}],
            "state":{"suspended":{"reason":"unpaid"}},"tier":"basic","timezone":"America/Chicago","version":3}
            """
        var expected = try tenantRecord(1, schools: 1)
        expected.state = .suspended(Suspension(reason: "unpaid"))
        expected.version = 3
        #expect(try decode(old, as: TenantRecord.self) == expected)
    }

    @Test func aWholeRecordIsReadAsItWasWritten() throws {
        var record = try tenantRecord(1, schools: 3)
        record.schools[1].state = .closed(reason: "merged")
        record.schools[2].state = .moving(RunID(random: SeededRandom(seed: 4)))
        record.contacts = [
            TenantContact(
                number: 1, name: "Edna", role: "billing", email: record.adminEmail, phone: "+1 555 0100")
        ]
        record.lastContact = 1
        record.overrides = [
            LimitOverride(limit: .readUnits, value: 7, until: Timestamp(milliseconds: 9), reason: "exams")
        ]
        record.formerSchools = [FormerSchool(id: try schoolID(9), leftAt: Timestamp(milliseconds: 8))]
        let written = try JSONEncoder().encode(record)
        #expect(try JSONDecoder().decode(TenantRecord.self, from: written) == record)
    }
}
