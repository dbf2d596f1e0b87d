import Base

/// What is asked of a policy: may this principal do this to that, with what the request brings.
///
/// Made once for each connection and filled for each request: `begin` keeps the room, so that filling
/// allocates nothing. Of the table in policies.md the caller fills `context`: `leadingKeys`, `attributes`,
/// `enclosingOperation`, `fullTableScan`, `select`, `returnValues`, `returnConsumedCapacity`, `sourceIp`,
/// `secureTransport`.
public struct DecisionRequest: Sendable {
    /// What is to be done.
    public private(set) var action: PolicyAction
    /// To what.
    public private(set) var resource: PolicyResource
    /// Who asks.
    public var principal: PrincipalAttributes
    /// What the request brings. A key of the principal is looked for in `principal` first.
    public var context = ContextValues()
    /// `aws:CurrentTime` and `aws:EpochTime`; absent where nil.
    public var currentTime: Timestamp?
    /// Whether the partition keys that the request touches could not be determined: then nothing matches.
    public var areLeadingKeysUndetermined = false
    /// Whether the context is taken as given, so that a keyed action without leading keys is decided like any
    /// other: for questions about a bare document. A gateway leaves it false.
    public var isContextGiven = false

    /// A request with nothing in its context.
    public init(
        _ action: PolicyAction, on resource: PolicyResource, by principal: PrincipalAttributes,
        at currentTime: Timestamp? = nil
    ) {
        self.action = action
        self.resource = resource
        self.principal = principal
        self.currentTime = currentTime
    }

    /// Starts over with another action on another resource by the same principal, with nothing in the
    /// context.
    public mutating func begin(
        _ action: PolicyAction, on resource: PolicyResource, at currentTime: Timestamp?
    ) {
        self.action = action
        self.resource = resource
        self.currentTime = currentTime
        areLeadingKeysUndetermined = false
        isContextGiven = false
        context.removeAll()
    }

    /// Whether the action reaches items by their keys but nobody knows which.
    ///
    /// A keyed call never comes with an empty set of leading keys: `ForAllValues` would let it through.
    var lacksLeadingKeys: Bool {
        if areLeadingKeysUndetermined { return true }
        guard action.isKeyed, !isContextGiven else { return false }
        if context.find(.leadingKeys) >= 0 { return false }
        return !(action == .partiQLSelect && isFullTableScan)
    }

    private var isFullTableScan: Bool {
        for entry in context.entries where entry.key == .fullTableScan {
            let slice = context.values[entry.first].slice
            return ConditionBool.parse(context.bytes.span.extracting(slice.start..<slice.start + slice.count))
                == true
        }
        return false
    }
}
