import Base

/// Whose record a token is to be for, where a request for one says so.
enum StudentChoice {
    /// The parameter of the token endpoint.
    static let parameter = "student_id"

    /// What is asked for; nil where nobody says.
    static func asked(_ form: OAuthForm) throws(OAuthError) -> StudentID? {
        guard let text = form[parameter] else { return nil }
        guard let student = StudentID(text) else {
            throw OAuthError(.invalidRequest, "expected \(StudentID.words) as \(parameter)")
        }
        return student
    }

    /// The one that is asked for, or the only one there is; nil where there is none.
    static func chosen(
        _ asked: StudentID?, among students: [StudentID]
    ) throws(OAuthError) -> StudentID? {
        guard let asked else {
            guard students.count <= 1 else {
                throw OAuthError(
                    .invalidScope,
                    "the holder may read the records of several students: name one, \(parameter)=ID")
            }
            return students.first
        }
        guard students.contains(asked) else {
            throw OAuthError(
                .invalidScope, "the holder may not read the records of the student that is asked for")
        }
        return asked
    }
}
