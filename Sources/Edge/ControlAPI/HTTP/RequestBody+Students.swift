import Accounts
import Base
import JSONText
import Registry

extension RequestBody {
    /// The student that a member names; nil where it is missing.
    func studentIfPresent(_ name: String) throws(Problem) -> StudentID? {
        guard let text = try stringIfPresent(name) else { return nil }
        guard let student = StudentID(text) else {
            throw .invalid("expected \(StudentID.words) as `\(name)`, found `\(text)`", field: name)
        }
        return student
    }

    /// The students that a member lists, each of one of these schools by its id or exact name, which may be left out where there is
    /// one school; none where the member is missing.
    func students(_ name: String, of schools: [SchoolRecord]) throws(Problem) -> [StudentLink] {
        guard let node = value(name) else { return [] }
        let expected = Problem.invalid(
            "expected `\(name)` as a list of at most \(Limits.memberStudentsMax) objects with `student`, "
                + "\(StudentID.words), and `school`, one of the member's", field: name)
        guard case .array(let elements) = node.value, elements.count <= Limits.memberStudentsMax else {
            throw expected
        }
        return try elements.map { element throws(Problem) in
            guard case .object(let members) = element.value,
                members.allSatisfy({ ["student", "school"].contains($0.name) }),
                let student = Self.text("student", in: members).flatMap(StudentID.init)
            else { throw expected }
            guard members.count == 2 else {
                guard schools.count == 1, let only = schools.first else { throw expected }
                return StudentLink(school: only.id, student: student)
            }
            let text = Self.text("school", in: members)
            let named = schools.filter { $0.name == text }
            guard
                let school = schools.first(where: { $0.id.text == text })
                    ?? (named.count == 1 ? named.first : nil)
            else { throw expected }
            return StudentLink(school: school.id, student: student)
        }
    }

    private static func text(_ name: String, in members: [JSONText.Member]) -> String? {
        guard case .string(let text)? = members.first(where: { $0.name == name })?.node.value else {
            return nil
        }
        return text
    }
}
