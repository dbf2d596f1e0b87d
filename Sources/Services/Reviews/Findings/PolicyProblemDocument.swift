import Base
import JSONText
import Policies

/// A problem of a file as JSON: `{"file", "line", "column", "message", "remedy"}`.
public struct PolicyProblemDocument {
    private let problem: PolicyProblem

    /// The document of a problem.
    public init(_ problem: PolicyProblem) { self.problem = problem }

    /// Writes the object.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("file", problem.file)
        json.member("line", problem.position.line)
        json.member("column", problem.position.column)
        json.member("message", problem.message)
        json.member("remedy", problem.remedy)
        json.endObject()
    }
}
