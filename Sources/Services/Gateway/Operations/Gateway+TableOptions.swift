import Base
import Items
import Policies
import Tables

/// Tags, expiry and recovery of tables.
extension Gateway {
    // MARK: Reading

    /// The table's record, for DescribeTimeToLive, DescribeContinuousBackups, ListTagsOfResource and others that tell a part of
    /// it.
    public func tableRecord(
        _ name: TableName, for action: PolicyAction, by caller: GatewayCaller
    ) throws(GatewayError) -> TableRecord { try Self.record(of: try kept(name, action, caller)) }

    // MARK: Tags

    /// TagResource.
    public func tagTable(
        _ name: TableName, _ tags: [String: String], by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TableRecord, GatewayError>) -> Void
    ) throws(GatewayError) {
        let table = try changeable(name, .tagResource, caller, tags: (Array(tags.keys), tags))
        change(table, completion) { options throws(TableError) in
            options.tags.merge(tags) { _, new in new }
            guard options.tags.count <= Limits.tagsMax else {
                throw .invalid(
                    .validation("Number of Tags exceed the current limit for the provided ResourceArn"))
            }
        }
    }

    /// UntagResource.
    public func untagTable(
        _ name: TableName, _ keys: [String], by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TableRecord, GatewayError>) -> Void
    ) throws(GatewayError) {
        let table = try changeable(name, .untagResource, caller, tags: (keys, [:]))
        change(table, completion) { options throws(TableError) in
            for key in keys { options.tags[key] = nil }
        }
    }

    // MARK: Expiry and recovery

    /// UpdateTimeToLive: on with this attribute, or off.
    public func setTimeToLive(
        _ name: TableName, attribute: String, isOn: Bool, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TableRecord, GatewayError>) -> Void
    ) throws(GatewayError) {
        let table = try changeable(name, .updateTimeToLive, caller)
        change(table, completion) { options throws(TableError) in
            switch (options.timeToLiveAttribute, isOn) {
            case (let current?, _) where current != attribute:
                throw .invalid(
                    .validation(
                        "TimeToLive is active on a different AttributeName: current AttributeName is \(current)"
                    ))
            case (.some, true): throw .invalid(.validation("TimeToLive is already enabled"))
            case (nil, false): throw .invalid(.validation("TimeToLive is already disabled"))
            case (nil, true): options.timeToLiveAttribute = attribute
            case (.some, false): options.timeToLiveAttribute = nil
            }
        }
    }

    /// UpdateContinuousBackups: on for so many days back, or off.
    public func setRecovery(
        _ name: TableName, days: Int?, isOn: Bool, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TableRecord, GatewayError>) -> Void
    ) throws(GatewayError) {
        let table = try changeable(name, .updateContinuousBackups, caller)
        let clock = clock
        change(table, completion) { options throws(TableError) in
            // As of the commit: what was changed before it is not in the journal.
            let now = clock.now()
            guard isOn else {
                options.recovery = nil
                return
            }
            var recovery = options.recovery ?? TableOptions.PointInTimeRecovery(startedAt: now)
            if let days { recovery.days = days }
            options.recovery = recovery
        }
    }

    private func change(
        _ table: KeptTable, _ completion: @escaping @Sendable (Result<TableRecord, GatewayError>) -> Void,
        _ body: @escaping @Sendable (inout TableOptions) throws(TableError) -> Void
    ) {
        tableDesk.submit(completion) { () throws(GatewayError) in
            do throws(TableError) {
                return Self.shown(try table.keeper.updateOptions(of: table.physical, body), table)
            } catch { throw Self.error(error, table.name) }
        }
    }
}
