import Base
import Policies
import Registry
import Synchronization
import Tables

/// What one request of an operator's has reached, as the audit will say it: filled while the request is decided and carried out,
/// written before the answer leaves.
///
/// It names tables, tenants and numbers. Keys and items are not in it: the audit cannot forget, and a key may name a student.
public final class OperatorAccess: Sendable {
    /// Whose items a request has reached.
    enum Owners: Hashable, Sendable {
        /// Those of these keys; none where a key is nobody's.
        case of(TenantID?)
        /// All that are in the store.
        case everybody
    }

    private struct Reach {
        let store: StoreID
        /// The table that it is a copy of.
        let original: TableName?
        let action: String
        var tenants: Set<TenantID> = []
        var areAll = false
        var keys = 0
    }

    private struct State {
        var reaches: [TableName: Reach] = [:]
        var items = 0
        var change: (action: String, subject: String)?
    }

    /// Who, how they signed in, from where, by which request.
    public let actor: AuditActor
    private let state = Mutex(State())

    /// The access of this request, which has reached nothing yet.
    public init(_ actor: AuditActor) { self.actor = actor }

    /// It reaches a table that holds tenants' items: one key of it, or all.
    func reach(_ table: GatewayTable, _ owners: Owners, by action: PolicyAction) {
        let origin = table.copiedFrom
        state.withLock { state in
            var reach =
                state.reaches[table.name]
                ?? Reach(
                    store: origin?.store ?? table.store, original: origin?.table, action: action.name)
            switch owners {
            case .of(let tenant):
                reach.keys += 1
                if let tenant { reach.tenants.insert(tenant) }
            case .everybody: reach.areAll = true
            }
            state.reaches[table.name] = reach
        }
    }

    /// So many items are in the answer.
    func count(items: Int) { state.withLock { $0.items += items } }

    /// It is about to change something; false where that has been said.
    func begin(_ action: PolicyAction, _ subject: String) -> Bool {
        state.withLock { state in
            guard state.change == nil else { return false }
            state.change = (action.name, subject)
            return true
        }
    }

    /// The entry that comes before a change.
    func beginning(of action: PolicyAction, _ subject: String) -> AuditNote {
        AuditNote(
            actor: actor, action: "operator.changes", subject: subject, detail: ["action": action.name],
            outcome: .begun)
    }

    /// The entries of what came of it; none where it reached nothing that the audit keeps. How many items there were is said
    /// once: several tables of one request are counted together.
    func notes(_ outcome: AuditOutcome) -> [AuditNote] {
        state.withLock { state in
            var notes = state.reaches.sorted { $0.key < $1.key }.map { table, reach in
                note(table, reach, outcome, items: state.items)
            }
            if let change = state.change {
                notes.append(
                    AuditNote(
                        actor: actor, action: "operator.changed", subject: change.subject,
                        detail: ["action": change.action], outcome: outcome))
            }
            return notes
        }
    }

    private func note(_ table: TableName, _ reach: Reach, _ outcome: AuditOutcome, items: Int) -> AuditNote {
        let tenants = reach.tenants.map(\.text).sorted()
        let isOne = !reach.areAll && tenants.count == 1
        var detail = [
            "action": reach.action, "store": reach.store.text,
            "keys": reach.areAll ? "all" : String(reach.keys),
            "tenants": reach.areAll ? "all" : tenants.joined(separator: " "),
        ]
        // By the store that the items came from a report finds the looks that may have reached a tenant's.
        detail["copyOf"] = reach.original?.text
        detail["items"] = outcome == .done ? String(items) : "0"
        return AuditNote(
            actor: actor, action: "operator.looked", subject: table.text,
            tenant: isOne ? reach.tenants.first : nil, detail: detail, kind: .access, outcome: outcome)
    }
}
