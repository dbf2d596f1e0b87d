import Base

/// A student whose record somebody may read: of which school, and what that calls them.
public struct StudentLink: Hashable, Sendable, Codable, Comparable {
    /// The school.
    public let school: SchoolID
    /// The student, unique within the school.
    public let student: StudentID

    /// A student of a school.
    public init(school: SchoolID, student: StudentID) {
        self.school = school
        self.student = student
    }

    /// What the audit names a student by, who may have to be forgotten: as `RefusedPersonRecord` does people.
    public func pseudonym(in tenant: TenantID) -> String {
        RefusedPersonRecord.personID(of: "\(school)#\(student)", in: tenant)
    }

    /// By school, then by student.
    public static func < (left: Self, right: Self) -> Bool {
        (left.school, left.student) < (right.school, right.student)
    }
}
