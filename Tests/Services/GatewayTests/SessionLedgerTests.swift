import Base
import Registry
import Testing

@testable import Gateway

/// Which sessions are in the audit one by one, and which are counted.
@Suite struct SessionLedgerTests {
    private static let now = Timestamp(milliseconds: 1_767_225_600_000)
    private let ledger = SessionLedger()

    private func session(
        _ number: Int, byOperator: Bool, token: String = "t", school: String = "s1", role: String = "teacher"
    ) throws -> IssuedSession {
        IssuedSession(
            id: "ASIA\(number)", name: "app", token: token, subject: "user-1", isOperators: byOperator,
            tenant: try #require(TenantID("t2f4p04e4s3jmwgp")), school: school, role: role,
            issuedAt: Self.now.advanced(bySeconds: Int64(number)),
            expiresAt: Self.now.advanced(bySeconds: Int64(number) + 900), address: "192.0.2.1",
            request: "r\(number)")
    }

    @Test func anOperatorsSessionHasAnEntryWithoutSecrets() throws {
        let session = try session(1, byOperator: true, token: "jti-1")
        ledger.add(session)
        let entries = ledger.take()
        #expect(entries == [.one(session)])
        let note = try #require(entries.first).note
        #expect((note.kind, note.action, note.subject) == (.access, "session.issued", "ASIA1"))
        #expect(note.actor.text == "token:jti-1" && note.tenant == session.tenant)
        #expect(
            note.actor.origin == AuditActor.Origin(signIn: "token", address: "192.0.2.1", request: "r1"))
        #expect(
            note.detail == [
                "at": "2026-01-01T00:00:01.000Z", "school": "s1", "role": "teacher", "name": "app",
                "for": "user-1", "expiresAt": "2026-01-01T00:15:01.000Z", "seconds": "900",
            ])
        #expect(ledger.take().isEmpty)
    }

    @Test func theTenantsOwnAreCountedBySchoolAndRole() throws {
        for number in 1...7 { ledger.add(try session(number, byOperator: false)) }
        ledger.add(try session(8, byOperator: false, school: "s2"))
        ledger.add(try session(9, byOperator: false, role: "service"))
        let notes = ledger.take().map(\.note)
        #expect(notes.map { $0.detail["sessions"] } == ["1", "7", "1"])
        #expect(notes.map { $0.detail["role"] } == ["service", "teacher", "teacher"])
        #expect(notes.allSatisfy { $0.kind == .activity && $0.action == "sessions.issued" })
        #expect(notes[1].detail["samples"] == "ASIA1 ASIA2 ASIA3 ASIA4 ASIA5")
        #expect(notes[1].detail["from"] == "2026-01-01T00:00:01.000Z")
        #expect(notes[1].detail["until"] == "2026-01-01T00:15:07.000Z")
    }

    /// Whoever opens sessions again and again fills no record: what goes beyond is counted.
    @Test func ofOneTokenAndOfAllOnlySoManyHaveEntries() throws {
        for number in 0..<Limits.sessionEntriesPerTokenMax + 5 {
            ledger.add(try session(number, byOperator: true))
        }
        var entries = ledger.take()
        #expect(entries.count == Limits.sessionEntriesPerTokenMax + 1)
        #expect(entries.last?.note.detail["sessions"] == "5")
        for number in 0..<Limits.sessionEntriesMax + 7 {
            ledger.add(try session(number, byOperator: true, token: "t\(number)"))
        }
        entries = ledger.take()
        #expect(entries.count == Limits.sessionEntriesMax + 1)
        #expect(entries.last?.note.detail["sessions"] == "7")
    }

    @Test func schoolsBeyondTheLimitAreCountedTogether() throws {
        for number in 0..<Limits.sessionGroupsMax + 3 {
            ledger.add(try session(1, byOperator: false, school: "s\(number)"))
        }
        let entries = ledger.take()
        #expect(entries.count == Limits.sessionGroupsMax + 1)
        let others = try #require(entries.first).note
        #expect(others.tenant == nil && others.subject == "gateway" && others.detail["sessions"] == "3")
    }

    @Test func whatCouldNotBeWrittenIsKept() throws {
        for number in 1...4 { ledger.add(try session(number, byOperator: number < 3)) }
        let entries = ledger.take()
        ledger.add(try session(5, byOperator: false))
        ledger.putBack(entries)
        let again = ledger.take()
        #expect(again.prefix(2) == entries.prefix(2))
        #expect(again.last?.note.detail["sessions"] == "3")
        #expect(again.last?.note.detail["from"] == "2026-01-01T00:00:03.000Z")
    }
}
