import Base

/// A decision of the gateway's that was kept: what was asked, what was answered, and why.
///
/// It holds what policies can ask about: keys, names of attributes, tags. No attribute's value and nothing of any item.
public struct DecisionEntry: Codable, Hashable, Sendable {
    /// What was decided.
    public enum Outcome: String, Codable, Sendable {
        /// The request was refused.
        case denied
        /// The request was allowed; only a sample of these is kept.
        case allowed
        /// So many denials came so fast that these were only counted.
        case leftOut = "left-out"
    }

    /// Who decided.
    public enum Judge: String, Codable, Sendable {
        /// The policies in force.
        case policy
        /// The gateway itself, whatever the policies say: a key or table that is not the session's to reach.
        case wall
        /// The trust of a role: nobody got a session.
        case trust
        /// The state of the tenant: suspended, or not there.
        case tenant
    }

    /// Where a statement stands.
    public struct Place: Codable, Hashable, Sendable {
        /// The policy's file.
        public var file: String
        /// From 1.
        public var line: Int
        /// The statement's name, if it has one.
        public var sid: String?

        /// A statement's place.
        public init(file: String, line: Int, sid: String?) {
            self.file = file
            self.line = line
            self.sid = sid
        }
    }

    /// A statement about the action, and what became of it.
    public struct Finding: Codable, Hashable, Sendable {
        /// Which statement.
        public var statement: Place
        /// `Allow` or `Deny`.
        public var effect: String
        /// What became of it, in a sentence's end: `line 9: StringEquals on … wants …, found …`.
        public var text: String
        /// The condition key that kept it out, if one did.
        public var key: String?
        /// What the request had of it; empty where it had nothing.
        public var found: [String]

        /// A finding.
        public init(statement: Place, effect: String, text: String, key: String? = nil, found: [String] = [])
        {
            self.statement = statement
            self.effect = effect
            self.text = text
            self.key = key
            self.found = found
        }
    }

    /// When.
    public var time: Timestamp
    /// Whose request it was; nil for operators, and where nobody knows.
    public var tenant: TenantID?
    /// The role.
    public var role: String
    /// The caller's ARN; for somebody without a session the subject of the token.
    public var principal: String
    /// The action as policies name it.
    public var action: String
    /// The ARN of what it would have reached; empty where nobody has looked.
    public var resource: String
    /// What was decided.
    public var outcome: Outcome
    /// By whom.
    public var judge: Judge
    /// The statement that decided, if one did.
    public var statement: Place?
    /// One sentence, as the caller was told it.
    public var summary: String
    /// The statements about the action that did not decide, and what kept them out.
    public var findings: [Finding] = []
    /// The request's id, as its answer names it; one request can have several decisions.
    public var requestID: String
    /// How many decisions it stands for: 1, or those that were left out.
    public var count = 1

    /// A decision.
    public init(
        time: Timestamp, tenant: TenantID?, role: String, principal: String, action: String, resource: String,
        outcome: Outcome, judge: Judge, statement: Place? = nil, summary: String, requestID: String
    ) {
        self.time = time
        self.tenant = tenant
        self.role = role
        self.principal = principal
        self.action = action
        self.resource = resource
        self.outcome = outcome
        self.judge = judge
        self.statement = statement
        self.summary = summary
        self.requestID = requestID
    }

    /// So many denials of a tenant's that were only counted.
    public init(leftOut count: Int, of tenant: TenantID?, at time: Timestamp) {
        self.init(
            time: time, tenant: tenant, role: "", principal: "", action: "", resource: "", outcome: .leftOut,
            judge: .policy,
            summary: "\(count) more \(count == 1 ? "denial" : "denials") came too fast and were only counted",
            requestID: "")
        self.count = count
    }
}

/// Which decisions are wanted.
public struct DecisionQuery: Sendable {
    /// Only this tenant's; nil for everybody's.
    public var tenant: TenantID?
    /// Only these; denials come with the counts of those left out.
    public var outcome: DecisionEntry.Outcome?
    /// Only from this moment on.
    public var since: Timestamp?
    /// Only before this moment.
    public var until: Timestamp?
    /// Only of this action, letters in any case.
    public var action: String?
    /// Only of this role.
    public var role: String?
    /// Where an earlier page ended.
    public var after: String?
    /// How many at most.
    public var limit = 100

    /// All of them.
    public init() {}

    func matches(_ entry: DecisionEntry) -> Bool {
        if let role, entry.role != role { return false }
        if let action, entry.action.lowercased() != action.lowercased() { return false }
        return true
    }
}

/// Some decisions, the newest first.
public struct DecisionPage: Sendable {
    /// The decisions.
    public var entries: [DecisionEntry] = []
    /// What to hand in as `after` for the next page, or nil where this was the last. A page can be short, and even empty,
    /// before the last.
    public var next: String?
}
