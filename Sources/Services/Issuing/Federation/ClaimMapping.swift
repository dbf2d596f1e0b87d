import Base
import Registry
import Tokens

/// Reads a verified token's claims by a provider's mapping.
struct ClaimMapping {
    let provider: IdentityProviderRecord
    /// The schools of the provider's tenant: a claim can name no others.
    let schools: [SchoolRecord]

    /// Checks the claims that are required.
    func checkRequired(_ token: VerifiedToken) throws(SubjectTokenRefusal) {
        for (name, value) in provider.mapping.required.sorted(by: { $0.key < $1.key })
        where token.texts(name)?.contains(value) != true {
            throw SubjectTokenRefusal(TokenError.claim(name: name, expected: "`\(value)`"))
        }
    }

    /// What the token lets its holder act for: what was asked for, or the only thing there is.
    /// - Parameters:
    ///   - granted: as `scopes` has it.
    ///   - wanted: what was asked for; nil where nothing was.
    func scope(
        of granted: [TokenScope], wanted: TokenScope?
    ) throws(SubjectTokenRefusal) -> TokenScope {
        if let wanted {
            guard granted.contains(wanted) else {
                throw SubjectTokenRefusal(
                    .scope, "the token does not let its holder act for what the scope names")
            }
            return wanted
        }
        guard granted.count == 1, let scope = granted.first else {
            throw SubjectTokenRefusal(
                .scope, "the token's holder may act for several schools: name one, scope=school:ID")
        }
        return scope
    }

    /// All that the token lets its holder act for, at least one.
    func scopes(of token: VerifiedToken) throws(SubjectTokenRefusal) -> [TokenScope] {
        let mapping = provider.mapping
        guard let claim = mapping.schoolClaim, let values = token.texts(claim), !values.isEmpty else {
            guard let scope = mapping.schoolDefault.flatMap(scope(ofID:)) else {
                throw SubjectTokenRefusal(
                    TokenError.claim(
                        name: mapping.schoolClaim ?? "school",
                        expected: "the name of a school of the district"))
            }
            return [scope]
        }
        var found: [TokenScope] = []
        for value in values {
            guard let scope = scope(named: value), !found.contains(scope) else { continue }
            found.append(scope)
        }
        // A school that is not the tenant's own is none, whatever the default is.
        guard !found.isEmpty else {
            throw SubjectTokenRefusal(
                TokenError.claim(name: claim, expected: "a school of the district, by id, name or table"))
        }
        return found
    }

    private func scope(named value: String) -> TokenScope? {
        if let line = provider.mapping.schools.first(where: { $0.value == value }) {
            return scope(ofID: line.target)
        }
        if let school = schools.first(where: { $0.id.text == value }) { return .school(school.id) }
        let named = schools.filter { $0.name == value }
        return named.count == 1 ? named.first.map { .school($0.id) } : nil
    }

    /// A school of the tenant by its id, or the district by the tenant's own.
    private func scope(ofID id: String) -> TokenScope? {
        if id == provider.tenant.text { return .district }
        return schools.first { $0.id.text == id }.map { .school($0.id) }
    }

    /// The student of the school whose record the token lets its holder read; nil where there is none. What a school calls a student
    /// is its own: of a token that names several schools, none is known to be of the one that is meant.
    /// - Parameters:
    ///   - granted: as `scopes` has it.
    ///   - wanted: who was asked for; nil where nobody was.
    func student(
        of token: VerifiedToken, granted: [TokenScope], wanted: StudentID?
    ) throws(SubjectTokenRefusal) -> StudentID? {
        var students: [StudentID] = []
        if let claim = provider.mapping.studentClaim, granted.count == 1, granted.first != .district {
            for value in token.texts(claim) ?? [] {
                guard let student = StudentID(value) else {
                    throw SubjectTokenRefusal(TokenError.claim(name: claim, expected: StudentID.words))
                }
                if !students.contains(student) { students.append(student) }
            }
        }
        if let wanted {
            guard students.contains(wanted) else {
                throw SubjectTokenRefusal(
                    .scope,
                    "the token does not let its holder read the record of the student that is asked for")
            }
            return wanted
        }
        guard students.count <= 1 else {
            throw SubjectTokenRefusal(
                .scope,
                "the token's holder may read the records of several students: name one, student_id=ID")
        }
        return students.first
    }

    /// The role of the token's holder.
    func role(of token: VerifiedToken) throws(SubjectTokenRefusal) -> String {
        let mapping = provider.mapping
        let values = mapping.roleClaim.flatMap { token.texts($0) } ?? []
        if let line = mapping.roles.first(where: { values.contains($0.value) }) { return line.target }
        guard let role = mapping.roleDefault else {
            throw SubjectTokenRefusal(
                TokenError.claim(
                    name: mapping.roleClaim ?? "role", expected: "one of the values that stand for roles"))
        }
        return role
    }
}
