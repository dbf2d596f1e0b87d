/// What kind of problem keeps a file from being loaded; the raw value is stable, and the id under which lint
/// shows it.
public enum PolicyProblemKind: String, CaseIterable, Sendable {
    /// The text is not JSON.
    case syntax = "json-syntax"
    /// An object has a name twice.
    case duplicateElement = "duplicate-element"
    /// A file, a value or a document is longer than is read.
    case tooLarge = "too-large"
    /// A value has another JSON type than its element wants; also whatever has no kind of its own.
    case wrongType = "wrong-type"
    /// An element that the language does not have.
    case unknownElement = "unknown-element"
    /// An element that must be there is not.
    case missingElement = "missing-element"
    /// Two elements that exclude each other.
    case elementPair = "element-pair"
    /// `Principal` or `NotPrincipal` in the policy of a role.
    case principal = "principal-in-role-policy"
    /// A `Version` that is none.
    case unknownVersion = "unknown-version"
    /// An `Effect` that is none.
    case unknownEffect = "unknown-effect"
    /// A Sid with other characters than letters and digits.
    case sidCharacters = "sid-characters"
    /// Two statements with the same Sid.
    case duplicateSid = "duplicate-sid"
    /// An action that the service does not have.
    case unknownAction = "unknown-action"
    /// A condition key that nobody has.
    case unknownKey = "unknown-key"
    /// A condition operator that the language does not have.
    case unknownOperator = "unknown-operator"
    /// `NullIfExists`.
    case nullIfExists = "null-if-exists"
    /// A claim of a token in a policy.
    case tokenClaim = "token-claim-in-policy"
    /// The same key twice under one operator.
    case duplicateKey = "duplicate-key"
    /// A variable that is not written as one.
    case variableSyntax = "variable-syntax"
    /// A variable that names no key, or one that has no single text as its value.
    case unknownVariable = "unknown-variable"
    /// A variable that no session has a value for.
    case unsuppliedVariable = "unsupplied-variable"
    /// A variable before the fifth colon of a Resource.
    case variablePlace = "variable-place"
    /// A value that its operator cannot read.
    case valueType = "value-type"
    /// An empty `NotAction` or `NotResource`.
    case emptyNegation = "empty-negation"
    /// A role that trusts every token, whatever its claims.
    case trustsEveryToken = "trusts-every-token"
    /// A role that trusts every issuer or audience.
    case trustsEveryIssuer = "trusts-every-issuer"
    /// A role whose name is not that of its file.
    case roleName = "role-name"
    /// A role without policies.
    case roleWithoutPolicy = "role-without-policy"
    /// A role that names a policy file that is not there.
    case missingPolicyFile = "missing-policy-file"
    /// A session's length out of range.
    case sessionSeconds = "session-seconds"
    /// A folder without roles.
    case noRole = "no-role"
    /// A case that is no question: an expectation or an ARN that is none, an empty list.
    case faultyCase = "faulty-case"
}
