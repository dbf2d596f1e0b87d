import Base
import Policies

/// Why policies were not put in force, other than for what is in them.
public enum PolicyActivationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no version of that number (any more).
    case noSuchVersion(Int)
    /// No version with other files came before the one in force.
    case nothingBefore(Int)
    /// Another version is in force than the caller thought.
    case overtaken(expected: Int, found: Int)
    /// The reason for a risk, or the note, is empty or too long.
    case badText(field: String)
    /// The stored files of a version are not those that were put in force.
    case damaged(Int)
    /// This build cannot read the stored files of the version in force.
    case unreadable(Int, PolicyProblems)

    /// A sentence with what to do next.
    public var description: String {
        switch self {
        case .noSuchVersion(let number):
            "there is no version \(number) of the policies; `homeroom policy history` shows those there are"
        case .nothingBefore(let number):
            "no version with other files came before version \(number), which is in force; name one that "
                + "`homeroom policy history` shows, or activate a folder"
        case .overtaken(let expected, let found):
            "version \(found) of the policies is in force by now, not \(expected): look at `homeroom policy history` and "
                + "decide again"
        case .badText(let field):
            "expected 1 to \(Limits.policyReasonBytesMax) bytes of text as `\(field)`"
        case .damaged(let number):
            "the stored files of version \(number) of the policies are not those that were put in force; restore the registry "
                + "from a backup"
        case .unreadable(let number, let problems):
            "version \(number) of the policies, which is in force, cannot be read by this build; start the build that put it in "
                + "force, and activate policies that this one can read:\n\(problems)"
        }
    }
}
