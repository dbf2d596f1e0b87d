import Base
import Dispatch
import Items
import Policies
import Registry
import Tables
import Tenancy

// What operators do is in the audit, request by request:
//
// A look at tenants' items is one entry, committed after the items were read and before the answer leaves: whoever has the answer
// finds it there, and a process that dies between the two has shown nobody anything. Where it cannot be committed the answer is a
// refusal.
//
// A change is two: one before anything is changed, without which nothing is, and one of what came of it. A change that has the
// first alone was cut off by a crash, or the second could not be written: it may or may not have been made.
extension Gateway {
    /// An operator reaches a key of tenants' items.
    func recordCrossing(
        _ table: GatewayTable, _ partition: [UInt8], _ index: GatewayIndex? = nil, _ caller: GatewayCaller
    ) throws(GatewayError) {
        guard caller.rehearsal == nil else { return }
        try access(of: caller, to: table).reach(
            table, .of(owner(of: partition, table, index)), by: caller.request.action)
    }

    /// An operator reaches all items of a table that holds tenants'.
    func recordCrossing(_ table: GatewayTable, _ caller: GatewayCaller) throws(GatewayError) {
        guard caller.rehearsal == nil else { return }
        try access(of: caller, to: table).reach(
            table, .everybody, by: caller.request.action)
    }

    /// An operator is about to change a table or a backup: said in the audit before it is.
    func recordChange(_ subject: String, _ caller: GatewayCaller) throws(GatewayError) {
        guard caller.session.tenant == nil, caller.rehearsal == nil else { return }
        let action = caller.request.action
        guard let access = caller.access else {
            throw .fault("a change of `\(subject)` by an operator is not noted anywhere")
        }
        guard access.begin(action, subject) else { return }
        try audit.record([access.beginning(of: action, subject)])
    }

    /// Writes what is to be said of an operator's request that has come to its end, on a thread of its own, and then calls
    /// `completion`: with why it could not be written, where it could not.
    public func settle(
        _ access: OperatorAccess, _ outcome: GatewayOutcome,
        completion: @escaping @Sendable (GatewayError?) -> Void
    ) {
        let notes = access.notes(outcome.inAudit)
        guard !notes.isEmpty else { return completion(nil) }
        operatorDesk.async { [audit] in
            do throws(GatewayError) {
                try audit.record(notes)
                completion(nil)
            } catch { completion(error) }
        }
    }

    private func access(
        of caller: GatewayCaller, to table: GatewayTable
    ) throws(GatewayError) -> OperatorAccess {
        guard let access = caller.access else {
            throw .fault("an operator's look at `\(table.name)` is not noted anywhere")
        }
        return access
    }

    /// Whose a key of a physical table is; nil where it is nobody's that is known.
    private func owner(of partition: [UInt8], _ table: GatewayTable, _ index: GatewayIndex?) -> TenantID? {
        let physical = table.copiedFrom?.table ?? table.name
        // A copy may be of a table that nobody is placed in any more.
        guard
            let logical = operatorTables.logicalName(of: physical).flatMap({ tables[$0] })
                ?? tables.logical(ofPhysical: physical)
        else { return nil }
        let owner =
            if let index, let known = logical.index(named: index.schema.name) {
                logical.owner(of: index.schema.key.leadingPartition(of: partition), index: known)
            } else { logical.owner(of: partition) }
        switch owner {
        case .tenant(let tenant): return tenant
        case .school(let school): return directory.owner(of: school)?.record.id
        case nil: return nil
        }
    }
}

extension GatewayOutcome {
    /// What the audit says of a request that ended so.
    fileprivate var inAudit: AuditOutcome {
        switch self {
        case .ok: .done
        case .denied, .walled, .unauthenticated: .refused
        case .invalid, .conditionFailed, .throttled, .fault: .failed
        }
    }
}
