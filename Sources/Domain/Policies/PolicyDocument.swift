import JSONText

/// A value of a file and where it stands there.
public struct Located<Value: Hashable & Sendable>: Hashable, Sendable {
    /// The value.
    public let value: Value
    /// Its first character.
    public let position: TextPosition

    init(_ value: Value, _ position: TextPosition) {
        self.value = value
        self.position = position
    }
}

/// An IAM policy document that has been read and checked: every action, key, operator and variable in it is
/// known.
///
/// Source: IAM JSON policy reference. A document for a role: it has no `Principal`.
public struct PolicyDocument: Sendable {
    /// Which language the document is in.
    public enum Version: String, Sendable {
        /// With variables.
        case variables = "2012-10-17"
        /// `${…}` is plain text; also where the element is absent.
        case literal = "2008-10-17"
    }

    /// The file's name as the caller gave it.
    public let file: String
    /// Which language it is in.
    public let version: Version
    /// The `Id` element.
    public let id: String?
    /// In the order of the file; never empty.
    public let statements: [PolicyStatement]

    init(file: String, version: Version, id: String?, statements: [PolicyStatement]) {
        self.file = file
        self.version = version
        self.id = id
        self.statements = statements
    }

    /// Reads a document.
    /// - Throws: `PolicyProblems` with everything that is wrong with it.
    public init(parsing bytes: [UInt8], file: String) throws(PolicyProblems) {
        var reader = PolicyReader(file: file)
        let document = reader.readDocument(bytes)
        guard let document, reader.problems.isEmpty else { throw reader.collected }
        self = document
    }

    /// What can be read of a document in spite of its problems, for tools that say more about it: statements
    /// and values that are wrong are left out. Nil where it has no statement that can be read.
    public static func review(_ bytes: [UInt8], file: String) -> (
        document: PolicyDocument?, problems: [PolicyProblem]
    ) {
        var reader = PolicyReader(file: file)
        let document = reader.readDocument(bytes)
        return (document, reader.problems.sorted())
    }
}

/// One statement of a policy document.
public struct PolicyStatement: Hashable, Sendable {
    /// What a statement does where it applies.
    public enum Effect: String, Sendable {
        case allow = "Allow"
        case deny = "Deny"
    }

    /// `Action` or `NotAction`.
    public struct Actions: Hashable, Sendable {
        /// Whether it is `NotAction`.
        public let isNegated: Bool
        /// The patterns as written.
        public let patterns: [Located<String>]
        /// The known actions that the statement is about, the negation applied.
        public let set: ActionSet
    }

    /// `Resource` or `NotResource`.
    public struct Resources: Hashable, Sendable {
        /// Whether it is `NotResource`.
        public let isNegated: Bool
        /// The ARNs as written.
        public let texts: [Located<String>]
        /// The ARNs as compared, one for each text.
        public let patterns: [ARNPattern]
    }

    /// Where its brace stands.
    public let position: TextPosition
    /// Its name; nil where it has none or an empty one.
    public let sid: String?
    /// What it does.
    public let effect: Effect
    /// What it is about.
    public let actions: Actions
    /// What it reaches.
    public let resources: Resources
    /// When it applies: all of them must hold.
    public let conditions: [PolicyCondition]
}

/// One operator with one key of a Condition: one test.
public struct PolicyCondition: Hashable, Sendable {
    /// A value that a key is compared with, read as its operator reads it.
    public enum Value: Hashable, Sendable {
        case text(PolicyPattern)
        case arn(ARNPattern)
        /// Times 10⁹.
        case number(Int128)
        /// Milliseconds since the epoch.
        case date(Int64)
        case bool(Bool)
        case address(AddressRange)
    }

    /// The operator, where its name stands.
    public let comparison: Located<ConditionOperator>
    /// The key, where its name stands.
    public let key: Located<ConditionKeyName>
    /// The values as written.
    public let texts: [Located<String>]
    /// The values as compared, one for each text.
    public let values: [Value]
}
