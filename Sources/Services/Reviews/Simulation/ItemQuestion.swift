import Base
import Items
import Policies
import Tables
import Tenancy

/// A question in the words of a reviewer: an action on a table or an index, with the keys and attributes it touches.
public struct ItemQuestion: Sendable {
    /// What is asked about.
    public enum Target: Sendable {
        /// A table, or one of its indexes.
        case table(String, index: String?)
        /// Anything, by its ARN.
        case resource(PolicyResource)
        /// No table in particular.
        case everyTable
    }

    /// What is to be done.
    public var action: PolicyAction
    /// To what.
    public var target: Target
    /// The partition keys that it touches.
    public var keys: [String] = []
    /// The attributes that it names, beside those of the keys.
    public var attributes: [String] = []
    /// More keys of the context; they stand in the place of what is filled in here.
    public var context: [(name: ConditionKeyName, value: String)] = []

    /// The region and the account that ARNs name; policies that ship leave both open.
    public static let region = "us-east-1"
    /// The account that ARNs name.
    public static let account = "000000000000"

    /// A question.
    public init(_ action: PolicyAction, on target: Target) {
        self.action = action
        self.target = target
    }

    /// The question as the gateway puts it, with what it fills in by itself: the names of the key's attributes, `Select`,
    /// `ReturnValues`, `FullTableScan`.
    /// - Parameter catalog: what names the attributes of keys; a table that it does not know has none.
    public func request(by principal: PrincipalAttributes, catalog: Catalog?, at time: Timestamp)
        -> DecisionRequest
    {
        var request = DecisionRequest(action, on: resource, by: principal, at: time)
        let given = Set(context.map(\.name))
        func isOpen(_ key: ConditionKey) -> Bool {
            action.conditionKeys.contains(key) && !(ConditionKeyName(key).map(given.contains) ?? true)
        }
        for key in keys { request.context.append(key, to: .leadingKeys) }
        if isOpen(.attributes) {
            let own = keyAttributes(catalog)
            for name in own + attributes.filter({ !own.contains($0) }) {
                request.context.append(name, to: .attributes)
            }
        }
        if isOpen(.fullTableScan) { request.context.append(keys.isEmpty, to: .fullTableScan) }
        if isOpen(.select), action.accessLevel == .read {
            request.context.append(
                !attributes.isEmpty
                    ? "SPECIFIC_ATTRIBUTES" : isIndex ? "ALL_PROJECTED_ATTRIBUTES" : "ALL_ATTRIBUTES",
                to: .select)
        }
        if isOpen(.returnValues), action.accessLevel == .write {
            request.context.append("NONE", to: .returnValues)
        }
        for (name, value) in context { request.context.append(value, to: name) }
        return request
    }

    private var isIndex: Bool {
        if case .table(_, let index?) = target { !index.isEmpty } else { false }
    }

    private var resource: PolicyResource {
        switch target {
        case .table(let table, nil):
            PolicyResource(table: table, region: Self.region, account: Self.account)
        case .table(let table, let index?):
            PolicyResource(index: index, ofTable: table, region: Self.region, account: Self.account)
        case .resource(let resource): resource
        case .everyTable: PolicyResource(everyTableIn: Self.region, account: Self.account)
        }
    }

    /// A scan names the attributes of no key; whatever reaches items by their keys does.
    private func keyAttributes(_ catalog: Catalog?) -> [String] {
        guard case .table(let name, let index) = target, action.isKeyed, !keys.isEmpty,
            let table = TableName(name).flatMap({ catalog?.table(named: $0) })
        else { return [] }
        guard let index else {
            // A query's condition names the partition key, and the sort key only where it narrows by it.
            return (action == .query ? table.key.partitions : table.key.attributes).map(\.name)
        }
        return table.indexes.first { $0.name == index }?.key.partitions.map(\.name) ?? []
    }
}
