import Base
import Policies
import Tables

/// Who may back tables up and restore them.
extension Gateway {
    /// A table that is to be backed up or restored.
    public struct BackupSource: Sendable {
        /// Where it is.
        public let store: StoreID
        /// The table as it is now.
        public let record: TableRecord
    }

    /// Decides an action on backups, or on what `resource` names: an ARN behind the account.
    ///
    /// INVARIANT (backups are operators'): a backup of a pool's table holds the items of many tenants, so no session of a tenant
    /// gets at one, whatever the policies say.
    public func authorizeBackups(
        _ action: PolicyAction, aboutResource resource: String?, by caller: GatewayCaller
    ) throws(GatewayError) {
        let route = try route(of: caller.session)
        if let resource {
            caller.ask(action, aboutResource: resource, at: clock.now())
        } else {
            caller.askAboutTables(action, at: clock.now())
        }
        try caller.decide(by: policies)
        guard route.tenant == nil else {
            metrics.wallAlarms.add()
            throw refused(DenialText.operatorsOnly(caller.request), caller)
        }
        switch action {
        case .deleteBackup, .restoreTableFromBackup, .restoreTableToPointInTime, .createBackup:
            try recordChange(resource ?? "backups", caller)
        default: break
        }
    }

    /// The table of that name, for an action that reads all of it; nil where there is none. A look at tenants' items is noted in
    /// the audit log first.
    public func backupSource(
        _ name: String, for action: PolicyAction, by caller: GatewayCaller
    ) throws(GatewayError) -> BackupSource? {
        try authorizeBackups(action, aboutResource: "table/\(name)", by: caller)
        guard let table = try operatorTables.table(named: name),
            case .physical(let physical) = table.place,
            let keeper = physical.engine as? any TableKeeper, let record = keeper.record(of: table.name)
        else { return nil }
        if table.isRecorded { try recordCrossing(table, caller) }
        return BackupSource(store: physical.store, record: record)
    }
}
