import Base
import Registry

extension MemberDesk {
    /// The role of those who are students themselves: its members read one record, their own.
    static let studentRole = "student"

    /// Says whose records are a member's to read; where that is another than it was, what was issued to them before is refused.
    /// - Throws: `.noSuchMember`, `.badStudents`; what the registry throws.
    public func link(
        _ text: String, of tenant: TenantID, to students: [StudentLink], actor: AuditActor
    ) throws -> MemberRecord {
        let next = Self.behind(clock.now())
        let record = try update(text, of: tenant) { record, transaction in
            let students = try Self.checked(students, of: record)
            guard record.students != students else { return }
            let before = record.pseudonyms
            record.students = students
            record.refusedBefore = next
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "member.linked", subject: record.id, tenant: tenant,
                    before: ["students": before ?? ""], after: ["students": record.pseudonyms ?? ""]))
            transaction.events.append(record.announcement("member.linked"))
        }
        refuse(record)
        return record
    }

    /// The students in order, where they can be this member's.
    static func checked(
        _ students: [StudentLink], of member: MemberRecord
    ) throws(MemberError) -> [StudentLink] {
        let most = member.role == studentRole ? 1 : Limits.memberStudentsMax
        guard students.count <= most else {
            throw .badStudents(
                "a member of the role `\(member.role)` has at most \(most), found \(students.count)")
        }
        guard Set(students).count == students.count else { throw .badStudents("name each of them once") }
        for link in students where !member.schools.contains(link.school) {
            throw .badStudents(
                "`\(link.student)` is of the school `\(link.school)`, for which the member does not act")
        }
        return students.sorted()
    }
}

extension MemberRecord {
    /// What the audit calls the students whose records are theirs to read; nil where there are none.
    var pseudonyms: String? {
        students.isEmpty ? nil : students.map { $0.pseudonym(in: tenant) }.joined(separator: " ")
    }
}

extension Limits {
    /// Students whose records one member may read.
    public static let memberStudentsMax = 20
}
